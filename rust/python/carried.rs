//! Which dtype the records of a publisher, subscription or handler have in Python.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use numpy::{Element, PyArray1, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;

use crate::bus::{Format, RecordType};
use crate::model::{Error, Event, Result};

/// Runs a body with `$record` standing for the record type that a number says.
macro_rules! with_record {
    ($type:expr, $record:ident => $body:expr) => {
        match $type {
            $crate::bus::RecordType::Event => {
                type $record = $crate::model::Event;
                $body
            }
            $crate::bus::RecordType::Bar => {
                type $record = $crate::model::Bar;
                $body
            }
            $crate::bus::RecordType::Command => {
                type $record = $crate::model::Command;
                $body
            }
            $crate::bus::RecordType::Report => {
                type $record = $crate::model::Report;
                $body
            }
        }
    };
}
pub(super) use with_record;

/// The data of a mutex, also after a panic of whoever held it: the core leaves nothing half done.
pub fn lock<V: ?Sized>(mutex: &Mutex<V>) -> MutexGuard<'_, V> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Seconds as a user gives them.
pub fn seconds(value: f64, what: &str) -> Result<Duration> {
    Duration::try_from_secs_f64(value)
        .map_err(|_| Error::Config(format!("{what} must be a number of seconds from 0, not {value}")))
}

/// What a user's `dtype=` means, if it is given.
pub fn format_of(dtype: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Format>> {
    let Some(dtype) = dtype else { return Ok(None) };
    let py = dtype.py();
    let described = py.import("quantum.dtypes")?.call_method1("describe", (dtype,))?;
    let (record, fields) = described.extract::<(String, String)>()?;
    let format = RecordType::parse(&record)
        .and_then(|record| if fields.is_empty() { Ok(Format::of(record)) } else { Format::with_fields(&fields) });
    format.map(Some).map_err(|error| super::errors::to_python(py, &error))
}

/// A format and, where a user made it, its dtype.
pub struct Dtype {
    format: Format,
    users: Option<Py<PyAny>>,
}

impl Dtype {
    /// The dtype of a format.
    pub fn new(py: Python<'_>, format: Format) -> PyResult<Self> {
        let users = if format.fields().is_empty() {
            None
        } else {
            Some(py.import("quantum.dtypes")?.call_method1("restore", (format.fields(),))?.unbind())
        };
        Ok(Self { format, users })
    }

    /// The array as the core knows it: a user's records are Events with other names. What is no such array stays as it
    /// is, to be refused.
    pub fn plain<'py>(&self, given: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let (py, Some(users)) = (given.py(), &self.users) else { return Ok(given.clone()) };
        match given.cast::<PyUntypedArray>() {
            Ok(array) if array.dtype().eq(users.bind(py))? => given.call_method1("view", (Event::get_dtype(py),)),
            // An array of plain Events is no array of the user's: nothing extracts from None.
            _ => Ok(py.None().into_bound(py)),
        }
    }

    /// A new array of these records.
    pub fn array<'py, M: Element + Copy>(&self, py: Python<'py>, records: &[M]) -> PyResult<Bound<'py, PyAny>> {
        let array = PyArray1::from_slice(py, records).into_any();
        match &self.users {
            None => Ok(array),
            Some(users) => array.call_method1("view", (users,)),
        }
    }

    /// One record, as an element of an array.
    pub fn record<'py, M: Element + Copy>(&self, py: Python<'py>, record: &M) -> PyResult<Bound<'py, PyAny>> {
        self.array(py, std::slice::from_ref(record))?.get_item(0)
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "quantum.dtypes.{}", self.format)
    }
}
