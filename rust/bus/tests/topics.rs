//! The bus: topics, policies with exact counts, handlers that fail.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::count;
use crate::bus::handlers::TIMED_EVERY;
use crate::bus::{Bus, Delivery, Key, Notice, Pattern, Policy, Start, Subscription, Wait};
use crate::model::{Event, EventKind};
use crate::stats::Rng;

const LOSSY: Delivery = Delivery::Gate(Policy::Lossy);

fn trade(instrument: u32, price: i64) -> Event {
    Event { kind: EventKind::Trade as u8, instrument, price, ..Event::default() }
}

fn drain(subscription: &mut Subscription) -> Vec<Event> {
    let mut events = Vec::new();
    while subscription.poll(1000, |event| events.push(*event)) > 0 {}
    events
}

fn assert_exact(subscription: &Subscription) -> [u64; 6] {
    let counts = subscription.counts();
    let [passed, delivered, filtered, skipped, lost, pending] =
        [&counts.passed, &counts.delivered, &counts.filtered, &counts.skipped, &counts.lost, &counts.pending]
            .map(|count| count.load(Ordering::Relaxed));
    assert_eq!(passed, delivered + filtered + skipped + lost + pending);
    [passed, delivered, filtered, skipped, lost, pending]
}

#[test]
fn ten_thousand_topics_and_two_hundred_patterns_deliver_what_a_plain_matcher_says() {
    let (topics, patterns) = if cfg!(miri) { (40, 8) } else { (10_000, 200) };
    let mut random = Rng::new(5);
    let mut pick = |from: &[&str]| from[random.below(from.len() as u64) as usize].to_owned();
    let words = ["a", "b", "c", "d", "e", "f", "g"];
    let wild = ["a", "b", "c", "d", "e", "*", "*"];
    let bus = Bus::with_timeout(16_384, Wait::Yield, Duration::from_secs(1)).unwrap();
    let names: Vec<String> =
        (0..topics).map(|n| format!("x.{}.{}.{}.t{}", pick(&words), pick(&words), pick(&words), n % 700)).collect();
    let compiled: Vec<String> = (0..patterns)
        .map(|_| {
            let head = format!("x.{}.{}", pick(&wild), pick(&wild));
            if pick(&words) < "d".into() { format!("{head}.>") } else { format!("{head}.{}.t{}", pick(&wild), 7) }
        })
        .collect();
    let mut subscriptions: Vec<_> = compiled.iter().map(|p| bus.subscribe(p, Delivery::default()).unwrap()).collect();
    let mut publisher = bus.publisher("x").unwrap();
    for name in &names {
        let instrument = bus.topic(name).unwrap();
        publisher.publish(Event { kind: 200, instrument, ..Event::default() }).unwrap();
    }
    for (subscription, pattern) in subscriptions.iter_mut().zip(&compiled) {
        let pattern = Pattern::parse(pattern).unwrap();
        let expected: Vec<u32> =
            names.iter().filter(|name| plainly(&pattern.to_string(), name)).map(|n| bus.topic(n).unwrap()).collect();
        let got: Vec<u32> = drain(subscription).iter().map(|event| event.instrument).collect();
        assert_eq!(got, expected, "{pattern}");
        assert_exact(subscription);
    }
}

/// The slow twin of `Pattern::matches`.
fn plainly(pattern: &str, topic: &str) -> bool {
    match (pattern.split_once('.'), topic.split_once('.')) {
        (None, _) if pattern == ">" => true,
        (None, None) => pattern == "*" || pattern == topic,
        (Some((p, more)), Some((t, rest))) => (p == "*" || p == t) && plainly(more, rest),
        _ => false,
    }
}

