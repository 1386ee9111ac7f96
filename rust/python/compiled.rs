//! A strategy whose callbacks are machine code: dispatch, errors on their way back to Python, log lines.
//!
//! `on_start` and `on_stop` stay Python; the other callbacks run without the GIL. What compiled code has to say when it
//! fails is kept per thread until the call has returned.

use std::cell::RefCell;
use std::ffi::c_void;
use std::sync::Arc;

use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCFunction, PyDict, PyTuple};

use super::errors::to_python;
use super::order::PyOrder;
use super::shared::Shared;
use super::strategy::{Adapter, python_entry};
use crate::clock::Stopwatch;
use crate::engine::{Callback, Context, Entry, Status, Strategy};
use crate::model::Event;
use crate::stats::{Histogram, Summary};

/// A line of the log as compiled code leaves it: time, place in the source, values' bits.
type Line = (i64, i64, Vec<u64>);

/// What compiled code has said on this thread.
#[derive(Default)]
struct Said {
    /// Places the exception passed, innermost first, with the values' bits of the operation that failed.
    places: Vec<(i64, Vec<u64>)>,
    /// The exception as the compiler packed it.
    packed: Vec<u8>,
    /// The exception of a signal's handler.
    interrupt: Option<PyErr>,
    lines: Vec<Line>,
}

thread_local! {
    static SAID: RefCell<Said> = RefCell::default();
    static PACE: RefCell<Option<Py<PyAny>>> = const { RefCell::new(None) };
}

/// Keeps what this thread's loops ask, besides signals, whether to go on: only the main thread sees signals.
pub fn keep_pace(pace: Option<Py<PyAny>>) {
    PACE.set(pace);
}

/// One call in so many is timed: reading the clock twice costs ten times a small callback, so timing each would show
/// mostly itself. A prime, so that no round period of a strategy stays hidden.
const TIMED_EVERY: u64 = 251;

/// One compiled callback.
#[derive(Default)]
struct Native {
    entry: Option<Entry>,
    calls: u64,
    /// Which call is timed next, less one.
    due: u64,
    ticks: Option<Box<Histogram>>,
}

impl Native {
    /// A call that is timed.
    #[cold]
    #[inline(never)]
    fn timed(&mut self, stopwatch: Stopwatch, call: impl FnOnce() -> Status) -> Status {
        self.due += TIMED_EVERY;
        let started = stopwatch.ticks();
        let status = call();
        let taken = stopwatch.ticks().saturating_sub(started);
        self.ticks.get_or_insert_with(|| Box::new(Histogram::new())).record(taken);
        status
    }
}

/// A strategy with compiled callbacks.
pub struct Compiled {
    adapter: Box<Adapter>,
    shared: Arc<Shared>,
    compiler: Py<PyAny>,
    natives: [Native; Callback::ALL.len()],
    stopwatch: Stopwatch,
    record: *mut c_void,
    error: Option<(PyErr, &'static str)>,
}

impl Compiled {
    /// The interpreted `adapter`'s strategy, to be compiled by `compiler` (`quantum.compiler.Compiler`).
    pub fn new(adapter: Box<Adapter>, shared: &Arc<Shared>, compiler: &Bound<'_, PyAny>) -> Box<Self> {
        SAID.with_borrow_mut(|said| *said = Said::default());
        Box::new(Self {
            adapter,
            shared: Arc::clone(shared),
            compiler: compiler.clone().unbind(),
            natives: Default::default(),
            stopwatch: Stopwatch::new(),
            record: std::ptr::null_mut(),
            error: None,
        })
    }

    /// The strategy as the engine sees it. It must outlive the engine's calls.
    pub fn strategy(&mut self) -> Strategy {
        let wants = self.adapter.strategy().wants;
        Strategy { entry: compiled_entry, state: std::ptr::from_mut(self).cast::<c_void>(), wants }
    }

