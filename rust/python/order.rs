//! A handle on one of the strategy's orders.

use std::borrow::Cow;
use std::sync::Arc;

use pyo3::prelude::*;

use super::context::number;
use super::errors::{guarded, raise, to_python};
use super::shared::Shared;
use super::views::side_name;
use crate::engine::{OrderNumber, ReplaceRequest, order_number, order_of, type_name};
use crate::model::Instrument;
use crate::orders::Order;

/// An order of the strategy; shows its state as the strategy's side knows it, during the run and after it.
#[pyclass(frozen, name = "Order", module = "quantum")]
pub struct PyOrder {
    shared: Arc<Shared>,
    /// The order's id.
    #[pyo3(get)]
    pub id: u64,
}

impl PyOrder {
    /// A handle on order `id`.
    pub const fn new(shared: Arc<Shared>, id: u64) -> Self {
        Self { shared, id }
    }

    /// Whether it belongs to this run.
    pub fn is_of(&self, shared: &Arc<Shared>) -> bool {
        Arc::ptr_eq(&self.shared, shared)
    }

    /// The order as it is known, or as it stands in the outbox of the call that asked for it.
    fn order<'a>(&'a self, py: Python<'_>) -> PyResult<Cow<'a, Order>> {
        let world = self.shared.world(py)?;
        if let Some(order) = world.orders.get(self.id) {
            return Ok(Cow::Borrowed(order));
        }
        let order = order_of(self.shared.context(py)?, world, self.id);
        order.ok_or_else(|| raise(py, "EngineError", "the order was never sent"))
    }

    /// Asks to change the order.
    pub fn ask_replace(
        &self,
        py: Python<'_>,
        qty: Option<&Bound<'_, PyAny>>,
        limit: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        guarded(py, || {
            let qty = qty.map(|qty| number(qty, "qty")).transpose()?;
            let limit = limit.map(|limit| number(limit, "limit")).transpose()?;
            let listing = &self.shared.instruments[self.order(py)?.instrument as usize];
            let request = ReplaceRequest { order_id: self.id, qty, limit };
            self.shared.context(py)?.replace(Some(&**listing), &request).map_err(|error| to_python(py, &error))
        })
    }

    fn listing(&self, order: &Order) -> &Instrument {
        &self.shared.instruments[order.instrument as usize]
    }

    fn number(&self, py: Python<'_>, which: OrderNumber) -> PyResult<f64> {
        let order = self.order(py)?;
        Ok(order_number(&order, self.listing(&order), which))
    }
}

#[pymethods]
impl PyOrder {
    /// The state shown, by FIX 4.4 precedence: "Created", "Submitted", "New", "`PartiallyFilled`", …
    #[getter]
    fn state(&self, py: Python<'_>) -> PyResult<&'static str> {
        Ok(self.order(py)?.state().name())
    }

    /// "Market", "Limit", "`PostOnly`", …
    #[getter]
    fn r#type(&self, py: Python<'_>) -> PyResult<&'static str> {
        let order = self.order(py)?;
        Ok(type_name(&order))
    }

    /// "buy" or "sell".
    #[getter]
    fn side(&self, py: Python<'_>) -> PyResult<Option<&'static str>> {
        Ok(side_name(self.order(py)?.side as u8))
    }

    /// Asks the venue to change the limit, the total quantity (executed part included) or both; the answer, and a refusal
    /// by the gate, comes to `on_order`. Raises `ConfigError` where neither is given.
    #[pyo3(signature = (*, qty = None, limit = None))]
    fn replace(
        &self,
        py: Python<'_>,
        qty: Option<&Bound<'_, PyAny>>,
        limit: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        self.ask_replace(py, qty, limit)
    }

    /// Limit price, as last replaced; NaN for a market order.
    #[getter]
    fn price(&self, py: Python<'_>) -> PyResult<f64> {
        self.number(py, OrderNumber::Price)
    }

    /// Quantity asked for, as last replaced, in units.
    #[getter]
    fn qty(&self, py: Python<'_>) -> PyResult<f64> {
        self.number(py, OrderNumber::Qty)
    }

    /// Quantity executed, in units.
    #[getter]
    fn filled(&self, py: Python<'_>) -> PyResult<f64> {
        self.number(py, OrderNumber::Filled)
    }

    /// Quantity that may still execute, in units; 0 when done.
    #[getter]
    fn leaves(&self, py: Python<'_>) -> PyResult<f64> {
        self.number(py, OrderNumber::Leaves)
    }

    /// Average price of its executions; NaN before the first.
    #[getter]
    fn average_price(&self, py: Python<'_>) -> PyResult<f64> {
        self.number(py, OrderNumber::AveragePrice)
    }

    /// Whether it may still execute.
    #[getter]
    fn is_open(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(!self.order(py)?.is_done())
    }

    /// Whether the venue has it working and no cancel is on its way.
    #[getter]
    fn is_cancelable(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.order(py)?.is_cancelable())
    }

    /// Whether `replace` may be asked for: it may rest and no request is on its way.
    #[getter]
    fn is_replaceable(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.order(py)?.is_replaceable())
    }

    /// Why it was refused or ended, empty where there is nothing to say.
    #[getter]
    fn reason(&self, py: Python<'_>) -> PyResult<&'static str> {
        Ok(self.order(py)?.reason.text())
    }

    /// Symbol of its instrument.
    #[getter]
    fn symbol(&self, py: Python<'_>) -> PyResult<&str> {
        let order = self.order(py)?;
        Ok(self.listing(&order).symbol())
    }

    fn __eq__(&self, other: &Bound<'_, Self>) -> bool {
        self.id == other.get().id && self.is_of(&other.get().shared)
    }

    fn __hash__(&self) -> u64 {
        self.id
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let order = self.order(py)?;
        Ok(format!(
            "Order(id={}, {} {} {} @ {}, filled={}, state={})",
            self.id,
            type_name(&order),
            side_name(order.side as u8).unwrap_or(""),
            self.qty(py)?,
            self.price(py)?,
            self.filled(py)?,
            order.state().name()
        ))
    }
}
