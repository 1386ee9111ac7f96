//! Order latencies for Python: the delay of one kind of message, and measured series.

use std::sync::Arc;

use numpy::PyReadonlyArray1;
use pyo3::prelude::*;

use super::duration::duration_ns;
use super::errors::{guarded, to_python};
use crate::venue::{Delay, Distribution, Jitter, Series};

/// Latencies measured on orders; `quantum.venue.LatencySeries` holds one.
#[pyclass(frozen, name = "LatencySeries", module = "quantum._core")]
pub struct PyLatencySeries {
    inner: Arc<Series>,
}

#[pymethods]
impl PyLatencySeries {
    /// From columns of one length: request times, ns since 1970, the ns to the exchange and back, and which were refused.
    #[new]
    #[allow(clippy::needless_pass_by_value, reason = "PyO3 hands arrays over by value")]
    fn new(
        py: Python<'_>,
        time: PyReadonlyArray1<'_, i64>,
        entry: PyReadonlyArray1<'_, i64>,
        response: PyReadonlyArray1<'_, i64>,
        refused: PyReadonlyArray1<'_, bool>,
    ) -> PyResult<Self> {
        guarded(py, || {
            let series = Series::new(time.as_slice()?, entry.as_slice()?, response.as_slice()?, refused.as_slice()?);
            Ok(Self { inner: Arc::new(series.map_err(|error| to_python(py, &error))?) })
        })
    }
}

/// How long messages of one kind take.
#[pyclass(frozen, name = "Delay", module = "quantum._core")]
pub struct PyDelay {
    pub inner: Delay,
}

#[pymethods]
impl PyDelay {
    /// Always the same duration; `name` is for the error.
    #[staticmethod]
    fn constant(value: &Bound<'_, PyAny>, name: &str) -> PyResult<Self> {
        Ok(Self { inner: Delay::constant(duration_ns(value, name, 0)?) })
    }

    /// As measured, "entry" of requests or "response".
    #[staticmethod]
    fn measured(py: Python<'_>, series: &PyLatencySeries, way: &str) -> PyResult<Self> {
        let inner = Delay::measured(&series.inner, way).map_err(|error| to_python(py, &error))?;
        Ok(Self { inner })
    }

    /// A multiple of the market data's delay, and an offset.
    #[staticmethod]
    fn after_feed(py: Python<'_>, factor: f64, offset: &Bound<'_, PyAny>, name: &str) -> PyResult<Self> {
        let inner = Delay::feed(factor, duration_ns(offset, name, 0)?).map_err(|error| to_python(py, &error))?;
        Ok(Self { inner })
    }

    /// The same with a random part on top.
    fn jittered(
        &self,
        py: Python<'_>,
        distribution: &str,
        scale: &Bound<'_, PyAny>,
        sigma: f64,
        seed: u64,
    ) -> PyResult<Self> {
        let scale_ns = duration_ns(scale, "scale", 0)?;
        let jitter = Distribution::parse(distribution)
            .and_then(|distribution| Jitter::new(distribution, scale_ns, sigma, seed))
            .map_err(|error| to_python(py, &error))?;
        Ok(Self { inner: self.inner.jittered(jitter) })
    }
}
