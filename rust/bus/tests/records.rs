//! Records other than events: their topics, what stands for lost ones, topics of users, handlers.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::bus::catalog::Catalog;
use crate::bus::{Bus, Delivery, Format, Key, Message, Pattern, Policy, RecordType, Wait};
use crate::model::{Bar, Command, CommandKind, Event, EventKind, Report, pattern_name};
use crate::stats::Rng;

const LOSSY: Delivery = Delivery::Gate(Policy::Lossy);
/// Venue and symbol by instrument; the venues are 0, 0 and 1.
const LISTED: [(&str, &str); 3] = [("v", "A"), ("v", "B"), ("w", "A")];
const VENUES: [u8; 3] = [0, 0, 1];

/// Records of a type, made of what random numbers say; the second one says which of the type's topics.
trait Made: Message {
    fn made(instrument: u32, which: u8) -> Self;
    fn with_value(self, value: i64) -> Self;
    fn value(&self) -> i64;
}

impl Made for Event {
    fn made(instrument: u32, which: u8) -> Self {
        let kinds = [1, 3, 11, 17, 22, 22, 23];
        let kind = kinds[which as usize % kinds.len()];
        let venue = VENUES[instrument as usize];
        Self { instrument, venue, kind, order_id: u64::from(which / 8), ..Self::default() }
    }
    fn with_value(self, value: i64) -> Self {
        Self { price: value, ..self }
    }
    fn value(&self) -> i64 {
        self.price
    }
}

impl Made for Bar {
    fn made(instrument: u32, which: u8) -> Self {
        Self { instrument, kind: EventKind::Bar as u8, timeframe: which % 12, ..Self::default() }
    }
    fn with_value(self, value: i64) -> Self {
        Self { open_ns: value, ..self }
    }
    fn value(&self) -> i64 {
        self.open_ns
    }
}

impl Made for Command {
    fn made(instrument: u32, which: u8) -> Self {
        let kind = which % 5 + 1;
        let venue = if which & 32 == 0 { VENUES[instrument as usize] } else { Self::ROUTER };
        let for_all = kind == CommandKind::CancelAll as u8 && which & 64 == 0;
        let instrument = if for_all { Self::ALL_INSTRUMENTS } else { instrument };
        Self { instrument, venue, kind, ..Self::default() }
    }
    fn with_value(self, value: i64) -> Self {
        Self { price: value, ..self }
    }
    fn value(&self) -> i64 {
        self.price
    }
}

impl Made for Report {
    fn made(instrument: u32, which: u8) -> Self {
        Self { instrument, venue: VENUES[instrument as usize], kind: which % 12 + 1, ..Self::default() }
    }
    fn with_value(self, value: i64) -> Self {
        Self { price: value, ..self }
    }
    fn value(&self) -> i64 {
        self.price
    }
}

fn listed(bus: &Bus) {
    for (venue, symbol) in LISTED {
        bus.hub.catalog.register(venue, symbol).unwrap();
    }
}

/// Publishers of every head that a type has topics under.
fn heads(record: RecordType) -> &'static [&'static str] {
    match record {
        RecordType::Event => &["md", "scan", "signal"],
        RecordType::Bar => &["md"],
        RecordType::Command => &["command"],
        RecordType::Report => &["order", "fill"],
    }
}

