//! Consumers that do not hold the producer back, or only for a while.

use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use super::{Hashed, Small, count, small};
use crate::bus::{Consumer, Policy, Poll, Ring, Start, Wait};

const AT_FOUR: Policy = Policy::Detach { after: 4, patience: Duration::ZERO };

fn open(capacity: u64) -> Ring<Small> {
    Ring::<Small>::builder(capacity).open().build().unwrap()
}

fn drain(consumer: &mut Consumer<Small>) -> (Vec<u64>, Vec<(u64, u64)>) {
    let (mut values, mut gaps) = (Vec::new(), Vec::new());
    loop {
        match consumer.poll(100, |record| values.push(record.value)) {
            Poll::Gap { from, to } => gaps.push((from, to)),
            Poll::Ready(_) => {}
            Poll::Idle | Poll::Closed => return (values, gaps),
        }
    }
}

#[test]
fn a_closed_ring_refuses_readers_that_could_be_lapped() {
    let ring: Ring<Small> = Ring::<Small>::builder(8).build().unwrap();
    for policy in [Policy::Lossy, AT_FOUR] {
        assert!(ring.join("reader").policy(policy).consumer().err().unwrap().message().contains("open()"));
    }
}

#[test]
fn a_lapped_reader_is_told_what_it_missed_and_reads_on_from_what_is_left() {
    let ring = open(8);
    let mut reader = ring.join("lossy").policy(Policy::Lossy).consumer().unwrap();
    let mut producer = ring.producer().unwrap();
    for value in 1..=100 {
        producer.publish(small(value)).unwrap();
    }
    let (values, gaps) = drain(&mut reader);
    assert_eq!(gaps.len(), 1);
    assert_eq!(gaps[0].0, 1);
    assert_eq!(values, (gaps[0].1 + 1..=100).collect::<Vec<_>>());
    assert!(values.len() >= 4, "at least half of the ring is left");
    assert_eq!(reader.delivered() + reader.lost(), 100);
}

#[test]
fn torn_reads_on_two_slots_never_pass_and_published_is_delivered_plus_lost() {
    let total = count(2_000_000);
    let ring: Ring<Hashed> = Ring::<Hashed>::builder(2).open().build().unwrap();
    let mut producer = ring.producer().unwrap();
    let reader = |name: &str| {
        let join = ring.join(name).policy(Policy::Lossy).from(Start::Oldest).wait(Wait::SpinHint);
        let mut reader = join.consumer().unwrap();
        thread::spawn(move || {
            let mut last = 0;
            while reader.poll(1, |record| {
                record.assert_whole();
                assert!(record.sequence > last && record.count == record.sequence - 1);
                last = record.sequence;
            }) != Poll::Closed
            {}
            (reader.delivered(), reader.lost(), reader.position())
        })
    };
    let readers = [reader("one"), reader("two")];
    for n in 0..total {
        producer.publish(Hashed::new(1, n)).unwrap();
        if n % 4096 == 0 {
            thread::yield_now();
        }
    }
    drop(producer);
    for reader in readers {
        let (delivered, lost, position) = reader.join().unwrap();
        assert_eq!((delivered + lost, position), (total, total));
        assert!(delivered > 0);
    }
}

#[test]
fn a_lossy_reader_does_not_hold_the_producer_and_a_blocking_one_beside_it_loses_nothing() {
    let ring = open(16);
    let _lossy = ring.join("lossy").policy(Policy::Lossy).consumer().unwrap();
    let mut block = ring.join("block").consumer().unwrap();
    let mut producer = ring.producer().unwrap();
    let mut got = 0;
    for value in 0..1000 {
        while producer.try_publish(small(value)).is_err() {
            block.poll(5, |record| {
                assert_eq!(record.value, got);
                got += 1;
            });
        }
    }
    drain(&mut block);
    assert_eq!((block.delivered(), block.lost()), (1000, 0));
}