    /// Compiles the callbacks; the fields' values are taken over now.
    pub fn build(&mut self, py: Python<'_>) -> PyResult<()> {
        let (entries, record): (Bound<'_, PyDict>, usize) = self.compiler.bind(py).call_method0("build")?.extract()?;
        for (callback, name) in Callback::ALL {
            let Some(address) = entries.get_item(name)? else { continue };
            let address = address.extract::<usize>()? as *const c_void;
            // SAFETY: the compiler made a function of this signature at the address and keeps it while it lives.
            let entry = unsafe { std::mem::transmute::<*const c_void, Entry>(address) };
            self.natives[callback as usize].entry = Some(entry);
        }
        self.record = record as *mut c_void;
        Ok(())
    }

    /// Calls made.
    pub fn calls(&self) -> u64 {
        self.natives.iter().map(|native| native.calls).sum::<u64>() + self.adapter.calls()
    }

    /// How often each callback was called and how long those calls took that were timed, ns.
    pub fn latencies_ns(&self) -> Vec<(&'static str, u64, Summary)> {
        let unit = self.stopwatch.ns_per_tick();
        let compiled = Callback::ALL.into_iter().filter_map(|(callback, name)| {
            let native = &self.natives[callback as usize];
            Some((name, native.calls, native.ticks.as_ref()?.summary()?.scaled(unit)))
        });
        self.adapter.latencies_ns().chain(compiled).collect()
    }

    /// The exception that ended the run and the callback it came from.
    pub fn take_error(&mut self) -> Option<(PyErr, &'static str)> {
        self.error.take().or_else(|| self.adapter.take_error())
    }

    /// Gives the fields' values back to the instance and puts its log lines in the run's log.
    pub fn give_back(&self, py: Python<'_>) -> PyResult<()> {
        if self.record.is_null() {
            return Ok(());
        }
        let shared = Arc::clone(&self.shared);
        let order = PyCFunction::new_closure(py, None, None, move |arguments: &Bound<'_, PyTuple>, _| {
            let id: u64 = arguments.get_item(0)?.extract()?;
            Ok::<_, PyErr>(PyOrder::new(Arc::clone(&shared), id))
        })?;
        let lines = SAID.with_borrow_mut(|said| std::mem::take(&mut said.lines));
        let lines: Vec<(i64, String)> = self.compiler.bind(py).call_method1("give_back", (order, lines))?.extract()?;
        self.shared.log.lock().unwrap_or_else(std::sync::PoisonError::into_inner).extend(lines);
        Ok(())
    }

