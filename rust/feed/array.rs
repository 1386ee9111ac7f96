//! A user's own events as a recording: every rule the engine relies on is checked here, where the row is known.

use std::sync::Arc;

use super::events::Events;
use super::recording::Recording;
use super::report::ReadReport;
use crate::model::{Bar, Error, Event, EventKind, Instrument, Result};

/// Kinds from here on belong to users; nothing is known of their fields.
const USER_KINDS: u8 = 128;

/// A recording of these events. They come in the order they were received, or flagged for the two sides as a
/// [`Recording`] holds them.
pub fn from_events(events: Vec<Event>, instruments: Vec<Arc<Instrument>>, source: &str) -> Result<Recording> {
    for (row, event) in events.iter().enumerate() {
        if let Err(why) = check(event) {
            return Err(Error::Data(format!("row {row}: {why}")));
        }
    }
    let mut report = ReadReport::new(source, "events");
    report.lines = events.len() as u64;
    Recording::new(instruments, events, report)
}

/// What a file of ours holds besides its events.
#[derive(Clone, Debug, Default)]
pub struct Saved {
    /// The bars that its Bar events stand for.
    pub bars: Vec<Bar>,
    /// How long one lasts, ns; 0 where there are none.
    pub bar_span_ns: i64,
    /// Smallest `receive - exchange` over what was read first.
    pub least_latency_ns: Option<i64>,
}

/// A recording that was saved: events in both views' order, checked like a user's own.
pub fn from_saved(
    events: Events,
    instruments: Vec<Arc<Instrument>>,
    saved: Saved,
    mut report: ReadReport,
) -> Result<Recording> {
    for (row, event) in events.iter().enumerate() {
        let checked = if event.is(EventKind::Bar) {
            let there = usize::try_from(event.order_id).is_ok_and(|index| index < saved.bars.len());
            if there { Ok(()) } else { Err(format!("bar {} of {}", event.order_id, saved.bars.len())) }
        } else {
            check(event)
        };
        if let Err(why) = checked {
            return Err(Error::Data(format!("{}: row {row}: {why}", report.source)));
        }
    }
    report.lines = events.len() as u64;
    report.least_latency_ns = saved.least_latency_ns;
    let named = |error: Error| Error::Data(format!("{}: {}", report.source, error.message()));
    Recording::of_bars(instruments, events, (saved.bars, saved.bar_span_ns), report.clone()).map_err(named)
}

/// What is wrong with an event, by itself.
fn check(event: &Event) -> std::result::Result<(), String> {
    if event.exchange_ns < 0 || event.receive_ns < 0 {
        let Event { exchange_ns, receive_ns, .. } = event;
        return Err(format!(
            "times are ns since 1970 and not negative: exchange_ns {exchange_ns}, receive_ns {receive_ns}"
        ));
    }
    if event.kind >= USER_KINDS {
        return Ok(());
    }
    let Some(kind) = EventKind::from_u8(event.kind) else {
        return Err(format!("kind {} is not an event's: 1 to 16, or 128 and above for your own", event.kind));
    };
    let (name, price, qty) = (format!("{kind:?}"), event.price, event.qty);
    match kind {
        EventKind::Trade => side(event, 0..=2).and(positive(&name, "price", price)).and(positive(&name, "qty", qty)),
        EventKind::LevelSet => {
            side(event, 1..=2).and(positive(&name, "price", price)).and(not_negative(&name, "qty", qty))
        }
        EventKind::QuoteBid => side(event, 1..=1).and(quote(&name, price, qty)),
        EventKind::QuoteAsk => side(event, 2..=2).and(quote(&name, price, qty)),
        EventKind::OrderAdd => side(event, 1..=2).and(positive(&name, "price", price)).and(positive(&name, "qty", qty)),
        EventKind::OrderModify | EventKind::OrderExecute => {
            positive(&name, "price", price).and(positive(&name, "qty", qty))
        }
        EventKind::OrderCancel => positive(&name, "qty", qty),
        EventKind::Clear => side(event, 0..=2).and(not_negative(&name, "price", price)),
        EventKind::Gap | EventKind::Status | EventKind::OpenInterest => not_negative(&name, "qty", qty),
        EventKind::OrderDelete | EventKind::Mark | EventKind::Index | EventKind::Funding => Ok(()),
        EventKind::Bar => Err("a Bar is another record (quantum.dtypes.BAR), not an event".into()),
        EventKind::Timer
        | EventKind::Control
        | EventKind::Order
        | EventKind::Fill
        | EventKind::Hit
        | EventKind::Signal => Err(format!("{name} events are made by the engine, they do not belong in a recording")),
    }
}

fn side(event: &Event, right: std::ops::RangeInclusive<u8>) -> std::result::Result<(), String> {
    if right.contains(&event.side) {
        return Ok(());
    }
    let (first, last) = (right.start(), right.end());
    let range = if first == last { first.to_string() } else { format!("{first} to {last}") };
    let name = EventKind::from_u8(event.kind).map_or_else(String::new, |kind| format!("{kind:?}"));
    Err(format!("side of a {name} must be {range}, not {} (1 buy or bid, 2 sell or ask)", event.side))
}

fn positive(kind: &str, field: &str, value: i64) -> std::result::Result<(), String> {
    if value > 0 { Ok(()) } else { Err(format!("{field} of a {kind} must be positive, not {value}")) }
}

fn not_negative(kind: &str, field: &str, value: i64) -> std::result::Result<(), String> {
    if value >= 0 { Ok(()) } else { Err(format!("{field} of a {kind} must not be negative, not {value}")) }
}

/// An empty side is quoted as 0 at 0.
fn quote(kind: &str, price: i64, qty: i64) -> std::result::Result<(), String> {
    if (price, qty) == (0, 0) { Ok(()) } else { positive(kind, "price", price).and(not_negative(kind, "qty", qty)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_venue_could_have_sent_is_refused() {
        let good = Event { kind: EventKind::Trade as u8, price: 1, qty: 1, side: 1, ..Event::default() };
        assert_eq!(check(&good), Ok(()));
        assert_eq!(check(&Event { kind: 200, price: -1, qty: -1, ..good }), Ok(()));
        for (bad, said) in [
            (Event { price: 0, ..good }, "price of a Trade must be positive, not 0"),
            (Event { qty: -5, ..good }, "qty of a Trade must be positive, not -5"),
            (Event { side: 3, ..good }, "must be 0 to 2, not 3"),
            (Event { kind: 0, ..good }, "kind 0"),
            (Event { kind: 24, ..good }, "kind 24"),
            (Event { kind: EventKind::Timer as u8, ..good }, "made by the engine"),
            (Event { kind: EventKind::QuoteAsk as u8, ..good }, "must be 2, not 1"),
            (Event { kind: EventKind::LevelSet as u8, qty: -1, ..good }, "must not be negative"),
            (Event { receive_ns: -1, ..good }, "not negative"),
        ] {
            let why = check(&bad).unwrap_err();
            assert!(why.contains(said), "{why}");
        }
    }
}
