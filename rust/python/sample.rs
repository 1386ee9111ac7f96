//! The built-in market for Python.

use numpy::PyArray1;
use pyo3::prelude::*;

use super::errors::detached;
use super::instrument::PyInstrument;
use crate::feed::{SAMPLE_NOTICE, SampleSpec, sample};
use crate::model::Event;

/// The instrument and the events of a synthetic market: `(Instrument, (n,) EVENT)`.
///
/// Whatever is not given has the core's default. Raises `ConfigError` where a value is out of its range.
#[pyfunction]
#[pyo3(signature = (*, seed, duration_ns, limit_orders_per_second = None, market_orders_per_second = None,
                    volatility_ticks = None))]
fn sample_events<'py>(
    py: Python<'py>,
    seed: u64,
    duration_ns: i64,
    limit_orders_per_second: Option<f64>,
    market_orders_per_second: Option<f64>,
    volatility_ticks: Option<f64>,
) -> PyResult<(PyInstrument, Bound<'py, PyArray1<Event>>)> {
    let default = SampleSpec::default();
    let spec = SampleSpec {
        seed,
        duration_ns,
        limit_orders_per_second: limit_orders_per_second.unwrap_or(default.limit_orders_per_second),
        market_orders_per_second: market_orders_per_second.unwrap_or(default.market_orders_per_second),
        volatility_ticks: volatility_ticks.unwrap_or(default.volatility_ticks),
        ..default
    };
    let (instrument, events) = detached(py, || sample(&spec))?;
    Ok((PyInstrument { inner: instrument.into() }, PyArray1::from_vec(py, events)))
}

/// Adds `sample_events` and `SAMPLE_NOTICE` to the module.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("SAMPLE_NOTICE", SAMPLE_NOTICE)?;
    module.add_function(wrap_pyfunction!(sample_events, module)?)
}
