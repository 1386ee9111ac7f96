//! Conflation in a mapping: the last record of each key, also after laps, whoever comes when.

use std::collections::HashMap;

use super::super::table::TOPICS;
use super::*;

const BY_TOPIC: Delivery = Delivery::Conflate(Key::Topic);
const BY_INSTRUMENT: Delivery = Delivery::Conflate(Key::Instrument);

fn count(word: &AtomicU64) -> u64 {
    word.load(Ordering::Relaxed)
}

fn assert_exact(subscription: &Subscription) {
    let counts = subscription.counts();
    let parts = [&counts.delivered, &counts.filtered, &counts.skipped, &counts.lost, &counts.pending];
    assert_eq!(count(&counts.passed), parts.into_iter().map(count).sum::<u64>(), "{counts:?}");
}

/// An event of a topic of one's own.
fn own(topic: u32, price: i64) -> Event {
    Event { kind: 128, instrument: topic, price, ..Event::default() }
}

#[test]
fn the_last_of_each_key_arrives_after_laps_and_the_others_are_counted() {
    let name = Name::new();
    let (ours, theirs) = (name.bus(16), name.bus(16));
    let rare = Event { kind: EventKind::QuoteBid as u8, price: 5, ..Event::default() };
    for (delivery, expected) in [(BY_TOPIC, vec![5, 999]), (BY_INSTRUMENT, vec![999])] {
        let mut subscription = theirs.subscribe("md.>", delivery).unwrap();
        let mut publisher = ours.publisher("md.v.S").unwrap();
        publisher.publish(&[rare]).unwrap();
        publisher.publish(&trades(0..1000)).unwrap();
        assert_eq!(prices(&mut subscription), expected);
        let counts = subscription.counts();
        assert_eq!(count(&counts.passed), 1001);
        assert_eq!(count(&counts.skipped), 1001 - expected.len() as u64);
        assert_exact(&subscription);
    }
}

#[test]
fn a_reader_that_comes_to_a_running_publisher_misses_nothing_of_what_comes_after() {
    let name = Name::new();
    let (ours, theirs) = (name.bus(16), name.bus(16));
    let mut publisher = ours.publisher("md.v.S").unwrap();
    publisher.publish(&trades(0..1000)).unwrap();
    let mut first = theirs.subscribe("md.>", BY_TOPIC).unwrap();
    let rare = Event { kind: EventKind::QuoteBid as u8, price: 5, ..Event::default() };
    assert_eq!(publisher.try_publish_batch(&[&[rare], &trades(0..1000)[..]].concat()).unwrap(), 1001);
    let mut second = theirs.subscribe("md.>", BY_TOPIC).unwrap();
    publisher.publish(&trades(1000..2000)).unwrap();
    assert_eq!(prices(&mut first), [5, 1999]);
    assert_eq!(prices(&mut second), [1999]);
    drop(first);
    drop(second);
    // Nobody conflates: nothing is kept, and what was is not taken for something newer.
    publisher.publish(&[rare]).unwrap();
    publisher.publish(&trades(0..1000)).unwrap();
    let mut third = theirs.subscribe("md.>", BY_TOPIC).unwrap();
    assert_eq!(prices(&mut third), Vec::<i64>::new());
    publisher.publish(&trades(0..1000)).unwrap();
    assert_eq!(prices(&mut third), [999]);
    assert_exact(&third);
}

#[test]
fn the_next_publisher_of_a_ring_finds_nothing_of_the_one_before_in_its_table() {
    let name = Name::new();
    let (ours, theirs) = (name.bus(16), name.bus(16));
    let topics: Vec<_> = (0..40).map(|n| ours.topic(&format!("x.t{n}")).unwrap()).collect();
    for round in 0..5_i64 {
        let mut subscription = theirs.subscribe("x.>", BY_TOPIC).unwrap();
        let mut publisher = ours.publisher("x").unwrap();
        // Other topics get the numbers in the table each time.
        let events: Vec<_> = topics.iter().skip(round as usize * 5).map(|&topic| own(topic, round)).collect();
        publisher.publish(&events).unwrap();
        drop(publisher);
        assert_eq!(prices(&mut subscription), vec![round; events.len()]);
        assert_exact(&subscription);
    }
    assert_eq!(ours.metrics().publishers.len(), 1);
}

