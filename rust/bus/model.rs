//! The protocol under loom: every interleaving of two or three threads on rings of 2 slots, with the weak memory the
//! orderings allow. Run with `RUSTFLAGS="--cfg loom" cargo test --release --lib bus::model`.

mod cursor;

use loom::thread;

use super::latest::Latest;
use super::park::Lot;
use super::sync::{AtomicU64, Ordering, fence};
use super::{Consumer, Policy, Poll, Record, Ring, Start, Wait};

/// One word of payload.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Small {
    sequence: u64,
    value: u64,
}

/// Two words that must belong together.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
struct Pair {
    sequence: u64,
    value: u64,
    twin: u64,
}

macro_rules! record {
    ($($record:ty),+) => {$(
        // SAFETY: `repr(C)` of 8-byte integers, `sequence` first, no padding, any bits are valid.
        unsafe impl Record for $record {
            fn sequence(&self) -> u64 {
                self.sequence
            }
            fn set_sequence(&mut self, sequence: u64) {
                self.sequence = sequence;
            }
        }
    )+};
}
record!(Small, Pair);

fn small(value: u64) -> Small {
    Small { sequence: 0, value }
}

fn pair(value: u64) -> Pair {
    Pair { sequence: 0, value, twin: value }
}

/// All interleavings with at most this many forced switches.
fn explore(preemptions: usize, body: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(preemptions);
    model.max_branches = 100_000;
    model.check(body);
}

/// Polls until `count` records came, yielding in between.
fn take<T: Record>(consumer: &mut Consumer<T>, count: usize, mut check: impl FnMut(&T)) {
    let mut got = 0;
    while got < count {
        match consumer.poll(count - got, &mut check) {
            Poll::Ready(n) => got += n,
            Poll::Gap { .. } => panic!("lost records behind its own gate"),
            Poll::Idle | Poll::Closed => thread::yield_now(),
        }
    }
}

fn send(producer: &mut super::Producer<Small>, value: u64) {
    while producer.try_publish(small(value)).is_err() {
        thread::yield_now();
    }
}

#[test]
fn records_arrive_in_order_around_the_wrap() {
    explore(3, || {
        let ring: Ring<Small> = Ring::<Small>::builder(2).seats(1).build().unwrap();
        let mut consumer = ring.join("c").consumer().unwrap();
        let mut producer = ring.producer().unwrap();
        let writer = thread::spawn(move || (1..=3).for_each(|value| send(&mut producer, value)));
        let mut due = 1;
        take(&mut consumer, 3, |record| {
            assert_eq!((record.sequence, record.value), (due, due));
            due += 1;
        });
        writer.join().unwrap();
    });
}

#[test]
fn a_dependent_reads_after_its_upstream_also_when_that_leaves() {
    explore(3, || {
        let ring: Ring<Small> = Ring::<Small>::builder(2).seats(2).build().unwrap();
        let mut first = ring.join("first").consumer().unwrap();
        let mut second = ring.join("second").after(&[&first]).consumer().unwrap();
        let mut producer = ring.producer().unwrap();
        send(&mut producer, 1);
        let done = loom::sync::Arc::new(AtomicU64::new(0));
        let seen = loom::sync::Arc::clone(&done);
        let upstream = thread::spawn(move || {
            first.poll(1, |record| done.store(record.sequence, Ordering::Relaxed));
        });
        for _ in 0..2 {
            second.poll(1, |record| assert_eq!(seen.load(Ordering::Relaxed), record.sequence));
        }
        upstream.join().unwrap();
    });
}

