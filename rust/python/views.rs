//! What a callback is told: trades, quotes and fills as plain frozen records in units.

use std::sync::Arc;

use pyo3::prelude::*;

use super::order::PyOrder;
use super::shared::Shared;
use crate::book::Level;
use crate::model::{Event, Instrument, Liquidity, Report};

/// `"buy"` or `"sell"`.
pub const fn side_name(side: u8) -> Option<&'static str> {
    match side {
        1 => Some("buy"),
        2 => Some("sell"),
        _ => None,
    }
}

/// A price and a quantity in units; NaN and 0 where there is no level.
#[pyclass(frozen, get_all, name = "Level", module = "quantum")]
pub struct PyLevel {
    price: f64,
    qty: f64,
}

impl PyLevel {
    /// A level of a book in units.
    pub fn new(instrument: &Instrument, level: Option<Level>) -> Self {
        level.map_or(Self { price: f64::NAN, qty: 0.0 }, |level| Self {
            price: instrument.price().to_f64(level.price),
            qty: instrument.qty().to_f64(level.qty),
        })
    }
}

#[pymethods]
impl PyLevel {
    fn __repr__(&self) -> String {
        format!("Level(price={}, qty={})", self.price, self.qty)
    }
}

/// A trade: price and quantity in units, side of the aggressor (None where unknown), times in ns.
#[pyclass(frozen, get_all, name = "Trade", module = "quantum")]
pub struct PyTrade {
    price: f64,
    qty: f64,
    side: Option<&'static str>,
    id: u64,
    exchange_ns: i64,
    receive_ns: i64,
}

impl PyTrade {
    /// A trade event in units.
    pub fn new(instrument: &Instrument, event: &Event) -> Self {
        Self {
            price: instrument.price().to_f64(event.price),
            qty: instrument.qty().to_f64(event.qty),
            side: side_name(event.side),
            id: event.order_id,
            exchange_ns: event.exchange_ns,
            receive_ns: event.receive_ns,
        }
    }
}

#[pymethods]
impl PyTrade {
    fn __repr__(&self) -> String {
        format!("Trade(price={}, qty={}, side={:?})", self.price, self.qty, self.side.unwrap_or(""))
    }
}

/// A new best bid and ask.
#[pyclass(frozen, get_all, name = "Quote", module = "quantum")]
pub struct PyQuote {
    bid: Py<PyLevel>,
    ask: Py<PyLevel>,
    exchange_ns: i64,
    receive_ns: i64,
}

impl PyQuote {
    /// The two sides as last quoted.
    pub fn new(py: Python<'_>, instrument: &Instrument, sides: [Option<Level>; 2], event: &Event) -> PyResult<Self> {
        Ok(Self {
            bid: Py::new(py, PyLevel::new(instrument, sides[0]))?,
            ask: Py::new(py, PyLevel::new(instrument, sides[1]))?,
            exchange_ns: event.exchange_ns,
            receive_ns: event.receive_ns,
        })
    }
}

/// An execution: price, quantity and fee in units, liquidity "maker" or "taker", times in ns, position after it.
#[pyclass(frozen, get_all, name = "Fill", module = "quantum")]
pub struct PyFill {
    price: f64,
    qty: f64,
    side: Option<&'static str>,
    fee: f64,
    liquidity: &'static str,
    position: f64,
    order: Py<PyOrder>,
    execution_id: u64,
    exchange_ns: i64,
    receive_ns: i64,
}

impl PyFill {
    /// An execution report in units.
    pub fn new(py: Python<'_>, shared: &Arc<Shared>, report: &Report) -> PyResult<Self> {
        let instrument = &shared.instruments[report.instrument as usize];
        Ok(Self {
            price: instrument.price().to_f64(report.price),
            qty: instrument.qty().to_f64(report.qty),
            side: side_name(report.side),
            fee: report.fee().to_f64(),
            liquidity: if report.liquidity == Liquidity::Maker as u8 { "maker" } else { "taker" },
            position: instrument.qty().to_f64(report.position),
            order: Py::new(py, PyOrder::new(Arc::clone(shared), report.order_id))?,
            execution_id: report.execution_id,
            exchange_ns: report.exchange_ns,
            receive_ns: report.receive_ns,
        })
    }
}

#[pymethods]
impl PyFill {
    fn __repr__(&self) -> String {
        let side = self.side.unwrap_or("");
        format!("Fill({side} {} @ {}, fee={}, {})", self.qty, self.price, self.fee, self.liquidity)
    }
}
