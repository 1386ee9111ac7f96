//! Rows a second through the engine: the recording named by `QUANTUM_SHARED` (default `../shared`), no strategy.
//!
//! `cargo bench --bench replay`

use std::ffi::c_void;
use std::hint::black_box;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::ptr;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use quantum_core::backtest::{Backtest, Plan};
use quantum_core::engine::{CallbackMask, Context, Status, Strategy};
use quantum_core::feed::Recording;
use quantum_core::model::{Currency, Decimal, Event, Instrument, InstrumentSpec, Money};
use quantum_core::risk::Limits;
use quantum_core::venue::{Fees, FillRule, Form, Latency, QueueModel, Shape, VenueModel};

unsafe extern "C" fn never(_: *const Event, _: *mut Context) -> Status {
    0
}

fn recording() -> Option<Arc<Recording>> {
    let shared = std::env::var_os("QUANTUM_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let path = shared.join("data/binance/usdm_btcusdt_20240808.gz");
    let decimal = |text| Decimal::parse(text).expect("a decimal");
    let instrument = Instrument::new(InstrumentSpec {
        symbol: "BTCUSDT".into(),
        venue: "binance".into(),
        tick_size: decimal("0.1"),
        lot_size: decimal("0.001"),
        price_increment: None,
        qty_increment: None,
        currency: Currency::parse("USDT").expect("a currency"),
        multiplier: Decimal::ONE,
        asset: String::new(),
        sector: String::new(),
    })
    .expect("an instrument");
    path.exists().then(|| Arc::new(Recording::read(&path, &[Arc::new(instrument)], Vec::new()).expect("a recording")))
}

fn run(recording: &Arc<Recording>) -> Backtest {
    let zero = Decimal::new(0, 0).expect("zero");
    let model = VenueModel {
        queue: QueueModel::Probability(Shape::Power(2.0), Form::Split),
        latency: Latency::constant(10_000_000, 10_000_000),
        fees: Fees { maker_bps: zero, taker_bps: zero },
        fills: FillRule::Partial,
        at_close: false,
        touch: false,
    };
    let strategy = Strategy { entry: never, state: ptr::null_mut::<c_void>(), wants: CallbackMask::default() };
    let plan = Plan::new(vec![Arc::clone(recording)]).expect("a plan");
    let setup = plan.setup(&[model], &Limits::default(), Money::ZERO, strategy, None).expect("a set-up");
    Backtest::new(setup).expect("a run")
}

fn replay(criterion: &mut Criterion) {
    let Some(recording) = recording() else {
        eprintln!("skipped: no recording found, set QUANTUM_SHARED");
        return;
    };
    let mut group = criterion.benchmark_group("replay");
    group.throughput(Throughput::Elements(recording.events().len() as u64));
    group.bench_function("no strategy", |bencher| {
        bencher.iter_batched(
            || run(&recording),
            |mut backtest| black_box(backtest.run(|_| ControlFlow::Continue(())).expect("it runs")),
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(benches, replay);
criterion_main!(benches);
