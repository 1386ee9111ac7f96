//! `quantum.backtest`'s native side: sets a run up, runs it, hands back its raw result.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::context::duration_ns;
use super::data::PyRecording;
use super::errors::{panic_text, raise, to_python};
use super::instrument::{PyInstrument, decimal};
use super::shared::Shared;
use super::strategy::Adapter;
use crate::backtest::{Backtest, Outcome, Plan, Progress};
use crate::engine::World;
use crate::model::{Error, Money};
use crate::risk::Limits;
use crate::venue::{Fees, FillRule, Latency, QueueModel, VenueModel};

/// How often a run looks for Ctrl-C, lets other threads run and shows its progress.
const PACE: Duration = Duration::from_millis(25);

/// What a venue models, from `quantum.SimVenue`.
fn venue_model(venue: &Bound<'_, PyAny>) -> PyResult<VenueModel> {
    let py = venue.py();
    let get = |name: &str| venue.getattr(name);
    let (queue, exponent): (String, f64) = get("queue_model")?.extract()?;
    let queue = match queue.as_str() {
        "risk_averse" => QueueModel::RiskAverse,
        "power" => QueueModel::Power(exponent),
        other => {
            let text = format!("queue must be \"power\" or \"risk_averse\", not {other:?}");
            return Err(raise(py, "ConfigError", &text));
        }
    };
    let fees = get("fees")?;
    let fills = if get("fills")?.extract::<String>()? == "whole" { FillRule::Whole } else { FillRule::Partial };
    Ok(VenueModel {
        queue,
        latency: Latency {
            entry_ns: duration_ns(&get("entry_latency")?, "entry latency", 0)?,
            response_ns: duration_ns(&get("response_latency")?, "response latency", 0)?,
            feed_ns: duration_ns(&get("feed_latency")?, "feed_latency", 0)?,
        },
        fees: Fees {
            maker_bps: decimal(&fees.getattr("maker_bps")?, "maker_bps")?,
            taker_bps: decimal(&fees.getattr("taker_bps")?, "taker_bps")?,
        },
        fills,
    })
}

/// The limits of `quantum.RiskLimits`: `None` where a limit is UNLIMITED.
fn risk_limits(limits: Option<&Bound<'_, PyAny>>) -> PyResult<Limits> {
    let Some(limits) = limits else { return Ok(Limits::default()) };
    let get = |name: &str| -> PyResult<Option<f64>> {
        let value: f64 = limits.getattr(name)?.extract()?;
        Ok(Some(value).filter(|value| *value != f64::INFINITY))
    };
    Ok(Limits {
        max_qty: get("max_qty")?,
        max_notional: get("max_notional")?,
        collar_bps: get("collar_bps")?,
        max_position: get("max_position")?,
        max_open_orders: get("max_open_orders")?,
    })
}

/// The venue of each instrument: `pick(instrument)` of the Python layer.
fn venues(py: Python<'_>, plan: &Plan, pick: &Bound<'_, PyAny>) -> PyResult<Vec<VenueModel>> {
    let model = |instrument: &Arc<_>| {
        let listing = Py::new(py, PyInstrument { inner: Arc::clone(instrument) })?;
        venue_model(&pick.call1((listing,))?)
    };
    plan.instruments().iter().map(model).collect()
}

