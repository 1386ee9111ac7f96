//! Publishers of a bus, of any record type, in this process's memory or a shared mapping.

use std::sync::{Arc, Mutex, Weak};

use numpy::{Element, PyReadonlyArray1};
use pyo3::prelude::*;

use super::carried::{Dtype, lock};
use super::errors::{detached, guarded, raise, to_python};
use crate::bus::{Message, Publish};

/// One ring's publishing side.
#[pyclass(frozen, name = "Publisher", module = "quantum._core")]
pub struct PyPublisher {
    inner: Arc<dyn Outgoing>,
}

/// A publisher whose record type only its array needs to know.
pub trait Outgoing: Send + Sync {
    /// See [`PyPublisher::publish`].
    fn publish(&self, given: &Bound<'_, PyAny>) -> PyResult<u64>;
    /// See [`PyPublisher::try_publish`].
    fn try_publish(&self, given: &Bound<'_, PyAny>) -> PyResult<usize>;
    /// Last sequence published.
    fn published(&self) -> u64;
    /// Subscriptions connected to it.
    fn subscriptions(&self) -> usize;
    /// Ends it.
    fn close(&self);
}

struct Port<M: Message> {
    publisher: Mutex<Box<dyn Publish<M>>>,
    dtype: Dtype,
}

impl PyPublisher {
    /// For a publisher of the core.
    pub fn new<M: Message + Element>(publisher: impl Publish<M> + 'static, dtype: Dtype) -> Self {
        Self { inner: Arc::new(Port { publisher: Mutex::new(Box::new(publisher)), dtype }) }
    }

    /// The publisher, for whoever may close it.
    pub fn end(&self) -> Weak<dyn Outgoing> {
        Arc::downgrade(&self.inner)
    }
}

impl<M: Message + Element> Port<M> {
    /// The records of an array, or of one record.
    fn records<'py>(&self, given: &Bound<'py, PyAny>) -> PyResult<PyReadonlyArray1<'py, M>> {
        if let Ok(array) = self.dtype.plain(given)?.extract() {
            return Ok(array);
        }
        let py = given.py();
        let array = py.import("numpy")?.call_method1("atleast_1d", (given,))?;
        self.dtype.plain(&array)?.extract().map_err(|_| {
            let found = array.getattr("dtype").map_or_else(|_| "no dtype".into(), |dtype| dtype.to_string());
            let wanted = &self.dtype;
            raise(
                py,
                "DataError",
                &format!("records must be an (n,) array of {wanted} or one such record, not {found}"),
            )
        })
    }
}

/// The array's memory; only a contiguous one has records side by side.
fn adjacent<'a, M: Element>(py: Python<'_>, array: &'a PyReadonlyArray1<'_, M>) -> PyResult<&'a [M]> {
    array
        .as_slice()
        .map_err(|_| raise(py, "DataError", "records must be contiguous; numpy.ascontiguousarray makes a copy that is"))
}

impl<M: Message + Element> Outgoing for Port<M> {
    fn publish(&self, given: &Bound<'_, PyAny>) -> PyResult<u64> {
        let (py, array) = (given.py(), self.records(given)?);
        let slice = adjacent(py, &array)?;
        let mut done = 0;
        // What there is room for goes straight from the array; this never waits, so the GIL is kept.
        if let Ok(mut publisher) = self.publisher.try_lock() {
            done = guarded(py, || publisher.begin_batch(slice).map_err(|error| to_python(py, &error)))?;
            if done == slice.len() {
                return Ok(publisher.published());
            }
        }
        let rest = slice[done..].to_vec();
        detached(py, || lock(&self.publisher).publish_batch(&rest))
    }

    fn try_publish(&self, given: &Bound<'_, PyAny>) -> PyResult<usize> {
        let (py, array) = (given.py(), self.records(given)?);
        let copy = adjacent(py, &array)?.to_vec();
        detached(py, || lock(&self.publisher).try_publish_batch(&copy))
    }

    fn published(&self) -> u64 {
        lock(&self.publisher).published()
    }

    fn subscriptions(&self) -> usize {
        lock(&self.publisher).subscriptions()
    }

    fn close(&self) {
        lock(&self.publisher).close();
    }
}

#[pymethods]
impl PyPublisher {
    /// Publishes an array or one record; waits where a gating subscription is slow. Returns the last sequence.
    fn publish(&self, records_or_one: &Bound<'_, PyAny>) -> PyResult<u64> {
        self.inner.publish(records_or_one)
    }

    /// Publishes as many as there is room for, never waits. Returns how many.
    fn try_publish(&self, records_or_one: &Bound<'_, PyAny>) -> PyResult<usize> {
        self.inner.try_publish(records_or_one)
    }

    /// Last sequence published.
    #[getter]
    fn published(&self, py: Python<'_>) -> PyResult<u64> {
        detached(py, || Ok(self.inner.published()))
    }

    /// Subscriptions connected to its ring.
    #[getter]
    fn subscriptions(&self, py: Python<'_>) -> PyResult<usize> {
        detached(py, || Ok(self.inner.subscriptions()))
    }

    /// Ends it; publishing afterwards is an error.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        detached(py, || {
            self.inner.close();
            Ok(())
        })
    }
}
