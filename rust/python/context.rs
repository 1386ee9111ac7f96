//! `ctx`: what a strategy sees and how it trades.

use std::sync::Arc;

use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::book::PyBook;
use super::duration::duration_ns;
use super::errors::{guarded, raise, to_python};
use super::instrument::PyInstrument;
use super::order::PyOrder;
use super::shared::Shared;
use crate::bars::{Calendar, Rule};
use crate::engine::{Context, OUTBOX_CAPACITY, OrderRequest, Subscription};
use crate::model::{Command, Error, Side, TimeInForce};

/// The strategy's view of the run: plain for the callback's own instrument, `ctx[instrument]` for another.
#[pyclass(frozen, name = "Context", module = "quantum")]
pub struct PyContext {
    shared: Arc<Shared>,
    /// The instrument of `ctx[instrument]`; `None` is the callback's own.
    number: Option<u32>,
}

/// A price or quantity as a float: float, int, str or `decimal.Decimal`.
pub fn number(value: &Bound<'_, PyAny>, what: &str) -> PyResult<f64> {
    if value.is_instance_of::<PyString>() {
        let text = value.extract::<String>()?;
        let bad = |_| raise(value.py(), "ConfigError", &format!("{what} is not a number: {text:?}"));
        return text.trim().parse::<f64>().map_err(bad);
    }
    value.extract::<f64>().or_else(|error| {
        if error.is_instance_of::<PyOverflowError>(value.py()) {
            // An int beyond any float: the gate denies it as it does an infinite number.
            return Ok(if value.lt(0)? { f64::NEG_INFINITY } else { f64::INFINITY });
        }
        let given = value.get_type().name().map_or_else(|_| String::new(), |name| name.to_string());
        Err(PyTypeError::new_err(format!("{what} must be a number or a decimal string, not {given}")))
    })
}

impl PyContext {
    /// The run's context, for the callback's own instrument.
    pub const fn new(shared: Arc<Shared>) -> Self {
        Self { shared, number: None }
    }

    /// The number of the instrument this view is of.
    fn instrument_number(&self, py: Python<'_>) -> PyResult<u32> {
        let number = match self.number {
            Some(number) => number,
            None => self.shared.context(py)?.instrument,
        };
        if number == Context::NO_INSTRUMENT {
            let symbols: Vec<_> = self.shared.instruments.iter().map(|instrument| instrument.symbol()).collect();
            let text =
                format!("this callback is about no single instrument: say which, ctx[{}]", symbols.join("] or ctx["));
            return Err(raise(py, "ConfigError", &text));
        }
        Ok(number)
    }

    fn submit(&self, py: Python<'_>, side: Side, order: &OrderArguments<'_, '_>) -> PyResult<PyOrder> {
        let instrument = match order.instrument {
            Some(key) => self.find(key)?,
            None => self.instrument_number(py)?,
        };
        let request = OrderRequest {
            instrument,
            side,
            qty: number(order.qty, "qty")?,
            limit: order.limit.map(|limit| number(limit, "limit")).transpose()?,
            time_in_force: time_in_force(py, order.tif, order.post_only)?,
            flags: if order.post_only { Command::POST_ONLY } else { 0 },
        };
        if order.post_only && request.limit.is_none() {
            return Err(raise(py, "ConfigError", "post_only needs a limit price"));
        }
        let listing = &self.shared.instruments[instrument as usize];
        let id = self.shared.context(py)?.submit(listing, &request);
        id.map(|id| PyOrder::new(Arc::clone(&self.shared), id)).ok_or_else(|| outbox_full(py))
    }

    fn find(&self, key: &Bound<'_, PyAny>) -> PyResult<u32> {
        let instruments = &self.shared.instruments;
        let found = if let Ok(instrument) = key.extract::<PyRef<'_, PyInstrument>>() {
            instruments.iter().position(|known| **known == *instrument.inner)
        } else {
            let symbol = key.extract::<String>()?;
            instruments.iter().position(|known| known.symbol() == symbol)
        };
        found.map(|number| number as u32).ok_or_else(|| {
            let symbols: Vec<_> = instruments.iter().map(|instrument| instrument.symbol()).collect();
            let shown = key.repr().map_or_else(|_| String::new(), |text| text.to_string());
            raise(key.py(), "ConfigError", &format!("{shown} is not in this run; it has {}", symbols.join(", ")))
        })
    }
}

