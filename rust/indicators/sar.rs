//! Wilder's parabolic stop and reverse: a stop that closes in by `step` at each new extreme, up to `limit`.

use super::indicator::{Indicator, Memory, Parameter};
use super::state::{State, boxed};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "sar",
    about: "Wilder's parabolic stop and reverse: a stop that closes in by `step` at each new extreme, up to `limit`.",
    inputs: &["high", "low"],
    parameters: &[Parameter::real("step", 0.02, 0.0, 1.0), Parameter::real("limit", 0.2, 0.0, 1.0)],
    outputs: &["sar"],
    lookback: |_| 1,
    memory: |_| Memory::Forever,
    start: |a| boxed(Sar::new(a.real(0), a.real(1))),
};

/// Parabolic stop and reverse.
#[derive(Clone)]
struct Sar {
    step: f64,
    limit: f64,
    seen: usize,
    rising: bool,
    stop: f64,
    extreme: f64,
    pace: f64,
    high: f64,
    low: f64,
}

impl Sar {
    fn new(step: f64, limit: f64) -> Self {
        let step = step.min(limit);
        Self { step, limit, seen: 0, rising: true, stop: 0.0, extreme: 0.0, pace: step, high: 0.0, low: 0.0 }
    }

    /// The second bar says which way to begin: down if its low fell by more than its high rose.
    fn begin(&mut self, high: f64, low: f64) {
        let (up, down) = (high - self.high, self.low - low);
        self.rising = !(down > 0.0 && up < down);
        (self.stop, self.extreme) = if self.rising { (self.low, high) } else { (self.high, low) };
        // The first stop is held against the second bar alone.
        (self.high, self.low) = (high, low);
    }

    /// In terms of a long stop; a short one is the same with signs changed. Gives the stop to report.
    fn advance(&mut self, inner: [f64; 2], outer: [f64; 2]) -> f64 {
        let [inner_before, inner_now] = inner;
        let [outer_before, outer_now] = outer;
        if inner_now <= self.stop {
            let stop = self.extreme.max(outer_before).max(outer_now);
            self.rising = !self.rising;
            self.pace = self.step;
            self.extreme = inner_now;
            self.stop = (stop + self.pace * (self.extreme - stop)).max(outer_before).max(outer_now);
            return stop;
        }
        let stop = self.stop;
        if outer_now > self.extreme {
            self.extreme = outer_now;
            self.pace = (self.pace + self.step).min(self.limit);
        }
        self.stop = (stop + self.pace * (self.extreme - stop)).min(inner_before).min(inner_now);
        stop
    }
}

impl State<2, 1> for Sar {
    #[inline]
    fn step(&mut self, [high, low]: [f64; 2]) -> [f64; 1] {
        self.seen += 1;
        if self.seen == 1 {
            (self.high, self.low) = (high, low);
            return [f64::NAN];
        }
        if self.seen == 2 {
            self.begin(high, low);
        }
        let (high_before, low_before) = (self.high, self.low);
        (self.high, self.low) = (high, low);
        if self.rising {
            return [self.advance([low_before, low], [high_before, high])];
        }
        (self.stop, self.extreme) = (-self.stop, -self.extreme);
        let stop = -self.advance([-high_before, -high], [-low_before, -low]);
        (self.stop, self.extreme) = (-self.stop, -self.extreme);
        [stop]
    }
}
