//! `quantum.backtest`'s native side: sets a run up, runs it, hands back its raw result.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::compiled::{Compiled, keep_pace};
use super::data::PyRecording;
use super::duration::duration_ns;
use super::errors::{panic_text, raise, to_python};
use super::instrument::PyInstrument;
use super::outcome;
use super::scanner::PyScanner;
use super::shared::Shared;
use super::strategy::Adapter;
use super::venue::venue_model;
use crate::backtest::{Backtest, Compute, Outcome, Plan, Progress, Setup};
use crate::engine::Strategy;
use crate::feed::Recording;
use crate::model::{Error, Money, Result};
use crate::risk::Limits;
use crate::scanner::PATTERNS;
use crate::stats::Summary;
use crate::venue::VenueModel;

/// How often a run looks for Ctrl-C, lets other threads run and shows its progress.
const PACE: Duration = Duration::from_millis(25);

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

/// What an input costs the strategy: a duration, or "measured".
fn compute(given: &Bound<'_, PyAny>) -> PyResult<Compute> {
    match given.extract::<String>() {
        Ok(text) if text == "measured" => Ok(Compute::Measured),
        _ => Ok(Compute::Constant(duration_ns(given, "compute_time", 0)?)),
    }
}

/// The venue of each instrument: `pick(instrument)` of the Python layer.
fn venues(py: Python<'_>, plan: &Plan, pick: &Bound<'_, PyAny>) -> PyResult<Vec<VenueModel>> {
    let model = |instrument: &Arc<_>| {
        let listing = Py::new(py, PyInstrument { inner: Arc::clone(instrument) })?;
        venue_model(&pick.call1((listing,))?)
    };
    plan.instruments().iter().map(model).collect()
}

/// What a run is made of besides the strategy and the data.
struct Terms<'a, 'py> {
    pick: &'a Bound<'py, PyAny>,
    cash: f64,
    limits: Option<&'a Bound<'py, PyAny>>,
    sample: Option<&'a Bound<'py, PyAny>>,
    compiler: Option<&'a Bound<'py, PyAny>>,
    scanner: Option<&'a PyScanner>,
    compute: Option<&'a Bound<'py, PyAny>>,
}

/// The strategy's side: all Python, or with compiled callbacks.
enum Host {
    Interpreted(Box<Adapter>),
    Compiled(Box<Compiled>),
}

impl Host {
    fn strategy(&mut self) -> Strategy {
        match self {
            Self::Interpreted(adapter) => adapter.strategy(),
            Self::Compiled(compiled) => compiled.strategy(),
        }
    }

    fn latencies_ns(&self) -> Vec<(&'static str, u64, Summary)> {
        match self {
            Self::Interpreted(adapter) => adapter.latencies_ns().collect(),
            Self::Compiled(compiled) => compiled.latencies_ns(),
        }
    }

    fn calls(&self) -> u64 {
        match self {
            Self::Interpreted(adapter) => adapter.calls(),
            Self::Compiled(compiled) => compiled.calls(),
        }
    }

    fn take_error(&mut self) -> Option<(PyErr, &'static str)> {
        match self {
            Self::Interpreted(adapter) => adapter.take_error(),
            Self::Compiled(compiled) => compiled.take_error(),
        }
    }

    /// Runs `on_start`, compiles, and runs the rest: with the GIL for Python's callbacks, without for compiled ones.
    fn run(&mut self, py: Python<'_>, backtest: &mut Backtest, pace: &Bound<'_, PyAny>) -> PyResult<Driven> {
        let mut started = Instant::now();
        if let Err(error) = caught(|| backtest.start())? {
            return Ok((Err(error), started.elapsed()));
        }
        let outcome = match self {
            Self::Interpreted(_) => drive(backtest, &pace.clone().unbind()),
            Self::Compiled(compiled) => {
                compiled.build(py)?;
                started = Instant::now();
                keep_pace(Some(pace.clone().unbind()));
                let (pace, backtest) = (pace.clone().unbind(), Lent(backtest));
                let outcome = py.detach(move || {
                    let whole = backtest;
                    drive(whole.0, &pace)
                });
                keep_pace(None);
                outcome
            }
        };
        let elapsed = started.elapsed();
        if let Self::Compiled(compiled) = self {
            compiled.give_back(py)?;
        }
        Ok((outcome?, elapsed))
    }
}

/// What came of a run, and how long it took.
type Driven = (Result<Outcome>, Duration);

/// A run lent to code without the GIL.
struct Lent<'a>(&'a mut Backtest);

// SAFETY: `detach` calls its closure on this very thread; the run's raw pointers are not shared with another.
unsafe impl Send for Lent<'_> {}

