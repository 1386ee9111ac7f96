//! Indicators: each kernel over one series, four over a panel, one new bar of a panel. Nanoseconds a bar are the time
//! over the throughput's elements. Build with `RUSTFLAGS="-C target-cpu=..."` to compare instruction sets.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use quantum_core::indicators::{Job, NanPolicy, TABLE, compute, find, on_threads};

const INSTRUMENTS: usize = 1000;
const BARS: usize = 500;

/// A series that wanders, the same on every run.
fn wander(length: usize, mut seed: u64) -> Vec<f64> {
    let mut price = 100.0;
    let step = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        price *= 1.0 + ((seed >> 40) as f64 / 16_777_216.0 - 0.5) * 0.02;
        price
    };
    std::iter::repeat_with(step).take(length).collect()
}

fn kernels(criterion: &mut Criterion) {
    let length = 10_000;
    let close = wander(length, 1);
    let high: Vec<f64> = close.iter().map(|price| price * 1.01).collect();
    let low: Vec<f64> = close.iter().map(|price| price * 0.99).collect();
    let volume: Vec<f64> = wander(length, 2).iter().map(|price| price * 100.0).collect();
    let mut group = criterion.benchmark_group("kernel");
    group.throughput(Throughput::Elements(length as u64));
    for row in TABLE {
        let series = |name: &&str| match *name {
            "high" | "first" => high.as_slice(),
            "low" | "second" => low.as_slice(),
            "volume" | "buy_volume" | "sell_volume" | "session" => volume.as_slice(),
            _ => close.as_slice(),
        };
        let inputs: Vec<&[f64]> = row.inputs.iter().map(series).collect();
        let mut values = vec![vec![0.0; length]; row.outputs.len()];
        let arguments = row.arguments(&[]).expect("defaults are valid");
        group.bench_function(row.name, |bencher| {
            bencher.iter(|| {
                let mut outputs: Vec<&mut [f64]> = values.iter_mut().map(Vec::as_mut_slice).collect();
                row.run(&arguments, &inputs, &mut outputs, NanPolicy::Skip).expect("the series are finite");
            });
        });
    }
    group.finish();
}

fn panel(criterion: &mut Criterion) {
    let close = wander(INSTRUMENTS * BARS, 1);
    let high: Vec<f64> = close.iter().map(|price| price * 1.01).collect();
    let low: Vec<f64> = close.iter().map(|price| price * 0.99).collect();
    let names = ["rsi", "macd", "bbands", "atr"];
    let rows = names.map(|name| find(name).expect("the table has it"));
    let mut values = rows.map(|row| vec![vec![0.0; close.len()]; row.outputs.len()]);
    let mut group = criterion.benchmark_group("panel");
    group.throughput(Throughput::Elements(close.len() as u64));
    for threads in [1, 2] {
        group.bench_function(format!("rsi macd bbands atr, {threads} threads"), |bencher| {
            bencher.iter(|| {
                let jobs = rows.iter().zip(&mut values).map(|(row, values)| Job {
                    indicator: row,
                    arguments: row.arguments(&[]).expect("defaults are valid"),
                    inputs: if row.inputs.len() == 1 { vec![&close] } else { vec![&high, &low, &close] },
                    outputs: values.iter_mut().map(Vec::as_mut_slice).collect(),
                });
                let jobs = jobs.collect();
                on_threads(threads, || compute(jobs, BARS, NanPolicy::Skip)).expect("the series are finite");
            });
        });
    }
    let mut streams = rows.map(|row| {
        let arguments = row.arguments(&[]).expect("defaults are valid");
        row.crowd(&arguments, INSTRUMENTS, NanPolicy::Skip)
    });
    group.throughput(Throughput::Elements(INSTRUMENTS as u64));
    group.bench_function("one new bar", |bencher| {
        let mut bar = 0;
        bencher.iter(|| {
            bar = (bar + 1) % BARS;
            let at = bar * INSTRUMENTS..(bar + 1) * INSTRUMENTS;
            for ((row, stream), values) in rows.iter().zip(&mut streams).zip(&mut values) {
                let all = [&high[at.clone()], &low[at.clone()], &close[at.clone()]];
                let inputs = if row.inputs.len() == 1 { &all[2..] } else { &all[..] };
                let mut outputs: Vec<&mut [f64]> = values.iter_mut().map(|values| &mut values[..INSTRUMENTS]).collect();
                stream.update(0, inputs, &mut outputs).expect("the bars are finite");
            }
        });
    });
    group.finish();
}

criterion_group!(benches, kernels, panel);
criterion_main!(benches);
