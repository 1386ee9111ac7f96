//! The built-in market for Python.

use std::sync::Arc;

use pyo3::prelude::*;

use super::data::PyRecording;
use super::duration::duration_ns;
use super::errors::detached;
use crate::feed::{ReadReport, Recording, SAMPLE_NOTICE, SampleSpec, sample};

/// The synthetic market as a recording. Whatever is not given has the core's default.
///
/// Raises `ConfigError` where a value is out of its range.
#[pyfunction]
#[pyo3(signature = (*, duration, seed, limit_orders_per_second = None, market_orders_per_second = None,
                    volatility_ticks = None))]
fn sample_recording(
    py: Python<'_>,
    duration: &Bound<'_, PyAny>,
    seed: u64,
    limit_orders_per_second: Option<f64>,
    market_orders_per_second: Option<f64>,
    volatility_ticks: Option<f64>,
) -> PyResult<PyRecording> {
    let default = SampleSpec::default();
    let spec = SampleSpec {
        seed,
        duration_ns: duration_ns(duration, "duration", 1)?,
        limit_orders_per_second: limit_orders_per_second.unwrap_or(default.limit_orders_per_second),
        market_orders_per_second: market_orders_per_second.unwrap_or(default.market_orders_per_second),
        volatility_ticks: volatility_ticks.unwrap_or(default.volatility_ticks),
        ..default
    };
    let recording = detached(py, || {
        let (instrument, events) = sample(&spec)?;
        let mut report = ReadReport::new(&format!("built-in market, seed {}", spec.seed), "synthetic");
        report.notes = vec![SAMPLE_NOTICE.to_owned()];
        Recording::new(vec![Arc::new(instrument)], events, report)
    });
    recording.map(PyRecording::new)
}

/// Adds `sample_recording` to the module.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(sample_recording, module)?)
}
