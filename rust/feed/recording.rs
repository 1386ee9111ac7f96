//! What a backtest replays: instruments, events in both time orders, and what was counted while reading them.

use std::path::Path;
use std::sync::Arc;

use super::events::Events;
use super::reader::Reader;
use super::report::ReadReport;
use super::views;
use crate::model::{Bar, Error, Event, EventKind, Instrument, Result, flags};

/// Prices and quantities.
pub type Floats = (Vec<f64>, Vec<f64>);

/// A recording held in memory.
///
/// Its events are one array with two time-ordered views: rows not flagged `EXCHANGE_ONLY` in the order of `receive_ns`
/// (the strategy's view), rows not flagged `LOCAL_ONLY` in the order of `exchange_ns` (the exchange's). Receive times
/// are as captured; a backtest adds [`ReadReport::clock_shift_ns`] to them.
#[derive(Clone, Debug)]
pub struct Recording {
    instruments: Vec<Arc<Instrument>>,
    events: Events,
    bars: Vec<Bar>,
    bar_span_ns: i64,
    report: ReadReport,
    synthetic: bool,
}

impl Recording {
    /// From events in the order they were received, or in an array that holds both views already, recognised by its
    /// one-sided flags. Counts the events into `report`.
    pub fn new(instruments: Vec<Arc<Instrument>>, events: Vec<Event>, report: ReadReport) -> Result<Self> {
        if views::is_normalised(&events) {
            return Self::ordered(instruments, events, report);
        }
        Self::finished(instruments, views::normalise(events)?.into(), report)
    }

    /// From an array that holds both views already; checks their order.
    pub fn ordered(instruments: Vec<Arc<Instrument>>, events: impl Into<Events>, report: ReadReport) -> Result<Self> {
        let events = events.into();
        views::verify(&events)?;
        Self::finished(instruments, events, report)
    }

    fn finished(instruments: Vec<Arc<Instrument>>, events: Events, mut report: ReadReport) -> Result<Self> {
        let listed = instruments.len();
        if let Some(row) = events.iter().position(|event| event.instrument as usize >= listed) {
            let instrument = events[row].instrument;
            return Err(Error::Data(format!("row {row} is of instrument {instrument}, but there are only {listed}")));
        }
        if report.least_latency_ns.is_none() {
            for event in &*events {
                report.observe_clocks(event.exchange_ns, event.receive_ns);
            }
        }
        report.split_events = events.iter().filter(|event| views::is_second_row(event)).count() as u64;
        report.observe_events(&events, &instruments);
        let synthetic = events.iter().any(|event| event.has(flags::SYNTHETIC));
        Ok(Self { instruments, events, bars: Vec::new(), bar_span_ns: 0, report, synthetic })
    }

    /// From the two views of bars that last `span_ns`; the `order_id` of a Bar event is the index of its bar.
    pub(super) fn of_bars(
        instruments: Vec<Arc<Instrument>>,
        events: impl Into<Events>,
        (bars, bar_span_ns): (Vec<Bar>, i64),
        report: ReadReport,
    ) -> Result<Self> {
        let mut recording = Self { bars, bar_span_ns, ..Self::ordered(instruments, events, report)? };
        recording.report.split_events = 0;
        Ok(recording)
    }

    /// Reads a raw recording, plain or gzip; `notes` go into its report.
    pub fn read(path: &Path, instruments: &[Arc<Instrument>], notes: Vec<String>) -> Result<Self> {
        let mut reader = Reader::open(path, instruments)?;
        let mut events = Vec::new();
        while reader.fill(&mut events, usize::MAX)? {}
        let report = ReadReport { notes, ..reader.into_report() };
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

    /// The bars that its Bar events stand for, in order.
    pub fn bars(&self) -> &[Bar] {
        &self.bars
    }

    /// How long a bar lasts; 0 where there are none.
    pub const fn bar_span_ns(&self) -> i64 {
        self.bar_span_ns
    }

    /// What was counted while reading.
    pub const fn report(&self) -> &ReadReport {
        &self.report
    }

    /// Whether any of it was generated, not recorded.
    pub const fn is_synthetic(&self) -> bool {
        self.synthetic
    }

    /// The only instrument; an error where there are several.
    pub fn instrument(&self) -> Result<&Arc<Instrument>> {
        match self.instruments.as_slice() {
            [one] => Ok(one),
            several => Err(Error::Config(format!("the recording has {} instruments: say which one", several.len()))),
        }
    }

    /// Prices and quantities of all rows as floats, NaN where a kind has none.
    pub fn floats(&self) -> Floats {
        let float = |event: &Event| {
            let instrument = &self.instruments[event.instrument as usize];
            let price = || instrument.price().to_f64(event.price);
            let qty = || instrument.qty().to_f64(event.qty);
            match EventKind::from_u8(event.kind) {
                Some(
                    EventKind::Trade
                    | EventKind::LevelSet
                    | EventKind::QuoteBid
                    | EventKind::QuoteAsk
                    | EventKind::OrderAdd
                    | EventKind::OrderModify
                    | EventKind::OrderExecute
                    | EventKind::Bar,
                ) => (price(), qty()),
                Some(EventKind::Mark | EventKind::Index) => (price(), f64::NAN),
                Some(EventKind::Clear) if event.price != 0 => (price(), f64::NAN),
                Some(EventKind::OrderCancel | EventKind::OpenInterest) => (f64::NAN, qty()),
                _ => (f64::NAN, f64::NAN),
            }
        };
        self.events.iter().map(float).unzip()
    }
}
