//! Subscriptions of a `quantum.Bus`: batches, polling, waiting.

use std::ffi::CString;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use numpy::{PyArray1, PyReadwriteArray1};
use pyo3::exceptions::PyRuntimeWarning;
use pyo3::prelude::*;

use super::bus::{lock, seconds};
use super::errors::{detached, guarded, raise, to_python};
use crate::bus::Receive;
use crate::model::{Error, Event, Result};

/// Longest wait between two looks at Ctrl-C.
const SIGNALS: Duration = Duration::from_millis(100);

/// What a subscription has to read.
#[pyclass(frozen, name = "Subscription", module = "quantum._core")]
pub struct PySubscription {
    inner: Arc<Incoming>,
}

/// What a subscription's Python object holds.
pub type Incoming = Mutex<Reader>;

/// A subscription of this process's memory or a shared mapping, until it is closed.
pub struct Reader {
    subscription: Option<Box<dyn Receive>>,
    scratch: Vec<Event>,
}

/// Iterates over a subscription's batches.
#[pyclass(frozen, name = "Batches", module = "quantum._core")]
pub struct PyBatches {
    subscription: Py<PySubscription>,
    max: usize,
    timeout: Option<f64>,
}

impl Reader {
    /// Leaves the bus.
    pub fn close(&mut self) {
        self.subscription = None;
    }

    fn open(&mut self) -> Result<&mut Box<dyn Receive>> {
        self.subscription.as_mut().ok_or_else(|| Error::Engine("the subscription is closed".into()))
    }

    /// Waits for events until the deadline, for at most [`SIGNALS`]. Lends the memory they are in, and says how many.
    fn read(&mut self, max: usize, deadline: Option<Instant>) -> Result<(Vec<Event>, usize)> {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.resize(scratch.len().max(max), Event::default());
        let subscription = self.open()?;
        let stop = Instant::now() + SIGNALS;
        let stop = deadline.map_or(stop, |deadline| deadline.min(stop));
        loop {
            let count = subscription.read_into(&mut scratch[..max])?;
            let left = stop.saturating_duration_since(Instant::now());
            if count > 0 || left.is_zero() {
                return Ok((scratch, count));
            }
            subscription.wait(Some(left));
        }
    }
}

impl PySubscription {
    /// For a subscription of the core.
    pub fn new(subscription: impl Receive + 'static) -> Self {
        let reader = Reader { subscription: Some(Box::new(subscription)), scratch: Vec::new() };
        Self { inner: Arc::new(Mutex::new(reader)) }
    }

    /// The subscription, for whoever may close it.
    pub fn end(&self) -> Weak<Incoming> {
        Arc::downgrade(&self.inner)
    }

    /// Warns, once per bus, that more subscriptions spin than there are cores.
    fn warn_of_spinners(&self, py: Python<'_>) -> PyResult<()> {
        let spinners = detached(py, || Ok(lock(&self.inner).open().ok().and_then(|open| open.spin())))?;
        spinners.map_or(Ok(()), |count| {
            let text = format!(
                "{count} subscriptions of the bus wait by spinning, more than there are cores: they take each other's \
                 turns; wait=\"adaptive\" lets those that have nothing to do sleep"
            );
            let text = CString::new(text).expect("no zero in it");
            PyErr::warn(py, &py.get_type::<PyRuntimeWarning>(), &text, 1)
        })
    }

    /// A new array of the first `count` events; the memory goes back for the next read.
    fn array<'py>(&self, py: Python<'py>, scratch: Vec<Event>, count: usize) -> Bound<'py, PyArray1<Event>> {
        let array = PyArray1::from_slice(py, &scratch[..count]);
        // Another thread may be reading: then its own memory stays, and this one is freed.
        if let Ok(mut reader) = self.inner.try_lock() {
            reader.scratch = scratch;
        }
        array
    }
}

#[pymethods]
impl PySubscription {
    /// Iterates over batches of at most `max` events; ends when nothing came for `timeout` seconds (never, if None).
    #[pyo3(signature = (max = 1024, timeout = None))]
    fn batches(slf: Py<Self>, py: Python<'_>, max: usize, timeout: Option<f64>) -> PyResult<PyBatches> {
        guarded(py, || {
            let checked = timeout.map_or(Ok(Duration::ZERO), |timeout| seconds(timeout, "timeout"));
            checked.and_then(|_| check_max(max)).map_err(|error| to_python(py, &error))?;
            slf.get().warn_of_spinners(py)?;
            Ok(PyBatches { subscription: slf, max, timeout })
        })
    }