#[test]
fn random_topics_agree_with_a_plain_model_under_laps() {
    let name = Name::new();
    let (ours, theirs) = (name.bus(64), name.bus(64));
    let topics: Vec<_> = (0..300).map(|n| ours.topic(&format!("x.t{n}")).unwrap()).collect();
    let mut publisher = ours.publisher("x").unwrap();
    let total: i64 = if cfg!(debug_assertions) { 20_000 } else { 300_000 };
    let mut random = 7_u64;
    let mut draw = move |below: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below
    };
    let mut events = (0..total).map(|price| own(topics[draw(300).min(draw(300)) as usize], price)).collect::<Vec<_>>();
    // Said once, at the begin, and lapped many times.
    events[0].instrument = topics[299];
    for event in &mut events[1..] {
        event.instrument = event.instrument.min(topics[298]);
    }
    let expected: HashMap<u32, i64> = events.iter().map(|event| (event.instrument, event.price)).collect();
    let mut subscription = theirs.subscribe("x.>", BY_TOPIC).unwrap();
    let writer = std::thread::spawn(move || {
        for part in events.chunks(777) {
            publisher.publish(part).unwrap();
        }
    });
    let (mut newest, mut delivered) = (HashMap::new(), 0);
    while delivered == 0 || !writer.is_finished() || subscription.is_ready() {
        for event in read(&mut subscription) {
            let before = newest.insert(event.instrument, event.price);
            assert!(before < Some(event.price), "{before:?} then {}", event.price);
            delivered += 1;
        }
        if subscription.counts().passed.load(Ordering::Relaxed) == total as u64 {
            break;
        }
    }
    writer.join().unwrap();
    assert_eq!(newest, expected);
    assert_exact(&subscription);
    let counts = subscription.counts();
    assert_eq!((count(&counts.passed), count(&counts.delivered), count(&counts.lost)), (total as u64, delivered, 0));
}

#[test]
fn readers_that_come_and_go_while_it_is_published_get_every_key_of_what_came_after_them() {
    let name = Name::new();
    let (ours, theirs) = (name.bus(4), name.bus(4));
    let topics: Vec<_> = (0..3).map(|n| ours.topic(&format!("x.t{n}")).unwrap()).collect();
    let mut publisher = ours.publisher("x").unwrap();
    let [rare, busy, end] = topics[..] else { unreachable!() };
    let (asked, mut wrong) = (AtomicU64::new(0), None);
    let rounds: i64 = if cfg!(debug_assertions) { 200 } else { 3000 };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Runs all the time; when asked it says something rare, once, and goes on.
            let mut said = 0;
            while said < rounds as u64 {
                let wish = asked.load(Ordering::Acquire);
                if wish > said {
                    said = wish;
                    let mut events = vec![own(rare, wish as i64)];
                    events.extend((0..40).map(|price| own(busy, price)));
                    events.push(own(end, wish as i64));
                    publisher.publish(&events).unwrap();
                } else {
                    publisher.publish(&(0..40).map(|price| own(busy, price)).collect::<Vec<_>>()).unwrap();
                }
            }
        });
        for round in 1..=rounds {
            let mut subscription = theirs.subscribe("x.>", BY_TOPIC).unwrap();
            asked.store(round as u64, Ordering::Release);
            let (mut heard, mut ended) = (0, 0);
            let deadline = std::time::Instant::now() + Duration::from_secs(10);
            while ended != round && std::time::Instant::now() < deadline {
                let events = read(&mut subscription);
                let last = |topic, before| {
                    events.iter().filter(|event| event.instrument == topic).fold(before, |_, event| event.price)
                };
                (heard, ended) = (last(rare, heard), last(end, ended));
                std::thread::yield_now();
            }
            let failed = (heard, ended, count(&subscription.counts().lost)) != (round, round, 0);
            if failed {
                // The other thread ends, before this one fails.
                asked.store(rounds as u64, Ordering::Release);
                wrong = Some((round, heard, ended));
                break;
            }
            assert_exact(&subscription);
        }
    });
    assert_eq!(wrong, None, "round, what was heard of the rare topic, and of the end");
}

