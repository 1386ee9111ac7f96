//! What every subscription does with a ring: reads it in turn with others, keeps what it wants, counts all of it.

use super::consumer::{Consumer, Poll};
use super::inlet::Counts;
use super::sync::Ordering;
use crate::model::{Event, EventKind, flags};

/// Polls of one ring before the next one has its turn.
const TURN: usize = 8;

/// The counts as plain numbers; see [`Counts`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub passed: u64,
    pub delivered: u64,
    pub filtered: u64,
    pub skipped: u64,
    pub lost: u64,
    pub pending: u64,
}

impl Totals {
    /// Reads up to `max` of the events that are accepted and hands them over; a Gap event stands for lost ones. Says
    /// how many were handed over.
    pub fn read(
        &mut self,
        consumer: &mut Consumer<Event>,
        max: usize,
        mut accepts: impl FnMut(&Event) -> bool,
        handle: &mut impl FnMut(&Event),
    ) -> usize {
        let mut given = 0;
        for _ in 0..TURN {
            if given == max {
                break;
            }
            let before = consumer.position();
            let mut accepted = 0;
            let poll = consumer.poll(max - given, |event| {
                if accepts(event) {
                    accepted += 1;
                    handle(event);
                }
            });
            let passed = consumer.position() - before;
            self.passed += passed;
            match poll {
                Poll::Ready(_) => {
                    given += accepted;
                    self.delivered += accepted as u64;
                    self.filtered += passed - accepted as u64;
                }
                Poll::Gap { from, to } => {
                    self.lost += passed;
                    handle(&gap(from, to));
                    given += 1;
                }
                Poll::Idle | Poll::Closed => break,
            }
        }
        given
    }

    /// Counts what a reader that joins again finds overwritten.
    pub fn miss(&mut self, poll: Poll) {
        if let Poll::Gap { from, to } = poll {
            self.lost += to + 1 - from;
            self.passed += to + 1 - from;
        }
    }

    /// Shows the counts to others.
    pub fn show(&self, counts: &Counts) {
        for (count, total) in [
            (&counts.passed, self.passed),
            (&counts.delivered, self.delivered),
            (&counts.filtered, self.filtered),
            (&counts.skipped, self.skipped),
            (&counts.lost, self.lost),
            (&counts.pending, self.pending),
        ] {
            count.store(total, Ordering::Relaxed);
        }
    }
}

/// The record that stands for lost ones.
fn gap(from: u64, to: u64) -> Event {
    Event {
        sequence: to,
        kind: EventKind::Gap as u8,
        order_id: from,
        qty: (to + 1 - from) as i64,
        instrument: u32::MAX,
        flags: flags::SYNTHETIC,
        ..Event::default()
    }
}