/// What `buy` and `sell` were given.
struct OrderArguments<'a, 'py> {
    qty: &'a Bound<'py, PyAny>,
    limit: Option<&'a Bound<'py, PyAny>>,
    tif: Option<&'a str>,
    post_only: bool,
    instrument: Option<&'a Bound<'py, PyAny>>,
}

fn time_in_force(py: Python<'_>, name: Option<&str>, post_only: bool) -> PyResult<TimeInForce> {
    let found = match name.map(str::to_ascii_uppercase).as_deref() {
        None | Some("GTC") => TimeInForce::Gtc,
        Some("IOC") => TimeInForce::Ioc,
        Some("FOK") => TimeInForce::Fok,
        Some(_) => {
            let text = format!("tif must be \"GTC\", \"IOC\" or \"FOK\", not {:?}", name.unwrap_or(""));
            return Err(raise(py, "ConfigError", &text));
        }
    };
    if post_only && found != TimeInForce::Gtc {
        return Err(raise(py, "ConfigError", "a post_only order rests: it goes with tif=\"GTC\" only"));
    }
    Ok(found)
}

fn outbox_full(py: Python<'_>) -> PyErr {
    raise(py, "EngineError", &format!("more than {OUTBOX_CAPACITY} commands in one callback"))
}

#[pymethods]
impl PyContext {
    /// The strategy's time, ns since the epoch.
    #[getter]
    fn now(&self, py: Python<'_>) -> PyResult<i64> {
        Ok(self.shared.context(py)?.now_ns)
    }

    /// The strategy's book of the instrument, as delayed as its data is.
    #[getter]
    fn book(&self, py: Python<'_>) -> PyResult<PyBook> {
        Ok(PyBook::of_run(&self.shared, self.instrument_number(py)?))
    }

    /// Position in the instrument, in units; negative is short. Known fills only.
    #[getter]
    fn position(&self, py: Python<'_>) -> PyResult<f64> {
        let number = self.instrument_number(py)?;
        let qty = self.shared.world(py)?.ledger.position(number).qty;
        Ok(self.shared.instruments[number as usize].qty().to_f64(qty))
    }

    /// Cash in the run's currency.
    #[getter]
    fn cash(&self, py: Python<'_>) -> PyResult<f64> {
        Ok(self.shared.world(py)?.ledger.cash().to_f64())
    }

    /// Cash plus every position at its mid, or at the last one while the book has none.
    #[getter]
    fn equity(&self, py: Python<'_>) -> PyResult<f64> {
        Ok(self.shared.world(py)?.equity())
    }

    /// Open orders of the instrument in order of submission; of all where the callback is about none.
    #[getter]
    fn orders(&self, py: Python<'_>) -> PyResult<Vec<PyOrder>> {
        let only = match self.number {
            Some(number) => Some(number),
            None => Some(self.shared.context(py)?.instrument).filter(|&number| number != Context::NO_INSTRUMENT),
        };
        let orders = self.shared.world(py)?.orders.open();
        let chosen = orders.filter(|order| only.is_none_or(|number| order.instrument == number));
        Ok(chosen.map(|order| PyOrder::new(Arc::clone(&self.shared), order.id)).collect())
    }

    /// The instrument this view is of.
    #[getter]
    fn instrument(&self, py: Python<'_>) -> PyResult<PyInstrument> {
        let number = self.instrument_number(py)?;
        Ok(PyInstrument { inner: Arc::clone(&self.shared.instruments[number as usize]) })
    }

    /// Every instrument of the run.
    #[getter]
    fn instruments(&self) -> Vec<PyInstrument> {
        self.shared.instruments.iter().map(|inner| PyInstrument { inner: Arc::clone(inner) }).collect()
    }