#[test]
fn two_producers_never_share_a_slot_and_nothing_is_lost() {
    explore(2, || {
        let ring: Ring<Small> = Ring::<Small>::builder(2).seats(1).many_producers().build().unwrap();
        let mut consumer = ring.join("c").consumer().unwrap();
        let writers: Vec<_> = (1..=2)
            .map(|who| {
                let producer = ring.shared_producer().unwrap();
                thread::spawn(move || {
                    while producer.try_publish(small(who)).is_err() {
                        thread::yield_now();
                    }
                })
            })
            .collect();
        let mut sum = 0;
        take(&mut consumer, 2, |record| sum += record.value);
        assert_eq!(sum, 3);
        writers.into_iter().for_each(|writer| writer.join().unwrap());
    });
}

#[test]
fn without_consumers_a_producer_waits_for_the_commit_of_the_slots_last_writer() {
    explore(3, || {
        let ring: Ring<Pair> = Ring::<Pair>::builder(2).seats(1).many_producers().open().build().unwrap();
        let writers: Vec<_> = (1..=2)
            .map(|who| {
                let producer = ring.shared_producer().unwrap();
                thread::spawn(move || {
                    for _ in 0..2 {
                        let _ = producer.try_publish(pair(who));
                    }
                })
            })
            .collect();
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        let mut reader = ring.join("late").from(Start::Oldest).consumer().unwrap();
        reader.poll(2, |record| assert_eq!(record.value, record.twin));
    });
}

#[test]
fn a_lapped_reader_never_takes_a_torn_record() {
    explore(3, || {
        let ring: Ring<Pair> = Ring::<Pair>::builder(2).seats(1).open().build().unwrap();
        let mut reader = ring.join("lossy").policy(Policy::Lossy).consumer().unwrap();
        let mut producer = ring.producer().unwrap();
        let writer = thread::spawn(move || {
            for value in 1..=4 {
                producer.try_publish(pair(value)).unwrap();
            }
        });
        for _ in 0..3 {
            reader.poll(1, |record| assert_eq!((record.value, record.twin), (record.sequence, record.sequence)));
        }
        writer.join().unwrap();
        while reader.poll(2, |_| {}) != Poll::Closed {}
        assert_eq!(reader.delivered() + reader.lost(), 4);
    });
}

#[test]
fn a_consumer_that_joins_a_running_ring_misses_nothing_behind_its_gate() {
    for start in [Start::Latest, Start::Oldest] {
        explore(3, move || {
            let ring: Ring<Small> = Ring::<Small>::builder(2).seats(1).build().unwrap();
            let mut producer = ring.producer().unwrap();
            let writer = thread::spawn(move || {
                for value in 1..=4 {
                    // May be refused once the joiner holds the ring; what follows then has another value.
                    if producer.try_publish(small(value)).is_err() {
                        return value - 1;
                    }
                }
                4
            });
            let mut consumer = ring.join("late").from(start).consumer().unwrap();
            let mut due = consumer.position() + 1;
            consumer.poll(4, |record| {
                assert_eq!((record.sequence, record.value), (due, due));
                due += 1;
            });
            let published = writer.join().unwrap();
            while consumer.poll(4, |record| {
                assert_eq!((record.sequence, record.value), (due, due));
                due += 1;
            }) != Poll::Closed
            {}
            assert_eq!(due, published + 1);
        });
    }
}

#[test]
fn a_seat_given_back_frees_the_producer_only_after_the_last_read() {
    explore(3, || {
        let ring: Ring<Small> = Ring::<Small>::builder(2).seats(1).build().unwrap();
        let mut consumer = ring.join("leaving").consumer().unwrap();
        let mut producer = ring.producer().unwrap();
        let writer = thread::spawn(move || (1..=3).for_each(|value| send(&mut producer, value)));
        consumer.poll(1, |record| assert_eq!((record.sequence, record.value), (1, 1)));
        drop(consumer);
        writer.join().unwrap();
    });
}

