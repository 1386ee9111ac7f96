//! Every kernel once: its name, nanoseconds a bar and a hash of all it gave, one line each. `benches/kernels.py` builds
//! this for several instruction sets, runs the binaries in turns and holds their hashes against each other.

use std::time::Instant;

use quantum_core::indicators::{Indicator, Job, NanPolicy, TABLE, compute, find, on_threads};
use quantum_core::scanner::{PATTERNS, Panel, Rows, ScanSettings, Scanner, Series};

const INSTRUMENTS: usize = 256;
const BARS: usize = 500;
const REPEATS: usize = 7;

/// Open, high, low, close, volume of a market that wanders, instrument after instrument, the same on every run.
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

/// FNV-1a over the bits; every NaN is the same.
fn hash(values: impl Iterator<Item = f64>) -> u64 {
    let bits = values.map(|value| if value.is_nan() { 0x7FF8 << 48 } else { value.to_bits() });
    bits.fold(0xCBF2_9CE4_8422_2325, |hash, bits| (hash ^ bits).wrapping_mul(0x0100_0000_01B3))
}

/// Prints a line: the fastest of some runs of `work`, which tells what it gave.
fn report<T>(name: &str, mut work: impl FnMut() -> T, hash: impl Fn(&T) -> u64) {
    let mut fastest = f64::INFINITY;
    let mut given = work();
    for _ in 0..REPEATS {
        let started = Instant::now();
        given = work();
        fastest = fastest.min(started.elapsed().as_secs_f64());
    }
    let each_ns = fastest * 1e9 / (INSTRUMENTS * BARS) as f64;
    println!("{name}\t{each_ns:.3}\t{:016x}", hash(&given));
}

/// All outputs of some indicators over the panel, on one thread.
fn run(rows: &[&'static Indicator], columns: &[Vec<f64>; 5]) -> Vec<Vec<f64>> {
    let [open, high, low, close, volume] = columns;
    let series = |name: &&str| match *name {
        "open" => open.as_slice(),
        "high" | "first" => high,
        "low" | "second" => low,
        "volume" | "buy_volume" | "sell_volume" | "session" => volume,
        _ => close,
    };
    let mut values: Vec<Vec<Vec<f64>>> =
        rows.iter().map(|row| vec![vec![0.0; INSTRUMENTS * BARS]; row.outputs.len()]).collect();
    let jobs = rows.iter().zip(&mut values).map(|(row, values)| Job {
        indicator: row,
        arguments: row.arguments(&[]).expect("defaults are valid"),
        inputs: row.inputs.iter().map(series).collect(),
        outputs: values.iter_mut().map(Vec::as_mut_slice).collect(),
    });
    let jobs = jobs.collect();
    on_threads(1, || compute(jobs, BARS, NanPolicy::Skip)).expect("the series are finite");
    values.into_iter().flatten().collect()
}

fn main() {
    let columns = market();
    let of_values = |values: &Vec<Vec<f64>>| hash(values.iter().flatten().copied());
    let four = ["rsi", "macd", "bbands", "atr"].map(|name| find(name).expect("the table has it"));
    report("four indicators", || run(&four, &columns), of_values);
    let [open, high, low, close, volume] = &columns;
    let instrument: Vec<u32> = (0..INSTRUMENTS as u32).flat_map(|number| std::iter::repeat_n(number, BARS)).collect();
    let time: Vec<i64> = (0..INSTRUMENTS).flat_map(|_| 0..BARS as i64).collect();
    let rows = Rows { instrument: &instrument, time: &time, series: Series { open, high, low, close, volume } };
    let panel = Panel::new(rows, INSTRUMENTS, true).expect("the market is clean");
    let mut scanner =
        Scanner::new(&PATTERNS.map(String::from), 0.0, ScanSettings::default(), true).expect("all names are known");
    let scan = || on_threads(1, || Ok(scanner.scan(&panel))).expect("a scan does not fail");
    report("seven patterns", scan, |hits| {
        hash(hits.iter().flat_map(|hit| {
            let whole = [hit.instrument, hit.t, hit.origin, u32::from(hit.pattern), u32::from(hit.kind)];
            [hit.lo, hit.hi, hit.confidence, f64::from(hit.direction)].into_iter().chain(whole.map(f64::from))
        }))
    });
    for row in TABLE {
        report(row.name, || run(&[row], &columns), of_values);
    }
}
