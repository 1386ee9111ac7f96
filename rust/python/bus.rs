//! `quantum.Bus`.

use std::mem::{size_of, transmute_copy};

use numpy::Element;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use super::carried::{Dtype, format_of, seconds, with_record};
use super::errors::detached;
use super::instrument::PyInstrument;
use super::publisher::PyPublisher;
use super::subscription::PySubscription;
use crate::bus::{Bus, Call, Compiled, Delivery, HandlerMetrics, Message, Start, Wait};
use crate::model::{Error, Result};

/// Publishers and subscriptions that find each other by topic.
#[pyclass(frozen, subclass, weakref, name = "Bus", module = "quantum._core")]
pub struct PyBus {
    inner: Bus,
}

#[pymethods]
impl PyBus {
    #[new]
    #[pyo3(signature = (capacity = 65_536, *, wait = "adaptive", timeout = 10.0))]
    fn new(py: Python<'_>, capacity: i128, wait: &str, timeout: f64) -> PyResult<Self> {
        let inner = detached(py, || {
            let slots = u64::try_from(capacity).unwrap_or(0);
            let checked = Wait::parse(wait).and_then(|wait| Ok((wait, seconds(timeout, "timeout")?)));
            let (wait, timeout) = checked?;
            Bus::with_timeout(slots, wait, timeout)
        })?;
        Ok(Self { inner })
    }

    /// The numbers its events carry: (instrument, venue), dense from 0.
    fn register(&self, py: Python<'_>, instrument: &PyInstrument) -> PyResult<(u32, u8)> {
        detached(py, || self.inner.register(&instrument.inner))
    }

    /// The number of a topic of yours, for `instrument` of records with a kind from 128.
    #[pyo3(signature = (name, *, dtype = None))]
    fn topic(&self, py: Python<'_>, name: &str, dtype: Option<&Bound<'_, PyAny>>) -> PyResult<u32> {
        let format = format_of(dtype)?;
        detached(py, || format.map_or_else(|| self.inner.topic(name), |format| self.inner.bind(name, &format)))
    }

    /// A publisher, with a ring of its own, of the topics under `prefix`.
    #[pyo3(signature = (prefix, *, dtype = None))]
    fn publisher(&self, py: Python<'_>, prefix: &str, dtype: Option<&Bound<'_, PyAny>>) -> PyResult<PyPublisher> {
        let wanted = format_of(dtype)?;
        let format = detached(py, || self.inner.format(prefix, wanted.as_ref()))?;
        with_record!(format.record(), Record => {
            let publisher = detached(py, || self.inner.publisher_of::<Record>(prefix))?;
            Ok(PyPublisher::new(publisher, Dtype::new(py, format)?))
        })
    }

    /// A subscription to all topics that match `pattern`.
    #[pyo3(signature = (pattern, *, dtype = None, policy = "block", key = None, after = 0, patience = 0.0,
                        start = "latest"))]
    #[allow(clippy::too_many_arguments, reason = "one keyword per property of a subscription")]
    fn subscribe(
        &self,
        py: Python<'_>,
        pattern: &str,
        dtype: Option<&Bound<'_, PyAny>>,
        policy: &str,
        key: Option<&str>,
        after: u64,
        patience: f64,
        start: &str,
    ) -> PyResult<PySubscription> {
        let wanted = format_of(dtype)?;
        let (delivery, start, format) = detached(py, || {
            let delivery = Delivery::parse(policy, key, after, seconds(patience, "patience")?)?;
            Ok((delivery, Start::parse(start)?, self.inner.format(pattern, wanted.as_ref())?))
        })?;
        with_record!(format.record(), Record => {
            let subscription = detached(py, || self.inner.subscribe_from::<Record>(pattern, delivery, start))?;
            Ok(PySubscription::new(subscription, Dtype::new(py, format)?))
        })
    }

    /// Calls a Python callable for each matching record, on a thread of the bus.
    #[pyo3(signature = (pattern, call, dtype = None))]
    fn handler_callable(
        &self,
        py: Python<'_>,
        pattern: &str,
        call: Py<PyAny>,
        dtype: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let wanted = format_of(dtype)?;
        let format = detached(py, || self.inner.format(pattern, wanted.as_ref()))?;
        let (record, dtype) = (format.record(), Dtype::new(py, format)?);
        with_record!(record, Record => {
            detached(py, || self.inner.handler::<Record>(pattern, python_call(call, dtype)))
        })
    }

    /// Calls native code for each matching record, on a thread of the bus.
    #[pyo3(signature = (pattern, address, data, dtype = None))]
    fn handler_address(
        &self,
        py: Python<'_>,
        pattern: &str,
        address: usize,
        data: usize,
        dtype: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let wanted = format_of(dtype)?;
        let format = detached(py, || self.inner.format(pattern, wanted.as_ref()))?;
        with_record!(format.record(), Record => detached(py, || {
            let function = compiled::<Record>(address)?;
            // SAFETY: that it may be called on any thread while the bus lives is what the caller says.
            unsafe { self.inner.compiled_handler(pattern, function, data) }
        }))
    }

    /// What happened so far, as plain dicts.
    fn metrics(&self, py: Python<'_>) -> PyResult<Py<PyDict>> {
        let metrics = detached(py, || Ok(self.inner.metrics()))?;
        let all = PyDict::new(py);
        all.set_item("messages", metrics.messages)?;
        all.set_item("rate_per_s", metrics.rate_per_s)?;
        let publishers = PyList::empty(py);
        for publisher in metrics.publishers {
            let row = PyDict::new(py);
            row.set_item("prefix", publisher.prefix)?;
            row.set_item("record", publisher.record.name())?;
            row.set_item("published", publisher.published)?;
            row.set_item("rate_per_s", publisher.rate_per_s)?;
            row.set_item("refused", publisher.refused)?;
            row.set_item("capacity", publisher.capacity)?;
            row.set_item("utilisation_frac", publisher.utilisation_frac)?;
            row.set_item("topics", publisher.topics)?;
            publishers.append(row)?;
        }
        all.set_item("publishers", publishers)?;
        let subscriptions = PyList::empty(py);
        for subscription in metrics.subscriptions {
            let row = PyDict::new(py);
            row.set_item("id", subscription.id)?;
            row.set_item("pattern", subscription.pattern)?;
            row.set_item("record", subscription.record.name())?;
            row.set_item("policy", subscription.policy)?;
            row.set_item("passed", subscription.passed)?;
            row.set_item("delivered", subscription.delivered)?;
            row.set_item("filtered", subscription.filtered)?;
            row.set_item("skipped", subscription.skipped)?;
            row.set_item("lost", subscription.lost)?;
            row.set_item("pending", subscription.pending)?;
            row.set_item("fault", subscription.fault)?;
            subscriptions.append(row)?;
        }
        all.set_item("subscriptions", subscriptions)?;
        let handlers = metrics.handlers.iter().map(|handler| handler_row(py, handler)).collect::<PyResult<Vec<_>>>()?;
        all.set_item("handlers", handlers)?;
        Ok(all.unbind())
    }

    /// Stops the bus's threads: handlers get no more events.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        detached(py, || {
            self.inner.close();
            Ok(())
        })
    }
}