#[test]
fn a_pattern_sees_its_topics_whoever_came_first() {
    let bus = Bus::new(64, Wait::Yield).unwrap();
    let mut early = bus.subscribe("md.*.BTCUSDT.>", Delivery::default()).unwrap();
    let mut publisher = bus.publisher("md.binance.BTCUSDT").unwrap();
    publisher.publish(trade(0, 1)).unwrap();
    let mut late = bus.subscribe("md.binance.*.trade", Delivery::default()).unwrap();
    let mut from_start = bus.subscribe_from("md.>", LOSSY, Start::Oldest).unwrap();
    let mut none = bus.subscribe("md.kraken.>", Delivery::default()).unwrap();
    publisher.publish(trade(0, 2)).unwrap();
    let prices = |subscription: &mut Subscription| drain(subscription).iter().map(|e| e.price).collect::<Vec<_>>();
    assert_eq!(prices(&mut early), [1, 2]);
    assert_eq!(prices(&mut late), [2]);
    assert_eq!(prices(&mut from_start), [1, 2]);
    assert!(prices(&mut none).is_empty());
    assert_eq!(publisher.subscriptions(), 3);
}

#[test]
fn an_event_that_does_not_belong_is_an_error_and_nothing_is_published() {
    let bus = Bus::new(64, Wait::Yield).unwrap();
    let mut btc = bus.publisher("md.binance.BTCUSDT").unwrap();
    let mut eth = bus.publisher("md.binance.ETHUSDT").unwrap();
    assert!(btc.publish(trade(1, 1)).unwrap_err().message().contains("ETHUSDT"));
    assert!(btc.publish(trade(9, 1)).unwrap_err().message().contains("instrument number 9"));
    assert!(btc.publish(Event { kind: 99, ..trade(0, 1) }).unwrap_err().message().contains("99"));
    assert!(btc.publish(Event { venue: 3, ..trade(0, 1) }).unwrap_err().message().contains("venue number 3"));
    assert!(btc.publish_batch(&[trade(0, 1), trade(1, 1)]).is_err());
    assert_eq!((btc.published(), eth.publish(trade(1, 1)).unwrap()), (0, 1));
    btc.close();
    assert!(btc.publish(trade(0, 1)).unwrap_err().message().contains("closed"));
    assert!(bus.publisher("md.*").is_err() && bus.topic("md.x").is_err() && bus.subscribe("a..b", LOSSY).is_err());
    for capacity in [0, 1, 6, 1 << 40] {
        assert!(Bus::new(capacity, Wait::Yield).is_err());
    }
}

#[test]
fn published_is_delivered_plus_counted_losses_for_every_policy_at_once() {
    let total = count(300_000);
    let bus = Bus::new(256, Wait::Adaptive).unwrap();
    let detach = Delivery::Gate(Policy::Detach { after: 64, patience: Duration::ZERO });
    let policies = [Delivery::default(), LOSSY, Delivery::Conflate(Key::Instrument), detach];
    let readers: Vec<_> = policies
        .into_iter()
        .map(|policy| {
            let mut subscription = bus.subscribe("md.v.*.trade", policy).unwrap();
            thread::spawn(move || {
                let mut last = HashMap::new();
                loop {
                    let mut stop = false;
                    subscription.poll(100, |event| {
                        if event.kind == EventKind::Trade as u8 {
                            let before = last.insert(event.instrument, event.price).unwrap_or(-1);
                            assert!(before < event.price, "the order of a key is kept");
                            stop |= event.price == i64::MAX;
                        }
                    });
                    if stop && subscription.counts().pending.load(Ordering::Relaxed) == 0 {
                        return (assert_exact(&subscription), last);
                    }
                    subscription.wait(Some(Duration::from_millis(50)));
                }
            })
        })
        .collect();
    let mut publisher = bus.publisher("md").unwrap();
    let symbols = ["A", "B", "C", "RARE", "END"];
    let numbers: Vec<u32> = symbols.iter().map(|symbol| bus.hub.catalog.register("v", symbol).unwrap().0).collect();
    // The rare key speaks once, at the start, and everyone is lapped many times over.
    publisher.publish(trade(numbers[3], 7)).unwrap();
    for n in 0..total {
        let kind = if n % 5 == 0 { EventKind::QuoteBid } else { EventKind::Trade };
        publisher.publish(Event { kind: kind as u8, ..trade(numbers[(n % 3) as usize], n as i64) }).unwrap();
    }
    publisher.publish(trade(numbers[4], i64::MAX)).unwrap();
    for (reader, policy) in readers.into_iter().zip(policies) {
        let ([passed, delivered, filtered, _, lost, _], newest_seen) = reader.join().unwrap();
        assert_eq!(passed, total + 2, "{policy:?}");
        match policy {
            Delivery::Gate(Policy::Block) => {
                assert_eq!((delivered, filtered, lost), (total - total.div_ceil(5) + 2, total.div_ceil(5), 0));
            }
            Delivery::Conflate(_) => {
                let newest = |residue: u64| (0..total).rev().find(|n| n % 3 == residue && n % 5 != 0).unwrap() as i64;
                for (symbol, price) in [(0, newest(0)), (1, newest(1)), (2, newest(2)), (3, 7)] {
                    assert_eq!(newest_seen[&numbers[symbol]], price, "the last value of each key arrives");
                }
                assert_eq!(lost, 0);
            }
            Delivery::Gate(_) => assert!(delivered > 0),
        }
    }
}