    /// The same view of another instrument. Raises `ConfigError` where it is not in the run.
    fn __getitem__(&self, instrument: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self { shared: Arc::clone(&self.shared), number: Some(self.find(instrument)?) })
    }

    /// Asks for an order: Market without `limit`, else Limit, or `PostOnly`; it leaves when the callback returns.
    ///
    /// `tif` is "GTC", "IOC" or "FOK". Numbers off the instrument's grid make the order Denied with both numbers.
    #[pyo3(signature = (qty, *, limit = None, tif = None, post_only = false, instrument = None))]
    #[allow(clippy::too_many_arguments, reason = "the one order call, keywords but for the quantity")]
    fn buy(
        &self,
        py: Python<'_>,
        qty: &Bound<'_, PyAny>,
        limit: Option<&Bound<'_, PyAny>>,
        tif: Option<&str>,
        post_only: bool,
        instrument: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<PyOrder> {
        guarded(py, || self.submit(py, Side::Buy, &OrderArguments { qty, limit, tif, post_only, instrument }))
    }

    /// As `buy`.
    #[pyo3(signature = (qty, *, limit = None, tif = None, post_only = false, instrument = None))]
    #[allow(clippy::too_many_arguments, reason = "the one order call, keywords but for the quantity")]
    fn sell(
        &self,
        py: Python<'_>,
        qty: &Bound<'_, PyAny>,
        limit: Option<&Bound<'_, PyAny>>,
        tif: Option<&str>,
        post_only: bool,
        instrument: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<PyOrder> {
        guarded(py, || self.submit(py, Side::Sell, &OrderArguments { qty, limit, tif, post_only, instrument }))
    }

    /// Asks to cancel an order; a refusal comes back to `on_order`.
    fn cancel(&self, order: &Bound<'_, PyOrder>) -> PyResult<()> {
        let py = order.py();
        if !order.get().is_of(&self.shared) {
            return Err(raise(py, "ConfigError", "the order belongs to another run"));
        }
        self.shared.context(py)?.cancel(order.get().id).ok_or_else(|| outbox_full(py))
    }

    /// Asks the venue to change an order's limit, its total quantity (executed part included) or both; the answer, and a
    /// refusal by the gate, comes to `on_order`. Raises `ConfigError` where neither is given.
    #[pyo3(signature = (order, *, qty = None, limit = None))]
    fn replace(
        &self,
        order: &Bound<'_, PyOrder>,
        qty: Option<&Bound<'_, PyAny>>,
        limit: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let py = order.py();
        if !order.get().is_of(&self.shared) {
            return Err(raise(py, "ConfigError", "the order belongs to another run"));
        }
        order.get().ask_replace(py, qty, limit)
    }

    /// Asks to cancel every open order of the instrument; of all where the callback is about none.
    fn cancel_all(&self, py: Python<'_>) -> PyResult<()> {
        let context = self.shared.context(py)?;
        let instrument = self.number.unwrap_or(context.instrument);
        context.cancel_all(instrument).ok_or_else(|| outbox_full(py))
    }

    /// A market order that brings the position to zero, open orders of that side counted in; None if nothing is left to close.
    fn close(&self, py: Python<'_>) -> PyResult<Option<PyOrder>> {
        guarded(py, || {
            let instrument = self.instrument_number(py)?;
            let listing = &self.shared.instruments[instrument as usize];
            let exposure = self.shared.world(py)?.exposure(instrument);
            let id = self.shared.context(py)?.close(listing, instrument, exposure).ok_or_else(|| outbox_full(py))?;
            Ok(id.map(|id| PyOrder::new(Arc::clone(&self.shared), id)))
        })
    }

    /// Calls `on_timer` each period ("100ms", timedelta), counted from the run's first input.
    fn every(&self, period: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = period.py();
        let period_ns = duration_ns(period, "the timer's period", 1)?;
        self.shared.context(py)?.every(period_ns).ok_or_else(|| outbox_full(py))
    }

    /// Calls `on_bar` with bars of a timeframe ("1m", "4h", "1d", "ticks:100", ...) made of the instrument's trades, or of
    /// its data's bars.
    ///
    /// Days and weeks begin at `session_start` in `zone`. A bar of trades is over when the first trade of a later one
    /// arrives; the one still forming at the end of the run is not told. Asking twice is asking once. Raises `ConfigError`
    /// for a timeframe, zone or time that does not exist, and where the data's bars do not add up to the timeframe.
    #[pyo3(signature = (timeframe, *, zone = "UTC", session_start = "00:00"))]
    fn subscribe(&self, py: Python<'_>, timeframe: &str, zone: &str, session_start: &str) -> PyResult<()> {
        guarded(py, || {
            let instrument = self.instrument_number(py)?;
            let known = |error: Error| to_python(py, &error);
            let rule = Rule::parse(timeframe).map_err(known)?;
            let calendar = Calendar::new(zone, session_start).map_err(known)?;
            let wanted = Subscription { instrument, rule, calendar };
            self.shared.context(py)?.subscribe(self.shared.world(py)?, wanted).map_err(known)
        })
    }

    /// Writes a line into the run's log, with the time.
    fn log(&self, py: Python<'_>, text: &Bound<'_, PyAny>) -> PyResult<()> {
        let now_ns = self.shared.context(py)?.now_ns;
        let line = (now_ns, text.str()?.to_string());
        self.shared.log.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(line);
        Ok(())
    }
}