fn every_pattern_gets_what_a_plain_matcher_says<M: Made>(patterns: &[&str]) {
    let bus = Bus::new(1024, Wait::Yield).unwrap();
    listed(&bus);
    let mut readers: Vec<_> =
        patterns.iter().map(|text| bus.subscribe_to::<M>(text, Delivery::default()).unwrap()).collect();
    let mut publishers: Vec<_> =
        heads(M::TYPE).iter().map(|head| (*head, bus.publisher_of::<M>(head).unwrap(), 0)).collect();
    let mut random = Rng::new(7);
    let mut published = Vec::new();
    for value in 0..if cfg!(miri) { 30 } else { 600 } {
        let record = M::made(random.below(3) as u32, random.below(256) as u8).with_value(value);
        let name = bus.hub.catalog.name(&record).unwrap();
        let of = publishers.iter_mut().find(|(head, ..)| name.split('.').next() == Some(head)).unwrap();
        of.1.publish(record).unwrap();
        published.push((name, value));
    }
    for (reader, text) in readers.iter_mut().zip(patterns) {
        let mut got = Vec::new();
        while reader.poll(64, |record| got.push(record.value())) > 0 {}
        got.sort_unstable();
        let pattern = Pattern::parse(text).unwrap();
        let due: Vec<i64> =
            published.iter().filter(|(name, _)| pattern.matches(name)).map(|(_, value)| *value).collect();
        assert!(!due.is_empty() || cfg!(miri), "{text} is of use in this test");
        assert_eq!(got, due, "{text}");
    }
}

#[test]
fn a_pattern_gets_its_topics_of_every_record_type() {
    every_pattern_gets_what_a_plain_matcher_says::<Event>(&[
        ">",
        "md.*.A.>",
        "md.v.*.trade",
        "scan.>",
        "scan.breakout.*",
        "scan.*.A",
        "signal.B",
        "*.*.A",
    ]);
    every_pattern_gets_what_a_plain_matcher_says::<Bar>(&[
        ">",
        "md.*.A.bar.1m",
        "md.v.>",
        "*.*.*.bar.other",
        "md.*.*.*.tick",
    ]);
    every_pattern_gets_what_a_plain_matcher_says::<Command>(&[
        "command.>",
        "command.router.>",
        "command.*.A.submit",
        "command.all.*",
        "*.v.B.*",
        "command.all.cancel_all",
    ]);
    every_pattern_gets_what_a_plain_matcher_says::<Report>(&[
        ">",
        "fill.>",
        "order.w.>",
        "*.*.A.trade",
        "*.v.*.new",
        "order.*.*.cancel_rejected",
    ]);
}

/// Publishes a topic that speaks once, then others that lap the ring, to a reader that is behind; gives the last value of
/// each key, and how many were published.
fn lap<M: Made>(bus: &Bus, key: impl Fn(&M) -> u64) -> (HashMap<u64, i64>, u64) {
    let mut to = bus.publisher_of::<M>(heads(M::TYPE)[0]).unwrap();
    let pattern = Pattern::parse(&format!("{}.>", heads(M::TYPE)[0])).unwrap();
    let rare = M::made(2, 2).with_value(-1);
    to.publish(rare).unwrap();
    let mut last = HashMap::from([(key(&rare), -1)]);
    let (mut count, mut random) = (1, Rng::new(11));
    while count < 100 {
        let record = M::made(random.below(2) as u32, random.below(256) as u8).with_value(count);
        if pattern.matches(&bus.hub.catalog.name(&record).unwrap()) {
            if to.try_publish(record).unwrap().is_err() {
                break;
            }
            last.insert(key(&record), count);
            count += 1;
        }
    }
    (last, count as u64)
}

fn losses_are_counted_and_stood_for<M: Made>(check: impl Fn(&M, u64, u64)) {
    for delivery in [Delivery::default(), LOSSY, Delivery::Conflate(Key::Instrument), Delivery::Conflate(Key::Topic)] {
        let bus = Bus::with_timeout(8, Wait::Yield, Duration::from_millis(20)).unwrap();
        listed(&bus);
        let mut reader = bus.subscribe_to::<M>(&format!("{}.>", heads(M::TYPE)[0]), delivery).unwrap();
        let (newest, count) = lap(&bus, |record: &M| key(delivery, record));
        let mut got = Vec::new();
        while reader.poll(5, |record| got.push(*record)) > 0 {}
        let [passed, delivered, filtered, skipped, lost] = {
            let counts = reader.counts();
            [&counts.passed, &counts.delivered, &counts.filtered, &counts.skipped, &counts.lost]
                .map(|count| count.load(Ordering::Relaxed))
        };
        assert_eq!((passed, delivered + filtered + skipped + lost), (count, count));
        assert_eq!((count < 100, lost > 0), (delivery == Delivery::default(), delivery == LOSSY));
        if let Delivery::Conflate(_) = delivery {
            let seen: HashSet<i64> = got.iter().map(Made::value).collect();
            assert_eq!(seen, newest.into_values().collect());
            continue;
        }
        let mut position = 0;
        for record in &got {
            let sequence = record.sequence();
            if record.instrument() == u32::MAX && record.kind() != CommandKind::CancelAll as u8 {
                check(record, position + 1, sequence - position);
            } else {
                assert_eq!(sequence, position + 1);
            }
            position = sequence;
        }
        assert_eq!(position, count);
    }
}

