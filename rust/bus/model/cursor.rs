//! The cursor that says when it is all there is.

use super::{explore, small, take};
use crate::bus::sync::{AtomicU64, Ordering};
use crate::bus::{Poll, Ring};

use loom::thread;

#[test]
fn a_reader_of_batches_sees_every_single_record_that_happened_before_its_poll() {
    explore(3, || {
        let ring: Ring<super::Small> = Ring::<super::Small>::builder(4).seats(1).build().unwrap();
        let mut reader = ring.join("r").consumer().unwrap();
        let mut producer = ring.producer().unwrap();
        let told = loom::sync::Arc::new(AtomicU64::new(0));
        let tells = loom::sync::Arc::clone(&told);
        let writer = thread::spawn(move || {
            assert_eq!(producer.try_publish_batch(&[small(0), small(1)]), 2);
            tells.store(2, Ordering::Release);
            producer.try_publish(small(2)).unwrap();
            tells.store(3, Ordering::Release);
            producer
        });
        let mut next = 0;
        for _ in 0..2 {
            let published = told.load(Ordering::Acquire);
            reader.poll(9, |record| {
                assert_eq!(record.value, next);
                next += 1;
            });
            assert!(next >= published, "{published} were published, {next} read");
        }
        drop(writer.join().unwrap());
        take(&mut reader, 3 - next as usize, |record| {
            assert_eq!(record.value, next);
            next += 1;
        });
        assert_eq!(reader.poll(1, |_| {}), Poll::Closed);
    });
}

#[test]
fn batches_and_single_records_in_turn_arrive_in_order_around_the_wrap() {
    explore(2, || {
        let ring: Ring<super::Small> = Ring::<super::Small>::builder(2).seats(1).build().unwrap();
        let mut reader = ring.join("r").consumer().unwrap();
        let mut producer = ring.producer().unwrap();
        let writer = thread::spawn(move || {
            let mut rest: &[super::Small] = &[small(0), small(1)];
            while !rest.is_empty() {
                rest = &rest[producer.try_publish_batch(rest)..];
                thread::yield_now();
            }
            super::send(&mut producer, 2);
            while producer.try_publish_batch(&[small(3)]) == 0 {
                thread::yield_now();
            }
        });
        let mut next = 0;
        take(&mut reader, 4, |record| {
            assert_eq!(record.value, next);
            next += 1;
        });
        writer.join().unwrap();
    });
}
