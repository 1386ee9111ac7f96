//! Records in a NumPy array that someone else made: any stride, any alignment, read in place.

use std::marker::PhantomData;

use numpy::{Element, PyArray1, PyArrayMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;

use super::errors::to_python;
use crate::model::Error;

/// The rows of a one-dimensional array of records, which lives as long as `'a`.
#[derive(Clone, Copy)]
pub struct Rows<'a, T> {
    first: *const u8,
    stride_bytes: isize,
    len: usize,
    array: PhantomData<&'a T>,
}

// SAFETY: rows are only read, as copies, and the array behind them outlives `'a` whichever thread reads.
unsafe impl<T: Send> Send for Rows<'_, T> {}
// SAFETY: as above; nothing can be changed through a shared reference.
unsafe impl<T: Sync> Sync for Rows<'_, T> {}

impl<'a, T: Element + Copy> Rows<'a, T> {
    /// The rows of `array`; a `DataError` that names what was given unless it is one-dimensional and of this dtype.
    pub fn of(array: &'a Bound<'_, PyAny>, dtype_name: &str) -> PyResult<Self> {
        let typed = array.cast::<PyArray1<T>>().map_err(|_| mismatch(array, dtype_name))?;
        Ok(Self {
            first: typed.data().cast_const().cast(),
            stride_bytes: typed.strides()[0],
            len: typed.len(),
            array: PhantomData,
        })
    }

    /// Each row, copied out.
    pub fn iter(self) -> impl Iterator<Item = T> + Clone + use<'a, T>
    where
        T: Clone,
    {
        (0..self.len as isize).map(move |row| {
            // SAFETY: NumPy vouches for `len` rows of this dtype at this stride from `first`, and `'a` keeps the array
            // alive; the read asks for no alignment, and an `Element` that is `Copy` is valid for any bytes.
            unsafe { self.first.offset(row * self.stride_bytes).cast::<T>().read_unaligned() }
        })
    }
}

/// The error for something that is not an array of these records.
fn mismatch(given: &Bound<'_, PyAny>, dtype_name: &str) -> PyErr {
    let named = match given.cast::<PyUntypedArray>() {
        Ok(array) => format!("{} dimensions of dtype {}", array.ndim(), array.dtype()),
        Err(_) => format!("{}", given.get_type()),
    };
    to_python(
        given.py(),
        &Error::Data(format!("events must be an array of one dimension and dtype {dtype_name}, not {named}")),
    )
}
