//! What holds for every synthetic market, seen from its events alone, and the bytes of one that must never change.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::fifo::FifoBook;
use super::flow::Flow;
use super::tape::Tape;
use super::{SampleSpec, sample};
use crate::model::{Error, Event, EventKind, Side, flags};

fn spec(seed: u64, duration_s: f64) -> SampleSpec {
    SampleSpec { seed, duration_ns: (duration_s * 1e9) as i64, ..SampleSpec::default() }
}

fn events(spec: &SampleSpec) -> Vec<Event> {
    sample(spec).unwrap().1
}

/// FNV-1a over every field, in order.
fn hash(events: &[Event]) -> u64 {
    let fields = |e: &Event| {
        let small = u64::from(e.instrument) << 32
            | u64::from(e.venue) << 24
            | u64::from(e.kind) << 16
            | u64::from(e.side) << 8
            | u64::from(e.flags);
        let signed = [e.exchange_ns, e.receive_ns, e.price, e.qty].map(i64::cast_unsigned);
        [e.sequence, signed[0], signed[1], signed[2], signed[3], e.order_id, e.venue_sequence, small]
    };
    events
        .iter()
        .flat_map(fields)
        .flat_map(u64::to_le_bytes)
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3))
}

/// Price to (quantity, orders) for each side, as a reader of the events would have it.
#[derive(Default)]
struct Replica([BTreeMap<i64, (i64, u64)>; 2]);

impl Replica {
    fn apply(&mut self, event: &Event) {
        if event.is(EventKind::Clear) {
            self.0 = [BTreeMap::new(), BTreeMap::new()];
        }
        if event.is(EventKind::LevelSet) {
            let half = &mut self.0[usize::from(event.side) - 1];
            if event.qty == 0 {
                assert!(half.remove(&event.price).is_some(), "a level that was not there was deleted");
            } else {
                half.insert(event.price, (event.qty, event.order_id));
            }
        }
    }

    fn best(&self) -> [(i64, i64, u64); 2] {
        let bid = self.0[0].last_key_value().expect("there is always a bid");
        let ask = self.0[1].first_key_value().expect("there is always an ask");
        [bid, ask].map(|(&price, &(qty, orders))| (price, qty, orders))
    }

    fn orders(&self) -> u64 {
        self.0.iter().flat_map(BTreeMap::values).map(|level| level.1).sum()
    }

    fn assert_equals(&self, book: &FifoBook) {
        for side in [Side::Buy, Side::Sell] {
            let truth: BTreeMap<_, _> =
                book.levels(side).map(|level| (level.price, (level.qty, level.orders))).collect();
            assert_eq!(self.0[side as usize - 1], truth);
        }
    }
}

/// Everything that holds of any market, by replaying its events.
fn check(events: &[Event]) {
    let mut replica = Replica::default();
    let (mut quote, mut quoted) = (Vec::new(), Vec::new());
    for (index, event) in events.iter().enumerate() {
        assert!(event.has(flags::SYNTHETIC) && event.receive_ns >= event.exchange_ns && event.sequence == 0);
        assert!(event.is(EventKind::Clear) == (index == 0));
        if let Some(last) = index.checked_sub(1).map(|before| &events[before]) {
            assert!(event.exchange_ns >= last.exchange_ns && event.receive_ns >= last.receive_ns);
            assert_eq!(event.venue_sequence, last.venue_sequence + u64::from(last.has(flags::LAST)));
        }
        if index > 0 {
            let deletes = event.is(EventKind::LevelSet) && event.qty == 0 && event.order_id == 0;
            assert!(event.price > 0 && (event.qty > 0 && event.order_id > 0 || deletes), "{event:?}");
        }
        replica.apply(event);
        if event.is(EventKind::QuoteBid) || event.is(EventKind::QuoteAsk) {
            quote.push((event.price, event.qty, event.order_id));
        }
        if event.has(flags::LAST) {
            let best = replica.best();
            assert!(best[0].0 < best[1].0, "crossed");
            if !quote.is_empty() {
                assert_ne!(quote, quoted, "a quote that changes nothing");
                quoted = std::mem::take(&mut quote);
            }
            if events.get(index + 1).is_none_or(|next| next.exchange_ns > event.exchange_ns) {
                assert_eq!(quoted, best, "the quote does not follow the book");
            }
        }
    }
    assert!(events.last().unwrap().has(flags::LAST));
}

