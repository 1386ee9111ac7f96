//! temp
use crate::model::{Event, Instrument};
use std::sync::Arc;
/// temp
#[derive(Clone, Debug, Default)]
pub struct ReadReport {
    /// shift
    pub clock_shift_ns: i64,
}
/// temp
#[derive(Clone, Debug)]
pub struct Recording {
    /// instruments
    pub instruments: Vec<Arc<Instrument>>,
    /// events
    pub events: Vec<Event>,
    /// report
    pub report: ReadReport,
}