#[test]
fn a_rare_key_survives_a_lap_in_a_conflating_subscription() {
    let bus = Bus::new(8, Wait::Yield).unwrap();
    let mut publisher = bus.publisher("md.v").unwrap();
    let (rare, busy) =
        (bus.hub.catalog.register("v", "RARE").unwrap().0, bus.hub.catalog.register("v", "X").unwrap().0);
    let mut conflated = bus.subscribe("md.>", Delivery::Conflate(Key::Instrument)).unwrap();
    publisher.publish(trade(rare, 1)).unwrap();
    publisher.publish_batch(&(0..100).map(|n| trade(busy, n)).collect::<Vec<_>>()).unwrap();
    let events: Vec<(u32, i64)> = drain(&mut conflated).iter().map(|e| (e.instrument, e.price)).collect();
    assert_eq!(events, [(rare, 1), (busy, 99)]);
    assert_eq!(assert_exact(&conflated), [101, 2, 0, 99, 0, 0]);
}

#[test]
fn a_detached_subscription_is_announced_and_gates_again_after_rejoin() {
    let bus = Bus::new(16, Wait::Yield).unwrap();
    let mut control = bus.subscribe("control.>", Delivery::default()).unwrap();
    let policy = Delivery::Gate(Policy::Detach { after: 4, patience: Duration::ZERO });
    let mut slow = bus.subscribe("md.>", policy).unwrap();
    let mut publisher = bus.publisher("md.v.X").unwrap();
    for n in 0..100 {
        publisher.publish(trade(0, n)).unwrap();
    }
    let notices = drain(&mut control);
    assert_eq!(notices.len(), 1);
    assert_eq!((notices[0].order_id, notices[0].instrument), (Notice::Detached as u64, slow.id()));
    assert_eq!(drain(&mut slow)[0].kind, EventKind::Gap as u8);
    assert!(slow.is_detached());
    slow.rejoin();
    assert!(!slow.is_detached());
    let [passed, delivered, _, _, lost, _] = assert_exact(&slow);
    assert_eq!((passed, delivered + lost), (100, 100));
}

