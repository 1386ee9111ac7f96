//! A handle on one of the strategy's orders.

use std::sync::Arc;

use pyo3::prelude::*;

use super::shared::Shared;
use crate::model::{Command, OrderType};
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

/// The user's name of a type and its flags.
fn type_name(order: &Order) -> &'static str {
    match order.order_type {
        OrderType::Market => "Market",
        OrderType::Limit if order.flags & Command::POST_ONLY != 0 => "PostOnly",
        OrderType::Limit => "Limit",
        OrderType::Stop => "Stop",
        OrderType::StopLimit => "StopLimit",
    }
}

#[pymethods]
impl PyOrder {
    #[getter]
    fn state(&self, py: Python<'_>) -> PyResult<&'static str> {
        Ok(self.order(py)?.map_or("Created", |order| order.state().name()))
    }

    #[getter]
    fn r#type(&self, py: Python<'_>) -> PyResult<Option<&'static str>> {
        Ok(self.order(py)?.map(type_name))
    }

    #[getter]
    fn side(&self, py: Python<'_>) -> PyResult<Option<&'static str>> {
        Ok(self.order(py)?.map(|order| super::views::side_name(order.side as u8).unwrap_or("")))
    }

    #[getter]
    fn price(&self, py: Python<'_>) -> PyResult<f64> {
        let order = self.order(py)?.filter(|order| order.order_type != OrderType::Market);
        Ok(order
            .map_or(f64::NAN, |order| self.shared.instruments[order.instrument as usize].price().to_f64(order.price)))
    }

    #[getter]
    fn qty(&self, py: Python<'_>) -> PyResult<f64> {
        self.quantity(py, |order| order.qty)
    }

    #[getter]
    fn filled(&self, py: Python<'_>) -> PyResult<f64> {
        self.quantity(py, Order::cum_qty)
    }

    #[getter]
    fn leaves(&self, py: Python<'_>) -> PyResult<f64> {
        self.quantity(py, Order::leaves_qty)
    }

    #[getter]
    fn average_price(&self, py: Python<'_>) -> PyResult<f64> {
        let filled = self.order(py)?.filter(|order| order.cum_qty() != 0);
        Ok(filled.map_or(f64::NAN, |order| {
            let unit = self.shared.instruments[order.instrument as usize].price().unit().to_f64();
            order.price_qty() as f64 / order.cum_qty() as f64 * unit
        }))
    }

    #[getter]
    fn is_open(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.order(py)?.is_none_or(|order| !order.is_done()))
    }

    #[getter]
    fn is_cancelable(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.order(py)?.is_some_and(Order::is_cancelable))
    }

    #[getter]
    fn reason(&self, py: Python<'_>) -> PyResult<&'static str> {
        Ok(self.order(py)?.map_or("", |order| order.reason.text()))
    }

    #[getter]
    fn symbol(&self, py: Python<'_>) -> PyResult<Option<&str>> {
        Ok(self.order(py)?.map(|order| self.shared.instruments[order.instrument as usize].symbol()))
    }

    fn __eq__(&self, other: PyRef<'_, Self>) -> bool {
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
    fn quantity(&self, py: Python<'_>, count: impl Fn(&Order) -> i64) -> PyResult<f64> {
        let order = self.order(py)?;
        Ok(order.map_or(0.0, |order| self.shared.instruments[order.instrument as usize].qty().to_f64(count(order))))
    }
}
