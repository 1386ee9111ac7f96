//! Durations as users pass them.

use pyo3::prelude::*;
use pyo3::types::PyInt;

use super::errors::{raise, to_python};
use crate::model::parse_duration_ns;

/// Reads a duration for the Python layers: ns, at least `least_ns`. Raises `ConfigError` for anything else.
#[pyfunction(name = "duration_ns")]
#[pyo3(signature = (value, name, least_ns = 0))]
pub fn read_duration(value: &Bound<'_, PyAny>, name: &str, least_ns: i64) -> PyResult<i64> {
    duration_ns(value, name, least_ns)
}

/// A duration in ns from "100ms" or a `datetime.timedelta`; at least `least_ns`.
pub fn duration_ns(value: &Bound<'_, PyAny>, what: &str, least_ns: i64) -> PyResult<i64> {
    let py = value.py();
    let ns = if let Ok(text) = value.extract::<String>() {
        parse_duration_ns(&text).map_err(|error| to_python(py, &error))?
    } else if let Ok(delta) = value.extract::<std::time::Duration>() {
        i64::try_from(delta.as_nanos()).unwrap_or(i64::MAX)
    } else if value.is_exact_instance_of::<PyInt>() && value.extract::<i64>().is_ok_and(|zero| zero == 0) {
        0
    } else {
        let shown = value.repr()?;
        let text = format!("{what} must be a duration such as \"100ms\" or a timedelta, not {shown}");
        return Err(raise(py, "ConfigError", &text));
    };
    if ns < least_ns {
        return Err(raise(py, "ConfigError", &format!("{what} must be at least {least_ns} ns, not {ns} ns")));
    }
    Ok(ns)
}
