//! What every subscription does with a ring: reads it in turn with others, keeps what it wants, counts all of it.

use super::conflation::Conflation;
use super::consumer::{Consumer, Poll};
use super::inlet::Counts;
use super::message::Message;
use super::sync::Ordering;

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
    /// Reads up to `max` of the records that are accepted and hands them over; one stands for lost ones (see
    /// [`Message`]). Says how many were handed over.
    pub fn read<M: Message>(
        &mut self,
        consumer: &mut Consumer<M>,
        max: usize,
        mut accepts: impl FnMut(&M) -> bool,
        handle: &mut impl FnMut(&M),
    ) -> usize {
        let mut given = 0;
        for _ in 0..TURN {
            if given == max {
                break;
            }
            let before = consumer.position();
            let mut accepted = 0;
            let poll = consumer.poll(max - given, |record| {
                if accepts(record) {
                    accepted += 1;
                    handle(record);
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
                    handle(&M::gap(from, to));
                    given += 1;
                }
                Poll::Idle | Poll::Closed => break,
            }
        }
        given
    }

    /// Reads a ring to its newest record, into the newest of each key. Where the reader was lapped, `last` adds the
    /// records of those sequences that are still the last of their topic, and says how many it does not know.
    pub fn conflate<M: Message>(
        &mut self,
        consumer: &mut Consumer<M>,
        conflation: &mut Conflation<M>,
        mut accepts: impl FnMut(&M) -> bool,
        mut last: impl FnMut(u64, u64, &mut Vec<M>) -> u64,
    ) {
        let end = consumer.newest();
        let mut found = Vec::new();
        loop {
            let before = consumer.position();
            let poll = consumer.poll(end.saturating_sub(before) as usize, |record| {
                if accepts(record) { conflation.take(record) } else { self.filtered += 1 }
            });
            self.passed += consumer.position() - before;
            match poll {
                Poll::Ready(_) => {}
                Poll::Gap { from, to } => {
                    found.clear();
                    let unknown = last(from, to, &mut found);
                    found.retain(|record| accepts(record));
                    for record in &found {
                        conflation.take(record);
                    }
                    self.lost += unknown;
                    conflation.skip(to + 1 - from - unknown - found.len() as u64);
                }
                Poll::Idle | Poll::Closed => break,
            }
        }
    }

    /// Hands out up to `max` of the newest of each key, and says how many.
    pub fn give<M: Message>(
        &mut self,
        conflation: &mut Conflation<M>,
        max: usize,
        handle: &mut impl FnMut(&M),
    ) -> usize {
        let given = conflation.give(max, handle);
        self.delivered += given as u64;
        (self.skipped, self.pending) = (conflation.skipped(), conflation.pending());
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