#[test]
fn the_events_of_a_seed_never_change() {
    let events = events(&spec(7, 60.0));
    check(&events);
    assert_eq!((events.len(), hash(&events)), (9_372, 1_692_344_077_224_393_357));
}

#[test]
fn seeds_differ_and_delays_do_not_touch_the_flow() {
    let (first, other) = (events(&spec(1, 5.0)), events(&spec(2, 5.0)));
    assert_ne!(first, other);
    let slow = events(&SampleSpec { feed_latency_ns: 50_000_000, ..spec(1, 5.0) });
    assert!(slow.iter().zip(&first).all(|(slow, fast)| slow.receive_ns > fast.receive_ns));
    let undelayed = |events: &[Event]| events.iter().map(|&e| Event { receive_ns: 0, ..e }).collect::<Vec<_>>();
    assert_eq!(undelayed(&slow), undelayed(&first));
    let mean = |events: &[Event]| {
        events.iter().map(|e| (e.receive_ns - e.exchange_ns) as f64).sum::<f64>() / events.len() as f64
    };
    assert!((0.9e6..1.3e6).contains(&mean(&first)), "{}", mean(&first));
}

#[test]
fn a_longer_market_begins_like_a_shorter_one() {
    let (long, short) = (events(&spec(3, 20.0)), events(&spec(3, 10.0)));
    assert_eq!(long[..short.len()], short);
    assert!(long[short.len()].exchange_ns >= SampleSpec::default().start_ns + 10_000_000_000);
}

#[test]
fn the_replayed_book_is_the_markets_own_after_every_arrival() {
    let spec = spec(5, 20.0);
    let mut flow = Flow::new(&spec);
    flow.warm_up();
    let mut tape = Tape::new(&spec);
    tape.snapshot(flow.book());
    let (mut replica, mut read) = (Replica::default(), 0);
    while let Some(step) = flow.next(spec.duration_ns) {
        tape.write(step.at_ns, step.changes, step.book);
        tape.events()[read..].iter().for_each(|event| replica.apply(event));
        read = tape.events().len();
        replica.assert_equals(step.book);
    }
    assert_eq!(tape.into_events(), events(&spec));
}

#[test]
fn what_was_traded_is_what_the_levels_lost() {
    let (mut replica, mut trades) = (Replica::default(), BTreeMap::new());
    let mut volume = 0;
    for event in events(&spec(11, 120.0)) {
        if event.is(EventKind::Trade) {
            let hit = Side::from_u8(event.side).unwrap().opposite();
            *trades.entry((hit as u8, event.price)).or_insert(0) += event.qty;
        }
        if event.is(EventKind::LevelSet) && !event.has(flags::SNAPSHOT) && !trades.is_empty() {
            let before = replica.0[usize::from(event.side) - 1][&event.price].0;
            let lost = trades.remove(&(event.side, event.price)).expect("only levels that traded change");
            assert_eq!(before - event.qty, lost);
            assert_eq!(event.has(flags::LAST), trades.is_empty());
            volume += lost;
        }
        replica.apply(&event);
    }
    assert!(trades.is_empty() && volume > 10_000, "{volume}");
}

/// Within four standard deviations of a Poisson count.
fn assert_poisson(name: &str, count: u64, expected: f64) {
    assert!((count as f64 - expected).abs() < 4.0 * expected.sqrt(), "{name}: {count}, expected {expected}");
}

#[test]
fn arrivals_have_the_rates_that_were_asked_for() {
    let spec = spec(13, 600.0);
    let events = events(&spec);
    let mut replica = Replica::default();
    let (mut limits, mut markets, mut cancels, mut buys, mut order_seconds) = (0, 0, 0, 0, 0.0);
    let (mut orders, mut last_ns, mut traded_ns) = (0, spec.start_ns, 0);
    for event in &events {
        if event.is(EventKind::Trade) && event.exchange_ns != traded_ns {
            traded_ns = event.exchange_ns;
            markets += 1;
            buys += u64::from(event.side == Side::Buy as u8);
        }
        replica.apply(event);
        if event.is(EventKind::LevelSet) && event.has(flags::LAST) {
            let now = replica.orders();
            order_seconds += orders as f64 * (event.exchange_ns - last_ns) as f64 / 1e9;
            let arrived = !event.has(flags::SNAPSHOT) && event.exchange_ns != traded_ns;
            limits += u64::from(arrived && now > orders);
            cancels += u64::from(arrived && now < orders);
            (orders, last_ns) = (now, event.exchange_ns);
        }
    }
    let seconds = spec.duration_ns as f64 / 1e9;
    assert_poisson("limit orders", limits, spec.limit_orders_per_second * seconds);
    assert_poisson("market orders", markets, spec.market_orders_per_second * seconds);
    assert_poisson("cancels", cancels, order_seconds / spec.order_lifetime_s);
    assert!((0.3..0.7).contains(&(buys as f64 / markets as f64)), "{buys} of {markets} market orders buy");
}

