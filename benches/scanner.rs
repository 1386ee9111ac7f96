//! The scanner: whole histories of a panel, and one new bar of every instrument.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use quantum_core::indicators::on_threads;
use quantum_core::scanner::{Bars, PATTERNS, Panel, Rows, ScanSettings, Scanner, Series};

const INSTRUMENTS: usize = 10_000;
const BARS: usize = 500;
const DAY_NS: i64 = 86_400_000_000_000;

/// Columns of a market that wanders, the same on every run: open, high, low, close, volume.
fn market() -> [Vec<f64>; 5] {
    let mut seed = 7u64;
    let mut uniform = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 40) as f64 / 16_777_216.0
    };
    let mut columns: [Vec<f64>; 5] = Default::default();
    for _ in 0..INSTRUMENTS {
        let mut close = 100.0;
        for _ in 0..BARS {
            let open = close * (1.0 + (uniform() - 0.5) * 0.01);
            close = open * (1.0 + (uniform() + uniform() - 1.0) * 0.03);
            let (high, low) =
                (open.max(close) * (1.0 + uniform() * 0.008), open.min(close) * (1.0 - uniform() * 0.008));
            let volume = (1000.0 / (0.02 + uniform())).round();
            for (column, value) in columns.iter_mut().zip([open, high, low, close, volume]) {
                column.push(value);
            }
        }
    }
    columns
}

fn scan(criterion: &mut Criterion) {
    let [open, high, low, close, volume] = market();
    let series = Series { open: &open, high: &high, low: &low, close: &close, volume: &volume };
    let instrument: Vec<u32> = (0..INSTRUMENTS as u32).flat_map(|number| std::iter::repeat_n(number, BARS)).collect();
    let time: Vec<i64> = (0..INSTRUMENTS).flat_map(|_| (0..BARS as i64).map(|bar| bar * DAY_NS)).collect();
    let rows = Rows { instrument: &instrument, time: &time, series };
    let panel = Panel::new(rows, INSTRUMENTS, true).expect("the market is clean");
    let names = PATTERNS.map(String::from);
    let mut group = criterion.benchmark_group("scan");
    group.sample_size(10);
    for threads in [1, 2] {
        let mut scanner = Scanner::new(&names, 0.0, ScanSettings::default(), true).expect("all names are known");
        group.throughput(Throughput::Elements((INSTRUMENTS * BARS) as u64));
        group.bench_function(format!("history, {threads} threads"), |bencher| {
            bencher.iter(|| on_threads(threads, || Ok(scanner.scan(&panel))).expect("a scan does not fail"));
        });
        let mut bar = BARS as i64;
        let last: Vec<usize> = (0..INSTRUMENTS).map(|number| number * BARS + BARS - 1).collect();
        let columns =
            [&open, &high, &low, &close, &volume].map(|all| last.iter().map(|at| all[*at]).collect::<Vec<_>>());
        let [open, high, low, close, volume] = &columns;
        group.throughput(Throughput::Elements(INSTRUMENTS as u64));
        group.bench_function(format!("one new bar, {threads} threads"), |bencher| {
            bencher.iter(|| {
                bar += 1;
                let time = vec![bar * DAY_NS; INSTRUMENTS];
                let bars = Bars { time: &time, series: Series { open, high, low, close, volume } };
                on_threads(threads, || scanner.update(&bars)).expect("the bars are new")
            });
        });
    }
    group.finish();
}

criterion_group!(benches, scan);
criterion_main!(benches);
