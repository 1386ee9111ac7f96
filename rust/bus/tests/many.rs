//! Many producers on one ring.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use super::{Hashed, Small, count, sizes, small};
use crate::bus::{Full, Policy, Poll, Ring, Start, Wait};

const PRODUCERS: u64 = 3;

#[test]
fn each_producers_records_arrive_once_in_its_order_and_whole() {
    for &capacity in sizes() {
        let each = count(if capacity < 64 { 30_000 } else { 400_000 });
        let ring: Ring<Hashed> = Ring::<Hashed>::builder(capacity).many_producers().build().unwrap();
        let mut consumer = ring.join("reader").wait(Wait::Yield).consumer().unwrap();
        let writers: Vec<_> = (0..PRODUCERS)
            .map(|who| {
                let producer = ring.shared_producer().unwrap();
                thread::spawn(move || {
                    for n in 0..each {
                        if n % 2 == 0 {
                            producer.publish(Hashed::new(who, n)).unwrap();
                        } else {
                            while producer.try_publish(Hashed::new(who, n)).is_err() {
                                thread::yield_now();
                            }
                        }
                    }
                })
            })
            .collect();
        let mut next = [0; PRODUCERS as usize];
        loop {
            match consumer.poll(32, |record| {
                record.assert_whole();
                let due = &mut next[record.producer as usize];
                assert_eq!(record.count, *due);
                *due += 1;
            }) {
                Poll::Closed => break,
                Poll::Ready(_) => {}
                _ => {
                    consumer.wait(None);
                }
            }
        }
        assert_eq!(next, [each; PRODUCERS as usize]);
        for writer in writers {
            writer.join().unwrap();
        }
    }
}

#[test]
fn a_claim_given_up_by_a_panic_is_stepped_over() {
    let ring: Ring<Small> = Ring::<Small>::builder(8).many_producers().build().unwrap();
    let mut consumer = ring.join("c").consumer().unwrap();
    let producer = ring.shared_producer().unwrap();
    producer.publish(small(1)).unwrap();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let mut claim = producer.claim(3).unwrap();
        claim.push(small(2));
        panic!("between claim and commit");
    }));
    assert!(panicked.is_err());
    producer.publish(small(5)).unwrap();
    let mut got = Vec::new();
    while consumer.poll(2, |record| got.push((record.sequence, record.value))) != Poll::Idle || got.len() < 2 {}
    assert_eq!(got, [(1, 1), (5, 5)]);
    for lap in 0..50 {
        drop(producer.claim(3).unwrap());
        producer.publish(small(lap)).unwrap();
        let mut last = None;
        while last.is_none() {
            consumer.poll(9, |record| last = Some(record.value));
        }
        assert_eq!(last, Some(lap));
    }
}

#[test]
fn a_claim_is_bounded_by_the_ring_and_by_its_consumers() {
    let ring: Ring<Small> = Ring::<Small>::builder(4).many_producers().build().unwrap();
    let mut consumer = ring.join("c").consumer().unwrap();
    let producer = ring.shared_producer().unwrap();
    assert!(producer.claim(5).is_err() && producer.claim(0).is_err());
    producer.publish_batch(&[small(0), small(1), small(2), small(3)]).unwrap();
    assert_eq!(producer.try_publish(small(4)), Err(Full(small(4))));
    consumer.poll(1, |_| {});
    assert_eq!(producer.try_publish(small(4)), Ok(5));
}

#[test]
fn lapped_readers_of_many_producers_see_whole_records_and_count_the_rest() {
    let each = count(200_000);
    let ring: Ring<Hashed> = Ring::<Hashed>::builder(4).many_producers().open().build().unwrap();
    let join = ring.join("lossy").policy(Policy::Lossy).wait(Wait::Yield).from(Start::Oldest);
    let mut consumer = join.consumer().unwrap();
    let writers: Vec<_> = (0..2)
        .map(|who| {
            let producer = ring.shared_producer().unwrap();
            thread::spawn(move || {
                for n in 0..each {
                    while producer.try_publish(Hashed::new(who, n)).is_err() {}
                }
            })
        })
        .collect();
    let mut seen = 0;
    while consumer.poll(3, |record| {
        record.assert_whole();
        seen += 1;
    }) != Poll::Closed
    {}
    for writer in writers {
        writer.join().unwrap();
    }
    assert_eq!(seen + consumer.lost(), 2 * each);
}

#[test]
fn claims_of_many_producers_and_laps_of_a_reader_pass_the_powers_of_two() {
    for power in [31, 32, 63] {
        let first = (1_u64 << power) - 37;
        let builder = Ring::<Small>::builder(16).many_producers().open().first_sequence(first);
        let ring: Ring<Small> = builder.build().unwrap();
        let mut block = ring.join("block").consumer().unwrap();
        let mut lossy = ring.join("lossy").policy(Policy::Lossy).consumer().unwrap();
        let producer = ring.shared_producer().unwrap();
        let mut due = 0;
        for value in 0..100 {
            assert_eq!(producer.publish(small(value)).unwrap(), first + value);
            if value % 7 == 6 {
                block.poll(usize::MAX, |record| {
                    assert_eq!((record.sequence, record.value), (first + due, due));
                    due += 1;
                });
            }
        }
        assert_eq!(due, 98);
        let mut next = first;
        loop {
            match lossy.poll(5, |record| {
                assert_eq!((record.sequence, record.value), (next, next - first));
                next += 1;
            }) {
                Poll::Gap { from, to } => {
                    assert_eq!(from, next);
                    next = to + 1;
                }
                Poll::Ready(_) => {}
                _ => break,
            }
        }
        assert_eq!((next, lossy.delivered() + lossy.lost()), (first + 100, 100));
        assert!(lossy.lost() > 0);
    }
}
