//! Subscriptions of a `quantum.Bus`: batches, polling, waiting.

use std::ffi::CString;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use numpy::{Element, PyReadwriteArray1};
use pyo3::exceptions::PyRuntimeWarning;
use pyo3::prelude::*;

use super::carried::{Dtype, lock, seconds};
use super::errors::{detached, guarded, raise, to_python};
use crate::bus::{Message, Receive};
use crate::model::{Error, Result};

/// Longest wait between two looks at Ctrl-C.
const SIGNALS: Duration = Duration::from_millis(100);

/// What a subscription has to read.
#[pyclass(frozen, name = "Subscription", module = "quantum._core")]
pub struct PySubscription {
    inner: Arc<dyn Incoming>,
}

/// A subscription whose record type only its arrays need to know.
pub trait Incoming: Send + Sync {
    /// Waits for records until the deadline, for at most [`SIGNALS`]: a new array of them, or `None`.
    fn read<'py>(&self, py: Python<'py>, max: usize, deadline: Option<Instant>) -> PyResult<Option<Bound<'py, PyAny>>>;
    /// An array without records.
    fn nothing<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>>;
    /// See [`PySubscription::poll_into`].
    fn poll_into(&self, given: &Bound<'_, PyAny>) -> PyResult<usize>;
    /// See [`PySubscription::wait`].
    fn wait(&self, timeout: Duration) -> Result<bool>;
    /// See [`PySubscription::fileno`].
    fn descriptor(&self) -> Result<i32>;
    /// See [`PySubscription::arm`].
    fn arm(&self) -> Result<bool>;
    /// See [`PySubscription::rejoin`].
    fn rejoin(&self) -> Result<()>;
    /// See [`PySubscription::detached`].
    fn is_detached(&self) -> Result<bool>;
    /// See [`Receive::spin`].
    fn spin(&self) -> Option<usize>;
    /// See [`PySubscription::id`].
    fn id(&self) -> Result<u32>;
    /// See [`PySubscription::close`].
    fn close(&self, fault: Option<String>);
}

/// A subscription of this process's memory or a shared mapping.
struct Port<M: Message> {
    reader: Mutex<Reader<M>>,
    dtype: Dtype,
}

struct Reader<M> {
    /// Until it is closed.
    subscription: Option<Box<dyn Receive<M>>>,
    /// Memory for the next read.
    scratch: Vec<M>,
}

/// Iterates over a subscription's batches.
#[pyclass(frozen, name = "Batches", module = "quantum._core")]
pub struct PyBatches {
    subscription: Py<PySubscription>,
    max: usize,
    timeout: Option<f64>,
}

impl<M: Message> Reader<M> {
    fn open(&mut self) -> Result<&mut Box<dyn Receive<M>>> {
        self.subscription.as_mut().ok_or_else(|| Error::Engine("the subscription is closed".into()))
    }

    /// Waits for records until the deadline. Lends the memory they are in, and says how many.
    fn read(&mut self, max: usize, deadline: Option<Instant>) -> Result<(Vec<M>, usize)> {
        let mut scratch = std::mem::take(&mut self.scratch);
        // SAFETY: any bits are a valid record, zeros among them.
        scratch.resize(scratch.len().max(max), unsafe { std::mem::zeroed() });
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

impl<M: Message + Element> Incoming for Port<M> {
    fn read<'py>(&self, py: Python<'py>, max: usize, deadline: Option<Instant>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let (scratch, count) = detached(py, || lock(&self.reader).read(max, deadline))?;
        let array = (count > 0).then(|| self.dtype.array(py, &scratch[..count])).transpose();
        // Another thread may be reading: then its own memory stays, and this one is freed.
        if let Ok(mut reader) = self.reader.try_lock() {
            reader.scratch = scratch;
        }
        array
    }

    fn nothing<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.dtype.array::<M>(py, &[])
    }

    fn poll_into(&self, given: &Bound<'_, PyAny>) -> PyResult<usize> {
        let py = given.py();
        let wrong = |_: PyErr| {
            let wanted = &self.dtype;
            let text = format!("poll_into needs a writeable, contiguous (n,) array of {wanted}");
            raise(py, "DataError", &text)
        };
        let mut array = self.dtype.plain(given)?.extract::<PyReadwriteArray1<'_, M>>().map_err(wrong)?;
        let slice = array.as_slice_mut().map_err(|error| wrong(error.into()))?;
        detached(py, || lock(&self.reader).open().and_then(|subscription| subscription.read_into(slice)))
    }

    fn wait(&self, timeout: Duration) -> Result<bool> {
        lock(&self.reader).open().map(|open| open.wait(Some(timeout)))
    }

    fn descriptor(&self) -> Result<i32> {
        lock(&self.reader).open()?.descriptor()
    }

    fn arm(&self) -> Result<bool> {
        lock(&self.reader).open().map(|open| open.arm())
    }

    fn rejoin(&self) -> Result<()> {
        lock(&self.reader).open().map(|open| open.rejoin())
    }

    fn is_detached(&self) -> Result<bool> {
        lock(&self.reader).open().map(|open| open.is_detached())
    }

    fn spin(&self) -> Option<usize> {
        lock(&self.reader).open().ok()?.spin()
    }

