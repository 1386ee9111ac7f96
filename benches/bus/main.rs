//! Messages a second and round trips of the bus, beside disruptor-rs, rtrb, crossbeam, a slot ring in C and LMAX.
//!
//! `make bench AREA=bus`, or `cargo bench --bench bus`; `QUANTUM_BENCH_S` is how many seconds it may take (180), and a
//! word as argument picks candidates by name.
//!
//! Virtual cores move around their socket, and with them every figure; so each slice of a millisecond or two sits between
//! two probes of how long a cache line takes from core to core, and counts only if both give the same class of distance
//! and no thread lost its core meanwhile. Candidates take turns; one whose slice does not count tries again a few times
//! before the next has its turn, so that a busy machine costs time and not figures. Medians, spreads and ratios are given
//! per class, with how many slices counted.

mod jvm;
mod ours;
mod rivals;
mod slices;
mod table;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use jvm::Peer;
use ours::SLOTS;
use rivals::{Line, PAUSES};
use slices::{Slice, bounce_ns, class, nap, pin};
use table::{Figures, Unit};

/// What is measured: a name, the unit of its figure, and how to run so many messages.
struct Candidate {
    name: &'static str,
    unit: Unit,
    run: Box<dyn FnMut(u64) -> Slice>,
    /// How many messages take about as long as a slice should.
    count: u64,
}

/// Nanoseconds a slice should take: shorter than the turn of a process in the system's scheduler.
const SLICE_NS: f64 = 1.5e6;
/// Tries of a candidate before the next has its turn.
const TRIES: usize = 8;
/// Messages come in multiples of this.
const STEP: u64 = 1024;

fn main() {
    let seconds = std::env::var("QUANTUM_BENCH_S").ok().and_then(|text| text.parse().ok()).unwrap_or(180);
    let picked: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    pin(&[0]);
    let wanted = |name: &str| picked.is_empty() || picked.iter().any(|word| name.contains(word.as_str()));
    let mut candidates = candidates(&wanted);
    let mut figures: Figures = BTreeMap::new();
    let (mut tried, mut rounds) = (vec![0_u64; candidates.len()], 0);
    let end = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < end {
        // Another one begins each round: who follows whom would else be the same all the time.
        candidates.rotate_left(1);
        tried.rotate_left(1);
        rounds += 1;
        for (candidate, tried) in candidates.iter_mut().zip(&mut tried) {
            for _ in 0..TRIES {
                *tried += 1;
                if let Some((distance, slice)) = attempt(candidate) {
                    figures.entry((candidate.name, distance)).or_default().push(slice.ns);
                    break;
                }
            }
        }
    }
    println!("{rounds} rounds in {seconds} s; {SLOTS} slots, busy spin");
    let back = rounds % candidates.len().max(1);
    candidates.rotate_right(back);
    tried.rotate_right(back);
    let rows: Vec<_> = candidates.iter().zip(tried).map(|(each, tried)| (each.name, each.unit, tried)).collect();
    table::print(&rows, &mut figures);
    table::print_goals(&mut figures);
}

/// One slice between two probes, if it counts. What runs on one thread has no distance.
fn attempt(candidate: &mut Candidate) -> Option<(&'static str, Slice)> {
    nap();
    if candidate.unit == Unit::Alone {
        let slice = (candidate.run)(candidate.count);
        return (!slice.preempted).then_some(("any", slice));
    }
    let before = class(bounce_ns());
    let slice = (candidate.run)(candidate.count);
    let after = class(bounce_ns());
    let ideal = (SLICE_NS / slice.ns) as u64;
    if candidate.unit == Unit::Rate {
        // From one slice to the next at most twice as many: a preempted slice says little about the next.
        let count = ideal.clamp(candidate.count / 2, candidate.count * 2);
        candidate.count = (count / STEP * STEP).clamp(16 * STEP, 1 << 20);
    }
    (before == after && !slice.preempted).then_some((before, slice))
}

