//! A handle on one of the strategy's orders.

use std::sync::Arc;

use pyo3::prelude::*;

use super::shared::Shared;
use crate::engine::{OrderNumber, order_number, type_name};
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

    /// The order; `None` while the call that asked for it has not returned.
    fn order<'a>(&'a self, py: Python<'_>) -> PyResult<Option<&'a Order>> {
        Ok(self.shared.world(py)?.orders.get(self.id))
    }
}

#[pymethods]
impl PyOrder {
    /// The state shown, by FIX 4.4 precedence: "Created", "Submitted", "New", "`PartiallyFilled`", …
    #[getter]
    fn state(&self, py: Python<'_>) -> PyResult<&'static str> {
        Ok(self.order(py)?.map_or("Created", |order| order.state().name()))
    }

    /// "Market", "Limit", "`PostOnly`", …; None while the call that asked for it has not returned.
    #[getter]
    fn r#type(&self, py: Python<'_>) -> PyResult<Option<&'static str>> {
        Ok(self.order(py)?.map(type_name))
    }

    /// "buy" or "sell".
    #[getter]
    fn side(&self, py: Python<'_>) -> PyResult<Option<&'static str>> {
        Ok(self.order(py)?.map(|order| super::views::side_name(order.side as u8).unwrap_or("")))
    }

    /// Limit price; NaN for a market order.
    #[getter]
    fn price(&self, py: Python<'_>) -> PyResult<f64> {
        self.number(py, OrderNumber::Price)
    }

    /// Quantity asked for, in units.
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
        Ok(self.order(py)?.is_none_or(|order| !order.is_done()))
    }

    /// Whether the venue has it working and no cancel is on its way.
    #[getter]
    fn is_cancelable(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.order(py)?.is_some_and(Order::is_cancelable))
    }

    /// Why it was refused or ended, empty where there is nothing to say.
    #[getter]
    fn reason(&self, py: Python<'_>) -> PyResult<&'static str> {
        Ok(self.order(py)?.map_or("", |order| order.reason.text()))
    }

    /// Symbol of its instrument.
    #[getter]
    fn symbol(&self, py: Python<'_>) -> PyResult<Option<&str>> {
        Ok(self.order(py)?.map(|order| self.shared.instruments[order.instrument as usize].symbol()))
    }

    fn __eq__(&self, other: &Bound<'_, Self>) -> bool {
        let other = other.get();
        self.id == other.id && Arc::ptr_eq(&self.shared, &other.shared)
    }

    fn __hash__(&self) -> u64 {
        self.id
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(match self.order(py)? {
            None => format!("Order(id={}, state=Created)", self.id),
            Some(order) => format!(
                "Order(id={}, {} {} {} @ {}, filled={}, state={})",
                self.id,
                type_name(order),
                super::views::side_name(order.side as u8).unwrap_or(""),
                self.qty(py)?,
                self.price(py)?,
                self.filled(py)?,
                order.state().name()
            ),
        })
    }
}

impl PyOrder {
    fn number(&self, py: Python<'_>, which: OrderNumber) -> PyResult<f64> {
        Ok(order_number(self.shared.world(py)?, self.id, which))
    }
}