#[test]
fn a_detached_reader_learns_it_and_every_record_is_delivered_or_lost() {
    explore(3, || {
        let ring: Ring<Pair> = Ring::<Pair>::builder(2).seats(1).open().build().unwrap();
        let policy = Policy::Detach { after: 1, patience: std::time::Duration::ZERO };
        let mut reader = ring.join("slow").policy(policy).consumer().unwrap();
        let mut producer = ring.producer().unwrap();
        let writer = thread::spawn(move || {
            for value in 1..=3 {
                while producer.publish(pair(value)).is_err() {}
            }
        });
        for _ in 0..2 {
            reader.poll(1, |record| assert_eq!((record.value, record.twin), (record.sequence, record.sequence)));
        }
        writer.join().unwrap();
        while reader.poll(2, |record| assert_eq!(record.value, record.twin)) != Poll::Closed {}
        assert_eq!(reader.delivered() + reader.lost(), 3);
    });
}

#[test]
fn a_sleeper_is_woken_by_the_publication_it_did_not_see() {
    loom::model(|| {
        let shared = loom::sync::Arc::new((Lot::new(), AtomicU64::new(0)));
        let other = loom::sync::Arc::clone(&shared);
        let publisher = thread::spawn(move || {
            other.1.store(1, Ordering::Release);
            other.0.wake();
        });
        while shared.1.load(Ordering::Acquire) == 0 {
            // Under loom a sleep has no timeout: a lost wake-up is a deadlock that the model reports.
            shared.0.sleep(std::time::Duration::MAX, || shared.1.load(Ordering::Acquire) != 0);
        }
        publisher.join().unwrap();
    });
}

#[test]
fn many_producers_detach_a_slow_reader_once_and_every_record_is_delivered_or_lost() {
    explore(2, || {
        let ring: Ring<Pair> = Ring::<Pair>::builder(2).seats(1).many_producers().open().build().unwrap();
        let policy = Policy::Detach { after: 1, patience: std::time::Duration::ZERO };
        let mut reader = ring.join("slow").policy(policy).consumer().unwrap();
        let writers: Vec<_> = (1..=2)
            .map(|who| {
                let producer = ring.shared_producer().unwrap();
                thread::spawn(move || while producer.publish(pair(who)).is_err() {})
            })
            .collect();
        reader.poll(1, |record| assert_eq!(record.value, record.twin));
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        while reader.poll(2, |record| assert_eq!(record.value, record.twin)) != Poll::Closed {}
        assert_eq!(reader.delivered() + reader.lost(), 2);
    });
}

#[test]
fn a_lapped_conflating_reader_gets_the_last_record_of_every_topic() {
    explore(2, || {
        let ring: Ring<Small> = Ring::<Small>::builder(2).seats(1).open().build().unwrap();
        let latest = loom::sync::Arc::new(Latest::<Small>::new());
        let mut reader = ring.join("conflate").policy(Policy::Lossy).consumer().unwrap();
        let mut producer = ring.producer().unwrap();
        let kept = loom::sync::Arc::clone(&latest);
        let writer = thread::spawn(move || {
            // The rare topic speaks once, at the start; the busy one laps the ring.
            for (topic, value) in [(0, 7), (1, 1), (1, 2), (1, 3)] {
                let sequence = producer.try_publish(small(value)).unwrap();
                kept.keep(topic, sequence, &small(value));
            }
        });
        let (mut rare, mut busy, mut found) = (0, 0, Vec::new());
        let mut look = |reader: &mut Consumer<Small>| {
            let mut take =
                |record: &Small| if record.sequence == 1 { rare = record.value } else { busy = record.value };
            let poll = reader.poll(2, &mut take);
            if let Poll::Gap { from, to } = poll {
                found.clear();
                latest.between(from, to, &mut found);
                found.iter().for_each(take);
            }
            poll
        };
        look(&mut reader);
        writer.join().unwrap();
        while look(&mut reader) != Poll::Closed {}
        assert_eq!((rare, busy), (7, 3));
    });
}