impl Drop for PyBus {
    fn drop(&mut self) {
        // Handlers may need the GIL to finish, and whoever drops a Python object holds it.
        let _ = Python::try_attach(|py| py.detach(|| self.inner.close()));
    }
}

/// One handler's row.
pub fn handler_row<'py>(py: Python<'py>, handler: &HandlerMetrics) -> PyResult<Bound<'py, PyDict>> {
    let row = PyDict::new(py);
    row.set_item("pattern", &handler.pattern)?;
    row.set_item("record", handler.record.name())?;
    row.set_item("calls", handler.calls)?;
    row.set_item("fault", handler.fault.as_deref())?;
    let latency = PyDict::new(py);
    if let Some(summary) = &handler.latency_ns {
        latency.set_item("count", summary.count)?;
        latency.set_item("avg", summary.mean)?;
        latency.set_item("min", summary.min)?;
        latency.set_item("p50", summary.p50)?;
        latency.set_item("p90", summary.p90)?;
        latency.set_item("p99", summary.p99)?;
        latency.set_item("p99.9", summary.p999)?;
        latency.set_item("max", summary.max)?;
    }
    row.set_item("latency_ns", latency)?;
    Ok(row)
}

/// A callable as a handler: each one as a NumPy record; an exception, with its traceback, ends it.
pub fn python_call<M: Message + Element>(call: Py<PyAny>, dtype: Dtype) -> Call<M> {
    Box::new(move |message| {
        let outcome = Python::try_attach(|py| {
            let record = dtype.record(py, message);
            record.and_then(|record| call.call1(py, (record,))).map(drop).map_err(|error| with_traceback(py, &error))
        });
        // Without an interpreter the process is about to end.
        outcome.unwrap_or(Ok(()))
    })
}

/// The exception as Python prints it.
fn with_traceback(py: Python<'_>, error: &PyErr) -> String {
    let parts = (error.get_type(py), error.value(py), error.traceback(py));
    let lines = py.import("traceback").and_then(|module| module.call_method1("format_exception", parts));
    lines.and_then(|lines| lines.extract::<Vec<String>>()).map_or_else(|_| error.to_string(), |lines| lines.concat())
}

/// The function at an address: `int32_t handler(const Event *event, void *data)`, or of another record.
pub fn compiled<M>(address: usize) -> Result<Compiled<M>> {
    if address == 0 {
        return Err(Error::Config("a compiled handler needs the address of a function, not 0".into()));
    }
    const { assert!(size_of::<Compiled<M>>() == size_of::<usize>()) };
    // SAFETY: a function pointer is as large as an address (see the assertion); that there is such a function is what the caller of
    // `handler(address=...)` says.
    Ok(unsafe { transmute_copy::<usize, Compiled<M>>(&address) })
}
