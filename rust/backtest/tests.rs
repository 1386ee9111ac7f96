//! Whole runs over several sources: in a build with assertions, every step compares the agenda with a look at all.

use std::ffi::c_void;
use std::ops::ControlFlow;
use std::sync::Arc;

use proptest::prelude::*;

use super::{Backtest, Compute, Outcome, Plan};
use crate::engine::{Callback, CallbackMask, Context, OrderRequest, Status, Strategy};
use crate::feed::{ReadReport, Recording};
use crate::model::{
    Command, Currency, Decimal, Event, EventKind, Instrument, InstrumentSpec, Money, Report, Side, TimeInForce, flags,
};
use crate::risk::Limits;
use crate::stats::Rng;
use crate::venue::{Delay, Distribution, Fees, FillRule, Jitter, Latency, QueueModel, VenueModel};

/// What the strategy does next, and the instruments it may trade.
struct Script {
    rng: Rng,
    instruments: Vec<Arc<Instrument>>,
}

// SAFETY: called by the engine only, with its event and context, and with the test's Script as the state.
unsafe extern "C" fn act(_: *const Event, context: *mut Context) -> Status {
    // SAFETY: valid for the call, by the engine's contract.
    let context = unsafe { &mut *context };
    // SAFETY: the state is the test's Script, which outlives the engine.
    let script = unsafe { &mut *context.state.cast::<Script>() };
    let number = script.rng.below(script.instruments.len() as u64) as usize;
    match script.rng.below(8) {
        0 => _ = context.cancel_all(Command::ALL_INSTRUMENTS),
        1 | 2 => {
            let side = if script.rng.below(2) == 0 { Side::Buy } else { Side::Sell };
            let limit = Some(95.0 + script.rng.below(10) as f64);
            let time_in_force = TimeInForce::Gtc;
            let order = OrderRequest { instrument: number as u32, side, qty: 1.0, limit, time_in_force, flags: 0 };
            context.submit(&script.instruments[number], &order);
        }
        _ => {}
    }
    0
}

fn listing(number: usize) -> Arc<Instrument> {
    let spec = InstrumentSpec {
        symbol: format!("S{number}"),
        venue: String::new(),
        tick_size: Decimal::ONE,
        lot_size: Decimal::ONE,
        price_increment: None,
        qty_increment: None,
        currency: Currency::parse("USD").unwrap(),
        multiplier: Decimal::ONE,
        asset: String::new(),
        sector: String::new(),
    };
    Arc::new(Instrument::new(spec).unwrap())
}

/// A market of these instruments: levels and trades between 95 and 104 at random times, one to nine ns on the way.
fn recording(instruments: &[usize], rng: &mut Rng) -> Arc<Recording> {
    let (mut exchange_ns, mut receive_ns) = (rng.below(40) as i64, 0);
    let event = |_| {
        exchange_ns += rng.below(4) as i64;
        receive_ns = receive_ns.max(exchange_ns + 1 + rng.below(9) as i64);
        let price = 95 + rng.below(10) as i64;
        Event {
            exchange_ns,
            receive_ns,
            instrument: rng.below(instruments.len() as u64) as u32,
            kind: if rng.below(3) == 0 { EventKind::Trade } else { EventKind::LevelSet } as u8,
            side: if price < 100 { Side::Buy } else { Side::Sell } as u8,
            price,
            qty: 1 + rng.below(5) as i64,
            flags: flags::LAST,
            ..Event::default()
        }
    };
    let events = (0..120).map(event).collect();
    let listings = instruments.iter().map(|&number| listing(number)).collect();
    Arc::new(Recording::new(listings, events, ReadReport::new("test", "events")).unwrap())
}

fn venue(latency: Latency) -> VenueModel {
    let fees = Fees { maker_bps: Decimal::ONE, taker_bps: Decimal::ONE };
    let (queue, fills) = (QueueModel::RiskAverse, FillRule::Partial);
    VenueModel { queue, latency, fees, fills, at_close: false, touch: false }
}

/// A run over these recordings; its reports.
fn play(recordings: &[Arc<Recording>], latency: &Latency, compute: Compute, seed: u64) -> Vec<Report> {
    let plan = Plan::new(recordings.to_vec()).unwrap();
    let instruments = plan.instruments().to_vec();
    let models = vec![venue(latency.clone()); instruments.len()];
    let mut script = Script { rng: Rng::new(seed), instruments };
    let callbacks = [Callback::Book, Callback::Trade, Callback::Order];
    let wants = callbacks.into_iter().fold(CallbackMask::default(), CallbackMask::with);
    let state = std::ptr::from_mut(&mut script).cast::<c_void>();
    let mut setup =
        plan.setup(&models, &Limits::default(), Money::ZERO, Strategy { entry: act, state, wants }, Some(50)).unwrap();
    setup.compute = compute;
    let mut backtest = Backtest::new(setup).unwrap();
    backtest.start().unwrap();
    assert_eq!(backtest.run(|_| ControlFlow::Continue(())).unwrap(), Outcome::EndOfData);
    assert!(backtest.exchanges().iter().all(|exchange| backtest.rows() > 0 && exchange.position().abs() < 1_000));
    backtest.engine().reports().to_vec()
}

fn latencies() -> impl proptest::strategy::Strategy<Value = Latency> {
    let jitter = Jitter::new(Distribution::Exponential, 7, 0.0, 5).unwrap();
    prop_oneof![
        Just(Latency::default()),
        Just(Latency::constant(3, 5)),
        Just(Latency { response: Delay::feed(1.5, 2).unwrap(), ..Latency::constant(11, 0) }),
        Just(Latency { new: Delay::constant(4).jittered(jitter), ..Latency::constant(1, 2) }),
    ]
}

proptest! {
    #[test]
    #[cfg_attr(miri, ignore = "many runs")]
    fn the_agenda_misses_nothing_and_a_run_repeats(
        shapes in prop::collection::vec(prop::collection::vec(0usize..4, 1..3), 1..6),
        latency in latencies(),
        compute in prop_oneof![Just(Compute::None), Just(Compute::Constant(0)), Just(Compute::Constant(6))],
        seed in 0u64..1_000,
    ) {
        let mut rng = Rng::new(seed);
        let distinct = |mut shape: Vec<usize>| { shape.sort_unstable(); shape.dedup(); shape };
        let recordings: Vec<_> = shapes.into_iter().map(|shape| recording(&distinct(shape), &mut rng)).collect();
        let reports = play(&recordings, &latency, compute, seed);
        prop_assert!(reports.windows(2).all(|pair| pair[0].receive_ns <= pair[1].receive_ns));
        prop_assert_eq!(&play(&recordings, &latency, compute, seed), &reports);
        if compute != Compute::Constant(6) {
            prop_assert_eq!(&play(&recordings, &latency, Compute::None, seed), &reports);
        }
    }
}
