//! `quantum.Bus` and its publishers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use super::errors::{detached, guarded, raise, to_python};
use super::instrument::PyInstrument;
use super::subscription::PySubscription;
use crate::bus::{Bus, Call, Compiled, Delivery, HandlerMetrics, Publish, Start, Wait};
use crate::model::{Error, Event, Result};

/// Publishers and subscriptions that find each other by topic.
#[pyclass(frozen, subclass, weakref, name = "Bus", module = "quantum._core")]
pub struct PyBus {
    inner: Bus,
}

/// One ring's publishing side, in this process's memory or a shared mapping.
#[pyclass(frozen, name = "Publisher", module = "quantum._core")]
pub struct PyPublisher {
    inner: Arc<Outgoing>,
}

/// What a publisher's Python object holds.
pub type Outgoing = Mutex<Box<dyn Publish>>;

impl PyPublisher {
    /// For a publisher of the core.
    pub fn new(publisher: impl Publish + 'static) -> Self {
        Self { inner: Arc::new(Mutex::new(Box::new(publisher))) }
    }

    /// The publisher, for whoever may close it.
    pub fn end(&self) -> std::sync::Weak<Outgoing> {
        Arc::downgrade(&self.inner)
    }
}

/// The data of a mutex, also after a panic of whoever held it: the core leaves nothing half done.
pub fn lock<V>(mutex: &Mutex<V>) -> MutexGuard<'_, V> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Seconds as a user gives them.
pub fn seconds(value: f64, what: &str) -> Result<Duration> {
    Duration::try_from_secs_f64(value)
        .map_err(|_| Error::Config(format!("{what} must be a number of seconds from 0, not {value}")))
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

    /// The number of a topic of yours, for `instrument` of events with a kind from 128.
    fn topic(&self, py: Python<'_>, name: &str) -> PyResult<u32> {
        detached(py, || self.inner.topic(name))
    }

    /// A publisher, with a ring of its own, of the topics under `prefix`.
    fn publisher(&self, py: Python<'_>, prefix: &str) -> PyResult<PyPublisher> {
        Ok(PyPublisher::new(detached(py, || self.inner.publisher(prefix))?))
    }

    /// A subscription to all topics that match `pattern`.
    #[pyo3(signature = (pattern, *, policy = "block", key = None, after = 0, patience = 0.0, start = "latest"))]
    #[allow(clippy::too_many_arguments, reason = "one keyword per property of a subscription")]
    fn subscribe(
        &self,
        py: Python<'_>,
        pattern: &str,
        policy: &str,
        key: Option<&str>,
        after: u64,
        patience: f64,
        start: &str,
    ) -> PyResult<PySubscription> {
        let subscription = detached(py, || {
            let delivery = Delivery::parse(policy, key, after, seconds(patience, "patience")?)?;
            self.inner.subscribe_from(pattern, delivery, Start::parse(start)?)
        })?;
        Ok(PySubscription::new(subscription))
    }

    /// Calls a Python callable for each matching event, on a thread of the bus.
    fn handler_callable(&self, py: Python<'_>, pattern: &str, call: Py<PyAny>) -> PyResult<()> {
        detached(py, || self.inner.handler(pattern, python_call(call)))
    }

    /// Calls native code for each matching event, on a thread of the bus.
    fn handler_address(&self, py: Python<'_>, pattern: &str, address: usize, data: usize) -> PyResult<()> {
        detached(py, || {
            let function = compiled(address)?;
            // SAFETY: that it may be called on any thread while the bus lives is what the caller says.
            unsafe { self.inner.compiled_handler(pattern, function, data) }
        })
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

/// A callable as a handler: each event as a NumPy record; an exception, with its traceback, ends it.
pub fn python_call(call: Py<PyAny>) -> Call {
    Box::new(move |event| {
        let outcome = Python::try_attach(|py| {
            let record = PyArray1::from_slice(py, &[*event]).get_item(0);
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

/// The function at an address: `int32_t handler(const Event *event, void *data)`.
pub fn compiled(address: usize) -> Result<Compiled> {
    if address == 0 {
        return Err(Error::Config("a compiled handler needs the address of a function, not 0".into()));
    }
    // SAFETY: a function pointer is as large as an address; that there is such a function is what the caller of
    // `handler(address=...)` says.
    Ok(unsafe { std::mem::transmute::<usize, Compiled>(address) })
}

/// The events of an array, or of one record.
fn events<'py>(given: &Bound<'py, PyAny>) -> PyResult<PyReadonlyArray1<'py, Event>> {
    if let Ok(array) = given.extract::<PyReadonlyArray1<'py, Event>>() {
        return Ok(array);
    }
    let py = given.py();
    let array = py.import("numpy")?.call_method1("atleast_1d", (given,))?;
    array.extract().map_err(|_| {
        let dtype = array.getattr("dtype").map_or_else(|_| "no dtype".into(), |dtype| dtype.to_string());
        let message = format!("events must be an (n,) array of quantum.dtypes.EVENT or one such record, not {dtype}");
        raise(py, "DataError", &message)
    })
}

/// The array's memory; only a contiguous one has events side by side.
fn adjacent<'a>(py: Python<'_>, array: &'a PyReadonlyArray1<'_, Event>) -> PyResult<&'a [Event]> {
    array
        .as_slice()
        .map_err(|_| raise(py, "DataError", "events must be contiguous; numpy.ascontiguousarray makes a copy that is"))
}

#[pymethods]
impl PyPublisher {
    /// Publishes an array or one record; waits where a gating subscription is slow. Returns the last sequence.
    fn publish(&self, py: Python<'_>, events_or_one: &Bound<'_, PyAny>) -> PyResult<u64> {
        let array = events(events_or_one)?;
        let slice = adjacent(py, &array)?;
        let mut done = 0;
        // What there is room for goes straight from the array; this never waits, so the GIL is kept.
        if let Ok(mut publisher) = self.inner.try_lock() {
            done = guarded(py, || publisher.begin_batch(slice).map_err(|error| to_python(py, &error)))?;
            if done == slice.len() {
                return Ok(publisher.published());
            }
        }
        let rest = slice[done..].to_vec();
        detached(py, || lock(&self.inner).publish_batch(&rest))
    }

    /// Publishes as many as there is room for, never waits. Returns how many.
    fn try_publish(&self, py: Python<'_>, events_or_one: &Bound<'_, PyAny>) -> PyResult<usize> {
        let array = events(events_or_one)?;
        let copy = adjacent(py, &array)?.to_vec();
        detached(py, || lock(&self.inner).try_publish_batch(&copy))
    }

    /// Last sequence published.
    #[getter]
    fn published(&self, py: Python<'_>) -> PyResult<u64> {
        detached(py, || Ok(lock(&self.inner).published()))
    }

    /// Subscriptions connected to its ring.
    #[getter]
    fn subscriptions(&self, py: Python<'_>) -> PyResult<usize> {
        detached(py, || Ok(lock(&self.inner).subscriptions()))
    }

    /// Ends it; publishing afterwards is an error.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        detached(py, || {
            lock(&self.inner).close();
            Ok(())
        })
    }
}
