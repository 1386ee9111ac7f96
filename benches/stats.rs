//! What it costs to measure: histogram, moments, drawdown, stopwatch, random numbers.
//!
//! `cargo bench --bench stats`. One thread; each figure is criterion's estimate per call, values precomputed outside
//! the timed loop. `Instant` stands beside the stopwatch in the same run, because it is what the stopwatch replaces.

use std::hint::black_box;
use std::time::Instant;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use quantum_core::clock::Stopwatch;
use quantum_core::stats::{Drawdown, Histogram, Moments, Rng};

/// Values per timed loop.
const VALUES: usize = 4096;

/// Latencies as a real path shows them: around 300 ns, with a heavy tail to milliseconds.
fn latencies() -> Vec<u64> {
    let mut rng = Rng::new(1);
    (0..VALUES).map(|_| (200.0 + 100.0 * rng.exponential() / (1.0 - rng.uniform())) as u64).collect()
}

fn per_value(criterion: &mut Criterion, name: &str, mut body: impl FnMut()) {
    let mut group = criterion.benchmark_group("stats");
    group.throughput(Throughput::Elements(VALUES as u64));
    group.bench_function(name, |bencher| bencher.iter(&mut body));
    group.finish();
}

fn states(criterion: &mut Criterion) {
    let latencies = latencies();
    let mut histogram = Histogram::new();
    per_value(criterion, "histogram record", || latencies.iter().for_each(|&ns| histogram.record(black_box(ns))));
    criterion.bench_function("histogram summary", |bencher| bencher.iter(|| black_box(&histogram).summary()));
    let mut moments = Moments::new();
    per_value(criterion, "moments push", || latencies.iter().for_each(|&x| moments.push(black_box(x as f64))));
    let mut drawdown = Drawdown::new();
    per_value(criterion, "drawdown push", || {
        latencies.iter().enumerate().for_each(|(at, &x)| drawdown.push(at as i64, black_box(x as f64)));
    });
    black_box((moments, drawdown));
}

fn clocks(criterion: &mut Criterion) {
    let stopwatch = Stopwatch::new();
    let name = if stopwatch.is_tsc() { "stopwatch ticks (TSC)" } else { "stopwatch ticks (Instant)" };
    criterion.bench_function(name, |bencher| bencher.iter(|| stopwatch.ticks()));
    criterion.bench_function("Instant::now", |bencher| bencher.iter(Instant::now));
    criterion.bench_function("ticks_to_ns", |bencher| bencher.iter(|| stopwatch.ticks_to_ns(black_box(12_345))));
}

fn random(criterion: &mut Criterion) {
    let mut rng = Rng::new(1);
    criterion.bench_function("rng uniform", |bencher| bencher.iter(|| rng.uniform()));
    criterion.bench_function("rng exponential", |bencher| bencher.iter(|| rng.exponential()));
    criterion.bench_function("rng normal", |bencher| bencher.iter(|| rng.normal()));
    criterion.bench_function("rng below", |bencher| bencher.iter(|| rng.below(black_box(1000))));
}

criterion_group!(benches, states, clocks, random);
criterion_main!(benches);
