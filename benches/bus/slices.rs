//! The method: short slices between two probes of the distance of the cores, and which of them count.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Messages that go through before the clock starts: once around the largest ring, so that its pages and the branch
/// predictors are warm.
pub const WARM: u64 = 65_536;

/// What one slice took.
pub struct Slice {
    /// Nanoseconds a message, a call or a round trip.
    pub ns: f64,
    /// Whether a thread lost its core meanwhile.
    pub preempted: bool,
}

/// One way of a cache line between the two cores: median of a thousand.
pub fn bounce_ns() -> f64 {
    const ROUNDS: u64 = 1000;
    let line = Arc::new(AtomicU64::new(0));
    let other = Arc::clone(&line);
    let echo = thread::spawn(move || {
        pin(&[1]);
        for round in 0..ROUNDS {
            while other.load(Ordering::Acquire) != 2 * round + 1 {}
            other.store(2 * round + 2, Ordering::Release);
        }
    });
    let mut ways: Vec<f64> = Vec::with_capacity(ROUNDS as usize);
    let mut last = Instant::now();
    for round in 0..ROUNDS {
        line.store(2 * round + 1, Ordering::Release);
        while line.load(Ordering::Acquire) != 2 * round + 2 {}
        let now = Instant::now();
        ways.push((now - last).as_nanos() as f64 / 2.0);
        last = now;
    }
    echo.join().expect("the probe does not panic");
    median(&mut ways)
}

/// The class of a distance.
pub fn class(ns: f64) -> &'static str {
    match ns {
        ..75.0 => "near",
        75.0..200.0 => "middle",
        _ => "far",
    }
}

/// The middle one.
pub fn median(values: &mut [f64]) -> f64 {
    quantile(values, 0.5)
}

/// A quantile by the nearest rank; sorts.
pub fn quantile(values: &mut [f64], q: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * q).round() as usize]
}

/// The sum of the numbers in a range, which the consumer must have seen.
pub fn sum(range: &Range<u64>) -> u64 {
    (range.start + range.end - 1) * (range.end - range.start) / 2
}

/// `produce` here and `consume` on core 1, first the warm-up, then the messages that are timed.
///
/// `consume(n)` takes `n` messages and gives the sum of their numbers.
pub fn stream(
    messages: u64,
    mut produce: impl FnMut(Range<u64>),
    mut consume: impl FnMut(u64) -> u64 + Send + 'static,
) -> Slice {
    let (ready, warm) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (told_ready, told_warm) = (Arc::clone(&ready), Arc::clone(&warm));
    let timed = WARM..WARM + messages;
    let expected = sum(&timed);
    let other = thread::spawn(move || {
        pin(&[1]);
        told_ready.store(true, Ordering::Release);
        assert_eq!(consume(WARM), sum(&(0..WARM)));
        let before = switches();
        told_warm.store(true, Ordering::Release);
        assert_eq!(consume(messages), expected);
        (Instant::now(), switches() != before)
    });
    wait_for(&ready);
    produce(0..WARM);
    wait_for(&warm);
    let before = switches();
    let begin = Instant::now();
    produce(timed);
    let mine = switches() != before;
    let (end, theirs) = other.join().expect("the consumer does not panic");
    Slice { ns: (end - begin).as_nanos() as f64 / messages as f64, preempted: mine || theirs }
}

/// A consumer thread that a library manages: its handler says when it is warm, when it is done, and what it lost.
#[derive(Clone, Default)]
pub struct Managed(Arc<ManagedState>);

#[derive(Default)]
struct ManagedState {
    warm: AtomicBool,
    done: AtomicBool,
    preempted: AtomicBool,
}

impl Managed {
    /// What to call for every message, with its number from 0 and whether it ends a batch.
    pub fn handler(&self, messages: u64) -> impl FnMut(u64, u64, bool) + Send + 'static {
        let (state, mut before, mut total) = (Arc::clone(&self.0), 0, 0_u64);
        move |value, number, ends_batch| {
            total = total.wrapping_add(value);
            // Both ends are ends of batches: nothing is published behind them until they were seen.
            if ends_batch && number == WARM - 1 {
                before = switches();
                total = 0;
                state.warm.store(true, Ordering::Release);
            } else if ends_batch && number == WARM + messages - 1 {
                assert_eq!(total, sum(&(WARM..WARM + messages)));
                state.preempted.store(switches() != before, Ordering::Relaxed);
                state.done.store(true, Ordering::Release);
            }
        }
    }

    /// As [`stream`], with the library's thread as the consumer.
    pub fn stream(&self, messages: u64, mut produce: impl FnMut(Range<u64>)) -> Slice {
        produce(0..WARM);
        wait_for(&self.0.warm);
        let before = switches();
        let begin = Instant::now();
        produce(WARM..WARM + messages);
        wait_for(&self.0.done);
        let ns = begin.elapsed().as_nanos() as f64 / messages as f64;
        Slice { ns, preempted: switches() != before || self.0.preempted.load(Ordering::Relaxed) }
    }
}

/// Round trips: `ask(n)` here sends and waits for the answer, `echo(n)` on core 1 answers `n` times. The median trip,
/// which contains one reading of the clock.
pub fn trips(count: u64, mut ask: impl FnMut(u64), mut echo: impl FnMut(u64) + Send + 'static) -> Slice {
    let ready = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&ready);
    let warm = count / 4;
    let other = thread::spawn(move || {
        pin(&[1]);
        let before = switches();
        told.store(true, Ordering::Release);
        echo(warm + count);
        switches() != before
    });
    wait_for(&ready);
    (0..warm).for_each(&mut ask);
    let mut taken = Vec::with_capacity(count as usize);
    let before = switches();
    let mut last = Instant::now();
    for n in warm..warm + count {
        ask(n);
        let now = Instant::now();
        taken.push((now - last).as_nanos() as f64);
        last = now;
    }
    let mine = switches() != before;
    let theirs = other.join().expect("the echo does not panic");
    Slice { ns: median(&mut taken), preempted: mine || theirs }
}

/// A loop on this thread alone; gives nanoseconds a call.
pub fn alone(calls: u64, work: impl FnOnce()) -> Slice {
    let before = switches();
    let begin = Instant::now();
    work();
    Slice { ns: begin.elapsed().as_nanos() as f64 / calls as f64, preempted: switches() != before }
}

/// Spins until the flag is set.
pub fn wait_for(flag: &AtomicBool) {
    while !flag.load(Ordering::Acquire) {
        std::hint::spin_loop();
    }
}

/// Gives the core away for a moment: who has slept is not the next to be preempted.
pub fn nap() {
    thread::sleep(Duration::from_micros(500));
}

/// Times this thread lost its core.
pub fn switches() -> i64 {
    #[cfg(target_os = "linux")]
    // SAFETY: the call fills the zeroed struct.
    unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_THREAD, &raw mut usage);
        usage.ru_nivcsw
    }
    #[cfg(not(target_os = "linux"))]
    0
}

/// Keeps this thread on these cores.
pub fn pin(cores: &[usize]) {
    #[cfg(target_os = "linux")]
    // SAFETY: a zeroed set is empty, the cores are 0 and 1, the call only reads the set.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        for core in cores {
            libc::CPU_SET(*core, &mut set);
        }
        libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const set);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = cores;
}
