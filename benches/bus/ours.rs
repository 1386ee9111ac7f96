//! Ours: the ring in its shapes, and the bus on top.

use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use quantum_core::bus::{Bus, Consumer, Delivery, Poll, Record, Ring, Subscription, Wait};
use quantum_core::model::{Event, EventKind};

use crate::slices::{Slice, WARM, alone, pin, stream, switches, trips, wait_for};

/// Slots of every ring that is not said to be smaller.
pub const SLOTS: usize = 65_536;

/// A record of some words behind its commit word.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Words<const N: usize> {
    sequence: u64,
    /// The data.
    pub payload: [u64; N],
}

// SAFETY: `repr(C)` of 8-byte integers, `sequence` first, no padding, any bits are valid.
unsafe impl<const N: usize> Record for Words<N> {
    fn sequence(&self) -> u64 {
        self.sequence
    }
    fn set_sequence(&mut self, sequence: u64) {
        self.sequence = sequence;
    }
}

/// A record that carries a number.
pub const fn words<const N: usize>(n: u64) -> Words<N> {
    Words { sequence: 0, payload: [n; N] }
}

fn take<const N: usize>(consumer: &mut Consumer<Words<N>>, count: u64) -> u64 {
    let (mut left, mut sum) = (count, 0_u64);
    while left > 0 {
        let most = left.min(1024) as usize;
        match consumer.poll(most, |record| sum = sum.wrapping_add(record.payload[0])) {
            Poll::Ready(count) => left -= count as u64,
            _ => assert!(consumer.wait(None), "waits without end"),
        }
    }
    sum
}

/// One producer, one consumer, one record or a batch at a time.
pub fn ring<const N: usize>(slots: usize, batch: u64, messages: u64) -> Slice {
    let ring: Ring<Words<N>> = Ring::<Words<N>>::builder(slots as u64).build().expect("a power of two");
    let mut consumer = ring.join("c").wait(Wait::BusySpin).consumer().expect("a free seat");
    let mut producer = ring.producer().expect("the first producer");
    let produce = move |numbers: std::ops::Range<u64>| {
        if batch == 1 {
            for n in numbers {
                producer.publish(words(n)).expect("the consumer reads");
            }
            return;
        }
        for first in numbers.step_by(batch as usize) {
            let mut claim = producer.claim(batch).expect("the consumer reads");
            (first..first + batch).for_each(|n| assert!(claim.push(words(n))));
            claim.commit();
        }
    };
    stream(messages, produce, move |count| take(&mut consumer, count))
}

/// A ring whose readers may be lapped; this one holds the producer, as a bus's `block` does.
pub fn open_ring(messages: u64) -> Slice {
    let ring: Ring<Words<7>> = Ring::<Words<7>>::builder(SLOTS as u64).open().build().expect("a power of two");
    let mut consumer = ring.join("c").wait(Wait::BusySpin).consumer().expect("a free seat");
    let mut producer = ring.producer().expect("the first producer");
    let produce = move |numbers: std::ops::Range<u64>| {
        for n in numbers {
            producer.publish(words(n)).expect("the consumer reads");
        }
    };
    stream(messages, produce, move |count| take(&mut consumer, count))
}

/// A ring for many producers, with one.
pub fn many_ring(messages: u64) -> Slice {
    let ring: Ring<Words<7>> =
        Ring::<Words<7>>::builder(SLOTS as u64).many_producers().build().expect("a power of two");
    let mut consumer = ring.join("c").wait(Wait::BusySpin).consumer().expect("a free seat");
    let producer = ring.shared_producer().expect("a ring for many");
    let produce = move |numbers: std::ops::Range<u64>| {
        for n in numbers {
            while producer.try_publish(words(n)).is_err() {}
        }
    };
    stream(messages, produce, move |count| take(&mut consumer, count))
}

