//! What every subscription does with a ring: reads it in turn with others, keeps what it wants, counts all of it.

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