#[test]
fn the_default_market_looks_like_one() {
    for seed in [7, 21, 22] {
        let events = events(&spec(seed, 600.0));
        let (mut bid, mut last_ns, mut spread_ns) = (0, 0, [0.0; 4]);
        let (mut spread, mut mids) = (0, Vec::new());
        for event in &events {
            if event.is(EventKind::QuoteBid) {
                bid = event.price;
            }
            if event.is(EventKind::QuoteAsk) {
                let held = if last_ns == 0 { 0 } else { event.exchange_ns - last_ns };
                spread_ns[(spread as usize).min(3)] += held as f64;
                (spread, last_ns) = (event.price - bid - 1, event.exchange_ns);
                mids.push((event.price + bid) as f64 / 2.0);
            }
        }
        let total: f64 = spread_ns.iter().sum();
        assert!(spread_ns[0] / total > 0.5 && spread_ns[3] / total < 0.1, "spread of seed {seed}: {spread_ns:?}");
        let range = mids.iter().copied().fold(0.0, f64::max) - mids.iter().copied().fold(f64::MAX, f64::min);
        assert!((15.0..300.0).contains(&range), "seed {seed} ranges over {range} ticks");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_market_is_sound(
        seed in any::<u64>(), limit in 1.0f64..300.0, share in 0.0f64..=0.5, lifetime in 0.01f64..20.0,
        volatility in 0.0f64..20.0, feed_latency_ns in 0i64..1_000_000_000,
    ) {
        let spec = SampleSpec {
            limit_orders_per_second: limit,
            market_orders_per_second: limit * share,
            order_lifetime_s: lifetime.max(1.0 / limit),
            volatility_ticks: volatility,
            feed_latency_ns,
            ..spec(seed, 20.0)
        };
        check(&events(&spec));
    }
}

#[test]
fn what_makes_no_sense_is_refused_by_name() {
    let refused = |spec: SampleSpec, name: &str| match sample(&spec) {
        Err(Error::Config(message)) => assert!(message.starts_with(name) && message.contains("must be"), "{message}"),
        other => panic!("{name} was not refused: {other:?}"),
    };
    let default = SampleSpec::default;
    for duration_ns in [0, -1, i64::MIN, 86_400_000_000_001, i64::MAX] {
        refused(SampleSpec { duration_ns, ..default() }, "duration_ns");
    }
    refused(SampleSpec { start_ns: -1, ..default() }, "start_ns");
    refused(SampleSpec { feed_latency_ns: -1, ..default() }, "feed_latency_ns");
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e300] {
        refused(SampleSpec { limit_orders_per_second: rate, ..default() }, "limit_orders_per_second");
    }
    refused(SampleSpec { market_orders_per_second: 31.0, ..default() }, "market_orders_per_second");
    refused(SampleSpec { order_lifetime_s: 0.0, ..default() }, "order_lifetime_s");
    refused(SampleSpec { volatility_ticks: f64::NAN, ..default() }, "volatility_ticks");
    refused(
        SampleSpec { limit_orders_per_second: 9e3, order_lifetime_s: 99.0, ..default() },
        "limit_orders_per_second ×",
    );
    let day = SampleSpec { limit_orders_per_second: 1e3, duration_ns: 86_400_000_000_000, ..default() };
    refused(day, "the number of events");
}

#[test]
fn one_nanosecond_is_a_snapshot_and_its_quote() {
    let events = events(&SampleSpec { duration_ns: 1, ..SampleSpec::default() });
    check(&events);
    let (snapshot, quote) = events.split_at(events.len() - 2);
    assert!(snapshot.iter().all(|event| event.has(flags::SNAPSHOT)) && !quote.iter().any(|e| e.has(flags::SNAPSHOT)));
    assert!(snapshot.len() > 50 && quote[0].is(EventKind::QuoteBid) && quote[1].is(EventKind::QuoteAsk));
}