    fn id(&self) -> Result<u32> {
        lock(&self.reader).open().map(|open| open.id())
    }

    fn close(&self, fault: Option<String>) {
        let subscription = lock(&self.reader).subscription.take();
        match (subscription, fault) {
            (Some(subscription), Some(fault)) => subscription.fail(fault),
            (subscription, _) => drop(subscription),
        }
    }
}

impl PySubscription {
    /// For a subscription of the core.
    pub fn new<M: Message + Element>(subscription: impl Receive<M> + 'static, dtype: Dtype) -> Self {
        let reader = Reader { subscription: Some(Box::new(subscription)), scratch: Vec::new() };
        Self { inner: Arc::new(Port { reader: Mutex::new(reader), dtype }) }
    }

    /// The subscription, for whoever may close it.
    pub fn end(&self) -> Weak<dyn Incoming> {
        Arc::downgrade(&self.inner)
    }

    /// Warns, once per bus, that more subscriptions spin than there are cores.
    fn warn_of_spinners(&self, py: Python<'_>) -> PyResult<()> {
        let spinners = detached(py, || Ok(self.inner.spin()))?;
        spinners.map_or(Ok(()), |count| {
            let text = format!(
                "{count} subscriptions of the bus wait by spinning, more than there are cores: they take each other's \
                 turns; wait=\"adaptive\" lets those that have nothing to do sleep"
            );
            let text = CString::new(text).expect("no zero in it");
            PyErr::warn(py, &py.get_type::<PyRuntimeWarning>(), &text, 1)
        })
    }
}

#[pymethods]
impl PySubscription {
    /// Iterates over batches of at most `max` records; ends when nothing came for `timeout` seconds (never, if None).
    #[pyo3(signature = (max = 1024, timeout = None))]
    fn batches(slf: Py<Self>, py: Python<'_>, max: usize, timeout: Option<f64>) -> PyResult<PyBatches> {
        guarded(py, || {
            let checked = timeout.map_or(Ok(Duration::ZERO), |timeout| seconds(timeout, "timeout"));
            checked.and_then(|_| check_max(max)).map_err(|error| to_python(py, &error))?;
            slf.get().warn_of_spinners(py)?;
            Ok(PyBatches { subscription: slf, max, timeout })
        })
    }

    /// What is there now, at most `max` records, as a new array.
    #[pyo3(signature = (max = 1024))]
    fn poll<'py>(&self, py: Python<'py>, max: usize) -> PyResult<Bound<'py, PyAny>> {
        check_max(max).map_err(|error| to_python(py, &error))?;
        self.inner.read(py, max, Some(Instant::now()))?.map_or_else(|| self.inner.nothing(py), Ok)
    }

    /// Copies what is there into `records`, never waits, never allocates. Returns how many.
    fn poll_into(&self, records: &Bound<'_, PyAny>) -> PyResult<usize> {
        self.inner.poll_into(records)
    }

    /// Waits for at most `timeout` seconds until there may be something to read; says whether there may.
    #[pyo3(signature = (timeout = None))]
    fn wait(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<bool> {
        self.warn_of_spinners(py)?;
        let limit = detached(py, || timeout.map(|timeout| seconds(timeout, "timeout")).transpose())?;
        let deadline = limit.map(|limit| Instant::now() + limit);
        loop {
            let left = deadline.map_or(SIGNALS, |deadline| deadline.saturating_duration_since(Instant::now()));
            if detached(py, || self.inner.wait(left.min(SIGNALS)))? {
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
        detached(py, || self.inner.descriptor())
    }

    /// Clears the descriptor and asks for the next burst; True if there is something to read already.
    fn arm(&self, py: Python<'_>) -> PyResult<bool> {
        detached(py, || self.inner.arm())
    }

    /// Holds its publishers back again where they detached it.
    fn rejoin(&self, py: Python<'_>) -> PyResult<()> {
        detached(py, || self.inner.rejoin())
    }

    /// Whether a publisher has detached it.
    #[getter]
    fn detached(&self, py: Python<'_>) -> PyResult<bool> {
        detached(py, || self.inner.is_detached())
    }

    /// Its number, as on the control topic.
    #[getter]
    fn id(&self, py: Python<'_>) -> PyResult<u32> {
        detached(py, || self.inner.id())
    }

    /// Leaves the bus; with a reason, the control topic says that its reader failed.
    #[pyo3(signature = (fault = None))]
    fn close(&self, py: Python<'_>, fault: Option<String>) -> PyResult<()> {
        detached(py, || {
            self.inner.close(fault);
            Ok(())
        })
    }
}

fn check_max(max: usize) -> Result<()> {
    if !(1..=1 << 24).contains(&max) {
        return Err(Error::Config(format!("max must be from 1 to {} records, not {max}", 1 << 24)));
    }
    Ok(())
}

#[pymethods]
impl PyBatches {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let deadline = self.timeout.map(|timeout| Instant::now() + Duration::from_secs_f64(timeout));
        let subscription = self.subscription.get();
        loop {
            if let Some(array) = subscription.inner.read(py, self.max, deadline)? {
                return Ok(Some(array));
            }
            py.check_signals()?;
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Ok(None);
            }
        }
    }
}
