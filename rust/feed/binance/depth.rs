//! Binance's rule for keeping a book in step: which depth message may be applied, and when.
//!
//! Messages that arrive before the first snapshot (or after a gap) wait. A snapshot decides what becomes of them: those
//! it already holds are dropped, the first kept one must reach across the snapshot's id, each later one must continue
//! its predecessor. A message that does not is a gap: the book is stale and everything waits for the next snapshot.

use std::collections::VecDeque;

use super::message::Diff;
use crate::model::Event;

/// How many events may wait for a snapshot: 16 MiB of them. Older ones are given up.
const MAX_WAITING: usize = 1 << 18;

/// What to do with a depth message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It continues the book.
    Apply,
    /// The snapshot holds it already.
    Drop,
    /// It was applied before.
    Duplicate,
    /// No book to apply it to: it waits for a snapshot.
    Wait,
    /// Messages are missing before it.
    Gap(Missing),
}

/// What a gap swallowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing {
    /// First missing id.
    pub first: u64,
    /// Number of missing ids, 0 unknown.
    pub count: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No book: before the first snapshot, or after a gap.
    Waiting,
    /// A snapshot with this id, no message after it yet.
    Snapshot(u64),
    /// The id of the last applied message, and its time.
    Synced(u64, i64),
}

/// A depth message that waits for a snapshot.
#[derive(Debug)]
pub struct Waiting {
    /// Its ids.
    pub diff: Diff,
    /// Its own exchange time.
    pub exchange_ns: i64,
    /// Its line.
    pub line: u64,
    /// Its levels as events.
    pub rows: Vec<Event>,
}

/// The state of one instrument's depth stream.
#[derive(Debug)]
pub struct DepthSync {
    state: State,
    waiting: VecDeque<Waiting>,
    waiting_events: usize,
    given_up: u64,
}

impl DepthSync {
    /// Nothing received yet.
    pub const fn new() -> Self {
        Self { state: State::Waiting, waiting: VecDeque::new(), waiting_events: 0, given_up: 0 }
    }

    /// What to do with a message of these ids and exchange time.
    #[inline]
    pub fn judge(&self, diff: &Diff, exchange_ns: i64) -> Verdict {
        let futures = diff.previous_id.is_some();
        match self.state {
            State::Waiting => Verdict::Wait,
            State::Snapshot(id) if diff.last_id < id + u64::from(!futures) => Verdict::Drop,
            State::Snapshot(id) if diff.first_id <= id + u64::from(!futures) => Verdict::Apply,
            State::Snapshot(id) => gap(id, diff),
            // Ids that fall back while time goes on are no repetition: the venue restarted its count.
            State::Synced(id, time) if diff.last_id <= id && exchange_ns <= time => Verdict::Duplicate,
            State::Synced(id, _) if diff.previous_id.map_or(diff.first_id == id + 1, |before| before == id) => {
                Verdict::Apply
            }
            State::Synced(id, _) => gap(id, diff),
        }
    }

    /// The message was applied.
    #[inline]
    pub fn applied(&mut self, diff: &Diff, exchange_ns: i64) {
        self.state = State::Synced(diff.last_id, exchange_ns);
    }

    /// A gap was found: nothing is applied before the next snapshot.
    pub fn lost(&mut self) {
        self.state = State::Waiting;
    }

    /// Keeps a message for the next snapshot.
    pub fn wait(&mut self, message: Waiting) {
        self.waiting_events += message.rows.len() + 1;
        self.waiting.push_back(message);
        while self.waiting_events > MAX_WAITING && self.waiting.len() > 1 {
            self.waiting_events -= self.waiting.pop_front().map_or(0, |oldest| oldest.rows.len() + 1);
            self.given_up += 1;
        }
    }

    /// Whether a snapshot with this id is older than the book.
    pub fn is_stale(&self, snapshot: u64) -> bool {
        match self.state {
            State::Waiting => false,
            State::Snapshot(id) | State::Synced(id, _) => snapshot < id,
        }
    }

