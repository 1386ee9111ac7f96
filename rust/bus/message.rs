//! Records with topics.
#![allow(clippy::inline_always, reason = "measured: a call or a value in memory here costs a nanosecond a record")]

use super::catalog::{CONTROL, Names, USER};
use super::crew::Crew;
use super::dispatcher::Dispatchers;
use super::format::RecordType;
use super::forms::{ALL, ROUTER, command_name, is_fill, market_name, report_name, timeframe_name};
use super::lane::{Lane, Lanes};
use super::record::Record;
use crate::model::{
    Bar, Command, CommandKind, Error, Event, EventKind, OTHER_TIMEFRAME, Report, Result, flags, pattern_name,
};

/// Where a table by topics has a record's topic. Found for every record that is published or read: the two arms that matter
/// there are decided by one or two comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    /// In a row of 32 by instrument: nearly all topics.
    Near(usize, usize),
    /// By a user's topic, of this kind.
    User(usize, u8),
    /// Behind [`Message::seldom_key`].
    Seldom,
}

/// A record that travels on the bus: [`Event`], [`Bar`], [`Command`] and [`Report`]. The bus keeps rings for each of
/// them, so there can be no others; a [`super::Ring`] alone carries any [`Record`].
///
/// Where a reader that may be lapped missed something, one record of the type stands for it. Its `sequence` is the last
/// lost one and its `instrument` `u32::MAX`, and `kind` is one that is never published with that number:
///
/// | | `kind` | first lost sequence | how many |
/// |---|---|---|---|
/// | Event | 11, Gap | `order_id` | `qty` |
/// | Bar | 11, Gap | `open_ns` | `volume` (a whole number; prices are NaN) |
/// | Command | [`Command::GAP`] | `order_id` | `qty` |
/// | Report | [`Report::GAP`] | `order_id` | `qty` |
pub trait Message: Record {
    /// Its number and names.
    const TYPE: RecordType;
    /// One of them in an error's words.
    const WHAT: &'static str;

    /// Its kind; from 128 on it is of a user's topic.
    fn kind(&self) -> u8;
    /// Its instrument, or the number of a user's topic.
    fn instrument(&self) -> u32;
    /// The topic's place in a table.
    fn spot(&self) -> Spot;
    /// The topic among those that are behind a key of their own.
    fn seldom_key(&self) -> u64 {
        u64::from(self.instrument()) << 16 | u64::from(self.kind()) << 8
    }
    /// The topic's name, where the kind is not a user's.
    fn topic(&self, names: &Names) -> Result<String>;
    /// The record that stands for lost ones.
    fn gap(from: u64, to: u64) -> Self;
    /// The bus's side for this type.
    fn lane(lanes: &Lanes) -> &Lane<Self>;
    /// The threads of its handlers.
    fn dispatchers(crew: &Crew) -> &Dispatchers<Self>;

    /// What makes two records versions of one topic; of a user's topic, each kind by itself.
    fn topic_key(&self) -> u64 {
        match self.spot() {
            Spot::Near(row, column) => (row as u64) << 8 | column as u64,
            Spot::User(number, kind) => 1 << 62 | (number as u64) << 8 | u64::from(kind),
            Spot::Seldom => 1 << 63 | self.seldom_key(),
        }
    }

    /// What makes two records versions of one instrument. Users' topics have numbers of their own. Records of one topic
    /// have one key: the table of last records has a place per topic.
    fn instrument_key(&self) -> u64 {
        let number = if self.is_for_all() { u32::MAX } else { self.instrument() };
        u64::from(number) << 8 | u64::from(self.kind() & USER)
    }

    /// Whether its topic is one for all instruments, whatever its `instrument` says.
    fn is_for_all(&self) -> bool {
        false
    }
}

/// The place of a record of a user's topic, or of a kind that is none.
#[inline(always)]
const fn elsewhere(instrument: u32, kind: u8) -> Spot {
    if kind >= USER { Spot::User(instrument as usize, kind) } else { Spot::Seldom }
}

/// What is the same for every record type but for the name of its rings.
macro_rules! fields {
    ($lane:ident) => {
        #[inline]
        fn kind(&self) -> u8 {
            self.kind
        }
        #[inline]
        fn instrument(&self) -> u32 {
            self.instrument
        }
        fn lane(lanes: &Lanes) -> &Lane<Self> {
            &lanes.$lane
        }
        fn dispatchers(crew: &Crew) -> &Dispatchers<Self> {
            &crew.$lane
        }
    };
}

const HIT: u8 = EventKind::Hit as u8;
const BUS: u8 = EventKind::Control as u8;

impl Message for Event {
    const TYPE: RecordType = RecordType::Event;
    const WHAT: &'static str = "an event";

    fields!(events);

    #[inline(always)]
    fn spot(&self) -> Spot {
        if self.kind < BUS {
            return Spot::Near(self.instrument as usize, self.kind as usize);
        }
        elsewhere(self.instrument, self.kind)
    }

    fn seldom_key(&self) -> u64 {
        match self.kind {
            // One topic, whatever the notice is about.
            BUS => u64::from(BUS) << 8,
            HIT => u64::from(self.instrument) << 16 | u64::from(HIT) << 8 | u64::from(self.pattern()),
            kind => u64::from(self.instrument) << 16 | u64::from(kind) << 8,
        }
    }