/// Sets a run up, with the adapter that stands for the strategy.
fn prepare<'py>(
    py: Python<'py>,
    methods: &Bound<'py, PyDict>,
    recordings: Vec<Arc<Recording>>,
    terms: &Terms<'_, 'py>,
) -> PyResult<(Backtest, Host, Arc<Shared>)> {
    let core = |error: Error| to_python(py, &error);
    let plan = Plan::new(recordings).map_err(core)?;
    let models = venues(py, &plan, terms.pick)?;
    let cash = Money::from_f64(terms.cash).ok_or_else(|| {
        raise(py, "ConfigError", &format!("cash must be a finite number within ±1e24, not {}", terms.cash))
    })?;
    let scan = terms.scanner.map(PyScanner::rules);
    let custom = scan.iter().flat_map(|scan| scan.rules.custom.iter().map(|pattern| pattern.name().to_owned()));
    let patterns = PATTERNS.iter().map(|&name| name.to_owned()).chain(custom).collect();
    let shared = Shared::new(plan.instruments().to_vec(), patterns);
    let adapter = Adapter::new(py, &shared, methods)?;
    let mut host = match terms.compiler {
        None => Host::Interpreted(adapter),
        Some(compiler) => Host::Compiled(Compiled::new(adapter, &shared, compiler)),
    };
    let sample_ns = terms.sample.map(|step| duration_ns(step, "sample", 1_000)).transpose()?;
    let limits = risk_limits(terms.limits)?;
    let compute = terms.compute.map(compute).transpose()?.unwrap_or_default();
    let mut setup = plan.setup(&models, &limits, cash, host.strategy(), sample_ns).map_err(core)?;
    if let Some(scan) = scan {
        setup.engine.scan_with(scan);
    }
    Ok((Backtest::new(Setup { compute, ..setup }).map_err(core)?, host, shared))
}

/// The body's value; a panic is an error.
fn caught<T>(body: impl FnOnce() -> T) -> PyResult<T> {
    catch_unwind(AssertUnwindSafe(body))
        .map_err(|panic| Python::attach(|py| raise(py, "InternalError", &panic_text(panic.as_ref()))))
}

/// Runs to the end, looking up now and then. The error of `pace` or of a signal stops the run.
fn drive(backtest: &mut Backtest, pace: &Py<PyAny>) -> PyResult<Result<Outcome>> {
    let mut interrupt = None;
    let mut looked = Instant::now();
    let outcome = caught(|| {
        backtest.run(|progress| {
            if looked.elapsed() < PACE {
                return ControlFlow::Continue(());
            }
            looked = Instant::now();
            match Python::attach(|py| look_up(py, pace.bind(py), progress)) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    interrupt = Some(error);
                    ControlFlow::Break(())
                }
            }
        })
    })?;
    interrupt.map_or(Ok(outcome), Err)
}

/// Replays recordings through a strategy's bound methods and returns the raw result as a dict.
///
/// `methods`: callback name -> bound method. `pick`: `Instrument` -> `SimVenue`. `pace(rows, total, now_ns)` is called
/// about forty times a second, `pace()` by loops of compiled callbacks; what it raises ends the run. `compiler`: a
/// `quantum.compiler.Compiler`, for callbacks as machine code. `scanner`: looks for patterns in the run's bars.
/// `compute`: a duration or "measured", what an input costs the strategy.
#[pyfunction]
#[pyo3(signature = (methods, recordings, *, pick, cash, limits, sample, pace, compiler = None, scanner = None,
                    compute = None))]
#[allow(clippy::too_many_arguments, reason = "the one call behind quantum.backtest, keywords only")]
#[allow(clippy::needless_pass_by_value, reason = "PyO3 hands lists over by value")]
pub fn run_backtest<'py>(
    py: Python<'py>,
    methods: &Bound<'py, PyDict>,
    recordings: Vec<PyRef<'py, PyRecording>>,
    pick: &Bound<'py, PyAny>,
    cash: f64,
    limits: Option<&Bound<'py, PyAny>>,
    sample: Option<&Bound<'py, PyAny>>,
    pace: &Bound<'py, PyAny>,
    compiler: Option<&Bound<'py, PyAny>>,
    scanner: Option<PyRef<'py, PyScanner>>,
    compute: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let recordings = recordings.iter().map(|recording| Arc::clone(&recording.inner)).collect();
    let terms = Terms { pick, cash, limits, sample, compiler, scanner: scanner.as_deref(), compute };
    let (mut backtest, mut host, shared) = prepare(py, methods, recordings, &terms)?;
    let driven = host.run(py, &mut backtest, pace);
    let elapsed = driven.as_ref().map_or(Duration::ZERO, |driven| driven.1);
    let raw = outcome::raw_result(py, &backtest, &shared, elapsed);
    let state = outcome::describe(&backtest);
    shared.keep(backtest.into_engine().into_world());
    let (outcome, _) = driven?;
    scanner.map_or(Ok(()), |scanner| scanner.failure())?;
    if let Some((error, callback)) = host.take_error() {
        note(py, &error, &format!("in {callback}, {state}"));
        return Err(error);
    }
    if let Err(error) = outcome {
        let error = to_python(py, &error);
        note(py, &error, &state);
        return Err(error);
    }
    let raw = raw?;
    raw.set_item("ended", "end of data")?;
    raw.set_item("calls", host.calls())?;
    raw.set_item("latencies", outcome::latencies(py, &host.latencies_ns())?)?;
    Ok(raw)
}

/// Adds where the run stood to an exception; one that takes no notes goes on without.
fn note(py: Python<'_>, error: &PyErr, text: &str) {
    let _ = error.value(py).call_method1("add_note", (text,));
}

/// Ctrl-C, other threads, progress.
fn look_up(py: Python<'_>, pace: &Bound<'_, PyAny>, progress: Progress) -> PyResult<()> {
    py.check_signals()?;
    py.detach(std::thread::yield_now);
    pace.call1((progress.rows, progress.total, progress.now_ns)).map(drop)
}
