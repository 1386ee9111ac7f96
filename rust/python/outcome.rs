//! What a run leaves behind, as plain arrays and numbers for `quantum.report.Run`.

use std::sync::Arc;
use std::time::Duration;

use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::instrument::PyInstrument;
use super::shared::Shared;
use crate::backtest::Backtest;
use crate::engine::{Market, World};
use crate::ledger::Position;
use crate::model::{CommandKind, OrderState, Reason, Report, ReportKind};
use crate::orders::Order;
use crate::stats::Summary;

/// Where the run stands, for the note on an exception.
pub fn describe(backtest: &Backtest) -> String {
    let (engine, world) = (backtest.engine(), backtest.engine().world());
    let holdings: Vec<String> = world.markets.iter().zip(world.ledger.positions()).map(holding).collect();
    format!(
        "at {} ns of simulated time, row {} of the data: position {}, {} orders open, cash {}, {} reports received",
        engine.now_ns(),
        backtest.rows(),
        holdings.join(", "),
        world.orders.open().count(),
        world.ledger.cash().to_f64(),
        engine.reports().len(),
    )
}

/// One position in words.
fn holding((market, position): (&Market, &Position)) -> String {
    format!("{} {}", market.instrument.qty().to_f64(position.qty), market.instrument.symbol())
}

/// The run as plain arrays and numbers.
pub fn raw_result<'py>(
    py: Python<'py>,
    backtest: &Backtest,
    shared: &Shared,
    elapsed: Duration,
) -> PyResult<Bound<'py, PyDict>> {
    let (engine, samples) = (backtest.engine(), backtest.samples());
    let raw = PyDict::new(py);
    let listing = |inner: &Arc<_>| Py::new(py, PyInstrument { inner: Arc::clone(inner) });
    raw.set_item("instruments", shared.instruments.iter().map(listing).collect::<PyResult<Vec<_>>>()?)?;
    raw.set_item("reports", PyArray1::from_slice(py, engine.reports()))?;
    raw.set_item("orders", order_columns(py, engine.world())?)?;
    raw.set_item("oddities", oddities(py, engine.world())?)?;
    raw.set_item("rows", backtest.rows())?;
    raw.set_item("elapsed_s", elapsed.as_secs_f64())?;
    let (start_ns, end_ns) = backtest.span_ns();
    raw.set_item("start_ns", start_ns)?;
    raw.set_item("end_ns", end_ns)?;
    raw.set_item("sample_ns", samples.step_ns)?;
    let columns = PyDict::new(py);
    columns.set_item("time_ns", PyArray1::from_slice(py, &samples.time_ns))?;
    columns.set_item("cash", PyArray1::from_slice(py, &samples.cash))?;
    columns.set_item("equity", PyArray1::from_slice(py, &samples.equity))?;
    columns.set_item("fees", PyArray1::from_slice(py, &samples.fees))?;
    columns.set_item("mid", PyArray1::from_slice(py, &samples.mid))?;
    columns.set_item("position", PyArray1::from_slice(py, &samples.position))?;
    raw.set_item("samples", columns)?;
    let workload = backtest.workload();
    raw.set_item("busy_ns", workload.busy_ns())?;
    raw.set_item("longest_wait_ns", workload.longest_wait_ns())?;
    raw.set_item("denials", denials(py, engine.reports())?)?;
    raw.set_item("totals", totals(py, engine.world(), engine.reports())?)?;
    raw.set_item("books", books(py, engine.world())?)?;
    let log = shared.log.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    raw.set_item("logs", log)?;
    Ok(raw)
}

/// Orders as columns, in increments and by number.
fn order_columns<'py>(py: Python<'py>, world: &World) -> PyResult<Bound<'py, PyDict>> {
    let orders = world.orders.all();
    let columns = PyDict::new(py);
    macro_rules! column {
        ($name:literal, $kind:ty, $value:expr) => {
            columns.set_item($name, PyArray1::<$kind>::from_iter(py, orders.iter().map($value)))?
        };
    }
    column!("order_id", u64, |order| order.id);
    column!("created_ns", i64, |order| order.created_ns);
    column!("updated_ns", i64, |order| order.updated_ns);
    column!("instrument", u32, |order| order.instrument);
    column!("side", u8, |order| order.side as u8);
    column!("type", u8, |order| order.order_type as u8);
    column!("time_in_force", u8, |order| order.time_in_force as u8);
    column!("flags", u8, |order| order.flags);
    column!("state", u8, |order| order.state() as u8);
    column!("reason", u8, |order| order.reason as u8);
    column!("price", i64, |order| order.price);
    column!("qty", i64, |order| order.qty);
    column!("cum_qty", i64, Order::cum_qty);
    column!("price_qty", f64, |order| order.price_qty() as f64);
    column!("fees", f64, |order| order.fees().to_f64());
    Ok(columns)
}