    /// When a snapshot without a time of its own was taken, as far as the waiting messages tell: at the last message
    /// it holds, else no later than the first one it does not.
    pub fn snapshot_ns(&self, snapshot: u64) -> Option<i64> {
        let held = self.waiting.iter().rev().find(|message| message.diff.last_id <= snapshot);
        held.or_else(|| self.waiting.front()).map(|message| message.exchange_ns)
    }

    /// Takes the snapshot and gives back the messages that waited for it, to be judged again.
    pub fn snapshot(&mut self, id: u64) -> VecDeque<Waiting> {
        self.state = State::Snapshot(id);
        self.waiting_events = 0;
        std::mem::take(&mut self.waiting)
    }

    /// Messages that found no snapshot.
    pub fn unused(&self) -> u64 {
        self.given_up + self.waiting.len() as u64
    }
}

/// What is missing between the book's last id and the message.
fn gap(id: u64, diff: &Diff) -> Verdict {
    // Ids of the futures markets count the updates of all symbols: only the spot market's tell how many are missing.
    let count = if diff.previous_id.is_some() { 0 } else { diff.first_id.saturating_sub(id + 1) };
    Verdict::Gap(Missing { first: id + 1, count })
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn futures(first_id: u64, last_id: u64, previous_id: u64) -> Diff {
        Diff { first_id, last_id, previous_id: Some(previous_id) }
    }

    const fn spot(first_id: u64, last_id: u64) -> Diff {
        Diff { first_id, last_id, previous_id: None }
    }

    fn after_snapshot(id: u64) -> DepthSync {
        let mut sync = DepthSync::new();
        sync.snapshot(id);
        sync
    }

    #[test]
    fn futures_start_across_the_snapshot_and_then_chain() {
        let mut sync = after_snapshot(100);
        assert_eq!(DepthSync::new().judge(&futures(1, 2, 0), 0), Verdict::Wait);
        assert_eq!(sync.judge(&futures(90, 99, 80), 0), Verdict::Drop);
        assert_eq!(sync.judge(&futures(95, 100, 80), 0), Verdict::Apply);
        assert_eq!(sync.judge(&futures(100, 110, 99), 0), Verdict::Apply);
        assert_eq!(sync.judge(&futures(101, 110, 99), 0), Verdict::Gap(Missing { first: 101, count: 0 }));
        sync.applied(&futures(95, 105, 80), 7);
        assert_eq!(sync.judge(&futures(111, 120, 105), 8), Verdict::Apply);
        assert_eq!(sync.judge(&futures(106, 120, 106), 8), Verdict::Gap(Missing { first: 106, count: 0 }));
        assert_eq!(sync.judge(&futures(95, 105, 80), 7), Verdict::Duplicate);
        assert_eq!(sync.judge(&futures(5, 10, 4), 8), Verdict::Gap(Missing { first: 106, count: 0 }));
    }

    #[test]
    fn spot_starts_one_behind_the_snapshot_and_then_counts_on() {
        let mut sync = after_snapshot(100);
        assert_eq!(sync.judge(&spot(95, 100), 0), Verdict::Drop);
        assert_eq!(sync.judge(&spot(95, 101), 0), Verdict::Apply);
        assert_eq!(sync.judge(&spot(101, 105), 0), Verdict::Apply);
        assert_eq!(sync.judge(&spot(102, 105), 0), Verdict::Gap(Missing { first: 101, count: 1 }));
        sync.applied(&spot(99, 105), 7);
        assert_eq!(sync.judge(&spot(106, 106), 8), Verdict::Apply);
        assert_eq!(sync.judge(&spot(110, 112), 8), Verdict::Gap(Missing { first: 106, count: 4 }));
        assert_eq!(sync.judge(&spot(105, 107), 8), Verdict::Gap(Missing { first: 106, count: 0 }));
        assert!(sync.is_stale(104) && !sync.is_stale(105));
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut sync = DepthSync::new();
        for id in 0..3000 {
            let rows = vec![Event::default(); 999];
            sync.wait(Waiting { diff: futures(id, id, id), exchange_ns: 0, line: id, rows });
        }
        assert!(sync.waiting_events <= MAX_WAITING);
        assert_eq!(sync.unused(), 3000);
        assert_eq!(sync.snapshot(5000).back().map(|message| message.line), Some(2999));
    }
}