#[test]
fn handlers_fail_alone_and_are_timed() {
    let bus = Bus::new(64, Wait::Adaptive).unwrap();
    let mut control = bus.subscribe("control.>", Delivery::default()).unwrap();
    let sums: Vec<Arc<AtomicU64>> = (0..10).map(|_| Arc::default()).collect();
    for (number, sum) in sums.iter().enumerate() {
        let sum = Arc::clone(sum);
        let call = move |event: &Event| {
            assert!(number != 3 || event.price < 50, "fifty is enough");
            sum.fetch_add(event.price as u64, Ordering::Relaxed);
            if number == 4 && event.price == 60 { Err("sixty is enough".into()) } else { Ok(()) }
        };
        bus.handler("md.v.X.trade", Box::new(call)).unwrap();
    }
    let mut publisher = bus.publisher("md.v.X").unwrap();
    for n in 0..1000 {
        publisher.publish(trade(0, n)).unwrap();
    }
    let deadline = Instant::now() + Duration::from_secs(20);
    let healthy = |sum: &Arc<AtomicU64>| sum.load(Ordering::Relaxed) == 499_500;
    while sums.iter().filter(|sum| healthy(sum)).count() < 8 {
        assert!(Instant::now() < deadline, "handlers hang");
        thread::sleep(Duration::from_millis(1));
    }
    let handlers = bus.metrics().handlers;
    assert_eq!(handlers.len(), 10);
    assert_eq!(handlers[3].fault.as_deref(), Some("fifty is enough"));
    assert_eq!(handlers[4].fault.as_deref(), Some("sixty is enough"));
    assert_eq!((handlers[3].calls, handlers[9].calls), (51, 1000));
    let latency = handlers[9].latency_ns.expect("timed");
    assert!(
        latency.count == 1000_u64.div_ceil(TIMED_EVERY) && latency.p50 <= latency.p99 && latency.max < 1_000_000_000
    );
    let faults = drain(&mut control).iter().filter(|e| e.order_id == Notice::Faulted as u64).count();
    assert!((1..=2).contains(&faults));
    bus.close();
}

#[test]
fn publishers_and_subscriptions_outlive_the_handles_of_their_bus_and_its_threads_do_not() {
    let bus = Bus::new(64, Wait::Adaptive).unwrap();
    let mut publisher = bus.publisher("md.v.X").unwrap();
    let mut trades = bus.subscribe("md.*.X.trade", Delivery::default()).unwrap();
    let (calls, held) = (Arc::new(AtomicU64::new(0)), Arc::new(()));
    let (counted, with) = (Arc::clone(&calls), Arc::clone(&held));
    let mut answers = bus.publisher("md.v.Y").unwrap();
    let answer = move |event: &Event| {
        std::hint::black_box(&with);
        counted.fetch_add(1, Ordering::Relaxed);
        answers.publish(Event { instrument: 1, ..*event }).map(drop).map_err(|error| error.to_string())
    };
    bus.handler("md.v.X.trade", Box::new(answer)).unwrap();
    drop(bus);
    // The handler went with the last handle, although it held a publisher of the bus.
    assert_eq!(Arc::strong_count(&held), 1);
    publisher.publish(trade(0, 7)).unwrap();
    assert_eq!(drain(&mut trades).iter().map(|event| event.price).collect::<Vec<_>>(), [7]);
    assert_eq!(calls.load(Ordering::Relaxed), 0);
}

#[test]
fn a_subscription_that_leaves_before_it_read_anything_holds_nobody() {
    let bus = Bus::with_timeout(2, Wait::Yield, Duration::from_millis(50)).unwrap();
    let unread = bus.subscribe("md.>", Delivery::default()).unwrap();
    let mut publisher = bus.publisher("md.v.X").unwrap();
    publisher.publish_batch(&[trade(0, 1), trade(0, 2)]).unwrap();
    assert!(publisher.publish(trade(0, 3)).is_err());
    drop(unread);
    publisher.publish_batch(&[trade(0, 3), trade(0, 4), trade(0, 5)]).unwrap();
    assert_eq!((publisher.published(), publisher.subscriptions()), (5, 0));
}

