//! Core errors and panics as the exceptions of `quantum.errors`.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::model::{Error, Result};

/// The exception class for a kind of error; the classes are defined once, in `quantum/errors.py`.
pub fn to_python(py: Python<'_>, error: &Error) -> PyErr {
    let class = match error {
        Error::Config(_) => "ConfigError",
        Error::Data(_) => "DataError",
        Error::Venue(_) => "VenueError",
        Error::Engine(_) => "EngineError",
        Error::Internal(_) => "InternalError",
    };
    raise(py, class, error.message())
}

/// An exception of `quantum.errors` by its class's name.
pub fn raise(py: Python<'_>, class: &str, message: &str) -> PyErr {
    py.import("quantum.errors")
        .and_then(|module| module.getattr(class))
        .and_then(|class| class.call1((message,)))
        .map_or_else(|_| PyRuntimeError::new_err(message.to_owned()), PyErr::from_value)
}

/// Runs `body` with the GIL released; an error becomes our exception, a panic an `InternalError`.
pub fn detached<T: Send>(py: Python<'_>, body: impl FnOnce() -> Result<T> + Send) -> PyResult<T> {
    let outcome = py.detach(|| catch_unwind(AssertUnwindSafe(body)));
    match outcome {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(to_python(py, &error)),
        Err(panic) => Err(raise(py, "InternalError", &panic_text(panic.as_ref()))),
    }
}

/// Runs `body` with the GIL held; an error becomes our exception, a panic an `InternalError`.
pub fn guarded<T>(py: Python<'_>, body: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    catch_unwind(AssertUnwindSafe(body))
        .unwrap_or_else(|panic| Err(raise(py, "InternalError", &panic_text(panic.as_ref()))))
}

/// What a panic said.
pub fn panic_text(panic: &(dyn Any + Send)) -> String {
    let said = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let said = said.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".into());
    format!("a defect in quantum's core, please report it: {said}")
}
