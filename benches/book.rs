//! Level updates per second of the L2 book: synthetic flow shaped like a busy perpetual, and the recorded one.
//!
//! `cargo bench --bench book`. Each figure is whole sequences of updates through one book, one core, events in memory.
//! The recorded flow needs the shared data (`QUANTUM_SHARED`, default `../shared`) and is left out without it.

use std::hint::black_box;
use std::io::Read;
use std::path::PathBuf;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use quantum_core::book::Book;
use quantum_core::model::{Event, EventKind, Side, flags};

/// A seeded xorshift: the flow must be the same in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

fn level(side: Side, price: i64, qty: i64, bits: u8) -> Event {
    Event { kind: EventKind::LevelSet as u8, side: side as u8, price, qty, flags: bits, ..Event::default() }
}

/// Updates around a walking market: 95 % within 16,384 ticks of the best, half of those within 400 (exponential
/// distances, so arrivals along the price axis are Poisson), the rest up to 500,000 away; two in five delete.
fn synthetic(count: usize) -> Vec<Event> {
    let mut random = Random(42);
    let mut centre = 617_000;
    (0..count)
        .map(|number| {
            if random.next() % 64 == 0 {
                centre += (random.next() % 21) as i64 - 10;
            }
            let side = if random.next() & 1 == 0 { Side::Buy } else { Side::Sell };
            let scale = if random.next() & 1 == 0 { 100.0 } else { 5_000.0 };
            let near = (-random.unit().ln() * scale) as i64 % 16_384;
            let far = 16_384 + (random.next() % 480_000) as i64;
            let distance = 1 + if random.next() % 100 < 95 { near } else { far };
            let qty = if random.next() % 5 < 2 { 0 } else { 1 + (random.next() % 10_000) as i64 };
            let last = if number % 60 == 59 { flags::LAST } else { 0 };
            level(side, centre - side.sign() * distance, qty, last)
        })
        .collect()
}

/// A decimal's digits as a count of increments: `61659.70` with one kept decimal is 616597.
fn counted(text: &str, decimals: usize) -> i64 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = format!("{whole}{fraction:0<decimals$}").chars().take(whole.len() + decimals).collect();
    digits.parse().expect("a price or quantity of the recording is a decimal")
}

/// The levels in one `"b":[["price","qty"],...]` of a message.
fn levels_of(line: &str, key: &str, side: Side, snapshot: u8, events: &mut Vec<Event>) {
    let Some(start) = line.find(key) else { return };
    let list = &line[start + key.len()..];
    let list = &list[..list.find("]]").unwrap_or(0)];
    for pair in list.split("],[").filter(|pair| !pair.is_empty()) {
        let mut numbers = pair.split('"').filter(|part| part.bytes().any(|byte| byte.is_ascii_digit()));
        if let (Some(price), Some(qty)) = (numbers.next(), numbers.next()) {
            events.push(level(side, counted(price, 1), counted(qty, 3), snapshot));
        }
    }
}

/// The snapshot and the diffs of a Binance recording as level updates, in the file's order.
fn recorded(name: &str) -> Option<Vec<Event>> {
    let shared = std::env::var_os("QUANTUM_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let file = std::fs::File::open(shared.join("data/binance").join(name)).ok()?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).expect("the recording is a gzip of text");
    let mut events = Vec::new();
    for line in text.lines().filter(|line| line.contains("depthUpdate") || line.contains("lastUpdateId")) {
        let snapshot = if line.contains("lastUpdateId") { flags::SNAPSHOT } else { 0 };
        for (key, side) in
            [("\"b\":[", Side::Buy), ("\"bids\":[", Side::Buy), ("\"a\":[", Side::Sell), ("\"asks\":[", Side::Sell)]
        {
            levels_of(line, key, side, snapshot, &mut events);
        }
        if let Some(event) = events.last_mut() {
            event.flags |= flags::LAST;
        }
    }
    Some(events)
}

fn replay(book: &mut Book, events: &[Event]) {
    for event in events {
        book.apply(event);
    }
    black_box(book.best_bid());
}

fn updates(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("book");
    let mut flows = vec![("synthetic", synthetic(1_000_000))];
    for (name, file) in [("btc", "usdm_btcusdt_20240808.gz"), ("eth", "usdm_ethusdt_20240808.gz")] {
        match recorded(file) {
            Some(events) => flows.push((name, events)),
            None => eprintln!("left out: {file} is not in QUANTUM_SHARED (default ../shared)"),
        }
    }
    for (name, events) in &flows {
        group.throughput(Throughput::Elements(events.len() as u64));
        let mut warm = Book::new();
        group.bench_with_input(BenchmarkId::new("apply", name), events, |bench, events| {
            bench.iter(|| replay(&mut warm, events));
        });
        group.bench_with_input(BenchmarkId::new("apply_from_empty", name), events, |bench, events| {
            bench.iter(|| replay(&mut Book::new(), events));
        });
    }
    group.finish();
}

fn set_level(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("set_level");
    let mut book = Book::new();
    replay(&mut book, &synthetic(1_000_000));
    let best = book.best_bid().expect("the flow leaves bids").price;
    let mut random = Random(7);
    let prices: Vec<(i64, i64)> =
        (0..4096).map(|_| (best - 1 - (random.next() % 2000) as i64, (random.next() % 3) as i64)).collect();
    group.throughput(Throughput::Elements(prices.len() as u64));
    group.bench_function("below_the_best", |bench| {
        bench.iter(|| {
            for &(price, qty) in &prices {
                black_box(book.set_level(Side::Buy, price, qty));
            }
        });
    });
    group.finish();
}

fn read(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read");
    let mut book = Book::new();
    replay(&mut book, &synthetic(1_000_000));
    group.bench_function("best", |bench| bench.iter(|| (black_box(&book).best_bid(), black_box(&book).best_ask())));
    group.bench_function("ten_levels", |bench| {
        bench.iter(|| black_box(&book).levels(Side::Buy).take(10).map(|level| level.qty).sum::<i64>());
    });
    group.bench_function("sweep_50000", |bench| bench.iter(|| black_box(&book).sweep(Side::Buy, 50_000, None)));
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = updates, set_level, read
}
criterion_main!(benches);
