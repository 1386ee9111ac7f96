//! Writes the flow down as a recording would have it.
//!
//! A message is the set of events with one `venue_sequence`, `LAST` on its last. An arrival makes up to three kinds of
//! message, in this order: a trade print for each execution, the levels that changed, and the two-sided quote if the
//! best price or size changed. Exchange times are the flow's; receive times add a jittered delay that never lets a
//! message overtake an earlier one, as on one TCP connection.

use super::fifo::{FifoBook, LevelState};
use super::flow::Changes;
use super::spec::SampleSpec;
use crate::model::{Event, EventKind, Side, flags};
use crate::stats::Rng;

/// The delay has a random stream of its own, so that it does not disturb the flow.
const DELAY_STREAM: u64 = 1;

/// The events so far and what the next message needs to know of them.
#[derive(Debug)]
pub struct Tape {
    events: Vec<Event>,
    delay: Rng,
    start_ns: i64,
    half_latency_ns: f64,
    exchange_ns: i64,
    receive_ns: i64,
    venue_sequence: u64,
    trade_id: u64,
    quote: [LevelState; 2],
}

impl Tape {
    /// An empty tape.
    pub fn new(spec: &SampleSpec) -> Self {
        Self {
            events: Vec::new(),
            delay: Rng::stream(spec.seed, DELAY_STREAM),
            start_ns: spec.start_ns,
            half_latency_ns: spec.feed_latency_ns as f64 / 2.0,
            exchange_ns: spec.start_ns,
            receive_ns: 0,
            venue_sequence: 0,
            trade_id: 0,
            quote: [LevelState::default(); 2],
        }
    }

    /// The whole book, after a Clear, and its quote.
    pub fn snapshot(&mut self, book: &FifoBook) {
        self.message(self.start_ns);
        self.event(EventKind::Clear, None, LevelState::default());
        for side in [Side::Buy, Side::Sell] {
            book.levels(side).for_each(|level| self.event(EventKind::LevelSet, Some(side), level));
        }
        self.events.iter_mut().for_each(|event| event.flags |= flags::SNAPSHOT);
        self.end_message();
        self.quote(book);
    }

    /// The messages of one arrival, `at_ns` after the start.
    pub fn write(&mut self, at_ns: i64, changes: &Changes, book: &FifoBook) {
        if changes.prices.is_empty() {
            return;
        }
        for execution in &changes.executions {
            self.message(self.start_ns + at_ns);
            self.trade_id += 1;
            let print = LevelState { price: execution.price, qty: execution.qty, orders: self.trade_id };
            self.event(EventKind::Trade, Some(changes.side.opposite()), print);
            self.end_message();
        }
        self.message(self.start_ns + at_ns);
        for &price in &changes.prices {
            self.event(EventKind::LevelSet, Some(changes.side), book.level(changes.side, price));
        }
        self.end_message();
        self.quote(book);
    }

    /// What was written so far.
    #[cfg(test)]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// What was written.
    pub fn into_events(self) -> Vec<Event> {
        self.events
    }

    /// A two-sided quote, if it is not the last one.
    fn quote(&mut self, book: &FifoBook) {
        let quote = [book.best(Side::Buy), book.best(Side::Sell)];
        if quote == self.quote {
            return;
        }
        self.quote = quote;
        self.message(self.exchange_ns);
        self.event(EventKind::QuoteBid, Some(Side::Buy), quote[0]);
        self.event(EventKind::QuoteAsk, Some(Side::Sell), quote[1]);
        self.end_message();
    }

    /// Begins a message of the venue at a time.
    fn message(&mut self, exchange_ns: i64) {
        let delay_ns = self.half_latency_ns * (1.0 + self.delay.exponential());
        self.exchange_ns = exchange_ns;
        self.receive_ns = self.receive_ns.max(exchange_ns + delay_ns as i64);
        self.venue_sequence += 1;
    }

    /// Adds an event to the message; `level.orders` is what stands in the kind's `order_id`.
    fn event(&mut self, kind: EventKind, side: Option<Side>, level: LevelState) {
        self.events.push(Event {
            exchange_ns: self.exchange_ns,
            receive_ns: self.receive_ns,
            price: level.price,
            qty: level.qty,
            order_id: level.orders,
            venue_sequence: self.venue_sequence,
            kind: kind as u8,
            side: side.map_or(0, |side| side as u8),
            flags: flags::SYNTHETIC,
            ..Event::default()
        });
    }

    /// Flags the last event of the message.
    fn end_message(&mut self) {
        let last = self.events.last_mut().expect("a message has at least one event");
        last.flags |= flags::LAST;
    }
}