/// How long the callbacks took, ns: for each its name, its calls and a summary of those that were timed.
pub fn latencies<'py>(py: Python<'py>, measured: &[(&str, u64, Summary)]) -> PyResult<Bound<'py, PyDict>> {
    let callbacks = PyDict::new(py);
    for (name, calls, summary) in measured {
        let figures = PyDict::new(py);
        figures.set_item("count", calls)?;
        figures.set_item("timed", summary.count)?;
        figures.set_item("min", summary.min)?;
        figures.set_item("p50", summary.p50)?;
        figures.set_item("p90", summary.p90)?;
        figures.set_item("p99", summary.p99)?;
        figures.set_item("p999", summary.p999)?;
        figures.set_item("max", summary.max)?;
        figures.set_item("mean", summary.mean)?;
        callbacks.set_item(name, figures)?;
    }
    Ok(callbacks)
}

/// What the venues reported that should not happen.
fn oddities<'py>(py: Python<'py>, world: &World) -> PyResult<Bound<'py, PyDict>> {
    let counted = world.orders.oddities();
    let oddities = PyDict::new(py);
    oddities.set_item("late_executions", counted.late_executions)?;
    oddities.set_item("over_fills", counted.over_fills)?;
    oddities.set_item("duplicate_executions", counted.duplicate_executions)?;
    oddities.set_item("conflicting_executions", counted.conflicting_executions)?;
    oddities.set_item("impossible", counted.impossible)?;
    Ok(oddities)
}

/// How many orders our gate refused, by reason.
fn denials<'py>(py: Python<'py>, reports: &[Report]) -> PyResult<Bound<'py, PyDict>> {
    let denied = |reason: Reason| {
        let refused = |report: &&Report| report.is(ReportKind::Denied) && report.reason == reason as u8;
        reports.iter().filter(refused).count()
    };
    let counts = PyDict::new(py);
    for reason in Reason::ALL {
        let count = denied(reason);
        if count > 0 {
            counts.set_item(reason.text(), count)?;
        }
    }
    Ok(counts)
}

/// The account at the end.
fn totals<'py>(py: Python<'py>, world: &World, reports: &[Report]) -> PyResult<Bound<'py, PyDict>> {
    let positions = world.ledger.positions();
    let units = |qty: fn(&Position) -> i64| -> Vec<f64> {
        let pairs = world.markets.iter().zip(positions);
        pairs.map(|(market, position)| market.instrument.qty().to_f64(qty(position))).collect()
    };
    let totals = PyDict::new(py);
    let orders = world.orders.all();
    let ended = |state: OrderState| orders.iter().filter(|order| order.state() == state).count();
    totals.set_item("orders", orders.len())?;
    totals.set_item("denied", ended(OrderState::Denied))?;
    totals.set_item("rejected", ended(OrderState::Rejected))?;
    totals.set_item("expired", ended(OrderState::Expired))?;
    totals.set_item("canceled", ended(OrderState::Canceled))?;
    let count = |kind: ReportKind, request: u8| {
        reports.iter().filter(|report| report.is(kind) && report.request == request).count()
    };
    totals.set_item("replaced", count(ReportKind::Replaced, 0))?;
    totals.set_item("replaces_refused", count(ReportKind::CancelRejected, CommandKind::Replace as u8))?;
    totals.set_item("open", world.orders.open().count())?;
    totals.set_item("trades", positions.iter().map(|position| position.trades).sum::<u64>())?;
    totals.set_item("fees", positions.iter().map(|position| position.fees.to_f64()).sum::<f64>())?;
    totals.set_item("turnover", positions.iter().map(|position| position.turnover.to_f64()).sum::<f64>())?;
    totals.set_item("volume", units(|position| position.volume))?;
    totals.set_item("position", units(|position| position.qty))?;
    totals.set_item("cash", world.ledger.cash().to_f64())?;
    totals.set_item("equity", world.equity())?;
    Ok(totals)
}

/// How far each book can be trusted.
fn books<'py>(py: Python<'py>, world: &World) -> PyResult<Vec<Bound<'py, PyDict>>> {
    let one = |market: &Market| {
        let counters = market.book.counters();
        let book = PyDict::new(py);
        book.set_item("gaps", counters.gaps)?;
        book.set_item("crossed", counters.crossed)?;
        book.set_item("refused", counters.refused)?;
        book.set_item("unknown_deletes", counters.unknown_deletes)?;
        book.set_item("stale", market.book.is_stale())?;
        Ok(book)
    };
    world.markets.iter().map(one).collect()
}
