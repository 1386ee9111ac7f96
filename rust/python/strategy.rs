//! The Python adapter of the strategy ABI: an entry point that calls the methods a class defines.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::context::PyContext;
use super::errors::{panic_text, raise};
use super::order::PyOrder;
use super::shared::Shared;
use super::views::{PyBar, PyFill, PyHit, PyQuote, PyTrade};
use crate::clock::Stopwatch;
use crate::engine::{Callback, CallbackMask, Context, Status, Strategy};
use crate::model::Event;
use crate::stats::{Histogram, Summary};

/// The bound methods of a strategy, and what came of the last call.
pub struct Adapter {
    shared: Arc<Shared>,
    context: Py<PyContext>,
    methods: [Option<Py<PyAny>>; Callback::ALL.len()],
    stopwatch: Stopwatch,
    ticks: [Option<Box<Histogram>>; Callback::ALL.len()],
    calls: u64,
    error: Option<(PyErr, &'static str)>,
}

impl Adapter {
    /// For a dict of bound methods by callback name; names that are no callback are not there.
    pub fn new(py: Python<'_>, shared: &Arc<Shared>, methods: &Bound<'_, PyDict>) -> PyResult<Box<Self>> {
        let mut found = [const { None }; Callback::ALL.len()];
        let mut ticks = [const { None }; Callback::ALL.len()];
        for (callback, name) in Callback::ALL {
            found[callback as usize] = methods.get_item(name)?.map(Bound::unbind);
            ticks[callback as usize] = found[callback as usize].is_some().then(|| Box::new(Histogram::new()));
        }
        Ok(Box::new(Self {
            shared: Arc::clone(shared),
            context: Py::new(py, PyContext::new(Arc::clone(shared)))?,
            methods: found,
            stopwatch: Stopwatch::new(),
            ticks,
            calls: 0,
            error: None,
        }))
    }

    /// The strategy as the engine sees it. The adapter must outlive the engine's calls.
    pub fn strategy(&mut self) -> Strategy {
        let defined = Callback::ALL.into_iter().filter(|(callback, _)| self.methods[*callback as usize].is_some());
        let wants = defined.fold(CallbackMask::default(), |mask, (callback, _)| mask.with(callback));
        Strategy { entry: python_entry, state: std::ptr::from_mut(self).cast::<c_void>(), wants }
    }

    /// Calls made.
    pub const fn calls(&self) -> u64 {
        self.calls
    }

    /// How often each defined callback was called and how long it took, conversions included, ns; those never called
    /// are left out.
    pub fn latencies_ns(&self) -> impl Iterator<Item = (&'static str, u64, Summary)> + '_ {
        let unit = self.stopwatch.ns_per_tick();
        Callback::ALL.into_iter().filter_map(move |(callback, name)| {
            let summary = self.ticks[callback as usize].as_ref()?.summary()?;
            Some((name, summary.count, summary.scaled(unit)))
        })
    }

    /// The exception that ended the run and the callback it came from.
    pub const fn take_error(&mut self) -> Option<(PyErr, &'static str)> {
        self.error.take()
    }

    fn call(&mut self, py: Python<'_>, event: &Event, context: *mut Context) -> PyResult<()> {
        let Some(callback) = Callback::of(event) else { return Ok(()) };
        let Some(method) = &self.methods[callback as usize] else { return Ok(()) };
        self.calls += 1;
        self.shared.enter(context);
        let started = self.stopwatch.ticks();
        let outcome = self.argument(py, callback, event, context).and_then(|argument| match argument {
            Some(argument) => method.call1(py, (&self.context, argument)),
            None => method.call1(py, (&self.context,)),
        });
        let taken = self.stopwatch.ticks().saturating_sub(started);
        if let Some(ticks) = &mut self.ticks[callback as usize] {
            ticks.record(taken);
        }
        self.shared.leave();
        outcome.map(drop)
    }

    /// What a callback gets besides the context.
    fn argument(
        &self,
        py: Python<'_>,
        callback: Callback,
        event: &Event,
        context: *const Context,
    ) -> PyResult<Option<Py<PyAny>>> {
        // SAFETY: `context` is the engine's for this call; what it points to is null or valid for it.
        let context = unsafe { &*context };
        // SAFETY: as above.
        let (report, bar, hit) = unsafe { (context.report.as_ref(), context.bar.as_ref(), context.hit.as_ref()) };
        Ok(match callback {
            Callback::Trade => {
                let instrument = &self.shared.instruments[event.instrument as usize];
                Some(Py::new(py, PyTrade::new(instrument, event))?.into_any())
            }
            Callback::Quote => {
                let instrument = &self.shared.instruments[event.instrument as usize];
                let quote = self.shared.world(py)?.markets[event.instrument as usize].quote;
                Some(Py::new(py, PyQuote::new(py, instrument, quote, event)?)?.into_any())
            }
            Callback::Order => Some(Py::new(py, PyOrder::new(Arc::clone(&self.shared), event.order_id))?.into_any()),
            Callback::Fill => match report {
                Some(report) => Some(Py::new(py, PyFill::new(py, &self.shared, report)?)?.into_any()),
                None => None,
            },
            Callback::Bar => bar.map(|bar| Py::new(py, PyBar::new(bar))).transpose()?.map(Py::into_any),
            Callback::Hit => {
                hit.map(|hit| Py::new(py, PyHit::new(hit, &self.shared.patterns))).transpose()?.map(Py::into_any)
            }
            _ => None,
        })
    }
}

/// The entry point behind every Python strategy.
///
/// # Safety
/// `context.state` is an [`Adapter`] that nothing else uses during the call; `event` and `context` are the engine's.
pub unsafe extern "C" fn python_entry(event: *const Event, context: *mut Context) -> Status {
    // SAFETY: by this function's contract.
    let (adapter, event) = unsafe { (&mut *(*context).state.cast::<Adapter>(), &*event) };
    let outcome = catch_unwind(AssertUnwindSafe(|| Python::attach(|py| adapter.call(py, event, context))));
    let error = match outcome {
        Ok(Ok(())) => return 0,
        Ok(Err(error)) => error,
        Err(panic) => {
            adapter.shared.leave();
            Python::attach(|py| raise(py, "InternalError", &panic_text(panic.as_ref())))
        }
    };
    let name = Callback::of(event).map_or("", |callback| Callback::ALL[callback as usize].1);
    adapter.error = Some((error, name));
    1
}
