//! Recordings that were saved, their events read in place from a mapped file.

use std::sync::Arc;

use numpy::{PyArray1, PyArrayMethods, PyReadonlyArray1};
use pyo3::prelude::*;

use super::data::PyRecording;
use super::errors::detached;
use super::instrument::PyInstrument;
use crate::feed::{Events, ReadReport, Saved, from_saved};
use crate::model::{Bar, Event};

/// An array of events that is kept alive, and where it lies.
struct LentArray {
    first: *const Event,
    length: usize,
    _array: Py<PyArray1<Event>>,
}

// SAFETY: the memory is only read, by anyone; the array is read-only and is dropped with the GIL held.
unsafe impl Send for LentArray {}
// SAFETY: as above.
unsafe impl Sync for LentArray {}

impl AsRef<[Event]> for LentArray {
    #[inline]
    fn as_ref(&self) -> &[Event] {
        // SAFETY: the array is contiguous (checked), lives as long as this, and NumPy lets nobody write to it; any bytes
        // are an Event. That no other program writes to the file meanwhile is what `quantum.data.read` asks of its user.
        unsafe { std::slice::from_raw_parts(self.first, self.length) }
    }
}

/// A recording of a read-only array of events in both views' order, without a copy. Raises `DataError`.
#[pyfunction]
#[allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]
pub fn from_mapped(
    py: Python<'_>,
    events: Bound<'_, PyArray1<Event>>,
    bars: PyReadonlyArray1<'_, Bar>,
    instruments: Vec<PyRef<'_, PyInstrument>>,
    facts: (String, Vec<String>, i64, Option<i64>),
) -> PyResult<PyRecording> {
    let (source, notes, bar_span_ns, least_latency_ns) = facts;
    let lent = {
        let events_now = events.readonly();
        let slice = events_now.as_slice()?;
        LentArray { first: slice.as_ptr(), length: slice.len(), _array: events.clone().unbind() }
    };
    let instruments = instruments.iter().map(|instrument| Arc::clone(&instrument.inner)).collect();
    let saved = Saved { bars: bars.as_slice()?.to_vec(), bar_span_ns, least_latency_ns };
    let report = ReadReport { notes, ..ReadReport::new(&source, "quantum") };
    let events = Events::Lent(Arc::new(lent));
    detached(py, || from_saved(events, instruments, saved, report)).map(PyRecording::new)
}
