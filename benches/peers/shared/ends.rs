//! One side of a connection, and the two sides of a slice: who asks and takes the time, and who answers.

use std::io::{BufRead, Write};
use std::ops::Range;
use std::time::Instant;

use quantum_core::model::Event;

use crate::slices::{self, WARM, median, quantile, switches};

/// Records of a batch.
pub const BATCH: u64 = 32;
/// A kind of event that belongs to users.
const KIND: u8 = 128;

/// What one side has: it sends one way and reads the other.
pub trait Ends {
    /// Sends a record for each number, in order; waits while there is no room.
    fn send(&mut self, numbers: Range<u64>);
    /// Hands over the numbers that are there now, `most` of them at most.
    fn poll(&mut self, most: u64, see: impl FnMut(u64));
    /// What a reader of a stream that found nothing does before it looks again, where that makes it faster.
    fn rest(&mut self) {}
}

/// The record that everybody sends: 64 bytes, all of them written.
#[inline]
pub const fn event(topic: u32, n: u64) -> Event {
    Event {
        sequence: 0,
        exchange_ns: n as i64,
        receive_ns: n as i64,
        price: n as i64,
        qty: n as i64,
        order_id: n,
        venue_sequence: n,
        instrument: topic,
        venue: 0,
        kind: KIND,
        side: 0,
        flags: 0,
    }
}

/// What is sent in a slice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    /// Records one way.
    Stream,
    /// One record there and back.
    Trips,
    /// Records that nobody reads, on one thread.
    Alone,
}

/// What one slice took.
pub struct Slice {
    /// Nanoseconds a record, or a round trip's median.
    pub ns: f64,
    /// The 99th percentile of round trips, else as `ns`.
    pub tail_ns: f64,
    /// Whether a side lost its core meanwhile.
    pub preempted: bool,
}

/// Sends without anybody who would read it: what publication costs where no line has to travel.
pub fn alone(ends: &mut impl Ends, count: u64) -> Slice {
    let slice = slices::alone(count, || ends.send(0..count));
    Slice { ns: slice.ns, tail_ns: slice.ns, preempted: slice.preempted }
}

/// The side that asks: tells the other what is wanted, sends, and takes the time.
pub fn ask(ends: &mut impl Ends, other: &mut impl Write, who: &str, (work, count): (Work, u64)) -> Slice {
    let verb = if work == Work::Stream { "stream" } else { "trips" };
    writeln!(other, "{who} {verb} {count}").expect("the other side listens");
    // It has come to its core.
    assert_eq!(receive(ends), 0);
    if work == Work::Stream { stream(ends, count) } else { trips(ends, count) }
}

/// From the first record after the warm-up to the word that the other side has seen the last one.
fn stream(ends: &mut impl Ends, count: u64) -> Slice {
    ends.send(0..WARM);
    assert_eq!(receive(ends), 1);
    let (before, begin) = (switches(), Instant::now());
    ends.send(WARM..WARM + count);
    let theirs = receive(ends);
    let ns = begin.elapsed().as_nanos() as f64 / count as f64;
    Slice { ns, tail_ns: ns, preempted: theirs != 0 || switches() != before }
}

/// Each trip contains one reading of the clock.
fn trips(ends: &mut impl Ends, count: u64) -> Slice {
    let warm = count / 4;
    for n in 0..warm {
        trip(ends, n);
    }
    let mut taken = Vec::with_capacity(count as usize);
    let (before, mut last) = (switches(), Instant::now());
    for n in warm..warm + count {
        trip(ends, n);
        let now = Instant::now();
        taken.push((now - last).as_nanos() as f64);
        last = now;
    }
    let mine = switches() != before;
    let theirs = receive(ends);
    Slice { ns: median(&mut taken), tail_ns: quantile(&mut taken, 0.99), preempted: mine || theirs != 0 }
}

#[inline]
fn trip(ends: &mut impl Ends, n: u64) {
    say(ends, n);
    assert_eq!(receive(ends), n, "the answer to another question");
}

/// The side that answers: has `answer` do its part of each slice that a line asks for, until there are no more lines.
pub fn listen(asked: impl BufRead, mut answer: impl FnMut(&str, Work, u64)) {
    for line in asked.lines() {
        let line = line.expect("a line of text");
        match line.split(' ').collect::<Vec<_>>()[..] {
            [who, "stream", count] => answer(who, Work::Stream, count.parse().expect("a count")),
            [who, "trips", count] => answer(who, Work::Trips, count.parse().expect("a count")),
            _ => panic!("asked for {line:?}"),
        }
    }
}

/// Does the other side's part of a slice.
pub fn answer(ends: &mut impl Ends, work: Work, count: u64) {
    say(ends, 0);
    let before = if work == Work::Stream {
        take(ends, 0..WARM);
        let before = switches();
        say(ends, 1);
        take(ends, WARM..WARM + count);
        before
    } else {
        let before = switches();
        for n in 0..count / 4 + count {
            assert_eq!(receive(ends), n, "a question out of order");
            say(ends, n);
        }
        before
    };
    say(ends, u64::from(switches() != before));
}

/// Reads until it had these numbers, each in its turn.
fn take(ends: &mut impl Ends, numbers: Range<u64>) {
    let mut next = numbers.start;
    while next < numbers.end {
        let first = next;
        ends.poll(numbers.end - first, |n| {
            assert_eq!(n, next, "a record is missing, or there twice");
            next += 1;
        });
        if next == first {
            ends.rest();
        }
    }
}

/// Reads one number.
#[inline]
fn receive(ends: &mut impl Ends) -> u64 {
    let mut got = None;
    loop {
        ends.poll(1, |n| got = Some(n));
        if let Some(n) = got {
            return n;
        }
    }
}

#[inline]
fn say(ends: &mut impl Ends, n: u64) {
    ends.send(n..n + 1);
}