#[test]
fn a_consumer_is_detached_when_its_lag_would_pass_its_limit_and_can_rejoin() {
    let ring = open(16);
    let mut reader = ring.join("slow").policy(AT_FOUR).consumer().unwrap();
    let mut producer = ring.producer().unwrap();
    for value in 1..=4 {
        producer.publish(small(value)).unwrap();
    }
    assert_eq!((drain(&mut reader).0, reader.is_detached()), (vec![1, 2, 3, 4], false));
    for value in 5..=9 {
        producer.publish(small(value)).unwrap();
    }
    assert_eq!(drain(&mut reader).0, [5, 6, 7, 8, 9]);
    assert!(reader.is_detached());
    for value in 10..=60 {
        producer.publish(small(value)).unwrap();
    }
    let Poll::Gap { from: 10, to } = reader.rejoin() else { panic!("the slots of 10 and later were given away") };
    assert!(!reader.is_detached());
    assert_eq!(drain(&mut reader).0, (to + 1..=60).collect::<Vec<_>>());
    assert!(!reader.is_detached());
    assert_eq!(reader.delivered() + reader.lost(), 60);
}

#[test]
fn a_consumer_that_does_not_move_is_detached_after_its_patience() {
    let ring = open(4);
    let patience = Duration::from_millis(5);
    let mut stuck = ring.join("stuck").policy(Policy::Detach { after: 0, patience }).consumer().unwrap();
    let mut producer = ring.producer().unwrap();
    for value in 1..=9 {
        producer.publish(small(value)).unwrap();
    }
    drain(&mut stuck);
    assert!(stuck.is_detached());
    assert_eq!(stuck.delivered() + stuck.lost(), 9);
}

#[test]
fn a_reader_can_begin_at_the_oldest_at_the_latest_or_at_a_sequence() {
    let ring = open(16);
    let mut producer = ring.producer().unwrap();
    for value in 1..=100 {
        producer.publish(small(value)).unwrap();
    }
    let values = |start| drain(&mut ring.join("reader").from(start).consumer().unwrap()).0;
    assert!(values(Start::Latest).is_empty());
    let oldest = values(Start::Oldest);
    assert!(oldest.len() >= 8 && oldest.ends_with(&[99, 100]));
    assert_eq!(values(Start::Sequence(99)), [99, 100]);
    assert!(values(Start::Sequence(101)).is_empty());
    for gone in [1, 102] {
        let error = ring.join("reader").from(Start::Sequence(gone)).consumer().err().unwrap();
        assert!(error.message().contains(&format!("not from {gone}")), "{error}");
    }
    assert_eq!(ring.gating(), 0);
}

#[test]
fn consumers_that_join_and_leave_a_running_ring_see_no_hole_between() {
    let total = count(300_000);
    let ring: Ring<Hashed> = Ring::<Hashed>::builder(8).open().build().unwrap();
    let mut producer = ring.producer().unwrap();
    let ready = Arc::new(Barrier::new(3));
    let joiners: Vec<_> = (0..2)
        .map(|who| {
            let (ring, ready) = (ring.clone(), Arc::clone(&ready));
            let mut first = Some(ring.join("visitor").consumer().unwrap());
            thread::spawn(move || {
                ready.wait();
                let mut seen = 0_u64;
                loop {
                    let start = if who == 0 { Start::Latest } else { Start::Oldest };
                    let another = || ring.join("visitor").from(start).wait(Wait::Yield).consumer().unwrap();
                    let mut consumer = first.take().unwrap_or_else(another);
                    let mut next = consumer.position() + 1;
                    for _ in 0..20 {
                        let poll = consumer.poll(3, |record| {
                            record.assert_whole();
                            assert_eq!(record.sequence, next);
                            next += 1;
                            seen += 1;
                        });
                        match poll {
                            Poll::Closed => return seen,
                            Poll::Gap { from, to } => panic!("lost {from}..={to} behind its own gate"),
                            _ => thread::yield_now(),
                        }
                    }
                }
            })
        })
        .collect();
    ready.wait();
    for n in 0..total {
        producer.publish(Hashed::new(2, n)).unwrap();
    }
    drop(producer);
    for joiner in joiners {
        assert!(joiner.join().unwrap() > 0);
    }
}
