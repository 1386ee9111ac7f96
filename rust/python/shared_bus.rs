//! `quantum.bus.SharedBus`: a bus in a mapping that several processes share.

use std::sync::{Mutex, Weak};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use super::bus::{compiled, handler_row, python_call};
use super::carried::{Dtype, format_of, lock, seconds, with_record};
use super::errors::detached;
use super::instrument::PyInstrument;
use super::publisher::{Outgoing, PyPublisher};
use super::subscription::{Incoming, PySubscription};
use crate::bus::shared::{Bus, Metrics};
use crate::bus::{Delivery, Start, Wait};
use crate::model::{Error, Result};

/// Publishers and subscriptions of several processes that find each other by topic.
#[pyclass(frozen, subclass, weakref, name = "SharedBus", module = "quantum._core")]
pub struct PySharedBus {
    name: String,
    inner: Mutex<Option<Bus>>,
    /// What was made through this handle, for `close`.
    publishers: Mutex<Vec<Weak<dyn Outgoing>>>,
    subscriptions: Mutex<Vec<Weak<dyn Incoming>>>,
}

impl PySharedBus {
    fn open(&self) -> Result<Bus> {
        let closed = || Error::Engine(format!("shared bus {:?} is closed", self.name));
        lock(&self.inner).clone().ok_or_else(closed)
    }

    /// Stops the threads that run handlers.
    fn stop(&self) {
        let open = lock(&self.inner).clone();
        open.iter().for_each(Bus::close);
    }
}

#[pymethods]
impl PySharedBus {
    #[new]
    #[pyo3(signature = (name, capacity = None, *, wait = "adaptive", timeout = 10.0))]
    fn new(py: Python<'_>, name: &str, capacity: Option<i128>, wait: &str, timeout: f64) -> PyResult<Self> {
        let inner = detached(py, || {
            let slots = capacity.map(|capacity| u64::try_from(capacity).unwrap_or(0));
            Bus::with_timeout(name, slots, Wait::parse(wait)?, seconds(timeout, "timeout")?)
        })?;
        Ok(Self {
            name: name.to_owned(),
            inner: Mutex::new(Some(inner)),
            publishers: Mutex::default(),
            subscriptions: Mutex::default(),
        })
    }

    /// Its name.
    #[getter]
    fn name(&self) -> &str {
        &self.name
    }

    /// Slots of each publisher's ring.
    #[getter]
    fn capacity(&self, py: Python<'_>) -> PyResult<u64> {
        detached(py, || Ok(self.open()?.capacity()))
    }

    /// The numbers an instrument's events carry, the same in all processes.
    fn register(&self, py: Python<'_>, instrument: &PyInstrument) -> PyResult<(u32, u8)> {
        detached(py, || self.open()?.register(&instrument.inner))
    }

    /// The number of a topic of yours, the same in all processes.
    #[pyo3(signature = (name, *, dtype = None))]
    fn topic(&self, py: Python<'_>, name: &str, dtype: Option<&Bound<'_, PyAny>>) -> PyResult<u32> {
        let format = format_of(dtype)?;
        detached(py, || {
            let open = self.open()?;
            format.map_or_else(|| open.topic(name), |format| open.bind(name, &format))
        })
    }

