//! hftbacktest's event arrays as recordings: row for row, in the file's order, which holds both views already.

use std::sync::Arc;

use super::digits::{CommonStep, Digits};
use super::recording::Recording;
use super::report::ReadReport;
use crate::model::{Decimal, Error, Event, EventKind, Increment, Instrument, Result, flags};

const EXCHANGE: u64 = 1 << 31;
const LOCAL: u64 = 1 << 30;
const BUY: u64 = 1 << 29;
const SELL: u64 = 1 << 28;
const KIND: u64 = 0xff;

/// One row: `ev u64 | exch_ts i64 | local_ts i64 | px f64 | qty f64 | order_id u64 | ival i64 | fval f64`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HftRow {
    /// Kind and flags.
    pub ev: u64,
    /// Exchange time, ns.
    pub exchange_ns: i64,
    /// Receive time, ns.
    pub receive_ns: i64,
    /// Price.
    pub price: f64,
    /// Quantity.
    pub qty: f64,
    /// Order id, in market-by-order data.
    pub order_id: u64,
}

impl HftRow {
    /// Bytes of a row.
    pub const SIZE: usize = 64;

    /// The row in these little-endian bytes.
    fn read(bytes: &[u8; Self::SIZE]) -> Self {
        let word = |at: usize| u64::from_le_bytes(std::array::from_fn(|i| bytes[at * 8 + i]));
        Self {
            ev: word(0),
            exchange_ns: word(1) as i64,
            receive_ns: word(2) as i64,
            price: f64::from_bits(word(3)),
            qty: f64::from_bits(word(4)),
            order_id: word(5),
        }
    }
}

/// The rows of an array's bytes.
fn rows(bytes: &[u8]) -> Result<impl DoubleEndedIterator<Item = HftRow> + ExactSizeIterator> {
    let (rows, rest) = bytes.as_chunks::<{ HftRow::SIZE }>();
    if !rest.is_empty() {
        return Err(Error::Data(format!("an event array has rows of 64 bytes, {} are left over", rest.len())));
    }
    Ok(rows.iter().map(HftRow::read))
}

/// What a row is part of: the rows of one message follow each other with the same part and times.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Depth,
    Snapshot,
    Trade,
    Quote,
}

/// A recording from the bytes of an event array (one instrument): as many events as rows, in their order.
pub fn from_hftbacktest(bytes: &[u8], instrument: &Arc<Instrument>, source: &str) -> Result<Recording> {
    let rows = rows(bytes)?;
    let mut events = Vec::with_capacity(rows.len());
    let mut parts = Vec::with_capacity(rows.len());
    for (number, row) in rows.enumerate() {
        let (event, part) = convert(&row, instrument).map_err(|why| misfit(&why, number, source, bytes))?;
        events.push(event);
        parts.push(part);
    }
    mark_last(&mut events, &parts);
    let mut report = ReadReport::new(source, "hftbacktest");
    report.lines = events.len() as u64;
    report.bytes = bytes.len() as u64;
    Recording::ordered(vec![Arc::clone(instrument)], events, report)
}

/// The price and quantity steps that fit all rows.
pub fn hftbacktest_steps(bytes: &[u8]) -> Result<Option<(Decimal, Decimal)>> {
    let (mut price, mut qty) = (CommonStep::default(), CommonStep::default());
    for row in rows(bytes)? {
        for (step, value) in [(&mut price, row.price), (&mut qty, row.qty)] {
            // A float's shortest text is the decimal it was made from.
            if value.is_finite()
                && value > 0.0
                && let Ok(digits) = Digits::parse(value.to_string().as_bytes())
            {
                step.observe(digits);
            }
        }
    }
    Ok(price.round_step().zip(qty.round_step()))
}