fn key<M: Message>(delivery: Delivery, record: &M) -> u64 {
    match delivery {
        Delivery::Conflate(Key::Topic) => record.topic_key(),
        _ => record.instrument_key(),
    }
}

#[test]
fn what_a_slow_reader_misses_is_counted_and_stood_for_in_every_record_type() {
    losses_are_counted_and_stood_for::<Event>(|gap, first, many| {
        assert_eq!((gap.kind, gap.order_id, gap.qty as u64), (EventKind::Gap as u8, first, many));
    });
    losses_are_counted_and_stood_for::<Bar>(|gap, first, many| {
        assert_eq!((gap.kind, gap.open_ns as u64, gap.volume as u64), (EventKind::Gap as u8, first, many));
        assert!(gap.close.is_nan());
    });
    losses_are_counted_and_stood_for::<Command>(|gap, first, many| {
        assert_eq!((gap.kind, gap.order_id, gap.qty as u64), (Command::GAP, first, many));
        assert!(CommandKind::from_u8(gap.kind).is_none());
    });
    losses_are_counted_and_stood_for::<Report>(|gap, first, many| {
        assert_eq!((gap.kind, gap.order_id, gap.qty as u64), (Report::GAP, first, many));
        assert!(crate::model::ReportKind::ALL.iter().all(|kind| *kind as u8 != gap.kind));
    });
}

#[test]
fn names_are_what_the_record_says() {
    let catalog = Catalog::default();
    for (venue, symbol) in LISTED {
        catalog.register(venue, symbol).unwrap();
    }
    let hit = Event { instrument: 2, venue: 9, ..Event::hit(8, 10, -1) };
    assert_eq!(catalog.name(&hit).unwrap(), format!("scan.{}.A", pattern_name(8)));
    let all = Command { instrument: u32::MAX, kind: CommandKind::CancelAll as u8, ..Command::default() };
    assert_eq!(catalog.name(&all).unwrap(), "command.all.cancel_all");
    let submit = Command { kind: CommandKind::Submit as u8, ..all };
    assert!(catalog.name(&submit).unwrap_err().message().contains("one instrument"));
    let timer = Command { kind: CommandKind::Timer as u8, instrument: 77, ..all };
    assert_eq!(catalog.name(&timer).unwrap(), "command.all.timer");
    for (kind, words) in [(19, "BAR"), (20, "REPORT"), (21, "REPORT"), (24, "not 24"), (0, "not 0")] {
        let error = catalog.name(&Event { kind, ..Event::default() }).unwrap_err();
        assert!(error.message().contains(words), "{error}");
    }
    assert!(catalog.name(&Bar { kind: 11, ..Bar::default() }).unwrap_err().message().contains("19"));
    assert!(catalog.name(&Report { kind: Report::GAP, ..Report::default() }).unwrap_err().message().contains("127"));
    assert!(catalog.name(&Command { kind: 6, ..all }).unwrap_err().message().contains("not 6"));
    assert!(
        catalog.name(&Report { kind: 4, instrument: 2, ..Report::default() }).unwrap_err().message().contains("has 1")
    );
    assert!(catalog.register("router", "X").is_err() && catalog.register("all", "X").is_err());
}

