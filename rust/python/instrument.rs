//! `quantum.Instrument`.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyString};

use super::errors::to_python;
use crate::model::{Currency, Decimal, Error, Instrument, InstrumentSpec};

/// A listing: symbol, venue, increments, order grid, currency.
#[pyclass(frozen, eq, name = "Instrument", module = "quantum")]
#[derive(Clone, PartialEq)]
pub struct PyInstrument {
    /// The core's record.
    pub inner: Arc<Instrument>,
}

/// A decimal from a str, int, float (by its shortest repr) or `decimal.Decimal`.
pub fn decimal(value: &Bound<'_, PyAny>, what: &str) -> PyResult<Decimal> {
    let text = if value.is_instance_of::<PyString>() || !value.is_instance_of::<PyFloat>() {
        value.str()?.to_string()
    } else {
        value.repr()?.to_string()
    };
    Decimal::parse(&text).map_err(|error| to_python(value.py(), &Error::Config(format!("{what}: {}", error.message()))))
}

#[pymethods]
impl PyInstrument {
    #[new]
    #[pyo3(signature = (symbol, *, venue = "", tick_size, lot_size, currency = "USD", multiplier = None,
                        price_increment = None, qty_increment = None, asset = "", sector = ""))]
    #[allow(clippy::too_many_arguments, reason = "one keyword per property of a listing")]
    fn new(
        py: Python<'_>,
        symbol: &str,
        venue: &str,
        tick_size: &Bound<'_, PyAny>,
        lot_size: &Bound<'_, PyAny>,
        currency: &str,
        multiplier: Option<&Bound<'_, PyAny>>,
        price_increment: Option<&Bound<'_, PyAny>>,
        qty_increment: Option<&Bound<'_, PyAny>>,
        asset: &str,
        sector: &str,
    ) -> PyResult<Self> {
        let optional = |value: Option<&Bound<'_, PyAny>>, what| value.map(|v| decimal(v, what)).transpose();
        let spec = InstrumentSpec {
            symbol: symbol.to_owned(),
            venue: venue.to_owned(),
            tick_size: decimal(tick_size, "tick_size")?,
            lot_size: decimal(lot_size, "lot_size")?,
            price_increment: optional(price_increment, "price_increment")?,
            qty_increment: optional(qty_increment, "qty_increment")?,
            currency: Currency::parse(currency).map_err(|error| to_python(py, &error))?,
            multiplier: optional(multiplier, "multiplier")?.unwrap_or(Decimal::ONE),
            asset: asset.to_owned(),
            sector: sector.to_owned(),
        };
        let inner = Instrument::new(spec).map_err(|error| to_python(py, &error))?;
        Ok(Self { inner: Arc::new(inner) })
    }

    #[getter]
    fn symbol(&self) -> &str {
        self.inner.symbol()
    }

    #[getter]
    fn venue(&self) -> &str {
        self.inner.venue()
    }

    #[getter]
    fn tick_size(&self) -> String {
        self.inner.spec().tick_size.to_string()
    }

    #[getter]
    fn lot_size(&self) -> String {
        self.inner.spec().lot_size.to_string()
    }

    #[getter]
    fn price_increment(&self) -> String {
        self.inner.price().unit().to_string()
    }

    #[getter]
    fn qty_increment(&self) -> String {
        self.inner.qty().unit().to_string()
    }

    #[getter]
    fn currency(&self) -> &str {
        self.inner.spec().currency.as_str()
    }

    #[getter]
    fn multiplier(&self) -> String {
        self.inner.spec().multiplier.to_string()
    }

    #[getter]
    fn asset(&self) -> &str {
        &self.inner.spec().asset
    }

    #[getter]
    fn sector(&self) -> &str {
        &self.inner.spec().sector
    }

    /// Count of price increments as a price.
    fn price(&self, count: i64) -> f64 {
        self.inner.price().to_f64(count)
    }

    /// Count of quantity increments as a quantity.
    fn qty(&self, count: i64) -> f64 {
        self.inner.qty().to_f64(count)
    }

    fn __hash__(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        (self.inner.symbol(), self.inner.venue()).hash(&mut hasher);
        hasher.finish()
    }

    fn __repr__(&self) -> String {
        let spec = self.inner.spec();
        let venue = if spec.venue.is_empty() { String::new() } else { format!(", venue={:?}", spec.venue) };
        format!(
            "Instrument({:?}{venue}, tick_size=\"{}\", lot_size=\"{}\", currency=\"{}\")",
            spec.symbol,
            spec.tick_size,
            spec.lot_size,
            spec.currency.as_str()
        )
    }
}