    /// A publisher, with a ring of its own, of the topics under `prefix`.
    #[pyo3(signature = (prefix, *, dtype = None))]
    fn publisher(&self, py: Python<'_>, prefix: &str, dtype: Option<&Bound<'_, PyAny>>) -> PyResult<PyPublisher> {
        let wanted = format_of(dtype)?;
        let format = detached(py, || self.open()?.format(prefix, wanted.as_ref()))?;
        let publisher = with_record!(format.record(), Record => {
            let publisher = detached(py, || self.open()?.publisher_of::<Record>(prefix))?;
            PyPublisher::new(publisher, Dtype::new(py, format)?)
        });
        remember(&self.publishers, publisher.end());
        Ok(publisher)
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
            Ok((delivery, Start::parse(start)?, self.open()?.format(pattern, wanted.as_ref())?))
        })?;
        let subscription = with_record!(format.record(), Record => {
            let subscription = detached(py, || self.open()?.subscribe_from::<Record>(pattern, delivery, start))?;
            PySubscription::new(subscription, Dtype::new(py, format)?)
        });
        remember(&self.subscriptions, subscription.end());
        Ok(subscription)
    }

    /// Calls a Python callable for each matching record, on a thread of this process.
    #[pyo3(signature = (pattern, call, dtype = None))]
    fn handler_callable(
        &self,
        py: Python<'_>,
        pattern: &str,
        call: Py<PyAny>,
        dtype: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let wanted = format_of(dtype)?;
        let format = detached(py, || self.open()?.format(pattern, wanted.as_ref()))?;
        let (record, dtype) = (format.record(), Dtype::new(py, format)?);
        with_record!(record, Record => {
            detached(py, || self.open()?.handler::<Record>(pattern, python_call(call, dtype)))
        })
    }

    /// Calls native code for each matching record, on a thread of this process.
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
        let format = detached(py, || self.open()?.format(pattern, wanted.as_ref()))?;
        with_record!(format.record(), Record => detached(py, || {
            let function = compiled::<Record>(address)?;
            // SAFETY: that it may be called on any thread while the bus is open is what the caller says.
            unsafe { self.open()?.compiled_handler(pattern, function, data) }
        }))
    }

    /// What happened so far in all processes, as plain dicts.
    fn metrics(&self, py: Python<'_>) -> PyResult<Py<PyDict>> {
        let metrics = detached(py, || Ok(self.open()?.metrics()))?;
        rows(py, metrics).map(Bound::unbind)
    }

    /// Stops its handlers, and ends the publishers and subscriptions that were made through it. The bus stays for the other
    /// processes.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        detached(py, || {
            self.stop();
            for publisher in std::mem::take(&mut *lock(&self.publishers)).iter().filter_map(Weak::upgrade) {
                publisher.close();
            }
            for subscription in std::mem::take(&mut *lock(&self.subscriptions)).iter().filter_map(Weak::upgrade) {
                subscription.close(None);
            }
            drop(lock(&self.inner).take());
            Ok(())
        })
    }
}

impl Drop for PySharedBus {
    fn drop(&mut self) {
        // Handlers may need the GIL to finish, and whoever drops a Python object holds it.
        let _ = Python::try_attach(|py| py.detach(|| self.stop()));
    }
}

/// Keeps a reference to what may be closed later, and none to what is gone.
fn remember<V: ?Sized>(ends: &Mutex<Vec<Weak<V>>>, end: Weak<V>) {
    let mut ends = lock(ends);
    ends.retain(|known| known.strong_count() > 0);
    ends.push(end);
}

fn rows(py: Python<'_>, metrics: Metrics) -> PyResult<Bound<'_, PyDict>> {
    let all = PyDict::new(py);
    all.set_item("messages", metrics.messages)?;
    all.set_item("rate_per_s", metrics.rate_per_s)?;
    let publishers = PyList::empty(py);
    for publisher in metrics.publishers {
        let row = PyDict::new(py);
        row.set_item("id", publisher.id)?;
        row.set_item("prefix", publisher.prefix)?;
        row.set_item("record", publisher.record.name())?;
        row.set_item("pid", publisher.pid)?;
        row.set_item("open", publisher.open)?;
        row.set_item("published", publisher.published)?;
        row.set_item("rate_per_s", publisher.rate_per_s)?;
        row.set_item("refused", publisher.refused)?;
        row.set_item("capacity", publisher.capacity)?;
        row.set_item("utilisation_frac", publisher.utilisation_frac)?;
        row.set_item("unpublished", publisher.unpublished)?;
        publishers.append(row)?;
    }
    all.set_item("publishers", publishers)?;
    let subscriptions = PyList::empty(py);
    for subscription in metrics.subscriptions {
        let row = PyDict::new(py);
        row.set_item("id", subscription.id)?;
        row.set_item("pattern", subscription.pattern)?;
        row.set_item("record", subscription.record.name())?;
        row.set_item("pid", subscription.pid)?;
        row.set_item("policy", subscription.policy)?;
        row.set_item("passed", subscription.passed)?;
        row.set_item("delivered", subscription.delivered)?;
        row.set_item("filtered", subscription.filtered)?;
        row.set_item("skipped", subscription.skipped)?;
        row.set_item("lost", subscription.lost)?;
        row.set_item("pending", subscription.pending)?;
        subscriptions.append(row)?;
    }
    all.set_item("subscriptions", subscriptions)?;
    let handlers = metrics.handlers.iter().map(|handler| handler_row(py, handler)).collect::<PyResult<Vec<_>>>()?;
    all.set_item("handlers", handlers)?;
    all.set_item("publishers_died", metrics.publishers_died)?;
    all.set_item("subscribers_died", metrics.subscribers_died)?;
    all.set_item("unpublished", metrics.unpublished)?;
    Ok(all)
}

/// Takes the name of a shared bus away; says whether there was one.
#[pyfunction]
pub fn unlink_shared_bus(py: Python<'_>, name: &str) -> PyResult<bool> {
    detached(py, || Bus::unlink(name))
}
