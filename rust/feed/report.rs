//! What was read: the counters that let a person trust a recording, or not.

use std::collections::BTreeMap;

use super::views;
use crate::model::{Event, EventKind, Instrument};

/// How many places a [`Places`] remembers.
const REMEMBERED: usize = 10;

/// How many different names a [`Tally`] tells apart.
const NAMES: usize = 64;

/// A count with the first few places, by line (from 1) and what was there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// How many there were.
    pub count: u64,
    /// The first ten.
    pub first: Vec<(u64, String)>,
}

impl Places {
    /// Counts one more.
    pub fn add(&mut self, line: u64, what: impl Into<String>) {
        self.count += 1;
        if self.first.len() < REMEMBERED {
            self.first.push((line, what.into()));
        }
    }
}

/// Counts by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally(pub BTreeMap<String, u64>);

impl Tally {
    /// Counts one more of `name`; after 64 different names the rest is counted as `(others)`.
    pub fn add(&mut self, name: &[u8]) {
        let name = String::from_utf8_lossy(name);
        if let Some(count) = self.0.get_mut(name.as_ref()) {
            *count += 1;
        } else {
            let name = if self.0.len() < NAMES { name.into_owned() } else { "(others)".into() };
            *self.0.entry(name).or_default() += 1;
        }
    }

    /// All of them together.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }
}

/// Smallest and largest of what was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The smallest.
    pub first: i64,
    /// The largest.
    pub last: i64,
}

impl Span {
    /// Widens `span` to hold `value`.
    #[inline]
    pub fn widen(span: &mut Option<Self>, value: i64) {
        match span {
            Some(span) => {
                span.first = span.first.min(value);
                span.last = span.last.max(value);
            }
            None => *span = Some(Self { first: value, last: value }),
        }
    }
}

/// Everything counted while reading one source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadReport {
    /// File or generator.
    pub source: String,
    /// Format of the source.
    pub format: String,
    /// What a reader of this report should know besides: that increments were inferred, that data are synthetic.
    pub notes: Vec<String>,
    /// Lines or rows read, malformed ones included.
    pub lines: u64,
    /// Messages of the wanted instruments among them.
    pub messages: u64,
    /// Bytes read, after decompression.
    pub bytes: u64,
    /// Events made of them; in a [`super::Recording`] an event in two rows counts once.
    pub events: u64,
    /// Events that the two sides see in different orders: each is two rows.
    pub split_events: u64,

    /// Depth messages applied to the book.
    pub diffs_applied: u64,
    /// Depth messages older than the snapshot that came after them.
    pub diffs_dropped: u64,
    /// Depth messages that no snapshot followed in time: never applied.
    pub diffs_waiting: u64,
    /// Messages seen before: depth, trades or quotes that a second connection repeated.
    pub duplicates: u64,
    /// Snapshots taken.
    pub snapshots: u64,
    /// Snapshots older than the book at that time: passed over.
    pub snapshots_stale: u64,
    /// Breaks in the chain of depth messages.
    pub gaps: Places,

    /// Lines that could not be read.
    pub malformed: Places,
    /// Messages of kinds that are not used, by kind.
    pub ignored: Tally,
    /// Messages of instruments that were not asked for, by symbol.
    pub other_symbols: Tally,

    /// Trades.
    pub trades: u64,
    /// Traded quantity per instrument, in its increments.
    pub volume: Vec<i128>,
    /// Two-sided quotes.
    pub quotes: u64,
    /// Bars.
    pub bars: u64,
    /// Level updates, those of snapshots included.
    pub levels: u64,
    /// Prices off the order grid's tick: legal in data.
    pub off_tick: u64,
    /// Quantities off the order grid's lot: legal in data.
    pub off_lot: u64,

    /// First and last exchange time of the events.
    pub exchange_ns: Option<Span>,
    /// First and last receive time of the events, before the shift.
    pub receive_ns: Option<Span>,
    /// Smallest `receive - exchange` over all lines that carry an exchange time, unused lines included.
    pub least_latency_ns: Option<i64>,
    /// Largest step back of the exchange time from one line to the next.
    pub max_exchange_backwards_ns: i64,
    /// Lines received before their predecessor; their receive time was raised to its.
    pub receive_backwards: u64,
    /// Largest such step back.
    pub max_receive_backwards_ns: i64,
    /// Depth messages whose exchange time lay before their predecessor's and was raised to it.
    pub exchange_raised: u64,
}