/// There and back over two rings.
pub fn ring_trips(count: u64) -> Slice {
    let ring = || -> Ring<Words<7>> { Ring::<Words<7>>::builder(64).build().expect("a power of two") };
    let (there, back) = (ring(), ring());
    let consumer = |ring: &Ring<Words<7>>| ring.join("c").wait(Wait::BusySpin).consumer().expect("a free seat");
    let (mut questions, mut replies) = (consumer(&there), consumer(&back));
    let (mut ask, mut reply) = (there.producer().expect("the first"), back.producer().expect("the first"));
    trips(
        count,
        move |n| {
            ask.publish(words(n)).expect("there is room");
            while replies.poll(1, |_| {}) == Poll::Idle {}
        },
        move |count| {
            for n in 0..count {
                while questions.poll(1, |_| {}) == Poll::Idle {}
                reply.publish(words(n)).expect("there is room");
            }
        },
    )
}

/// Topics, eight subscriptions on one thread, counts and metrics on: every message is delivered eight times.
pub fn whole_bus(messages: u64) -> Slice {
    let bus = Bus::new(SLOTS as u64, Wait::SpinHint).expect("a power of two");
    let mut publisher = bus.publisher("md.v.X").expect("a topic");
    let mut subscriptions: Vec<Subscription> =
        (0..8).map(|_| bus.subscribe("md.*.X.>", Delivery::default()).expect("a pattern")).collect();
    let produce = move |numbers: std::ops::Range<u64>| {
        for first in numbers.step_by(32) {
            let events: [Event; 32] = std::array::from_fn(|k| trade((first + k as u64) as i64));
            publisher.publish_batch(&events).expect("the subscriptions read");
        }
    };
    let consume = move |count: u64| {
        let (mut left, mut sums) = ([count; 8], [0_u64; 8]);
        while left.iter().any(|left| *left > 0) {
            for (subscription, (left, sum)) in subscriptions.iter_mut().zip(left.iter_mut().zip(&mut sums)) {
                let most = (*left).min(256) as usize;
                *left -= subscription.poll(most, |event| *sum = sum.wrapping_add(event.price as u64)) as u64;
            }
        }
        assert_eq!(sums, [sums[0]; 8]);
        sums[0]
    };
    let slice = stream(messages, produce, consume);
    assert!(bus.metrics().subscriptions.is_empty(), "the subscriptions went with their thread");
    slice
}

/// An event of the one topic.
pub fn trade(price: i64) -> Event {
    Event { kind: EventKind::Trade as u8, price, ..Event::default() }
}

/// Publication and dispatch of one event on one thread: what a hop costs without another core.
pub fn same_thread(calls: u64) -> Slice {
    let ring: Ring<Event> = Ring::<Event>::builder(1024).build().expect("a power of two");
    let mut consumer = ring.join("c").consumer().expect("a free seat");
    let mut producer = ring.producer().expect("the first producer");
    alone(calls, move || {
        let mut sum = 0;
        for n in 0..calls as i64 {
            producer.publish(trade(n)).expect("there is room");
            consumer.poll(1, |event| sum += event.price);
        }
        assert_eq!(sum as u64, calls * (calls - 1) / 2);
    })
}

/// Publication on a bus with subscriptions that want something else.
pub fn beside(bus: &Bus, calls: u64) -> Slice {
    let mut publisher = bus.publisher("md.v.X").expect("a topic");
    publisher.publish(trade(0)).expect("nobody holds it back");
    alone(calls, move || {
        for n in 0..calls as i64 {
            publisher.publish(trade(n)).expect("nobody holds it back");
        }
    })
}

/// A bus with so many subscriptions to other topics.
pub fn crowded(subscriptions: u32) -> (Bus, Vec<Subscription>) {
    let bus = Bus::new(SLOTS as u64, Wait::SpinHint).expect("a power of two");
    let topic = |n| format!("md.v.OTHER{n}.>");
    let all = (0..subscriptions).map(|n| bus.subscribe(&topic(n), Delivery::default()).expect("a pattern")).collect();
    (bus, all)
}

/// Events a full ring holds behind the one that keeps its reader busy.
pub const HELD: u64 = 60_000;

