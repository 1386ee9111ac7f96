//! One producer, a graph of consumers, all of them gating.

use std::collections::VecDeque;
use std::thread;
use std::time::Duration;

use proptest::prelude::*;

use super::{Hashed, Small, count, sizes, small};
use crate::bus::{Consumer, Full, Graph, Poll, Ring, Start, State, Wait, Worker};

#[test]
fn capacities_and_claims_that_make_no_sense_are_errors_that_name_the_number() {
    for capacity in [0, 1, 6, 1 << 40] {
        let error = Ring::<Small>::builder(capacity).build::<Small, false>().err().expect("refused");
        assert!(error.message().contains(&format!("not {capacity}")), "{error}");
    }
    let ring: Ring<Small> = Ring::<Small>::builder(8).build().unwrap();
    let mut producer = ring.producer().unwrap();
    for claim in [0, 9, u64::MAX] {
        assert!(producer.claim(claim).err().unwrap().message().contains(&format!("not {claim}")));
    }
    assert!(producer.claim(8).is_ok());
    assert!(ring.producer().is_err() && ring.shared_producer().is_err());
    assert!(ring.join("parks").wait(Wait::Adaptive).consumer().is_err());
}

#[test]
fn what_is_published_arrives_once_in_order_and_whole_at_every_ring_size() {
    for &capacity in sizes() {
        let total = count(if capacity < 64 { 200_000 } else { 2_000_000 });
        let ring: Ring<Hashed> = Ring::<Hashed>::builder(capacity).build().unwrap();
        let mut consumer = ring.join("reader").wait(Wait::Yield).consumer().unwrap();
        let mut producer = ring.producer().unwrap();
        let writer = thread::spawn(move || {
            let mut sent = 0;
            while sent < total {
                if sent % 3 == 0 {
                    producer.publish(Hashed::new(7, sent)).unwrap();
                    sent += 1;
                } else {
                    let batch: Vec<Hashed> =
                        (sent..total.min(sent + 1 + sent % 50)).map(|n| Hashed::new(7, n)).collect();
                    producer.publish_batch(&batch).unwrap();
                    sent += batch.len() as u64;
                }
            }
        });
        let mut expected = 0;
        loop {
            let poll = consumer.poll(17, |record| {
                record.assert_whole();
                assert_eq!((record.count, record.sequence), (expected, expected + 1));
                expected += 1;
            });
            match poll {
                Poll::Closed => break,
                Poll::Gap { .. } => panic!("a gating consumer lost records"),
                Poll::Idle => {
                    consumer.wait(None);
                }
                Poll::Ready(_) => {}
            }
        }
        assert_eq!((expected, consumer.delivered(), consumer.lost()), (total, total, 0));
        writer.join().unwrap();
    }
}

#[test]
fn sequences_pass_the_powers_of_two_where_narrower_counters_wrap() {
    for power in [31, 32, 63] {
        let first = (1_u64 << power) - 37;
        let ring: Ring<Small> = Ring::<Small>::builder(16).first_sequence(first).build().unwrap();
        let mut consumer = ring.join("c").consumer().unwrap();
        let mut producer = ring.producer().unwrap();
        let mut next = first;
        for value in 0..100 {
            assert_eq!(producer.publish(small(value)).unwrap(), first + value);
            if value % 7 == 6 {
                consumer.poll(usize::MAX, |record| {
                    assert_eq!((record.sequence, record.value), (next, next - first));
                    next += 1;
                });
            }
        }
        assert_eq!(next, first + 98);
        assert_eq!(ring.join("late").from(Start::Oldest).consumer().unwrap().position() % 2, (next - 1) % 2);
    }
}

#[test]
fn a_full_ring_gives_the_record_back_and_counts_the_refusal() {
    let ring: Ring<Small> = Ring::<Small>::builder(4).timeout(Duration::from_millis(20)).build().unwrap();
    let mut consumer = ring.join("sleepy").consumer().unwrap();
    let mut producer = ring.producer().unwrap();
    for value in 0..4 {
        producer.try_publish(small(value)).unwrap();
    }
    assert_eq!(producer.try_publish(small(4)), Err(Full(small(4))));
    assert_eq!(producer.try_publish_batch(&[small(4), small(5)]), 0);
    assert_eq!(producer.refused(), 3);
    let error = producer.publish(small(4)).unwrap_err();
    assert!(error.message().contains("sleepy"), "{error}");
    assert_eq!(consumer.poll(1, |_| {}), Poll::Ready(1));
    assert_eq!(producer.try_publish_batch(&[small(4), small(5)]), 1);
    assert_eq!(producer.published(), 5);
}

#[test]
fn a_diamond_gives_the_known_fizz_buzz_sum() {
    let total = count(1_000_000);
    let ring: Ring<Small> = Ring::<Small>::builder(1024).build().unwrap();
    let graph = Graph::new().consumer("both", &["fizz", "buzz"]).consumer("fizz", &[]).consumer("buzz", &[]);
    let [mut both, mut fizz, mut buzz]: [Consumer<Small>; 3] =
        graph.wait(Wait::Yield).join(&ring).unwrap().try_into().ok().unwrap();
    let divides = |consumer: &mut Consumer<Small>, by: u64| {
        let mut found = Vec::new();
        while consumer.poll(64, |record| found.push(record.value % by == 0)) != Poll::Closed {
            consumer.wait(None);
        }
        found
    };
    let fizz = thread::spawn(move || divides(&mut fizz, 3));
    let buzz = thread::spawn(move || divides(&mut buzz, 5));
    let last = thread::spawn(move || divides(&mut both, 15));
    let mut producer = ring.producer().unwrap();
    for value in 0..total {
        producer.publish(small(value)).unwrap();
    }
    drop(producer);
    let (fizz, buzz, both) = (fizz.join().unwrap(), buzz.join().unwrap(), last.join().unwrap());
    let sum: u64 = (0..total).filter(|n| fizz[*n as usize] && buzz[*n as usize]).sum();
    let expected = (0..total).filter(|n| n % 15 == 0).sum::<u64>();
    assert_eq!(sum, expected);
    assert_eq!(both.iter().filter(|hit| **hit).count() as u64, total.div_ceil(15));
}