    /// Turns what compiled code said into the exception that it means.
    fn failure(&self, py: Python<'_>, context: &mut Context) -> PyErr {
        let (places, packed, interrupt) = SAID.with_borrow_mut(|said| {
            (std::mem::take(&mut said.places), std::mem::take(&mut said.packed), said.interrupt.take())
        });
        let known = interrupt.or_else(|| context.failure.take().map(|error| to_python(py, &error)));
        let known = known.map(|error| error.into_value(py));
        let arguments = (known, places, PyBytes::new(py, &packed));
        match self.compiler.bind(py).call_method1("failure", arguments) {
            Ok(exception) => PyErr::from_value(exception),
            Err(error) => error,
        }
    }
}

/// The entry point behind every compiled strategy.
///
/// # Safety
/// `context.state` is a [`Compiled`] that nothing else uses during the call; `event` and `context` are the engine's.
unsafe extern "C" fn compiled_entry(event: *const Event, context: *mut Context) -> Status {
    // SAFETY: by this function's contract.
    let (compiled, kind) = unsafe { (&mut *(*context).state.cast::<Compiled>(), Callback::of(&*event)) };
    let Some(callback) = kind else { return 0 };
    let name = || Callback::ALL[callback as usize].1;
    let native = &mut compiled.natives[callback as usize];
    if let Some(entry) = native.entry {
        // SAFETY: the context is the call's.
        unsafe { (*context).state = compiled.record };
        // SAFETY: the entry is a strategy's entry point whose state is the record.
        let call = || unsafe { entry(event, context) };
        let due = native.calls == native.due;
        native.calls += 1;
        let status = if due { native.timed(compiled.stopwatch, call) } else { call() };
        if status != 0 {
            // SAFETY: the call has returned.
            let error = Python::attach(|py| compiled.failure(py, unsafe { &mut *context }));
            compiled.error = Some((error, name()));
        }
        return status;
    }
    let stopping = callback == Callback::Stop && !compiled.record.is_null();
    let mut outcome = if stopping { Python::attach(|py| compiled.give_back(py)) } else { Ok(()) };
    if outcome.is_ok() {
        // SAFETY: the adapter is this strategy's own; the rest as for this function.
        let status = unsafe {
            (*context).state = std::ptr::from_mut(&mut *compiled.adapter).cast::<c_void>();
            python_entry(event, context)
        };
        if status != 0 {
            return status;
        }
        // What `on_stop` asked for is still answered to compiled callbacks: they go on from its fields.
        outcome = if stopping { Python::attach(|py| compiled.build(py)) } else { Ok(()) };
    }
    match outcome {
        Ok(()) => 0,
        Err(error) => {
            compiled.error = Some((error, name()));
            1
        }
    }
}

/// An exception passes this place; `count` values belong to it.
///
/// # Safety
/// `values` has `count` words.
unsafe extern "C" fn pass(place: i64, values: *const u64, count: usize) {
    // SAFETY: by this function's contract; null goes with no values.
    let values = if count == 0 { Vec::new() } else { unsafe { std::slice::from_raw_parts(values, count) }.to_vec() };
    SAID.with_borrow_mut(|said| said.places.push((place, values)));
}

/// Keeps an exception as the compiler packed it.
///
/// # Safety
/// `bytes` has `count` bytes.
unsafe extern "C" fn pack(bytes: *const u8, count: i32) {
    // SAFETY: by this function's contract.
    let bytes = unsafe { std::slice::from_raw_parts(bytes, count.max(0) as usize) };
    SAID.with_borrow_mut(|said| said.packed = bytes.to_vec());
}

/// Writes a line into the log.
///
/// # Safety
/// `context` is the call's; `values` has `count` words.
unsafe extern "C" fn log(context: *const Context, place: i64, values: *const u64, count: usize) {
    // SAFETY: by this function's contract; null goes with no values.
    let values = if count == 0 { Vec::new() } else { unsafe { std::slice::from_raw_parts(values, count) }.to_vec() };
    // SAFETY: by this function's contract.
    let now_ns = unsafe { (*context).now_ns };
    SAID.with_borrow_mut(|said| said.lines.push((now_ns, place, values)));
}

/// Whether a signal's handler or the run's pace raised an exception: asked now and then by loops.
extern "C" fn poll() -> i32 {
    Python::attach(|py| match py.check_signals().and_then(|()| ask_pace(py)) {
        Ok(()) => 0,
        Err(error) => {
            let interrupt =
                if error.is_instance_of::<PyKeyboardInterrupt>(py) { PyKeyboardInterrupt::new_err(()) } else { error };
            SAID.with_borrow_mut(|said| said.interrupt = Some(interrupt));
            1
        }
    })
}

/// Asks the run's pace, which raises to stop a run on another thread than the main one.
fn ask_pace(py: Python<'_>) -> PyResult<()> {
    let pace = PACE.with_borrow(|pace| pace.as_ref().map(|pace| pace.clone_ref(py)));
    pace.map_or(Ok(()), |pace| pace.call0(py).map(drop))
}

/// Addresses of the functions that only compiled Python needs.
pub fn symbols() -> [(&'static str, usize); 4] {
    [
        ("pass", pass as *const () as usize),
        ("pack", pack as *const () as usize),
        ("log", log as *const () as usize),
        ("poll", poll as *const () as usize),
    ]
}