#[test]
fn a_users_topic_carries_what_it_was_bound_to() {
    let bus = Bus::new(64, Wait::Yield).unwrap();
    let number = bus.bind("desk.pnl", &Format::of(RecordType::Report)).unwrap();
    assert_eq!(bus.topic("desk.pnl").unwrap(), number);
    let named = |error: crate::model::Error| {
        assert!(error.message().contains("REPORT") && error.message().contains("EVENT"), "{error}");
    };
    named(bus.bind("desk.pnl", &Format::default()).unwrap_err());
    named(bus.publisher("desk.pnl").err().unwrap());
    named(bus.subscribe("desk.pnl", LOSSY).err().unwrap());
    let mut events = bus.publisher("desk").unwrap();
    named(events.publish(Event { kind: 200, instrument: number, ..Event::default() }).unwrap_err());
    let mut rows = bus.subscribe_to::<Report>("desk.*", Delivery::default()).unwrap();
    let mut reports = bus.publisher_of::<Report>("desk.pnl").unwrap();
    reports.publish(Report { kind: 128, instrument: number, ..Report::default() }).unwrap();
    assert_eq!(rows.poll(9, |report| assert_eq!(report.instrument, number)), 1);
    let own = Format::with_fields("pnl:<f8").unwrap();
    assert_eq!(bus.format("desk.own", Some(&own)).unwrap(), own);
    assert_eq!(bus.format("desk.own", None).unwrap(), own);
    let error = bus.format("desk.own", Some(&Format::default())).unwrap_err();
    assert!(error.message().contains("EVENT with the fields pnl <f8, not EVENT"), "{error}");
    assert!(bus.format("desk.>", Some(&own)).is_err() && bus.format("md.v.X", Some(&own)).is_err());
    for taken in ["md.x", "control.x", "scan.x", "signal.x", "order.x", "fill.x", "command.x", "order"] {
        assert!(bus.topic(taken).unwrap_err().message().contains("belongs to the bus"), "{taken}");
    }
}

#[test]
fn handlers_of_each_record_type_run_on_threads_of_their_own() {
    let bus = Bus::new(64, Wait::Adaptive).unwrap();
    listed(&bus);
    let counts: [Arc<AtomicU64>; 3] = Default::default();
    let (bars, reports, events) = (Arc::clone(&counts[0]), Arc::clone(&counts[1]), Arc::clone(&counts[2]));
    let add = |to: &AtomicU64, value: u64| {
        to.fetch_add(value, Ordering::Relaxed);
        Ok(())
    };
    bus.handler::<Bar>("md.*.A.>", Box::new(move |bar| add(&bars, bar.close as u64))).unwrap();
    bus.handler::<Report>("fill.>", Box::new(move |report| add(&reports, report.qty as u64))).unwrap();
    bus.handler::<Event>(">", Box::new(move |_| add(&events, 1))).unwrap();
    let mut bar = bus.publisher_of::<Bar>("md").unwrap();
    let mut report = bus.publisher_of::<Report>("fill").unwrap();
    for value in 1..=100_i64 {
        bar.publish(Bar { close: value as f64, ..Bar::made(0, 1) }).unwrap();
        report.publish(Report { qty: value, ..Report::made(1, 3) }).unwrap();
    }
    let deadline = Instant::now() + Duration::from_secs(20);
    while counts[..2].iter().any(|count| count.load(Ordering::Relaxed) != 5050) {
        assert!(Instant::now() < deadline, "handlers hang");
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(counts[2].load(Ordering::Relaxed), 0);
    let metrics = bus.metrics();
    assert_eq!((metrics.handlers.len(), metrics.messages), (3, 200));
    let published: Vec<_> = metrics.publishers.iter().map(|row| (row.prefix.as_str(), row.record.name())).collect();
    assert_eq!(published, [("control", "event"), ("md", "bar"), ("fill", "report")]);
    bus.close();
}