fn candidates(wanted: &dyn Fn(&str) -> bool) -> Vec<Candidate> {
    let mut all = Vec::new();
    let mut add = |name, unit, count, run: Box<dyn FnMut(u64) -> Slice>| {
        if wanted(name) {
            all.push(Candidate { name, unit, run, count });
        }
    };
    let theirs = ["8 B: LMAX", "64 B: LMAX", "64 B by 32: LMAX", "round trip: LMAX"];
    let peer = theirs.into_iter().any(wanted).then(Peer::start).flatten().map(|peer| Rc::new(RefCell::new(peer)));
    let lmax = |what: &'static str| {
        let peer = peer.clone();
        peer.map(|peer| -> Box<dyn FnMut(u64) -> Slice> { Box::new(move |n| peer.borrow_mut().slice(what, n)) })
    };
    let rate = 128 * STEP;
    add("8 B: ring", Unit::Rate, rate, Box::new(|n| ours::ring::<1>(SLOTS, 1, n)));
    add("8 B: ring of 1,024 slots", Unit::Rate, rate, Box::new(|n| ours::ring::<1>(1024, 1, n)));
    add("8 B: disruptor-rs", Unit::Rate, rate, Box::new(|n| rivals::disruptor::<u64>(1, n)));
    add("8 B: rtrb", Unit::Rate, rate, Box::new(|n| rivals::rtrb::<u64>(1, 0, n)));
    add("8 B: rtrb, pausing", Unit::Rate, rate, Box::new(|n| rivals::rtrb::<u64>(1, PAUSES, n)));
    add("8 B: crossbeam", Unit::Rate, rate, Box::new(rivals::crossbeam::<u64>));
    add("8 B: C ring", Unit::Rate, rate, Box::new(|n| rivals::c_ring(8, 1, 0, n)));
    add("8 B: C ring, pausing", Unit::Rate, rate, Box::new(|n| rivals::c_ring(8, 1, PAUSES, n)));
    if let Some(run) = lmax("8") {
        add("8 B: LMAX", Unit::Rate, rate, run);
    }
    add("64 B: ring", Unit::Rate, rate, Box::new(|n| ours::ring::<7>(SLOTS, 1, n)));
    add("64 B: ring of 1,024 slots", Unit::Rate, rate, Box::new(|n| ours::ring::<7>(1024, 1, n)));
    add("64 B: open ring", Unit::Rate, rate, Box::new(ours::open_ring));
    add("64 B: disruptor-rs", Unit::Rate, rate, Box::new(|n| rivals::disruptor::<Line>(1, n)));
    add("64 B: rtrb", Unit::Rate, rate, Box::new(|n| rivals::rtrb::<Line>(1, 0, n)));
    add("64 B: rtrb, pausing", Unit::Rate, rate, Box::new(|n| rivals::rtrb::<Line>(1, PAUSES, n)));
    add("64 B: crossbeam", Unit::Rate, rate, Box::new(rivals::crossbeam::<Line>));
    add("64 B: C ring", Unit::Rate, rate, Box::new(|n| rivals::c_ring(64, 1, 0, n)));
    add("64 B: C ring, pausing", Unit::Rate, rate, Box::new(|n| rivals::c_ring(64, 1, PAUSES, n)));
    if let Some(run) = lmax("64") {
        add("64 B: LMAX", Unit::Rate, rate, run);
    }
    add("64 B by 32: ring", Unit::Rate, rate, Box::new(|n| ours::ring::<7>(SLOTS, 32, n)));
    add("64 B by 32: disruptor-rs", Unit::Rate, rate, Box::new(|n| rivals::disruptor::<Line>(32, n)));
    add("64 B by 32: rtrb", Unit::Rate, rate, Box::new(|n| rivals::rtrb::<[u64; 7]>(32, 0, n)));
    add("64 B by 32: rtrb, pausing", Unit::Rate, rate, Box::new(|n| rivals::rtrb::<[u64; 7]>(32, PAUSES, n)));
    add("64 B by 32: C ring", Unit::Rate, rate, Box::new(|n| rivals::c_ring(64, 32, 0, n)));
    add("64 B by 32: C ring, pausing", Unit::Rate, rate, Box::new(|n| rivals::c_ring(64, 32, PAUSES, n)));
    if let Some(run) = lmax("64x32") {
        add("64 B by 32: LMAX", Unit::Rate, rate, run);
    }
    add("many producers, one: ring", Unit::Rate, rate, Box::new(ours::many_ring));
    add("many producers, one: disruptor-rs", Unit::Rate, rate, Box::new(rivals::many_disruptor));
    add("bus, 8 subscriptions", Unit::Rate, 32 * STEP, Box::new(ours::whole_bus));
    add("round trip: ring", Unit::Trip, 2000, Box::new(ours::ring_trips));
    add("round trip: C ring", Unit::Trip, 2000, Box::new(rivals::c_trips));
    add("round trip: disruptor-rs", Unit::Trip, 2000, Box::new(rivals::disruptor_trips));
    if let Some(run) = lmax("trip") {
        add("round trip: LMAX", Unit::Trip, 2000, run);
    }
    add("full ring: bare poll", Unit::Call, ours::HELD, Box::new(ours::bare_poll));
    add("full ring: compiled handler", Unit::Call, ours::HELD, Box::new(ours::handler));
    add("same thread: publish and dispatch", Unit::Alone, 100 * STEP, Box::new(ours::same_thread));
    let (quiet, crowd) = (ours::crowded(0), ours::crowded(1000));
    add("publish, nobody subscribed", Unit::Alone, 64 * STEP, Box::new(move |n| ours::beside(&quiet.0, n)));
    add("publish, 1,000 other subscriptions", Unit::Alone, 64 * STEP, Box::new(move |n| ours::beside(&crowd.0, n)));
    all
}