#[test]
fn metrics_say_what_happened() {
    let bus = Bus::new(64, Wait::Yield).unwrap();
    let mut all = bus.subscribe("md.>", Delivery::default()).unwrap();
    let mut publisher = bus.publisher("md.v.X").unwrap();
    for n in 0..32 {
        publisher.publish(trade(0, n)).unwrap();
    }
    let metrics = bus.metrics();
    let mine = metrics.publishers.iter().find(|p| p.prefix == "md.v.X").unwrap();
    assert_eq!((mine.published, mine.capacity, mine.topics), (32, 64, 1));
    assert!((mine.utilisation_frac - 0.5).abs() < 1e-12 && mine.rate_per_s > 0.0);
    drain(&mut all);
    let metrics = bus.metrics();
    assert_eq!((metrics.subscriptions[0].delivered, metrics.messages), (32, 32));
    assert_eq!(metrics.publishers.iter().find(|p| p.prefix == "md.v.X").unwrap().utilisation_frac.to_bits(), 0);
}

#[test]
fn a_sleeping_subscription_wakes_for_the_first_record_of_a_new_publisher() {
    let patience_s = if cfg!(miri) { 600 } else { 10 };
    let bus = Bus::new(64, Wait::Block(Duration::from_secs(patience_s))).unwrap();
    let got = Arc::new(Mutex::new(Vec::new()));
    let mut subscription = bus.subscribe("md.>", Delivery::default()).unwrap();
    let seen = Arc::clone(&got);
    let reader = thread::spawn(move || {
        while seen.lock().unwrap().len() < 3 {
            assert!(subscription.wait(Some(Duration::from_secs(patience_s))), "nobody woke the reader");
            subscription.poll(8, |event| seen.lock().unwrap().push(event.price));
        }
    });
    let mut publishers: Vec<_> = ["X", "Y", "Z"].map(|s| bus.publisher(&format!("md.v.{s}")).unwrap()).into();
    for (number, publisher) in publishers.iter_mut().enumerate() {
        thread::sleep(Duration::from_millis(if cfg!(miri) { 1 } else { 20 }));
        publisher.publish(trade(number as u32, number as i64)).unwrap();
    }
    reader.join().unwrap();
    assert_eq!(*got.lock().unwrap(), [0, 1, 2]);
}

#[test]
fn a_batch_larger_than_the_ring_wakes_the_reader_that_must_make_room() {
    // A reader that looks only when it is woken, and a publisher that gives up long before it would look by itself.
    let asleep = Wait::Block(Duration::from_secs(600));
    let bus = Bus::with_timeout(8, asleep, Duration::from_secs(5)).unwrap();
    let mut reader = bus.subscribe("md.>", Delivery::default()).unwrap();
    let mut publisher = bus.publisher("md.v.S").unwrap();
    let total = 1_000;
    let thread = std::thread::spawn(move || {
        let mut got = 0;
        while got < total && reader.wait(Some(Duration::from_secs(20))) {
            got += reader.poll(total, |_| {});
        }
        got
    });
    // It falls asleep before there is anything.
    std::thread::sleep(Duration::from_millis(50));
    let trade = Event { kind: EventKind::Trade as u8, ..Event::default() };
    publisher.publish_batch(&vec![trade; total]).unwrap();
    assert_eq!(thread.join().unwrap(), total);
}

#[test]
fn more_spinning_subscriptions_than_cores_are_announced_once() {
    let cores = thread::available_parallelism().unwrap().get();
    for (wait, announced) in [(Wait::SpinHint, 1), (Wait::Adaptive, 0)] {
        let bus = Bus::new(64, wait).unwrap();
        let mut control = bus.subscribe("control.>", Delivery::default()).unwrap();
        let spinners: Vec<_> = (0..cores + 3).map(|_| bus.subscribe("md.>", Delivery::default()).unwrap()).collect();
        let told: Vec<usize> = spinners.iter().filter_map(Subscription::spin).collect();
        assert!(!spinners.iter().any(|spinner| spinner.wait(Some(Duration::ZERO))));
        let notices: Vec<(u64, u64)> = drain(&mut control).iter().map(|e| (e.order_id, e.venue_sequence)).collect();
        let due = (Notice::Crowded as u64, cores as u64 + 1);
        assert_eq!((notices, told), (vec![due; announced], vec![cores + 1; announced]));
    }
}