impl ReadReport {
    /// An empty report of this source and format.
    pub fn new(source: &str, format: &str) -> Self {
        Self { source: source.into(), format: format.into(), ..Self::default() }
    }

    /// What a backtest adds to every receive time, so that nothing is received before it happened.
    pub fn clock_shift_ns(&self) -> i64 {
        self.least_latency_ns.map_or(0, |least| least.saturating_neg().max(0))
    }

    /// Traded quantity by symbol.
    pub fn volumes<'a>(&'a self, instruments: &'a [impl AsRef<Instrument>]) -> impl Iterator<Item = (&'a str, f64)> {
        instruments.iter().zip(&self.volume).map(|(instrument, &counts)| {
            let instrument = instrument.as_ref();
            (instrument.symbol(), instrument.qty().to_f64(i64::try_from(counts).unwrap_or(i64::MAX)))
        })
    }

    /// Takes the two clocks of one line into account.
    #[inline]
    pub fn observe_clocks(&mut self, exchange_ns: i64, receive_ns: i64) {
        let latency = receive_ns.saturating_sub(exchange_ns);
        self.least_latency_ns = Some(self.least_latency_ns.map_or(latency, |least| least.min(latency)));
    }

    /// Why no message of the wanted instruments was found; `None` if there was one.
    pub fn nothing_read(&self) -> Option<String> {
        if self.messages > 0 {
            return None;
        }
        let list = |tally: &Tally| {
            let names: Vec<String> = tally.0.iter().map(|(name, count)| format!("{name} ({count})")).collect();
            names.join(", ")
        };
        Some(if self.other_symbols.total() > 0 {
            format!("it holds messages of {}", list(&self.other_symbols))
        } else if self.ignored.total() > 0 {
            format!("no depth, trade or quote among its messages, only {}", list(&self.ignored))
        } else if let Some((line, what)) = self.malformed.first.first() {
            format!("none of its {} lines is a message; line {line}: {what}", self.lines)
        } else {
            "it is empty".into()
        })
    }

    /// Counts what the events say; a second row of an event is passed over.
    pub fn observe_events(&mut self, events: &[Event], instruments: &[impl AsRef<Instrument>]) {
        self.volume.resize(instruments.len().max(self.volume.len()), 0);
        for event in events.iter().filter(|event| !views::is_second_row(event)) {
            self.events += 1;
            Span::widen(&mut self.exchange_ns, event.exchange_ns);
            Span::widen(&mut self.receive_ns, event.receive_ns);
            let kind = EventKind::from_u8(event.kind);
            match kind {
                Some(EventKind::Trade) => {
                    self.trades += 1;
                    self.volume[event.instrument as usize] += i128::from(event.qty);
                }
                Some(EventKind::Bar) => {
                    self.bars += 1;
                    self.volume[event.instrument as usize] += i128::from(event.qty);
                    continue;
                }
                Some(EventKind::LevelSet) => self.levels += 1,
                Some(EventKind::QuoteAsk) => self.quotes += 1,
                _ => continue,
            }
            let instrument = instruments[event.instrument as usize].as_ref();
            self.off_tick += u64::from(instrument.tick() != 1 && event.price % instrument.tick() != 0);
            self.off_lot += u64::from(instrument.lot() != 1 && event.qty % instrument.lot() != 0);
        }
    }
}
