//! Two mappings of one file in one process: what two processes do, without their deaths. Those are in `tests/bus`.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use super::super::hub::Notice;
use super::super::subscription::Delivery;
use super::super::sync::Ordering;
use super::super::{Key, Pattern, Policy, RecordType, Start};
use super::layout::{FACTS, Layout, OPEN, VACANT, read_facts};
use super::locks::Lock;
use super::member::Member;
use super::process::Process;
use super::{Bus, Publisher, Subscription, file};
use crate::model::{Error, Event, EventKind};

mod conflation;
mod handlers;
mod records;

const LOSSY: Delivery = Delivery::Gate(Policy::Lossy);

/// A bus's name, taken away at the end of a test.
struct Name(String);

impl Name {
    fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(format!("test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)))
    }

    fn bus(&self, capacity: u64) -> Bus {
        Bus::with_timeout(&self.0, Some(capacity), super::super::Wait::Adaptive, Duration::from_millis(200)).unwrap()
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        let _ = Bus::unlink(&self.0);
    }
}

fn trades(prices: std::ops::Range<i64>) -> Vec<Event> {
    prices.map(|price| Event { kind: EventKind::Trade as u8, price, ..Event::default() }).collect()
}

fn read(subscription: &mut Subscription) -> Vec<Event> {
    let mut events = Vec::new();
    while subscription.poll(1000, |event| events.push(*event)).unwrap() > 0 {}
    events
}

fn prices(subscription: &mut Subscription) -> Vec<i64> {
    read(subscription).iter().map(|event| event.price).collect()
}

fn topic(publisher: &mut Publisher, bus: &Bus, name: &str) -> u64 {
    let event = Event { kind: 128, instrument: bus.topic(name).unwrap(), ..Event::default() };
    publisher.publish(&[event]).unwrap()
}

#[test]
fn what_one_handle_publishes_the_other_reads_whoever_came_first() {
    let name = Name::new();
    let (ours, theirs) = (name.bus(64), name.bus(64));
    let mut early = theirs.subscribe("md.*.BTCUSDT.>", Delivery::default()).unwrap();
    let mut publisher = ours.publisher("md.binance.BTCUSDT").unwrap();
    let mut late = theirs.subscribe("md.>", LOSSY).unwrap();
    let mut other = theirs.subscribe("md.*.ETHUSDT.>", LOSSY).unwrap();
    assert_eq!(publisher.publish(&trades(0..50)).unwrap(), 50);
    assert_eq!(publisher.subscriptions(), 2);
    assert_eq!(prices(&mut early), (0..50).collect::<Vec<_>>());
    assert_eq!(prices(&mut late), (0..50).collect::<Vec<_>>());
    assert_eq!(prices(&mut other), Vec::<i64>::new());
    let mut whole = theirs.subscribe_from("md.>", LOSSY, Start::Oldest).unwrap();
    assert_eq!(prices(&mut whole).last(), Some(&49));
}

#[test]
fn names_have_the_same_numbers_everywhere() {
    let name = Name::new();
    let (ours, theirs) = (name.bus(64), name.bus(64));
    let mut all = theirs.subscribe("x.>", LOSSY).unwrap();
    assert_eq!((ours.topic("a.b").unwrap(), theirs.topic("c.d").unwrap(), ours.topic("c.d").unwrap()), (0, 1, 1));
    let mut publisher = ours.publisher("x").unwrap();
    // The reader's catalog has never heard of these; it takes them in when they come.
    for n in 0..100 {
        topic(&mut publisher, &ours, &format!("x.t{n}"));
        assert_eq!(read(&mut all).len(), 1, "{n}");
    }
    assert_eq!(theirs.topic("x.t99").unwrap(), ours.topic("x.t99").unwrap());
    let refused = publisher.publish(&[Event { kind: 128, instrument: 0, ..Event::default() }]).unwrap_err();
    assert!(refused.message().contains("\"a.b\""), "{refused}");
    assert!(publisher.publish(&[Event { kind: 128, instrument: 999, ..Event::default() }]).is_err());
    assert!(matches!(ours.topic("md.x"), Err(Error::Config(_))));
}

#[test]
fn a_gating_subscription_loses_nothing_and_a_lossy_one_is_told() {
    let name = Name::new();
    let (ours, theirs) = (name.bus(64), name.bus(64));
    let mut gating = theirs.subscribe("md.>", Delivery::default()).unwrap();
    let mut lossy = theirs.subscribe("md.>", LOSSY).unwrap();
    let mut publisher = ours.publisher("md.v.S").unwrap();
    let total = if cfg!(debug_assertions) { 20_000 } else { 200_000 };
    let reader = std::thread::spawn(move || {
        let mut next = 0;
        while next < total {
            gating.wait(Some(Duration::from_secs(5)));
            for price in prices(&mut gating) {
                assert_eq!(price, next);
                next += 1;
            }
        }
        gating.counts().delivered.load(Ordering::Relaxed)
    });
    for first in (0..total).step_by(500) {
        publisher.publish(&trades(first..first + 500)).unwrap();
    }
    assert_eq!(reader.join().unwrap(), total as u64);
    let events = read(&mut lossy);
    let counts = lossy.counts();
    let count = |word: &AtomicU64| word.load(Ordering::Relaxed);
    assert_eq!(events[0].kind, EventKind::Gap as u8);
    assert_eq!(count(&counts.lost), events[0].qty as u64);
    assert_eq!(count(&counts.passed), total as u64);
    assert_eq!(count(&counts.delivered) + count(&counts.lost), total as u64);
}

#[test]
fn a_ring_goes_to_the_next_publisher_once_it_is_read() {
    let name = Name::new();
    let (ours, theirs) = (name.bus(64), name.bus(64));
    let mut subscription = theirs.subscribe("md.>", Delivery::default()).unwrap();
    for round in 0..200 {
        let mut publisher = ours.publisher("md.v.S").unwrap();
        assert_eq!(publisher.publish(&trades(round..round + 3)).unwrap(), 3 * (round as u64 + 1));
        drop(publisher);
        assert_eq!(prices(&mut subscription), (round..round + 3).collect::<Vec<_>>());
    }
    // Nobody reads on: each takes a ring of its own, until there is none.
    let refused = (0..64).find_map(|_| ours.publisher("md.v.S").and_then(|mut p| p.publish(&trades(0..1))).err());
    let refused = refused.expect("63 rings are enough for nobody");
    assert!(refused.message().contains("63 of them are gone and not read"), "{refused}");
    assert_eq!(prices(&mut subscription).len(), 63);
    assert!(ours.publisher("md.v.S").is_ok());
}

#[test]
fn a_subscription_that_detaches_is_told_on_the_control_topic() {
    let name = Name::new();
    let (ours, theirs) = (name.bus(64), name.bus(64));
    let mut control = theirs.subscribe("control.>", Delivery::default()).unwrap();
    let policy = Policy::Detach { after: 4, patience: Duration::ZERO };
    let mut slow = theirs.subscribe("md.>", Delivery::Gate(policy)).unwrap();
    let mut publisher = ours.publisher("md.v.S").unwrap();
    publisher.publish(&trades(0..50)).unwrap();
    publisher.publish(&trades(50..100)).unwrap();
    assert!(slow.is_detached());
    let notices = read(&mut control);
    assert_eq!(notices.len(), 1);
    assert_eq!((notices[0].order_id, notices[0].instrument), (Notice::Detached as u64, slow.id()));
    slow.rejoin();
    assert!(!slow.is_detached());
    let id = slow.id();
    slow.fail("for a test".into());
    let notices = read(&mut control);
    assert_eq!((notices[0].order_id, notices[0].instrument), (Notice::Faulted as u64, id));
}

#[test]
fn a_place_whose_lock_is_gone_is_cleared_and_told_and_holds_nobody() {
    let name = Name::new();
    let (ours, theirs) = (name.bus(64), name.bus(64));
    let mut control = ours.subscribe("control.>", LOSSY).unwrap();
    let member = Member::open(&name.0, None, Duration::from_secs(1)).unwrap();
    let (dead, id) = member
        .open_subscriber(&[Pattern::parse(">").unwrap()], RecordType::Event, Delivery::default(), Start::Latest)
        .unwrap();
    let mut live = theirs.subscribe("md.>", Delivery::default()).unwrap();
    let mut publisher = ours.publisher("md.v.S").unwrap();
    assert_eq!(publisher.try_publish_batch(&trades(0..100)).unwrap(), 64);
    assert_eq!(prices(&mut live).len(), 64);
    // As if its process were killed: the kernel takes the lock, nobody tidies up.
    Lock::Subscriber(dead).release(&member.file);
    publisher.publish(&trades(64..128)).unwrap();
    assert_eq!(prices(&mut live), (64..128).collect::<Vec<_>>());
    let notices = read(&mut control);
    let told = |event: &&Event| event.order_id == Notice::SubscriberDied as u64 && event.instrument == id as u32;
    assert_eq!(notices.iter().filter(told).count(), 1);
    assert_eq!(ours.metrics().subscribers_died, 1);
    assert_eq!(member.subscribers()[dead].place.state(), VACANT);
}

#[test]
fn a_dead_publisher_ends_with_what_it_took_on_and_never_published() {
    let name = Name::new();
    let (ours, theirs) = (name.bus(64), name.bus(64));
    let mut control = theirs.subscribe("control.>", LOSSY).unwrap();
    let mut subscription = theirs.subscribe("md.>", Delivery::default()).unwrap();
    let member = Member::open(&name.0, None, Duration::from_secs(1)).unwrap();
    let (dead, id) = member.open_publisher("md.v.S", RecordType::Event).unwrap();
    let mut producer = member.ring(dead).producer().unwrap();
    producer.publish_batch(&trades(0..10)).unwrap();
    // It was about to publish up to 15, and had begun with 11.
    member.control(dead).claimed.0.store(15, Ordering::Relaxed);
    member.ring(dead).region.slots.write_open(11, &trades(10..11)[0]);
    std::mem::forget(producer);
    Lock::Publisher(dead).release(&member.file);
    std::thread::sleep(Duration::from_millis(60));
    assert_eq!(ours.metrics().publishers_died, 1);
    assert_eq!(prices(&mut subscription), (0..10).collect::<Vec<_>>());
    let notice = read(&mut control).into_iter().find(|event| event.order_id == Notice::PublisherDied as u64).unwrap();
    assert_eq!((notice.instrument, notice.venue_sequence, notice.price, notice.qty), (id as u32, 10, 10, 5));
    // The next one has the same ring, and begins where the slot was half written.
    let mut publisher = ours.publisher("md.v.S").unwrap();
    assert_eq!(publisher.publish(&trades(20..30)).unwrap(), 20);
    assert_eq!(prices(&mut subscription), (20..30).collect::<Vec<_>>());
    assert_eq!(ours.metrics().unpublished, 5);
}

#[test]
fn a_reader_alive_is_not_taken_for_dead_and_a_claim_half_made_is_undone() {
    let name = Name::new();
    let (ours, theirs) = (name.bus(64), name.bus(64));
    let mut subscription = theirs.subscribe("md.>", Delivery::default()).unwrap();
    let mut publisher = ours.publisher("md.v.S").unwrap();
    let error = publisher.publish(&trades(0..100)).unwrap_err();
    assert!(error.message().contains("md.>"), "{error}");
    assert_eq!(prices(&mut subscription).len(), 64);
    assert_eq!(ours.metrics().subscribers_died, 0);
    // Killed between taking the place and opening it.
    let member = Member::open(&name.0, None, Duration::from_secs(1)).unwrap();
    let place = &member.publishers()[9].place;
    place.enter(77, Process { pid: 1, born: 1, space: 1 }, "md.v.T", RecordType::Event);
    place.state.store(super::layout::OPENING, Ordering::Release);
    member.sweep(&member.enter().unwrap());
    assert_eq!(place.state(), VACANT);
}

#[test]
fn what_makes_no_sense_is_a_config_error() {
    let name = Name::new();
    for bad in ["", "a/b", "/", "a b", "a\0b", "\u{e9}", &"x".repeat(65)] {
        assert!(matches!(Bus::open(bad, None), Err(Error::Config(_))), "{bad:?}");
        assert!(matches!(Bus::unlink(bad), Err(Error::Config(_))), "{bad:?}");
    }
    for capacity in [0, 1, 6, 1 << 40] {
        assert!(matches!(Bus::open(&name.0, Some(capacity)), Err(Error::Config(_))), "{capacity}");
    }
    let bus = name.bus(64);
    let mismatch = Bus::open(&name.0, Some(128)).map(drop).unwrap_err();
    assert!(mismatch.message().contains("rings of 64 slots, not 128"), "{mismatch}");
    assert_eq!(Bus::open(&name.0, None).unwrap().capacity(), 64);
    for (pattern, start) in [("md.>", Start::Oldest), ("md.>", Start::Sequence(1)), ("control.>", Start::Latest)] {
        let conflate =
            bus.subscribe_from::<Event>(pattern, Delivery::Conflate(Key::Instrument), start).map(drop).unwrap_err();
        assert!(matches!(conflate, Error::Config(_)) && conflate.message().contains("conflate"), "{conflate}");
    }
    assert!(bus.publisher("md.*").is_err());
    assert!(bus.subscribe_from::<Event>("md.>", LOSSY, Start::Sequence(9)).is_ok(), "no ring, no sequence to be wrong");
    let _publisher = bus.publisher("md.v.S").unwrap();
    assert!(bus.subscribe_from::<Event>("md.>", LOSSY, Start::Sequence(9)).is_err());
    assert!(Bus::unlink(&name.0).unwrap());
    assert!(!Bus::unlink(&name.0).unwrap());
}

#[test]
fn every_bit_of_a_header_is_checked_and_an_error_says_what_was_found() {
    let layout = Layout::new(64).unwrap();
    let right = layout.facts(Process::own());
    let bytes = layout.bytes as u64;
    assert_eq!(read_facts(&right, bytes), Ok(layout));
    for fact in 0..FACTS {
        for bit in 0..64 {
            let mut wrong = right;
            wrong[fact] ^= 1 << bit;
            assert!(read_facts(&wrong, bytes).is_err(), "fact {fact}, bit {bit}");
        }
    }
    let mut wrong = right;
    wrong[1] = 7;
    assert_eq!(read_facts(&wrong, bytes), Err("has layout version 7, expected 3".into()));
    wrong[0] = right[0].swap_bytes();
    assert!(read_facts(&wrong, bytes).unwrap_err().contains("byte order"));
    assert!(read_facts(&right, bytes - 1).unwrap_err().contains("cut or grown"));
}

#[test]
fn a_file_is_there_whole_or_not_at_all() {
    let name = Name::new();
    let path = file::path(&name.0).unwrap();
    let layout = Layout::new(64).unwrap();
    assert!(file::open(&path).unwrap().is_none());
    let (first, second) = (file::create(&path, &layout).unwrap(), file::create(&path, &layout).unwrap());
    assert!(file::open(&path).unwrap().is_none());
    assert!(file::publish(&first, &path).unwrap());
    assert!(!file::publish(&second, &path).unwrap());
    assert_eq!(file::open(&path).unwrap().unwrap().1, layout);
    let cut = File::options().write(true).open(&path).unwrap();
    cut.write_all_at(b"nonsense", 0).unwrap();
    assert!(matches!(file::open(&path), Err(Error::Data(_))));
    cut.set_len(10).unwrap();
    let error = file::open(&path).unwrap_err();
    assert!(error.message().contains("10 bytes, expected at least 4096"), "{error}");
}

/// A publisher; while all places are taken by publishers that are gone and whose readers have not been given their turn by
/// a busy machine, it waits for one.
fn patient(bus: &Bus, topic: &str) -> Publisher {
    let mut tries = 0;
    loop {
        match bus.publisher(topic) {
            Ok(publisher) => return publisher,
            Err(error) => assert!(tries < 20_000 && error.message().contains("all its 63 publishers"), "{error}"),
        }
        tries += 1;
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn the_directory_survives_threads_that_come_and_go() {
    let name = Name::new();
    let handles: Vec<_> = (0..4)
        .map(|worker| {
            let bus = name.bus(64);
            let member = Member::open(&name.0, None, Duration::ZERO).unwrap();
            std::thread::spawn(move || {
                for round in 0..30_i64 {
                    let mut publisher = patient(&bus, &format!("md.v.S{worker}"));
                    let mut own = bus.subscribe(&format!("md.v.S{worker}.>"), Delivery::default()).unwrap();
                    let mut all = bus.subscribe("md.>", LOSSY).unwrap();
                    let instrument = member.register("v", &format!("S{worker}")).unwrap().0;
                    let events: Vec<Event> =
                        trades(round..round + 5).into_iter().map(|event| Event { instrument, ..event }).collect();
                    publisher.publish(&events).unwrap();
                    assert_eq!(prices(&mut own), (round..round + 5).collect::<Vec<_>>());
                    assert!(prices(&mut all).len() >= 5);
                }
            })
        })
        .collect();
    for handle in handles {
        handle.join().unwrap();
    }
    let bus = name.bus(64);
    let metrics = bus.metrics();
    assert_eq!((metrics.publishers.len(), metrics.subscriptions.len()), (1, 0));
    assert_eq!((metrics.publishers_died, metrics.subscribers_died), (0, 0));
    assert_eq!(Member::open(&name.0, None, Duration::ZERO).unwrap().publishers()[0].place.state(), OPEN);
}
