//! Raw Binance lines to events: from decompressed bytes in memory, and from gzip, as lines per second.
//!
//! `cargo bench --bench decode` reads the BTC recording of `$QUANTUM_SHARED` (default `../shared`); throughput is shown
//! in lines (elements) per second, the median of each group's samples.

use std::hint::black_box;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use flate2::read::MultiGzDecoder;
use quantum_core::feed::{Reader, Recording};
use quantum_core::model::{Currency, Decimal, Event, Instrument, InstrumentSpec};

const RECORDING: &str = "data/binance/usdm_btcusdt_20240808.gz";

fn instrument() -> Arc<Instrument> {
    let decimal = |text| Decimal::parse(text).expect("a literal decimal");
    let spec = InstrumentSpec {
        symbol: "BTCUSDT".into(),
        venue: "binance".into(),
        tick_size: decimal("0.1"),
        lot_size: decimal("0.001"),
        price_increment: None,
        qty_increment: None,
        currency: Currency::parse("USDT").expect("a literal currency"),
        multiplier: Decimal::ONE,
        asset: String::new(),
        sector: String::new(),
    };
    Arc::new(Instrument::new(spec).expect("a literal instrument"))
}

/// Streams a source to its end in batches of 65,536 events and says how many there were.
fn drain(source: impl Read, instruments: &[Arc<Instrument>], events: &mut Vec<Event>) -> u64 {
    let mut reader = Reader::new(source, "bench", instruments).expect("one instrument");
    loop {
        events.clear();
        let more = reader.next_batch(events, 65_536).expect("a good recording");
        black_box(&events);
        if !more {
            return reader.report().events;
        }
    }
}

fn decode(criterion: &mut Criterion) {
    let shared = std::env::var("QUANTUM_SHARED").unwrap_or_else(|_| "../shared".into());
    let path = PathBuf::from(shared).join(RECORDING);
    let Ok(packed) = std::fs::read(&path) else {
        eprintln!("skipped: {} is not there", path.display());
        return;
    };
    let mut text = Vec::new();
    MultiGzDecoder::new(&packed[..]).read_to_end(&mut text).expect("a good gzip file");
    let lines = memchr::memchr_iter(b'\n', &text).count() as u64;
    let instruments = [instrument()];
    let mut events = Vec::new();
    let mut group = criterion.benchmark_group("decode");
    group.sample_size(30).throughput(Throughput::Elements(lines));
    group.bench_function("bytes to events", |bench| bench.iter(|| drain(&text[..], &instruments, &mut events)));
    group.bench_function("gzip to events", |bench| {
        bench.iter(|| drain(MultiGzDecoder::new(&packed[..]), &instruments, &mut events));
    });
    group.bench_function("gunzip alone", |bench| {
        bench.iter(|| std::io::copy(&mut MultiGzDecoder::new(&packed[..]), &mut std::io::sink()).expect("good gzip"));
    });
    group.bench_function("file to recording", |bench| {
        bench.iter(|| Recording::read(&path, &instruments, Vec::new()).expect("a good recording").events().len());
    });
    group.finish();
}

criterion_group!(benches, decode);
criterion_main!(benches);
