//! How long the strategy takes from an input to the commands it answers with.

use std::time::Instant;

use crate::engine::Engine;

/// What an input that the strategy is called for costs in simulated time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compute {
    /// Nothing: commands leave at the instant of their input.
    #[default]
    None,
    /// Always the same, ns.
    Constant(i64),
    /// What it really took here, callbacks and gate; a run does not repeat.
    Measured,
}

/// The strategy's time: when it is free again, and how busy it was.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    compute: Compute,
    free_ns: i64,
    busy_ns: i64,
    longest_wait_ns: i64,
}

/// What is remembered from an input's begin to its end.
#[derive(Clone, Copy, Debug)]
pub struct Begun {
    calls: u32,
    started: Option<Instant>,
}

impl Workload {
    /// A strategy that is free.
    pub const fn new(compute: Compute) -> Self {
        Self { compute, free_ns: i64::MIN, busy_ns: 0, longest_wait_ns: 0 }
    }

    /// Whether computing takes time.
    #[inline]
    pub const fn takes_time(&self) -> bool {
        !matches!(self.compute, Compute::None)
    }

    /// When the strategy handles its next input at the earliest; the end of all time before the first.
    #[inline]
    pub const fn free_ns(&self) -> i64 {
        self.free_ns
    }

    /// Simulated time spent computing, ns.
    pub const fn busy_ns(&self) -> i64 {
        self.busy_ns
    }

    /// The longest that an input which the strategy was called for had waited, ns.
    pub const fn longest_wait_ns(&self) -> i64 {
        self.longest_wait_ns
    }

    /// The engine comes to an input that is handled at `now_ns`.
    pub fn begin(&self, engine: &mut Engine, now_ns: i64) -> Begun {
        engine.advance(now_ns);
        let started = (self.compute == Compute::Measured).then(Instant::now);
        Begun { calls: engine.calls_at_now(), started }
    }

    /// It has handled it; `came_ns` is when the input was there. Without a call no time was spent.
    pub fn end(&mut self, engine: &Engine, begun: Begun, came_ns: i64) {
        if !self.takes_time() || engine.calls_at_now() == begun.calls {
            return;
        }
        let now_ns = engine.now_ns();
        let took_ns = match (self.compute, begun.started) {
            (Compute::Constant(compute_ns), _) => compute_ns,
            (_, started) => started.map_or(0, |started| started.elapsed().as_nanos() as i64),
        };
        self.free_ns = now_ns.saturating_add(took_ns);
        self.busy_ns = self.busy_ns.saturating_add(took_ns);
        self.longest_wait_ns = self.longest_wait_ns.max(now_ns.saturating_sub(came_ns));
    }
}