/// What the bench tells the handler and hears from it, on a line of its own.
#[repr(align(128))]
#[derive(Default)]
struct Signals {
    at_gate: AtomicBool,
    go: AtomicBool,
    done: AtomicBool,
}

/// What a handler of compiled code works on.
struct Work {
    signals: Arc<Signals>,
    seen: u64,
    sum: i64,
    last: u64,
    began: Option<Instant>,
    switches: i64,
    outcome: (f64, bool),
}

impl Work {
    /// Keeps the reader until the ring is full, then starts the clock.
    #[cold]
    fn gate(&mut self) {
        self.signals.at_gate.store(true, Ordering::Release);
        wait_for(&self.signals.go);
        self.switches = switches();
        self.began = Some(Instant::now());
    }

    #[cold]
    fn finish(&mut self) {
        let ns = self.began.expect("the gate came first").elapsed().as_nanos() as f64 / (self.seen - 1) as f64;
        self.outcome = (ns, switches() != self.switches);
        self.signals.done.store(true, Ordering::Release);
    }

    #[inline]
    fn take(&mut self, price: i64) {
        self.seen += 1;
        self.sum += price;
        if self.seen == 1 {
            self.gate();
        } else if self.seen == self.last {
            self.finish();
        }
    }
}

/// As a user's compiled handler: adds up the prices.
extern "C" fn add(event: *const Event, data: *mut c_void) -> i32 {
    // SAFETY: the bus passes a valid event and the pointer it was given, to a `Work` that outlives the bus and that only
    // the bus's thread touches while it runs.
    let (event, work) = unsafe { (&*event, &mut *data.cast::<Work>()) };
    work.take(event.price);
    0
}

/// Compiled code as a handler of the bus, one per subscription of a topic: nanoseconds an event of a full ring.
pub fn handler(held: u64) -> Slice {
    let signals = Arc::new(Signals::default());
    let mut work = Box::new(Work {
        signals: Arc::clone(&signals),
        seen: 0,
        sum: 0,
        last: 1 + held,
        began: None,
        switches: 0,
        outcome: (0.0, false),
    });
    let data = (&raw mut *work) as usize;
    let bus = Bus::new(SLOTS as u64, Wait::SpinHint).expect("a power of two");
    // The bus's thread inherits the cores of its maker.
    pin(&[1]);
    // SAFETY: `work` outlives the bus, which is closed below, and `add` does not unwind.
    unsafe { bus.compiled_handler("md.v.X.>", add, data) }.expect("a pattern");
    pin(&[0]);
    let mut publisher = bus.publisher("md.v.X").expect("a topic");
    publisher.publish(trade(0)).expect("there is room");
    wait_for(&signals.at_gate);
    for n in 0..held {
        publisher.publish(trade(n as i64)).expect("there is room");
    }
    signals.go.store(true, Ordering::Release);
    wait_for(&signals.done);
    bus.close();
    assert_eq!(work.sum as u64, held * (held - 1) / 2);
    Slice { ns: work.outcome.0, preempted: work.outcome.1 }
}

/// The same without the bus: a loop over the same full ring, which is what the events alone cost.
pub fn bare_poll(held: u64) -> Slice {
    let ring: Ring<Event> = Ring::<Event>::builder(SLOTS as u64).open().build().expect("a power of two");
    let mut consumer = ring.join("c").consumer().expect("a free seat");
    let mut producer = ring.producer().expect("the first producer");
    for n in 0..held {
        producer.publish(trade(n as i64)).expect("there is room");
    }
    let other = std::thread::spawn(move || {
        pin(&[1]);
        let (before, begin, mut sum) = (switches(), Instant::now(), 0);
        while consumer.poll(1024, |event| sum += event.price) != Poll::Idle {}
        assert_eq!(sum as u64, held * (held - 1) / 2);
        Slice { ns: begin.elapsed().as_nanos() as f64 / held as f64, preempted: switches() != before }
    });
    other.join().expect("the reader does not panic")
}

const _: () = assert!(HELD + 1 < SLOTS as u64 && WARM as usize == SLOTS);