/// Replays recordings through a strategy's bound methods and returns the raw result as a dict.
///
/// `methods`: callback name -> bound method. `pick`: Instrument -> SimVenue. `pace(rows, total, now_ns)` is called
/// about forty times a second.
#[pyfunction]
#[pyo3(signature = (methods, recordings, *, pick, cash, limits, sample_ns, pace))]
#[allow(clippy::too_many_arguments, reason = "the one call behind quantum.backtest, keywords only")]
pub fn run_backtest<'py>(
    py: Python<'py>,
    methods: &Bound<'py, PyDict>,
    recordings: Vec<PyRef<'py, PyRecording>>,
    pick: &Bound<'py, PyAny>,
    cash: f64,
    limits: Option<&Bound<'py, PyAny>>,
    sample_ns: i64,
    pace: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyDict>> {
    let core = |error: Error| to_python(py, &error);
    let recordings = recordings.iter().map(|recording| Arc::clone(&recording.inner)).collect();
    let plan = Plan::new(recordings).map_err(core)?;
    let models = venues(py, &plan, pick)?;
    let money = Money::from_f64(cash)
        .ok_or_else(|| raise(py, "ConfigError", &format!("cash must be a finite number within ±1e24, not {cash}")))?;
    let shared = Shared::new(plan.instruments().to_vec());
    let mut adapter = Adapter::new(py, &shared, methods)?;
    let setup = plan.setup(&models, &risk_limits(limits)?, money, adapter.strategy(), sample_ns).map_err(core)?;
    let mut backtest = Backtest::new(setup).map_err(core)?;
    let started = Instant::now();
    let mut interrupt = None;
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut looked = Instant::now();
        backtest.run(|progress| {
            if looked.elapsed() < PACE {
                return ControlFlow::Continue(());
            }
            looked = Instant::now();
            look_up(py, pace, progress).map_or_else(
                |error| {
                    interrupt = Some(error);
                    ControlFlow::Break(())
                },
                ControlFlow::Continue,
            )
        })
    }));
    let elapsed = started.elapsed();
    let result = raw_result(py, &backtest, &shared, elapsed);
    let unapplied = backtest.engine().unapplied();
    let state = describe(&backtest);
    shared.keep(backtest.into_engine().into_world());
    let outcome = match outcome {
        Err(panic) => return Err(raise(py, "InternalError", &panic_text(panic.as_ref()))),
        Ok(outcome) => outcome,
    };
    if let Some(error) = interrupt {
        return Err(error);
    }
    if let Some((error, callback)) = adapter.take_error() {
        let note = format!("in {callback}, {state}");
        error.value(py).call_method1("add_note", (note,))?;
        return Err(error);
    }
    let outcome = outcome.map_err(|error| {
        let error = core(error);
        let _ = error.value(py).call_method1("add_note", (state,));
        error
    })?;
    let result = result?;
    result.set_item("ended", if outcome == Outcome::EndOfData { "end of data" } else { "interrupted" })?;
    result.set_item("calls", adapter.calls())?;
    result.set_item("unapplied", unapplied)?;
    Ok(result)
}

/// Ctrl-C, other threads, progress.
fn look_up(py: Python<'_>, pace: &Bound<'_, PyAny>, progress: Progress) -> PyResult<()> {
    py.check_signals()?;
    py.detach(std::thread::yield_now);
    pace.call1((progress.rows, progress.total, progress.now_ns)).map(drop)
}

/// Where the run stands, for the note on an exception.
fn describe(backtest: &Backtest) -> String {
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
fn holding((market, position): (&crate::engine::Market, &crate::ledger::Position)) -> String {
    format!("{} {}", market.instrument.qty().to_f64(position.qty), market.instrument.symbol())
}

/// The run as plain arrays and numbers.
fn raw_result<'py>(
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
    raw.set_item("totals", totals(py, engine.world())?)?;
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
    column!("cum_qty", i64, |order| order.cum_qty());
    column!("price_qty", f64, |order| order.price_qty() as f64);
    column!("fees", f64, |order| order.fees().to_f64());
    Ok(columns)
}

/// The account at the end.
fn totals<'py>(py: Python<'py>, world: &World) -> PyResult<Bound<'py, PyDict>> {
    let positions = world.ledger.positions();
    let units = |qty: fn(&crate::ledger::Position) -> i64| -> Vec<f64> {
        let pairs = world.markets.iter().zip(positions);
        pairs.map(|(market, position)| market.instrument.qty().to_f64(qty(position))).collect()
    };
    let totals = PyDict::new(py);
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
    let one = |market: &crate::engine::Market| {
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