    /// What is there now, at most `max` events, as a new array.
    #[pyo3(signature = (max = 1024))]
    fn poll<'py>(&self, py: Python<'py>, max: usize) -> PyResult<Bound<'py, PyArray1<Event>>> {
        let (scratch, count) = detached(py, || {
            check_max(max)?;
            lock(&self.inner).read(max, Some(Instant::now()))
        })?;
        Ok(self.array(py, scratch, count))
    }

    /// Copies what is there into `events`, never waits, never allocates. Returns how many.
    fn poll_into(&self, py: Python<'_>, events: &Bound<'_, PyAny>) -> PyResult<usize> {
        let wrong = |_: PyErr| {
            raise(py, "DataError", "poll_into needs a writeable, contiguous (n,) array of quantum.dtypes.EVENT")
        };
        let mut array = events.extract::<PyReadwriteArray1<'_, Event>>().map_err(wrong)?;
        let slice = array.as_slice_mut().map_err(|error| wrong(error.into()))?;
        detached(py, || lock(&self.inner).open().and_then(|subscription| subscription.read_into(slice)))
    }

    /// Waits for at most `timeout` seconds until there may be something to read; says whether there may.
    #[pyo3(signature = (timeout = None))]
    fn wait(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<bool> {
        self.warn_of_spinners(py)?;
        let limit = detached(py, || timeout.map(|timeout| seconds(timeout, "timeout")).transpose())?;
        let deadline = limit.map(|limit| Instant::now() + limit);
        loop {
            let left = deadline.map_or(SIGNALS, |deadline| deadline.saturating_duration_since(Instant::now()));
            if detached(py, || lock(&self.inner).open().map(|open| open.wait(Some(left.min(SIGNALS)))))? {
                return Ok(true);
            }
            py.check_signals()?;
            if left.is_zero() {
                return Ok(false);
            }
        }
    }

    /// A descriptor that becomes readable, once per burst, after `arm()`. An error where the system has no eventfd.
    fn fileno(&self, py: Python<'_>) -> PyResult<i32> {
        detached(py, || lock(&self.inner).open().and_then(|subscription| subscription.descriptor()))
    }

    /// Clears the descriptor and asks for the next burst; True if there is something to read already.
    fn arm(&self, py: Python<'_>) -> PyResult<bool> {
        detached(py, || lock(&self.inner).open().map(|subscription| subscription.arm()))
    }

    /// Holds its publishers back again where they detached it.
    fn rejoin(&self, py: Python<'_>) -> PyResult<()> {
        detached(py, || lock(&self.inner).open().map(|subscription| subscription.rejoin()))
    }

    /// Whether a publisher has detached it.
    #[getter]
    fn detached(&self, py: Python<'_>) -> PyResult<bool> {
        detached(py, || lock(&self.inner).open().map(|subscription| subscription.is_detached()))
    }

    /// Its number, as on the control topic.
    #[getter]
    fn id(&self, py: Python<'_>) -> PyResult<u32> {
        detached(py, || lock(&self.inner).open().map(|subscription| subscription.id()))
    }

    /// Leaves the bus; with a reason, the control topic says that its reader failed.
    #[pyo3(signature = (fault = None))]
    fn close(&self, py: Python<'_>, fault: Option<String>) -> PyResult<()> {
        detached(py, || {
            let subscription = lock(&self.inner).subscription.take();
            match (subscription, fault) {
                (Some(subscription), Some(fault)) => subscription.fail(fault),
                (subscription, _) => drop(subscription),
            }
            Ok(())
        })
    }
}

fn check_max(max: usize) -> Result<()> {
    if !(1..=1 << 24).contains(&max) {
        return Err(Error::Config(format!("max must be from 1 to {} events, not {max}", 1 << 24)));
    }
    Ok(())
}

#[pymethods]
impl PyBatches {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyArray1<Event>>>> {
        let deadline = self.timeout.map(|timeout| Instant::now() + Duration::from_secs_f64(timeout));
        let subscription = self.subscription.get();
        loop {
            let (scratch, count) = detached(py, || lock(&subscription.inner).read(self.max, deadline))?;
            if count > 0 {
                return Ok(Some(subscription.array(py, scratch, count)));
            }
            py.check_signals()?;
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Ok(None);
            }
        }
    }
}