/// Half as many again as a table has, of 128 kinds each.
fn too_many(bus: &Bus) -> Vec<Event> {
    let numbers = (0..TOPICS / 128 * 3 / 2).map(|n| bus.topic(&format!("x.t{n}")).unwrap());
    numbers.flat_map(|number| (128..=255).map(move |kind| Event { kind, ..own(number, 1) })).collect()
}

#[test]
fn more_topics_than_a_table_has_are_refused_while_somebody_conflates_and_only_then() {
    let name = Name::new();
    let (ours, theirs) = (name.bus(64), name.bus(64));
    let mut publisher = ours.publisher("x").unwrap();
    let many = too_many(&ours);
    publisher.publish(&many).unwrap();
    let subscription = theirs.subscribe("x.>", BY_TOPIC).unwrap();
    let before = publisher.published();
    let refused = publisher.publish(&many).unwrap_err();
    assert!(matches!(refused, Error::Data(_)) && refused.message().contains("16384 topics"), "{refused}");
    assert_eq!(publisher.published(), before, "nothing of the batch");
    publisher.publish(&many[..100]).unwrap();
    drop(subscription);
    publisher.publish(&many).unwrap();
}

#[test]
fn a_reader_that_comes_within_a_batch_of_too_many_topics_ends_it_there() {
    let name = Name::new();
    let (ours, theirs) = (name.bus(64), name.bus(64));
    let many = too_many(&ours);
    let mut gating = theirs.subscribe("x.>", Delivery::default()).unwrap();
    let mut publisher = Bus::open(&name.0, None).unwrap().publisher("x").unwrap();
    let writer = std::thread::spawn(move || (publisher.publish(&many).unwrap_err(), publisher.published()));
    while gating.counts().passed.load(Ordering::Relaxed) < 64 {
        gating.poll(1, |_| {}).unwrap();
    }
    let mut late = theirs.subscribe("x.>", BY_TOPIC).unwrap();
    while !writer.is_finished() {
        gating.poll(64, |_| {}).unwrap();
    }
    let (refused, last) = writer.join().unwrap();
    assert!(matches!(refused, Error::Data(_)) && refused.message().contains("16384 topics"), "{refused}");
    assert!((65..400).contains(&last), "{last}");
    read(&mut late);
    assert_exact(&late);
    assert_eq!(count(&late.counts().lost), 0);
    drop(ours);
    assert_eq!(theirs.metrics().unpublished, 0, "the rest of the batch is nobody's any more");
}

#[test]
fn what_a_table_could_not_keep_is_unknown_and_the_rest_is_not() {
    let name = Name::new();
    let member = Member::open(&name.0, Some(64), Duration::from_secs(1)).unwrap();
    member.furnish_table(&member.enter().unwrap(), 1).unwrap();
    let table = member.table(1);
    for (number, sequence) in [(0, 3), (1, 9), (2, 15), (TOPICS - 1, 16)] {
        table.keep(number, sequence, &own(0, sequence as i64));
    }
    let between = |from, to| {
        let mut found = Vec::new();
        let unknown = table.between(from, to, &mut found);
        (found.iter().map(|event: &Event| event.price).collect::<Vec<_>>(), unknown)
    };
    assert_eq!(between(1, 20), (vec![3, 9, 15, 16], 0));
    assert_eq!(between(4, 15), (vec![9, 15], 0));
    table.lack(10);
    assert_eq!(between(1, 20), (vec![3, 9, 15, 16], 8));
    assert_eq!(between(4, 9), (vec![9], 5));
    assert_eq!(between(11, 20), (vec![15, 16], 0));
    table.begin();
    assert_eq!(between(11, 20), (vec![], 0));
}

