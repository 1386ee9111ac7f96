//! Indicators behind a C interface: one pointer per live state, called alike from C, Rust, Cython and compiled Python.
//!
//! A [`Live`] begins every state: its version, how many numbers go in and out, its functions; behind it lie the last
//! values. [`Stream`] owns one and is the safe way from Rust. A panic never crosses: it becomes a status.
//!
//! ```
//! use quantum_core::indicators::{NanPolicy, find};
//! let rsi = find("rsi")?;
//! let mut stream = rsi.stream(&rsi.arguments(&[2.0])?, NanPolicy::Skip);
//! for price in [1.0, 2.0, 1.0] {
//!     stream.update(&[price])?;
//! }
//! assert_eq!(stream.values(), [50.0]);
//! # Ok::<(), quantum_core::model::Error>(())
//! ```

use std::ffi::{CStr, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;

use super::state::{NanPolicy, Slot, State, Unusable, refusal};
use super::table::find;
use crate::model::{Error, Result};

/// Version of [`Live`]'s layout.
pub const LIVE_ABI: u32 = 1;

/// Status of an update or reset: done.
const DONE: i32 = 0;
/// The bar is unusable and the policy is to refuse; the state is as it was.
const REFUSED: i32 = 1;
/// A defect in the core; the state must not be used any more.
const DEFECT: i32 = 2;

/// The head of a live indicator; `outputs` values (f64) lie right behind it, NaN before the first update.
#[repr(C)]
#[derive(Debug)]
pub struct Live {
    /// [`LIVE_ABI`].
    pub abi: u32,
    /// Numbers an update takes.
    pub inputs: u32,
    /// Numbers an update gives.
    pub outputs: u32,
    /// 0.
    pub reserved: u32,
    /// Takes a bar of `inputs` numbers, gives `outputs` numbers (nowhere if null) besides the values behind the head;
    /// status 0 done, 1 refused, 2 defect.
    pub update: unsafe extern "C" fn(live: *mut Live, inputs: *const f64, outputs: *mut f64) -> i32,
    /// Begins again; status.
    pub reset: unsafe extern "C" fn(live: *mut Live) -> i32,
    /// A second one in the same state; null for a defect.
    pub copy: unsafe extern "C" fn(live: *const Live) -> *mut Live,
    /// Frees it; null is ignored.
    pub destroy: unsafe extern "C" fn(live: *mut Live),
}

/// A head with what is behind it.
#[repr(C)]
struct Whole<S, const I: usize, const O: usize> {
    head: Live,
    values: [f64; O],
    slot: Slot<S>,
    fresh: S,
    policy: Unusable,
}

/// Puts a fresh state behind a head.
pub(super) fn alive<const I: usize, const O: usize, S: State<I, O>>(fresh: &S, policy: Unusable) -> Stream {
    let head = Live {
        abi: LIVE_ABI,
        inputs: I as u32,
        outputs: O as u32,
        reserved: 0,
        update: update::<S, I, O>,
        reset: reset::<S, I, O>,
        copy: copy::<S, I, O>,
        destroy: destroy::<S, I, O>,
    };
    let (slot, fresh) = (Slot::new(fresh.clone()), fresh.clone());
    leak(Whole::<S, I, O> { head, values: [f64::NAN; O], slot, fresh, policy })
}

fn leak<S, const I: usize, const O: usize>(whole: Whole<S, I, O>) -> Stream {
    Stream(NonNull::from(Box::leak(Box::new(whole))).cast())
}

// SAFETY: `live` heads a `Whole` of these types that nothing else uses during the call; `inputs` has I numbers,
// `outputs` room for O or is null.
unsafe extern "C" fn update<S: State<I, O>, const I: usize, const O: usize>(
    live: *mut Live,
    inputs: *const f64,
    outputs: *mut f64,
) -> i32 {
    // SAFETY: by this function's contract.
    let (whole, bar) = unsafe { (&mut *live.cast::<Whole<S, I, O>>(), *inputs.cast::<[f64; I]>()) };
    let outcome = catch_unwind(AssertUnwindSafe(|| whole.slot.take(bar, &whole.fresh, whole.policy)));
    match outcome {
        Ok(Some(values)) => {
            whole.values = values;
            if !outputs.is_null() {
                // SAFETY: by this function's contract.
                unsafe { *outputs.cast::<[f64; O]>() = values };
            }
            DONE
        }
        Ok(None) => REFUSED,
        Err(_) => DEFECT,
    }
}

// SAFETY: `live` heads a `Whole` of these types that nothing else uses during the call.
unsafe extern "C" fn reset<S: State<I, O>, const I: usize, const O: usize>(live: *mut Live) -> i32 {
    // SAFETY: by this function's contract.
    let whole = unsafe { &mut *live.cast::<Whole<S, I, O>>() };
    match catch_unwind(AssertUnwindSafe(|| Slot::new(whole.fresh.clone()))) {
        Ok(slot) => {
            (whole.slot, whole.values) = (slot, [f64::NAN; O]);
            DONE
        }
        Err(_) => DEFECT,
    }
}

// SAFETY: `live` heads a `Whole` of these types that nothing changes during the call.
unsafe extern "C" fn copy<S: State<I, O>, const I: usize, const O: usize>(live: *const Live) -> *mut Live {
    // SAFETY: by this function's contract.
    let whole = unsafe { &*live.cast::<Whole<S, I, O>>() };
    let made = catch_unwind(AssertUnwindSafe(|| {
        let made = alive::<I, O, S>(&whole.fresh, whole.policy).into_raw();
        // SAFETY: `alive` has just made a `Whole` of these very types.
        let second = unsafe { &mut *made.cast::<Whole<S, I, O>>() };
        (second.slot, second.values) = (whole.slot.clone(), whole.values);
        made
    }));
    made.unwrap_or(std::ptr::null_mut())
}

// SAFETY: `live` is null or heads a `Whole` of these types, which nothing uses any more.
unsafe extern "C" fn destroy<S: State<I, O>, const I: usize, const O: usize>(live: *mut Live) {
    if !live.is_null() {
        // SAFETY: by this function's contract; the box was leaked by `alive`.
        let whole = unsafe { Box::from_raw(live.cast::<Whole<S, I, O>>()) };
        _ = catch_unwind(AssertUnwindSafe(|| drop(whole)));
    }
}

/// A live indicator that Rust owns.
#[derive(Debug)]
pub struct Stream(NonNull<Live>);

// SAFETY: what is behind the head is a `State`, which is Send and Sync, and plain numbers.
unsafe impl Send for Stream {}
// SAFETY: as above; only `&mut self` changes it.
unsafe impl Sync for Stream {}

impl Stream {
    /// Takes a bar, gives its values.
    pub fn update(&mut self, bar: &[f64]) -> Result<&[f64]> {
        let (inputs, update) = (self.head().inputs as usize, self.head().update);
        if bar.len() != inputs {
            return Err(Error::Config(format!("an update takes {inputs} numbers, not {}", bar.len())));
        }
        // SAFETY: the pointer is this stream's own; the bar has as many numbers as the head says.
        match unsafe { update(self.0.as_ptr(), bar.as_ptr(), std::ptr::null_mut()) } {
            DONE => Ok(self.values()),
            REFUSED => Err(refusal(0, bar)),
            _ => Err(Error::Internal("an indicator's update failed".to_owned())),
        }
    }

    /// Begins again.
    pub fn reset(&mut self) -> Result<()> {
        let reset = self.head().reset;
        // SAFETY: the pointer is this stream's own.
        if unsafe { reset(self.0.as_ptr()) } == DONE {
            return Ok(());
        }
        Err(Error::Internal("an indicator's reset failed".to_owned()))
    }

    /// What the last update gave, NaN before the first.
    pub fn values(&self) -> &[f64] {
        let outputs = self.head().outputs as usize;
        // SAFETY: so many values lie behind the head.
        unsafe { std::slice::from_raw_parts(self.0.as_ptr().add(1).cast::<f64>(), outputs) }
    }

    /// Where its head is, for machine code; it stays there while the stream lives.
    pub const fn address(&self) -> *mut Live {
        self.0.as_ptr()
    }

    /// Gives the pointer away; [`Live::destroy`] frees it.
    pub fn into_raw(self) -> *mut Live {
        std::mem::ManuallyDrop::new(self).0.as_ptr()
    }

    const fn head(&self) -> &Live {
        // SAFETY: a stream's head lives as long as the stream.
        unsafe { self.0.as_ref() }
    }
}

impl Clone for Stream {
    fn clone(&self) -> Self {
        // SAFETY: the pointer is this stream's own, and shared borrows change nothing.
        let made = unsafe { (self.head().copy)(self.0.as_ptr()) };
        Self(NonNull::new(made).expect("a state's clone does not panic: it is a copy of numbers and vectors"))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // SAFETY: the pointer is this stream's own and is not used again.
        unsafe { (self.head().destroy)(self.0.as_ptr()) }
    }
}

/// What a C caller asks for: the state of an indicator by name, `nan` 0 skip, 1 propagate, 2 raise.
///
/// # Safety
/// `name` is a text that ends in a zero byte; `arguments` has `count` numbers.
pub unsafe fn create(name: *const c_char, arguments: *const f64, count: usize, nan: u32) -> Result<Stream> {
    // SAFETY: by this function's contract; null goes with no arguments.
    let (name, given) = unsafe {
        let given = if count == 0 { &[] } else { std::slice::from_raw_parts(arguments, count) };
        (CStr::from_ptr(name), given)
    };
    let policy = match nan {
        0 => NanPolicy::Skip,
        1 => NanPolicy::Propagate,
        2 => NanPolicy::Raise,
        _ => return Err(Error::Config(format!("nan is {nan}; it must be 0 skip, 1 propagate or 2 raise"))),
    };
    let row = find(&name.to_string_lossy())?;
    Ok(row.stream(&row.arguments(given)?, policy))
}

/// The same for programs that load the library by themselves: null for a mistake, whose text, cut to `room` bytes with
/// its closing zero, is written to `message`.
///
/// # Safety
/// As for [`create`]; `message` has `room` bytes, or is null and `room` 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quantum_indicator_create(
    name: *const c_char,
    arguments: *const f64,
    count: usize,
    nan: u32,
    message: *mut c_char,
    room: usize,
) -> *mut Live {
    // SAFETY: by this function's contract.
    let outcome = catch_unwind(|| unsafe { create(name, arguments, count, nan) });
    let text = match outcome {
        Ok(Ok(stream)) => return stream.into_raw(),
        Ok(Err(error)) => error.message().to_owned(),
        Err(_) => "a defect in quantum's core, please report it".to_owned(),
    };
    if room > 0 {
        let length = text.len().min(room - 1);
        // SAFETY: `message` has `room` bytes, more than `length`.
        unsafe {
            std::ptr::copy_nonoverlapping(text.as_ptr(), message.cast::<u8>(), length);
            *message.add(length) = 0;
        }
    }
    std::ptr::null_mut()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicators::TABLE;

    /// A series that rises, falls and stands still.
    fn bar(at: usize, inputs: usize) -> Vec<f64> {
        let mid = 100.0 + (at as f64 * 0.7).sin() * 3.0 + (at / 9) as f64 * 0.25;
        (0..inputs).map(|input| mid + [0.5, 1.0, -1.0, 0.25, 700.0][input]).collect()
    }

    #[test]
    fn every_indicator_gives_through_its_pointer_what_a_crowd_gives() {
        for row in TABLE {
            let arguments = row.arguments(&[]).expect("defaults are in range");
            let mut crowd = row.crowd(&arguments, 1, NanPolicy::Skip);
            let mut stream = row.stream(&arguments, NanPolicy::Skip);
            let mut expected = vec![0.0; row.outputs.len()];
            for at in 0..150 {
                let bar = bar(at, row.inputs.len());
                let inputs: Vec<&[f64]> = bar.iter().map(std::slice::from_ref).collect();
                let mut outputs: Vec<&mut [f64]> = expected.iter_mut().map(std::slice::from_mut).collect();
                crowd.update(0, &inputs, &mut outputs).expect("finite");
                let mut apart = stream.clone();
                apart.update(&vec![1.0; bar.len()]).expect("finite");
                let same =
                    |(one, other): (&f64, &f64)| one.to_bits() == other.to_bits() || (one.is_nan() && other.is_nan());
                let values = stream.update(&bar).expect("finite");
                assert!(values.iter().zip(&expected).all(same), "{} at {at}: {values:?} {expected:?}", row.name);
            }
        }
    }

    #[test]
    fn mistakes_are_texts_and_refused_bars_statuses() {
        let mut text = [0x55_u8; 24];
        // SAFETY: the texts end in zero bytes, the room is the array's.
        let none = unsafe {
            quantum_indicator_create(c"rsj".as_ptr(), std::ptr::null(), 0, 0, text.as_mut_ptr().cast(), text.len())
        };
        assert!(none.is_null());
        assert_eq!(CStr::from_bytes_until_nul(&text).expect("it ends"), c"there is no indicator \"");
        // SAFETY: as above; the functions get the pointer they came from, and numbers of one input and output.
        unsafe {
            let live = quantum_indicator_create(c"rsi".as_ptr(), [2.0].as_ptr(), 1, 2, std::ptr::null_mut(), 0);
            let mut out = [0.0];
            assert_eq!(((*live).update)(live, [1.0].as_ptr(), out.as_mut_ptr()), DONE);
            assert!(out[0].is_nan());
            assert_eq!(((*live).update)(live, [f64::NAN].as_ptr(), out.as_mut_ptr()), REFUSED);
            for price in [2.0, 1.0] {
                assert_eq!(((*live).update)(live, &raw const price, out.as_mut_ptr()), DONE);
            }
            assert_eq!(out, [50.0]);
            assert_eq!(((*live).reset)(live), DONE);
            assert!((*live.add(1).cast::<f64>()).is_nan());
            ((*live).destroy)(live);
        }
    }
}
