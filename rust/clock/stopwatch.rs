//! How long something took, in ticks of the cheapest steady counter of the machine.
//!
//! On `x86_64` with an invariant TSC (constant rate, running in all sleep states) a tick is a TSC cycle, anywhere else
//! a nanosecond of [`std::time::Instant`]. The TSC's rate is measured once per process against `Instant`, over at
//! least 10 ms between the first stopwatch and the first conversion: nothing waits unless both fall together.
//!
//! ```
//! use quantum_core::clock::Stopwatch;
//!
//! let stopwatch = Stopwatch::new();
//! let start = stopwatch.ticks();
//! let work: u64 = (0..1000).sum();
//! let took_ns = stopwatch.ticks_to_ns(stopwatch.ticks() - start);
//! assert!(work == 499_500 && took_ns < 1_000_000_000);
//! ```

use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// A tick counter; `Copy`, and every stopwatch of a process counts the same ticks.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch {
    origin: &'static Origin,
}

/// Where the process's ticks began, so that their rate can be told later.
#[derive(Debug)]
struct Origin {
    invariant_tsc: bool,
    instant: Instant,
    ticks: u64,
    ns_per_tick: OnceLock<f64>,
}

/// The shortest base the rate is measured over: reading both clocks is uncertain by about 50 ns, 5e-6 of this.
const SHORTEST_BASE: Duration = Duration::from_millis(10);

impl Stopwatch {
    /// The process's tick counter.
    pub fn new() -> Self {
        static ORIGIN: OnceLock<Origin> = OnceLock::new();
        Self { origin: ORIGIN.get_or_init(Origin::now) }
    }

    /// Ticks since some fixed moment. Everything before the call has finished when the counter is read; what follows
    /// may start a few cycles earlier. About 30 ns on a virtual EPYC, half of what `Instant::now` takes there
    /// (`benches/stats.rs`).
    #[inline]
    pub fn ticks(self) -> u64 {
        if self.origin.invariant_tsc { tsc::ordered() } else { self.origin.instant.elapsed().as_nanos() as u64 }
    }

    /// A number of ticks in nanoseconds, to 1e-5 of itself.
    #[inline]
    pub fn ticks_to_ns(self, ticks: u64) -> u64 {
        (ticks as f64 * self.ns_per_tick()).round() as u64
    }

    /// Nanoseconds per tick. The first call of a process waits until 10 ms have passed since its first stopwatch.
    pub fn ns_per_tick(self) -> f64 {
        *self.origin.ns_per_tick.get_or_init(|| self.origin.measure_ns_per_tick())
    }

    /// Whether ticks are TSC cycles (else nanoseconds of the system's monotonic clock).
    pub fn is_tsc(self) -> bool {
        self.origin.invariant_tsc
    }
}

impl Default for Stopwatch {
    fn default() -> Self {
        Self::new()
    }
}

impl Origin {
    fn now() -> Self {
        let invariant_tsc = tsc::is_invariant();
        let (instant, ticks) = if invariant_tsc { simultaneous() } else { (Instant::now(), 0) };
        Self { invariant_tsc, instant, ticks, ns_per_tick: OnceLock::new() }
    }

    fn measure_ns_per_tick(&self) -> f64 {
        if !self.invariant_tsc {
            return 1.0;
        }
        std::thread::sleep(SHORTEST_BASE.saturating_sub(self.instant.elapsed()));
        let (instant, ticks) = simultaneous();
        instant.duration_since(self.instant).as_nanos() as f64 / (ticks - self.ticks) as f64
    }
}

/// The same moment on both clocks: of a few tries, the one whose two readings of `Instant` lie closest together, so
/// that an interruption between them does no harm.
fn simultaneous() -> (Instant, u64) {
    let attempt = || {
        let before = Instant::now();
        let ticks = tsc::ordered();
        (before.elapsed(), before, ticks)
    };
    let (width, before, ticks) =
        (0..8).map(|_| attempt()).min_by_key(|attempt| attempt.0).expect("eight attempts are not none");
    (before + width / 2, ticks)
}

// Miri has no CPUID.
#[cfg(all(target_arch = "x86_64", not(miri)))]
mod tsc {
    use std::arch::x86_64::{__cpuid, _mm_lfence, _rdtsc};

    /// Whether the TSC has a constant rate and never stops (`CPUID` leaf `0x8000_0007`, bit 8 of `EDX`).
    #[allow(unused_unsafe, reason = "the intrinsic became safe after the oldest compiler we support")]
    pub fn is_invariant() -> bool {
        const ADVANCED_POWER: u32 = 0x8000_0007;
        // SAFETY: every x86_64 has the CPUID instruction, which touches no memory.
        unsafe { __cpuid(0x8000_0000).eax >= ADVANCED_POWER && __cpuid(ADVANCED_POWER).edx & (1 << 8) != 0 }
    }

    /// The TSC after all earlier instructions: RDTSC alone may be read before they are done.
    #[inline]
    pub fn ordered() -> u64 {
        // SAFETY: LFENCE is part of SSE2, which every x86_64 has; RDTSC reads a counter and touches no memory.
        unsafe {
            _mm_lfence();
            _rdtsc()
        }
    }
}

#[cfg(any(not(target_arch = "x86_64"), miri))]
mod tsc {
    pub fn is_invariant() -> bool {
        false
    }

    pub fn ordered() -> u64 {
        unreachable!("the counter is read only where it is invariant")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    #[test]
    fn ticks_agree_with_the_monotonic_clock() {
        let stopwatch = Stopwatch::new();
        let (instant, start) = (Instant::now(), stopwatch.ticks());
        std::thread::sleep(Duration::from_millis(30));
        let (ticks, truth) = (stopwatch.ticks() - start, instant.elapsed().as_nanos() as f64);
        let found = stopwatch.ticks_to_ns(ticks) as f64;
        // The two pairs of readings may be torn apart by a preemption; a wrong rate is off by far more than 5 %.
        assert!((found / truth - 1.0).abs() < 0.05, "{found} ns by ticks, {truth} ns by the clock");
    }

    #[test]
    fn ticks_never_run_backwards_on_a_thread() {
        let stopwatch = Stopwatch::new();
        let mut last = stopwatch.ticks();
        for _ in 0..if cfg!(miri) { 100 } else { 100_000 } {
            let now = stopwatch.ticks();
            assert!(now >= last);
            last = now;
        }
    }

    #[test]
    fn the_portable_counter_counts_nanoseconds() {
        static ORIGIN: LazyLock<Origin> = LazyLock::new(|| Origin { invariant_tsc: false, ..Origin::now() });
        let stopwatch = Stopwatch { origin: &ORIGIN };
        let start = stopwatch.ticks();
        std::thread::sleep(Duration::from_millis(2));
        let ticks = stopwatch.ticks() - start;
        assert!(ticks >= 2_000_000 && stopwatch.ticks_to_ns(ticks) == ticks && !stopwatch.is_tsc());
    }
}
