//! What a callback is told: trades, quotes and fills as plain frozen records in units.

use std::sync::Arc;

use pyo3::prelude::*;

use super::order::PyOrder;
use super::shared::Shared;
use crate::bars::TIMEFRAMES;
use crate::book::Level;
use crate::engine::{BarView, HitView};
use crate::model::{Event, Instrument, Liquidity, Report};
use crate::scanner::KINDS;

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

/// A closed bar: prices and volume in units (NaN volume where unknown), its first ns and the first after it, its
/// timeframe (None for one that is not among `quantum.TIMEFRAMES`), its number of trades (0 where unknown).
#[pyclass(frozen, get_all, name = "Bar", module = "quantum")]
pub struct PyBar {
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    volume: f64,
    open_ns: i64,
    close_ns: i64,
    trades: i64,
    timeframe: Option<&'static str>,
}

impl PyBar {
    /// The bar of a call.
    pub fn new(bar: &BarView) -> Self {
        let BarView { open, high, low, close, volume, open_ns, close_ns, trades, timeframe } = *bar;
        let timeframe = TIMEFRAMES.get(timeframe as usize).copied();
        Self { open, high, low, close, volume, open_ns, close_ns, trades, timeframe }
    }
}

#[pymethods]
impl PyBar {
    fn __repr__(&self) -> String {
        let timeframe = self.timeframe.map_or_else(String::new, |name| format!("{name}, "));
        format!(
            "Bar({timeframe}open={}, high={}, low={}, close={}, volume={})",
            self.open, self.high, self.low, self.close, self.volume
        )
    }
}

/// A pattern seen at the close of a bar: names of pattern and kind, direction 1, -1 or 0, ends of its zone in units (NaN
/// where it has none), strength 0 to 1, first ns of that bar and how many bars before it the pattern began.
#[pyclass(frozen, get_all, name = "Hit", module = "quantum")]
pub struct PyHit {
    pattern: String,
    kind: &'static str,
    direction: i64,
    lo: f64,
    hi: f64,
    confidence: f64,
    open_ns: i64,
    age: i64,
}

impl PyHit {
    /// The hit of a call; `patterns` are the names by number.
    pub fn new(hit: &HitView, patterns: &[String]) -> Self {
        let HitView { lo, hi, confidence, open_ns, direction, age, pattern, kind } = *hit;
        let pattern = patterns.get(pattern as usize).cloned().unwrap_or_default();
        Self { pattern, kind: KINDS[kind as usize], direction, lo, hi, confidence, open_ns, age }
    }
}

#[pymethods]
impl PyHit {
    fn __repr__(&self) -> String {
        let Self { pattern, kind, direction, confidence, .. } = self;
        format!("Hit({pattern}, {kind}, direction={direction}, confidence={confidence:.3})")
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