    fn topic(&self, names: &Names) -> Result<String> {
        if let Some(kind) = market_name(self.kind) {
            let listing = names.listing_at(self.instrument, self.venue, Self::WHAT)?;
            return Ok(format!("md.{}.{}.{kind}", listing.venue_name, listing.symbol));
        }
        let carried = |what, record| Err(Error::Data(format!("an event cannot be {what}: publish a {record}")));
        match EventKind::from_u8(self.kind) {
            Some(EventKind::Control) => Ok(CONTROL.into()),
            Some(EventKind::Hit) => {
                let symbol = &names.listing(self.instrument, Self::WHAT)?.symbol;
                Ok(format!("scan.{}.{symbol}", pattern_name(self.pattern())))
            }
            Some(EventKind::Signal) => Ok(format!("signal.{}", names.listing(self.instrument, Self::WHAT)?.symbol)),
            Some(EventKind::Bar) => carried("of kind 19, a bar", "BAR"),
            Some(EventKind::Order) => carried("of kind 20, an order's report", "REPORT"),
            Some(EventKind::Fill) => carried("of kind 21, a fill", "REPORT"),
            _ => Err(Error::Data(format!("event kind must be 1 to 18, 22, 23 or from {USER}, not {}", self.kind))),
        }
    }

    fn gap(from: u64, to: u64) -> Self {
        Self {
            sequence: to,
            kind: EventKind::Gap as u8,
            order_id: from,
            qty: (to + 1 - from) as i64,
            instrument: u32::MAX,
            flags: flags::SYNTHETIC,
            ..Self::default()
        }
    }
}

impl Message for Bar {
    const TYPE: RecordType = RecordType::Bar;
    const WHAT: &'static str = "a bar";

    fields!(bars);

    #[inline(always)]
    fn spot(&self) -> Spot {
        if self.kind == EventKind::Bar as u8 {
            return Spot::Near(self.instrument as usize, self.timeframe.min(OTHER_TIMEFRAME) as usize);
        }
        elsewhere(self.instrument, self.kind)
    }

    fn topic(&self, names: &Names) -> Result<String> {
        if self.kind != EventKind::Bar as u8 {
            return Err(Error::Data(format!(
                "a bar's kind must be {} or from {USER}, not {}",
                EventKind::Bar as u8,
                self.kind
            )));
        }
        let listing = names.listing(self.instrument, Self::WHAT)?;
        Ok(format!("md.{}.{}.bar.{}", listing.venue_name, listing.symbol, timeframe_name(self.timeframe)))
    }

    fn gap(from: u64, to: u64) -> Self {
        Self {
            sequence: to,
            open_ns: from as i64,
            open: f64::NAN,
            high: f64::NAN,
            low: f64::NAN,
            close: f64::NAN,
            volume: (to + 1 - from) as f64,
            instrument: u32::MAX,
            kind: EventKind::Gap as u8,
            ..Self::default()
        }
    }
}

impl Message for Command {
    const TYPE: RecordType = RecordType::Command;
    const WHAT: &'static str = "a command";

    fields!(commands);

    #[inline(always)]
    fn spot(&self) -> Spot {
        if CommandKind::from_u8(self.kind).is_none() {
            return elsewhere(self.instrument, self.kind);
        }
        let kind = self.kind as usize;
        if self.is_for_all() {
            return Spot::Near(0, kind);
        }
        // Those for the router have topics of their own, eight columns further.
        Spot::Near(self.instrument as usize + 1, kind + if self.venue == Self::ROUTER { 8 } else { 0 })
    }

    fn topic(&self, names: &Names) -> Result<String> {
        let Some(kind) = CommandKind::from_u8(self.kind) else {
            return Err(Error::Data(format!("a command's kind must be 1 to 5 or from {USER}, not {}", self.kind)));
        };
        let name = command_name(kind);
        if self.is_for_all() {
            return match kind {
                CommandKind::CancelAll | CommandKind::Timer => Ok(format!("command.{ALL}.{name}")),
                _ => Err(Error::Data(format!("a command of kind {name} is for one instrument, not for all"))),
            };
        }
        let (venue, listing) = if self.venue == Self::ROUTER {
            (ROUTER, names.listing(self.instrument, Self::WHAT)?)
        } else {
            let listing = names.listing_at(self.instrument, self.venue, Self::WHAT)?;
            (listing.venue_name.as_str(), listing)
        };
        Ok(format!("command.{venue}.{}.{name}", listing.symbol))
    }

    fn gap(from: u64, to: u64) -> Self {
        Self {
            sequence: to,
            kind: Self::GAP,
            order_id: from,
            qty: (to + 1 - from) as i64,
            instrument: u32::MAX,
            ..Self::default()
        }
    }

    #[inline]
    fn is_for_all(&self) -> bool {
        self.kind < USER && (self.instrument == Self::ALL_INSTRUMENTS || self.kind == CommandKind::Timer as u8)
    }
}

impl Message for Report {
    const TYPE: RecordType = RecordType::Report;
    const WHAT: &'static str = "a report";

    fields!(reports);

    #[inline(always)]
    fn spot(&self) -> Spot {
        if matches!(self.kind, 1..=12) {
            return Spot::Near(self.instrument as usize, self.kind as usize);
        }
        elsewhere(self.instrument, self.kind)
    }

    fn topic(&self, names: &Names) -> Result<String> {
        let Some(kind) = report_name(self.kind) else {
            return Err(Error::Data(format!("a report's kind must be 1 to 12 or from {USER}, not {}", self.kind)));
        };
        let listing = names.listing_at(self.instrument, self.venue, Self::WHAT)?;
        let head = if is_fill(self.kind) { "fill" } else { "order" };
        Ok(format!("{head}.{}.{}.{kind}", listing.venue_name, listing.symbol))
    }

    fn gap(from: u64, to: u64) -> Self {
        Self {
            sequence: to,
            kind: Self::GAP,
            order_id: from,
            qty: (to + 1 - from) as i64,
            instrument: u32::MAX,
            ..Self::default()
        }
    }
}
