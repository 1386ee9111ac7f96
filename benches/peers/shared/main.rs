//! Records a second and round trips between two processes: our shared bus beside iceoryx2, and beside our bus within one.
//!
//! `make bench AREA=shared`; `QUANTUM_BENCH_S` is how many seconds it may take (60). Linux.
//!
//! Everybody sends the same 64 bytes from core 0 to core 1, loses nothing, and checks that every number came in its turn.
//! The method is that of `benches/bus`: slices of 1.5 ms after a warm lap, each between two probes of how long a cache
//! line takes between the cores; one counts if the distance was the same before and after and neither side lost its core.
//! Candidates take turns, and ratios are those within a round. The processes stay, asleep while others have their turn.
//! A figure's way ends with the word that the reader has seen the last record, one message of some 100 ns in a slice.

#[allow(dead_code, reason = "the method is shared with benches/bus, which uses all of it")]
#[path = "../../bus/slices.rs"]
mod slices;

mod ends;
mod ours;
mod sides;
mod table;
mod theirs;

use std::process::exit;
use std::time::{Duration, Instant};

use ends::Work;
use sides::{Asker, follow, guard, other};
use slices::{bounce_ns, class, nap, pin};
use table::{Candidate, Figures};
use theirs::Fallible;

/// Nanoseconds a slice should take: shorter than the turn of a process in the system's scheduler.
const SLICE_NS: f64 = 1.5e6;
/// Tries of a candidate before the next has its turn.
const TRIES: usize = 8;
/// Records come in multiples of this.
const STEP: u64 = 1024;
/// Round trips of a slice, and how few they may be for a 99th percentile.
const TRIPS: u64 = 2000;
const LEAST_TRIPS: u64 = 500;
const CANDIDATES: [Candidate; 11] = [
    ("ours", Work::Stream),
    ("iceoryx2", Work::Stream),
    ("threads", Work::Stream),
    ("ours_by_32", Work::Stream),
    ("iceoryx2_by_32", Work::Stream),
    ("threads_by_32", Work::Stream),
    ("ours", Work::Trips),
    ("iceoryx2", Work::Trips),
    ("threads", Work::Trips),
    ("ours", Work::Alone),
    ("iceoryx2", Work::Alone),
];

fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["measure", parent] => {
            follow(parent);
            measure()
        }
        ["other", parent, run] => {
            follow(parent);
            other(run)
        }
        _ => exit(guard()?),
    }
}

fn measure() -> Fallible<()> {
    let seconds = std::env::var("QUANTUM_BENCH_S").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    pin(&[0]);
    let mut asker = Asker::new()?;
    let (mut figures, mut rounds) = (Figures::new(), 0);
    let mut counts = CANDIDATES.map(|(_, work)| if work == Work::Trips { TRIPS } else { 16 * STEP });
    let mut tried = CANDIDATES.map(|candidate| (candidate, 0));
    let end = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < end {
        rounds += 1;
        // Who goes first changes from round to round.
        for turn in 0..CANDIDATES.len() {
            let at = (turn + rounds as usize) % CANDIDATES.len();
            for _ in 0..TRIES {
                tried[at].1 += 1;
                if let Some((distance, ns, tail)) = attempt(&mut asker, CANDIDATES[at], &mut counts[at]) {
                    figures.entry((CANDIDATES[at], distance)).or_default().push((rounds, ns, tail));
                    break;
                }
            }
        }
    }
    asker.end();
    println!("{rounds} rounds in {seconds} s; 64 B; {} slots, iceoryx2 {}", ours::SLOTS, theirs::buffers());
    table::print(&tried, &figures);
    table::print_ratios(&figures);
    Ok(())
}

/// One slice between two probes, if it counts: the distance and what was measured.
fn attempt(asker: &mut Asker, (who, work): Candidate, count: &mut u64) -> Option<(&'static str, f64, f64)> {
    nap();
    let before = class(bounce_ns());
    let slice = asker.slice(who, work, *count);
    let after = class(bounce_ns());
    // From one slice to the next at most twice as many: a preempted slice says little about the next.
    let wanted = ((SLICE_NS / slice.ns) as u64).clamp(*count / 2, *count * 2);
    *count = match work {
        Work::Stream | Work::Alone => (wanted / STEP * STEP).clamp(STEP, 1 << 20),
        Work::Trips => wanted.clamp(LEAST_TRIPS, TRIPS),
    };
    // What runs on one thread has no distance.
    let (same, distance) = if work == Work::Alone { (true, "any") } else { (before == after, before) };
    (same && !slice.preempted).then_some((distance, slice.ns, slice.tail_ns))
}
