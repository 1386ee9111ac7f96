//! What it costs to make up a market: events per second of `feed::sample` with its defaults, one thread, memory for the
//! events included. `cargo bench --bench sample`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use quantum_core::feed::{SampleSpec, sample};

fn ten_minutes(criterion: &mut Criterion) {
    let spec = SampleSpec::default();
    let events = sample(&spec).expect("the defaults are in range").1.len();
    let mut group = criterion.benchmark_group("sample");
    group.sample_size(30).throughput(Throughput::Elements(events as u64));
    group.bench_function("ten minutes", |bencher| bencher.iter(|| sample(black_box(&spec))));
    group.finish();
}

criterion_group!(benches, ten_minutes);
criterion_main!(benches);