/// The error of a row, with the steps that would fit where increments are the matter.
fn misfit(why: &str, row: usize, source: &str, bytes: &[u8]) -> Error {
    let steps = if why.contains("increment") { hftbacktest_steps(bytes).ok().flatten() } else { None };
    let fits = steps.map_or_else(String::new, |(tick, lot)| {
        format!(". All of the array fits tick_size=\"{tick}\", lot_size=\"{lot}\"")
    });
    Error::Data(format!("{source}: row {row}: {why}{fits}"))
}

fn convert(row: &HftRow, instrument: &Instrument) -> std::result::Result<(Event, Part), String> {
    let (kind, part) = match (row.ev & KIND, row.ev & (BUY | SELL)) {
        (1, BUY | SELL) => (EventKind::LevelSet, Part::Depth),
        (2, 0 | BUY | SELL) => (EventKind::Trade, Part::Trade),
        (3, 0 | BUY | SELL) => (EventKind::Clear, Part::Snapshot),
        (4, BUY | SELL) => (EventKind::LevelSet, Part::Snapshot),
        (5, BUY) => (EventKind::QuoteBid, Part::Quote),
        (5, SELL) => (EventKind::QuoteAsk, Part::Quote),
        (10..=13, _) => return Err("market-by-order rows (kinds 10 to 13) are not read".into()),
        (kind, _) => return Err(format!("kind {kind} with flags {:#x} is not a market data row's", row.ev & !KIND)),
    };
    let sides = match row.ev & (EXCHANGE | LOCAL) {
        0 => return Err("is seen by neither side (no EXCH_EVENT, no LOCAL_EVENT flag)".into()),
        EXCHANGE => flags::EXCHANGE_ONLY,
        LOCAL => flags::LOCAL_ONLY,
        _ => 0,
    };
    let (price, qty) = match kind {
        // A clear without a price, or of both sides, is of all levels.
        EventKind::Clear if row.ev & (BUY | SELL) == 0 || !row.price.is_finite() => (0, 0),
        EventKind::Clear => (count(row.price, instrument.price(), "price")?, 0),
        _ => (count(row.price, instrument.price(), "price")?, count(row.qty, instrument.qty(), "qty")?),
    };
    let empty_quote = part == Part::Quote && qty == 0;
    let whole_clear = kind == EventKind::Clear;
    if price < i64::from(!empty_quote && !whole_clear) || qty < i64::from(part == Part::Trade) {
        return Err(format!("price {} and quantity {} must be positive", row.price, row.qty));
    }
    let event = Event {
        exchange_ns: row.exchange_ns,
        receive_ns: row.receive_ns,
        price,
        qty,
        kind: kind as u8,
        side: match row.ev & (BUY | SELL) {
            BUY => 1,
            SELL => 2,
            _ => 0,
        },
        flags: sides | if part == Part::Snapshot { flags::SNAPSHOT } else { 0 },
        ..Event::default()
    };
    Ok((event, part))
}

/// A float as a count of increments.
fn count(value: f64, increment: &Increment, what: &str) -> std::result::Result<i64, String> {
    if !value.is_finite() {
        return Err(format!("{what} is {value}, not a finite number"));
    }
    let unit = increment.unit();
    increment.exact(value).map_err(|_| format!("{what} {value} is not a whole number of its {what}_increment {unit}"))
}

/// Flags the last row of each message: the next row that the same side sees is of another time or part.
fn mark_last(events: &mut [Event], parts: &[Part]) {
    let (mut next_local, mut next_exchange) = (None, None);
    for (event, &part) in events.iter_mut().zip(parts).rev() {
        let (local, exchange) = (Some((event.receive_ns, part)), Some((event.exchange_ns, part)));
        let ends_local = event.is_local() && next_local != local;
        let ends_exchange = event.is_exchange() && next_exchange != exchange;
        next_local = if event.is_local() { local } else { next_local };
        next_exchange = if event.is_exchange() { exchange } else { next_exchange };
        if part == Part::Trade || ends_local || ends_exchange {
            event.flags |= flags::LAST;
        }
    }
}