#[test]
fn a_consumer_never_passes_the_ones_it_comes_after() {
    let ring: Ring<Small> = Ring::<Small>::builder(8).build().unwrap();
    let mut first = ring.join("first").consumer().unwrap();
    let mut second = ring.join("second").after(&[&first]).consumer().unwrap();
    let mut producer = ring.producer().unwrap();
    producer.publish_batch(&[small(1), small(2), small(3)]).unwrap();
    assert_eq!(second.poll(9, |_| {}), Poll::Idle);
    first.poll(2, |_| {});
    assert_eq!(second.poll(9, |_| {}), Poll::Ready(2));
    drop(first);
    assert_eq!(second.poll(9, |_| {}), Poll::Ready(1));
    let other: Ring<Small> = Ring::<Small>::builder(8).build().unwrap();
    assert!(other.join("stranger").after(&[&second]).consumer().is_err());
}

#[test]
fn a_cycle_or_an_unknown_name_is_an_error_and_nobody_has_joined() {
    let ring: Ring<Small> = Ring::<Small>::builder(8).build().unwrap();
    let cycle = Graph::new().consumer("a", &["c"]).consumer("b", &["a"]).consumer("c", &["b"]).consumer("d", &[]);
    assert!(cycle.join(&ring).err().unwrap().message().contains("a, b, c"));
    assert!(Graph::new().consumer("a", &["z"]).join(&ring).is_err());
    assert!(Graph::new().consumer("a", &[]).consumer("a", &[]).join(&ring).is_err());
    assert_eq!(ring.gating(), 0);
}

#[test]
fn a_handler_that_panics_faults_its_consumer_and_never_the_ring() {
    let ring: Ring<Small, true> = Ring::<Small>::builder(8).build().unwrap();
    let faulty = Worker::spawn(ring.join("faulty").consumer().unwrap(), None, |record: &Small| {
        assert!(record.value != 5, "five is right out");
    })
    .unwrap();
    let mut producer = ring.producer().unwrap();
    for value in 0..100 {
        producer.publish(small(value)).unwrap();
    }
    assert_eq!(faulty.join(), State::Faulted("five is right out".into()));
    assert_eq!(ring.gating(), 0);
}

#[test]
fn a_million_ping_pongs_between_adaptive_consumers_never_lose_a_wake_up() {
    let rounds = count(1_000_000);
    let ring = || -> Ring<Small, true> { Ring::<Small>::builder(4).build().unwrap() };
    let (there, back) = (ring(), ring());
    let (mut ask, mut answer_to) = (there.producer().unwrap(), back.producer().unwrap());
    let mut questions = there.join("questions").consumer().unwrap();
    let mut answers = back.join("answers").consumer().unwrap();
    let echo = thread::spawn(move || {
        let mut value = 0;
        loop {
            match questions.poll(1, |record| value = record.value) {
                Poll::Ready(_) => {
                    answer_to.publish(small(value)).unwrap();
                }
                Poll::Closed => return,
                _ => {
                    questions.wait(None);
                }
            }
        }
    });
    for value in 0..rounds {
        ask.publish(small(value)).unwrap();
        let mut answer = None;
        while answers.poll(1, |record| answer = Some(record.value)) == Poll::Idle {
            // The watchdog: a wait that ends without a record is a lost wake-up.
            assert!(answers.wait(Some(Duration::from_secs(20))), "lost wake-up in round {value}");
        }
        assert_eq!(answer, Some(value));
    }
    drop(ask);
    echo.join().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 4 } else { 300 }, failure_persistence: None, ..ProptestConfig::default() })]

    /// Consumers that join and leave at random get what a queue per consumer would give them.
    #[test]
    fn random_joins_and_leaves_agree_with_a_queue_per_consumer(
        operations in prop::collection::vec((0_u8..6, 0_usize..8), 1..200), power in 1_u32..5
    ) {
        let capacity = 1_usize << power;
        let ring: Ring<Small> = Ring::<Small>::builder(capacity as u64).build().unwrap();
        let mut producer = ring.producer().unwrap();
        let mut consumers: Vec<(Consumer<Small>, VecDeque<u64>)> = Vec::new();
        let mut value = 0;
        for (operation, pick) in operations {
            match operation {
                0 if consumers.len() < 8 => {
                    consumers.push((ring.join("c").consumer().unwrap(), VecDeque::new()));
                }
                1 if !consumers.is_empty() => {
                    consumers.remove(pick % consumers.len());
                }
                2 if !consumers.is_empty() => {
                    let index = pick % consumers.len();
                    let (consumer, queue) = &mut consumers[index];
                    let due = queue.len().min(pick);
                    let mut got = Vec::new();
                    consumer.poll(pick, |record| got.push(record.value));
                    prop_assert_eq!(got, queue.drain(..due).collect::<Vec<_>>());
                }
                _ => {
                    let full = consumers.iter().any(|(_, queue)| queue.len() >= capacity);
                    prop_assert_eq!(producer.try_publish(small(value)).is_err(), full);
                    if !full {
                        for (_, queue) in &mut consumers {
                            queue.push_back(value);
                        }
                    }
                    value += 1;
                }
            }
        }
    }
}
