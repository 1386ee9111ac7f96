//! What a backtest replays: instruments, events in both time orders, and what was counted while reading them.

use std::path::Path;
use std::sync::Arc;

use super::reader::Reader;
use super::report::ReadReport;
use super::views;
use crate::model::{Error, Event, Instrument, Result};

/// A recording held in memory.
///
/// Its events are one array with two time-ordered views: rows not flagged `EXCHANGE_ONLY` in the order of `receive_ns`
/// (the strategy's view), rows not flagged `LOCAL_ONLY` in the order of `exchange_ns` (the exchange's). Receive times
/// are as captured; a backtest adds [`ReadReport::clock_shift_ns`] to them.
#[derive(Clone, Debug)]
pub struct Recording {
    instruments: Vec<Arc<Instrument>>,
    events: Vec<Event>,
    report: ReadReport,
}

impl Recording {
    /// From events in the order they were received, or in an array that holds both views already, recognised by its
    /// one-sided flags. Counts the events into `report`.
    pub fn new(instruments: Vec<Arc<Instrument>>, events: Vec<Event>, report: ReadReport) -> Result<Self> {
        if views::is_normalised(&events) {
            return Self::ordered(instruments, events, report);
        }
        Self::finished(instruments, views::normalise(events)?, report)
    }

    /// From an array that holds both views already; checks their order.
    pub fn ordered(instruments: Vec<Arc<Instrument>>, events: Vec<Event>, report: ReadReport) -> Result<Self> {
        views::verify(&events)?;
        Self::finished(instruments, events, report)
    }

    fn finished(instruments: Vec<Arc<Instrument>>, events: Vec<Event>, mut report: ReadReport) -> Result<Self> {
        let listed = instruments.len();
        if let Some(row) = events.iter().position(|event| event.instrument as usize >= listed) {
            let instrument = events[row].instrument;
            return Err(Error::Data(format!("row {row} is of instrument {instrument}, but there are only {listed}")));
        }
        if report.least_latency_ns.is_none() {
            events.iter().for_each(|event| report.observe_clocks(event.exchange_ns, event.receive_ns));
        }
        report.split_events = events.iter().filter(|event| views::is_second_row(event)).count() as u64;
        report.observe_events(&events, &instruments);
        Ok(Self { instruments, events, report })
    }

    /// Reads a raw recording, plain or gzip.
    pub fn read(path: &Path, instruments: &[Arc<Instrument>]) -> Result<Self> {
        let (events, report) = Reader::open(path, instruments)?.read_all()?;
        Self::new(instruments.to_vec(), events, report)
    }

    /// The instruments; an event's `instrument` is an index into them.
    pub fn instruments(&self) -> &[Arc<Instrument>] {
        &self.instruments
    }

    /// All rows.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// What was counted while reading.
    pub const fn report(&self) -> &ReadReport {
        &self.report
    }
}
