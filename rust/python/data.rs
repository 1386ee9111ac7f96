//! temp
use super::instrument::PyInstrument;
use crate::feed::{ReadReport, Recording};
use crate::model::Event;
use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use std::sync::Arc;
/// temp
#[pyclass(frozen, name = "Recording")]
pub struct PyRecording {
    /// temp
    pub inner: Arc<Recording>,
}
#[pymethods]
impl PyRecording {
    #[new]
    fn new(events: PyReadonlyArray1<'_, Event>, instrument: PyRef<'_, PyInstrument>, shift: i64) -> Self {
        Self {
            inner: Arc::new(Recording {
                instruments: vec![Arc::clone(&instrument.inner)],
                events: events.as_slice().unwrap().to_vec(),
                report: ReadReport { clock_shift_ns: shift },
            }),
        }
    }
}