#[test]
fn a_conflating_reader_that_comes_unannounced_gets_the_last_record_of_every_topic_from_then_on() {
    explore(3, || {
        let ring: Ring<Small> = Ring::<Small>::builder(2).seats(1).open().build().unwrap();
        let latest = loom::sync::Arc::new(Latest::<Small>::new());
        let came = loom::sync::Arc::new(AtomicU64::new(0));
        let mut producer = ring.producer().unwrap();
        let (kept, seen) = (loom::sync::Arc::clone(&latest), loom::sync::Arc::clone(&came));
        let writer = thread::spawn(move || {
            for (topic, value) in [(0, 7), (1, 1), (1, 2), (1, 3)] {
                // Half a ring, as a part of a batch of a shared bus, whose end is in the cursor.
                assert_eq!(producer.try_publish_batch(&[small(value)]), 1);
                let sequence = producer.published();
                fence(Ordering::SeqCst);
                if seen.load(Ordering::Acquire) == 1 {
                    kept.keep(topic, sequence, &small(value));
                }
            }
        });
        // As `Member::begin_after_all`.
        came.store(1, Ordering::Release);
        fence(Ordering::SeqCst);
        let mut reader = ring.join("conflate").policy(Policy::Lossy).consumer().unwrap();
        let begin = reader.position();
        let (mut rare, mut busy, mut found) = (0, 0, Vec::new());
        let mut look = |reader: &mut Consumer<Small>| {
            let mut take =
                |record: &Small| if record.sequence == 1 { rare = record.value } else { busy = record.value };
            let poll = reader.poll(2, &mut take);
            if let Poll::Gap { from, to } = poll {
                found.clear();
                latest.between(from, to, &mut found);
                found.iter().for_each(take);
            }
            poll
        };
        look(&mut reader);
        writer.join().unwrap();
        while look(&mut reader) != Poll::Closed {}
        assert_eq!((rare, busy), (if begin == 0 { 7 } else { 0 }, if begin == 4 { 0 } else { 3 }));
    });
}

#[test]
fn a_sleeping_subscription_is_woken_by_a_publisher_that_wakes_after_its_fence() {
    explore(3, || {
        let ring: Ring<Small> = Ring::<Small>::builder(2).seats(1).build().unwrap();
        let mut consumer = ring.join("c").consumer().unwrap();
        let mut producer = ring.producer().unwrap();
        let lot = loom::sync::Arc::new(Lot::new());
        let sleeping = loom::sync::Arc::clone(&lot);
        let publisher = thread::spawn(move || {
            for value in 1..=2 {
                producer.try_publish(small(value)).unwrap();
                // As `Publisher::wake`: one fence, then every subscription that may be asleep.
                fence(Ordering::SeqCst);
                lot.wake_after_fence();
            }
            // The ring stays open: a lost wake-up must not be mended by its end.
            producer
        });
        let mut due = 1;
        while due <= 2 {
            while consumer.poll(1, |record| assert_eq!(record.value, due)) != Poll::Idle {
                due += 1;
            }
            if due <= 2 {
                sleeping.sleep(std::time::Duration::MAX, || consumer.is_ready());
            }
        }
        drop(publisher.join().unwrap());
    });
}

#[test]
fn a_consumer_asleep_on_its_ring_is_woken_by_records_and_by_the_end() {
    explore(2, || {
        let ring: Ring<Small, true> = Ring::<Small>::builder(2).seats(1).build().unwrap();
        let join = ring.join("c").wait(Wait::Block(std::time::Duration::MAX));
        let mut consumer = join.consumer().unwrap();
        let mut producer = ring.producer().unwrap();
        let publisher = thread::spawn(move || {
            producer.try_publish(small(1)).unwrap();
        });
        let mut sum = 0;
        loop {
            match consumer.poll(2, |record| sum += record.value) {
                Poll::Closed => break,
                Poll::Idle => assert!(consumer.wait(None)),
                _ => {}
            }
        }
        assert_eq!(sum, 1);
        publisher.join().unwrap();
    });
}