#[test]
fn a_table_half_written_by_a_dead_publisher_costs_its_readers_nothing() {
    let name = Name::new();
    let (ours, theirs) = (name.bus(16), name.bus(16));
    let mut subscription = theirs.subscribe("md.>", BY_TOPIC).unwrap();
    let member = Member::open(&name.0, None, Duration::from_secs(1)).unwrap();
    let (dead, _) = member.open_publisher("md.v.S", RecordType::Event).unwrap();
    let mut producer = member.ring(dead).producer().unwrap();
    let table = member.table(dead);
    let rare = Event { kind: EventKind::QuoteBid as u8, price: 5, ..Event::default() };
    table.keep(0, producer.publish(rare).unwrap(), &rare);
    for trade in trades(0..100) {
        table.keep(1, producer.publish(trade).unwrap(), &trade);
    }
    // Killed as it wrote the last record of the trades over the one before.
    producer.publish_batch(&trades(100..101)).unwrap();
    table.cells[super::super::table::CELL_WORDS].store(0, Ordering::Relaxed);
    std::mem::forget(producer);
    Lock::Publisher(dead).release(&member.file);
    std::thread::sleep(Duration::from_millis(60));
    assert_eq!(ours.metrics().publishers_died, 1);
    assert_eq!(prices(&mut subscription), [5, 100]);
    assert_exact(&subscription);
    let mut publisher = ours.publisher("md.v.S").unwrap();
    publisher.publish(&trades(200..300)).unwrap();
    assert_eq!(prices(&mut subscription), [299]);
}

#[test]
fn a_conflating_reader_that_dies_is_cleared_and_the_table_is_kept_no_longer() {
    let name = Name::new();
    let ours = name.bus(16);
    let mut publisher = ours.publisher("md.v.S").unwrap();
    let member = Member::open(&name.0, None, Duration::from_secs(1)).unwrap();
    let (dead, _) =
        member.open_subscriber(&[Pattern::parse("md.>").unwrap()], RecordType::Event, BY_TOPIC, Start::Latest).unwrap();
    publisher.publish(&trades(0..100)).unwrap();
    let kept = |member: &Member| member.table(1).cells[0].load(Ordering::Relaxed);
    assert_eq!(kept(&member), 100);
    Lock::Subscriber(dead).release(&member.file);
    std::thread::sleep(Duration::from_millis(60));
    assert_eq!(ours.metrics().subscribers_died, 1);
    publisher.publish(&trades(0..100)).unwrap();
    assert_eq!(kept(&member), 100);
    let mut next = ours.subscribe("md.>", BY_TOPIC).unwrap();
    publisher.publish(&trades(0..100)).unwrap();
    assert_eq!(prices(&mut next), [99]);
    assert_eq!(kept(&member), 300);
}

#[test]
fn events_of_other_topics_and_notices_do_not_come() {
    let name = Name::new();
    let (ours, theirs) = (name.bus(16), name.bus(16));
    let mut subscription = theirs.subscribe(">", BY_TOPIC).unwrap();
    let mut only = theirs.subscribe("md.*.*.quote_bid", BY_TOPIC).unwrap();
    let mut publisher = ours.publisher("md.v.S").unwrap();
    publisher.publish(&trades(0..100)).unwrap();
    drop(publisher);
    assert_eq!(prices(&mut subscription), [99]);
    assert_eq!(prices(&mut only), Vec::<i64>::new());
    assert_exact(&only);
    assert_eq!(count(&only.counts().passed), 100);
}
