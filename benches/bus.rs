//! Messages a second and round trips of the bus, beside disruptor-rs, rtrb and crossbeam, in one process.
//!
//! `cargo bench --bench bus` (`QUANTUM_ROUNDS` sets how many times each candidate runs). Virtual cores move around
//! their socket, and with them every figure; so each slice of a few milliseconds sits between two probes of how long a
//! cache line takes from core to core, counts only if both give the same class of distance and neither thread was
//! preempted, candidates take turns, and medians and ratios are given per class.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use disruptor::{ProcessorSettings as _, Producer as _};
use quantum_core::bus::{Bus, Consumer, Delivery, Poll, Record, Ring, Wait};
use quantum_core::model::{Event, EventKind};

const MESSAGES: u64 = 1 << 20;
const SLOTS: usize = 65_536;

/// A record of some words behind its commit word.
#[repr(C)]
#[derive(Clone, Copy)]
struct Words<const N: usize> {
    sequence: u64,
    payload: [u64; N],
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

/// What one slice took: nanoseconds, and whether a thread lost its core.
struct Slice {
    ns: f64,
    preempted: bool,
}

type Candidate = (&'static str, fn() -> Slice);

fn main() {
    let rounds: usize = std::env::var("QUANTUM_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(40);
    pin(&[0]);
    let candidates: Vec<Candidate> = vec![
        ("ring 8 B", || ring::<1>(SLOTS, 1)),
        ("ring 8 B, 1,024 slots", || ring::<1>(1024, 1)),
        ("disruptor-rs 8 B", || disruptor::<1>(1)),
        ("rtrb 8 B", || rtrb::<1>(1)),
        ("crossbeam 8 B", crossbeam::<1>),
        ("ring 64 B", || ring::<7>(SLOTS, 1)),
        ("ring 64 B, 1,024 slots", || ring::<7>(1024, 1)),
        ("disruptor-rs 64 B", || disruptor::<7>(1)),
        ("rtrb 64 B", || rtrb::<7>(1)),
        ("crossbeam 64 B", crossbeam::<7>),
        ("open ring 64 B", open_ring),
        ("ring 64 B batch 32", || ring::<7>(SLOTS, 32)),
        ("disruptor-rs 64 B batch 32", || disruptor::<7>(32)),
        ("rtrb 64 B batch 32", || rtrb::<7>(32)),
        ("many-producer ring 64 B, one producer", many_ring),
        ("disruptor-rs multi 64 B, one producer", many_disruptor),
        ("bus, 8 subscriptions", whole_bus),
    ];
    let mut seen: BTreeMap<(&str, usize), Vec<f64>> = BTreeMap::new();
    let mut dropped = 0;
    for _ in 0..rounds {
        for (number, (_, slice)) in candidates.iter().enumerate() {
            let before = bounce_ns();
            let slice = slice();
            let after = bounce_ns();
            if class(before) == class(after) && !slice.preempted {
                seen.entry((class(before), number)).or_default().push(MESSAGES as f64 * 1e3 / slice.ns);
            } else {
                dropped += 1;
            }
        }
    }
    println!(
        "{} slices of {MESSAGES} messages, {dropped} dropped (distance changed or preempted)",
        rounds * candidates.len()
    );
    for distance in ["near", "middle", "far"] {
        for (number, (name, _)) in candidates.iter().enumerate() {
            if let Some(rates) = seen.get_mut(&(distance, number)) {
                println!("{distance:7} {name:40} {:7.1} M messages/s ({} slices)", median(rates), rates.len());
            }
        }
    }
    same_thread();
    round_trips(rounds);
}

/// One way of a cache line between the two cores.
fn bounce_ns() -> f64 {
    const ROUNDS: u64 = 1000;
    let line = Arc::new([AtomicU64::new(0)]);
    let other = Arc::clone(&line);
    let echo = thread::spawn(move || {
        pin(&[1]);
        for round in 0..=ROUNDS {
            while other[0].load(Ordering::Acquire) != 2 * round + 1 {}
            other[0].store(2 * round + 2, Ordering::Release);
        }
    });
    let mut begin = Instant::now();
    for round in 0..=ROUNDS {
        line[0].store(2 * round + 1, Ordering::Release);
        while line[0].load(Ordering::Acquire) != 2 * round + 2 {}
        if round == 0 {
            begin = Instant::now();
        }
    }
    let ns = begin.elapsed().as_nanos() as f64 / (2 * ROUNDS) as f64;
    echo.join().expect("the probe does not panic");
    ns
}

fn class(ns: f64) -> &'static str {
    match ns {
        ..75.0 => "near",
        75.0..200.0 => "middle",
        _ => "far",
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Runs `consume` on core 1 and `produce` here, from when both are ready to when all is consumed.
fn between<C: Send + 'static>(mut consumer: C, consume: fn(&mut C), produce: impl FnOnce()) -> Slice {
    let ready = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&ready);
    let other = thread::spawn(move || {
        pin(&[1]);
        let before = switches();
        told.store(true, Ordering::Release);
        consume(&mut consumer);
        (Instant::now(), switches() != before)
    });
    while !ready.load(Ordering::Acquire) {}
    let before = switches();
    let begin = Instant::now();
    produce();
    let mine = switches() != before;
    let (end, theirs) = other.join().expect("the consumer does not panic");
    Slice { ns: (end - begin).as_nanos() as f64, preempted: mine || theirs }
}

fn words<const N: usize>(n: u64) -> Words<N> {
    Words { sequence: 0, payload: [n; N] }
}

fn take_all<const N: usize>(consumer: &mut Consumer<Words<N>>) {
    let (mut left, mut sum) = (MESSAGES, 0_u64);
    while left > 0 {
        if let Poll::Ready(count) = consumer.poll(1024, |record| sum = sum.wrapping_add(record.payload[0])) {
            left -= count as u64;
        }
    }
    assert_eq!(sum, MESSAGES * (MESSAGES - 1) / 2);
}

fn ring<const N: usize>(slots: usize, batch: usize) -> Slice {
    let ring: Ring<Words<N>> = Ring::<Words<N>>::builder(slots as u64).build().expect("a power of two");
    let consumer = ring.join("c").wait(Wait::BusySpin).consumer().expect("a free seat");
    let mut producer = ring.producer().expect("the first producer");
    between(consumer, take_all, move || {
        if batch == 1 {
            for n in 0..MESSAGES {
                producer.publish(words(n)).expect("the consumer reads");
            }
            return;
        }
        for first in (0..MESSAGES).step_by(batch) {
            let mut claim = producer.claim(batch as u64).expect("the consumer reads");
            (first..first + batch as u64).for_each(|n| assert!(claim.push(words(n))));
            claim.commit();
        }
    })
}

fn open_ring() -> Slice {
    let ring: Ring<Words<7>> = Ring::<Words<7>>::builder(SLOTS as u64).open().build().expect("a power of two");
    let consumer = ring.join("c").wait(Wait::BusySpin).consumer().expect("a free seat");
    let mut producer = ring.producer().expect("the first producer");
    between(consumer, take_all, move || {
        for n in 0..MESSAGES {
            producer.publish(words(n)).expect("the consumer reads");
        }
    })
}

fn many_ring() -> Slice {
    let ring: Ring<Words<7>> =
        Ring::<Words<7>>::builder(SLOTS as u64).many_producers().build().expect("a power of two");
    let consumer = ring.join("c").wait(Wait::BusySpin).consumer().expect("a free seat");
    let producer = ring.shared_producer().expect("a ring for many");
    between(consumer, take_all, move || {
        for n in 0..MESSAGES {
            while producer.try_publish(words(n)).is_err() {}
        }
    })
}

/// A consumer thread that the library manages: it says when it is done.
struct Managed {
    done: Arc<(AtomicBool, AtomicBool)>,
}

impl Managed {
    fn handler<const N: usize>(&self) -> impl FnMut(&Words<N>, i64, bool) + Send + 'static {
        let (done, mut sum, mut before) = (Arc::clone(&self.done), 0_u64, 0);
        move |record, sequence, _| {
            if sequence == 0 {
                before = switches();
            }
            sum = sum.wrapping_add(record.payload[0]);
            if sequence as u64 == MESSAGES - 1 {
                assert_eq!(sum, MESSAGES * (MESSAGES - 1) / 2);
                done.1.store(switches() != before, Ordering::Relaxed);
                done.0.store(true, Ordering::Release);
            }
        }
    }

    fn time(&self, produce: impl FnOnce()) -> Slice {
        thread::sleep(Duration::from_micros(300));
        let before = switches();
        let begin = Instant::now();
        produce();
        while !self.done.0.load(Ordering::Acquire) {
            std::hint::spin_loop();
        }
        let ns = begin.elapsed().as_nanos() as f64;
        Slice { ns, preempted: switches() != before || self.done.1.load(Ordering::Relaxed) }
    }
}

fn disruptor<const N: usize>(batch: usize) -> Slice {
    let managed = Managed { done: Arc::default() };
    // The library refuses a core that the calling thread may not use.
    pin(&[0, 1]);
    let mut producer = disruptor::build_single_producer(SLOTS, || words::<N>(0), disruptor::BusySpin)
        .pin_at_core(1)
        .handle_events_with(managed.handler())
        .build();
    pin(&[0]);
    managed.time(|| {
        if batch == 1 {
            (0..MESSAGES).for_each(|n| producer.publish(|record| record.payload = [n; N]));
            return;
        }
        for first in (0..MESSAGES).step_by(batch) {
            producer.batch_publish(batch, |records| {
                records.zip(first..).for_each(|(record, n)| record.payload = [n; N]);
            });
        }
    })
}

fn many_disruptor() -> Slice {
    let managed = Managed { done: Arc::default() };
    // The library refuses a core that the calling thread may not use.
    pin(&[0, 1]);
    let mut producer = disruptor::build_multi_producer(SLOTS, || words::<7>(0), disruptor::BusySpin)
        .pin_at_core(1)
        .handle_events_with(managed.handler())
        .build();
    pin(&[0]);
    managed.time(|| (0..MESSAGES).for_each(|n| producer.publish(|record| record.payload = [n; 7])))
}

fn rtrb<const N: usize>(batch: usize) -> Slice {
    let (mut producer, consumer) = rtrb::RingBuffer::<[u64; N]>::new(SLOTS);
    let consume = if batch == 1 { rtrb_singles::<N> } else { rtrb_chunks::<N> };
    between(consumer, consume, move || {
        if batch == 1 {
            for n in 0..MESSAGES {
                while producer.push([n; N]).is_err() {}
            }
            return;
        }
        for first in (0..MESSAGES).step_by(batch) {
            loop {
                if let Ok(chunk) = producer.write_chunk_uninit(batch) {
                    chunk.fill_from_iter((first..).map(|n| [n; N]));
                    break;
                }
            }
        }
    })
}

fn rtrb_singles<const N: usize>(consumer: &mut rtrb::Consumer<[u64; N]>) {
    let (mut left, mut sum) = (MESSAGES, 0_u64);
    while left > 0 {
        if let Ok(record) = consumer.pop() {
            sum = sum.wrapping_add(record[0]);
            left -= 1;
        }
    }
    assert_eq!(sum, MESSAGES * (MESSAGES - 1) / 2);
}

fn rtrb_chunks<const N: usize>(consumer: &mut rtrb::Consumer<[u64; N]>) {
    let (mut left, mut sum) = (MESSAGES, 0_u64);
    while left > 0 {
        let ready = consumer.slots().min(32);
        if let Ok(chunk) = consumer.read_chunk(ready) {
            for record in chunk {
                sum = sum.wrapping_add(record[0]);
            }
            left -= ready as u64;
        }
    }
    assert_eq!(sum, MESSAGES * (MESSAGES - 1) / 2);
}

fn crossbeam<const N: usize>() -> Slice {
    let queue = Arc::new(crossbeam_queue::ArrayQueue::<[u64; N]>::new(SLOTS));
    let consume = |queue: &mut Arc<crossbeam_queue::ArrayQueue<[u64; N]>>| {
        let (mut left, mut sum) = (MESSAGES, 0_u64);
        while left > 0 {
            if let Some(record) = queue.pop() {
                sum = sum.wrapping_add(record[0]);
                left -= 1;
            }
        }
        assert_eq!(sum, MESSAGES * (MESSAGES - 1) / 2);
    };
    between(Arc::clone(&queue), consume, move || {
        for n in 0..MESSAGES {
            while queue.push([n; N]).is_err() {}
        }
    })
}

/// Topics, eight subscriptions on one thread, counts on: every message is delivered eight times.
fn whole_bus() -> Slice {
    let bus = Bus::new(SLOTS as u64, Wait::SpinHint).expect("a power of two");
    let mut publisher = bus.publisher("md.v.X").expect("a topic");
    let subscriptions: Vec<_> =
        (0..8).map(|_| bus.subscribe("md.*.X.>", Delivery::default()).expect("a pattern")).collect();
    let consume = |subscriptions: &mut Vec<quantum_core::bus::Subscription>| {
        let mut left = 8 * MESSAGES;
        let mut sum = 0_i64;
        while left > 0 {
            for subscription in subscriptions.iter_mut() {
                left -= subscription.poll(256, |event| sum = sum.wrapping_add(event.price)) as u64;
            }
        }
        assert_eq!(sum as u64, 8 * (MESSAGES * (MESSAGES - 1) / 2));
    };
    between(subscriptions, consume, move || {
        for first in (0..MESSAGES).step_by(32) {
            let events: [Event; 32] = std::array::from_fn(|k| trade((first + k as u64) as i64));
            publisher.publish_batch(&events).expect("the subscriptions read");
        }
    })
}

fn trade(price: i64) -> Event {
    Event { kind: EventKind::Trade as u8, price, ..Event::default() }
}

/// Publishing and reading on one thread: what a hop costs without another core.
fn same_thread() {
    let ring: Ring<Event> = Ring::<Event>::builder(1024).build().expect("a power of two");
    let mut consumer = ring.join("c").consumer().expect("a free seat");
    let mut producer = ring.producer().expect("the first producer");
    let mut figures = Vec::new();
    for _ in 0..50 {
        let (begin, mut sum) = (Instant::now(), 0);
        for n in 0..100_000 {
            producer.publish(trade(n)).expect("there is room");
            consumer.poll(1, |event| sum += event.price);
        }
        assert_eq!(sum, 4_999_950_000);
        figures.push(begin.elapsed().as_nanos() as f64 / 100_000.0);
    }
    println!("same thread: {:.1} ns for publication and dispatch of one event", median(&mut figures));
}

/// There and back between two threads, beside a bare cache line that is bounced.
fn round_trips(rounds: usize) {
    let mut seen: BTreeMap<&str, (Vec<f64>, Vec<f64>)> = BTreeMap::new();
    for _ in 0..rounds {
        let before = bounce_ns();
        let trip = ring_trip_ns();
        let after = bounce_ns();
        if class(before) == class(after) {
            let entry = seen.entry(class(before)).or_default();
            entry.0.push(trip);
            entry.1.push(before + after);
        }
    }
    for (distance, (mut trips, mut bounces)) in seen {
        let (trip, bounce) = (median(&mut trips), median(&mut bounces));
        println!(
            "{distance:7} round trip: ring {trip:.0} ns, a bare cache line {bounce:.0} ns ({} slices)",
            trips.len()
        );
    }
}

fn ring_trip_ns() -> f64 {
    const ROUNDS: u64 = 2000;
    let ring = || -> Ring<Words<7>> { Ring::<Words<7>>::builder(64).build().expect("a power of two") };
    let (there, back) = (ring(), ring());
    let consumer = |ring: &Ring<Words<7>>| ring.join("c").wait(Wait::BusySpin).consumer().expect("a free seat");
    let (mut questions, mut replies) = (consumer(&there), consumer(&back));
    let (mut ask, mut reply) = (there.producer().expect("the first"), back.producer().expect("the first"));
    let echo = thread::spawn(move || {
        pin(&[1]);
        for n in 0..ROUNDS {
            while questions.poll(1, |_| {}) == Poll::Idle {}
            reply.publish(words(n)).expect("there is room");
        }
    });
    let mut begin = Instant::now();
    for n in 0..ROUNDS {
        ask.publish(words(n)).expect("there is room");
        while replies.poll(1, |_| {}) == Poll::Idle {}
        if n == 0 {
            begin = Instant::now();
        }
    }
    let ns = begin.elapsed().as_nanos() as f64 / (ROUNDS - 1) as f64;
    echo.join().expect("the echo does not panic");
    ns
}

/// Times this thread lost its core.
fn switches() -> i64 {
    #[cfg(target_os = "linux")]
    // SAFETY: the call fills the zeroed struct.
    unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_THREAD, &raw mut usage);
        usage.ru_nivcsw
    }
    #[cfg(not(target_os = "linux"))]
    0
}

/// Keeps this thread on these cores.
fn pin(cores: &[usize]) {
    #[cfg(target_os = "linux")]
    // SAFETY: a zeroed set is empty, the cores are 0 and 1, the call only reads the set.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        for core in cores {
            libc::CPU_SET(*core, &mut set);
        }
        libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const set);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = cores;
}
