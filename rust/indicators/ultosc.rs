//! Williams' ultimate oscillator: buying pressure over true range in three windows, weighted 4, 2, 1.

use super::indicator::{Indicator, Memory, Parameter};
use super::state::{State, boxed};
use super::trange::true_range;
use super::window::RollingSum;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "ultosc",
    about: "Williams' ultimate oscillator: buying pressure over true range in three windows, weighted 4, 2, 1.",
    inputs: &["high", "low", "close"],
    parameters: &[Parameter::bars("short", 7, 1), Parameter::bars("middle", 14, 1), Parameter::bars("long", 28, 1)],
    outputs: &["ultosc"],
    lookback: |a| a.bars(0).max(a.bars(1)).max(a.bars(2)),
    memory: |_| Memory::Window,
    start: |a| boxed(Ultimate::new([a.bars(0), a.bars(1), a.bars(2)])),
};

/// Ultimate oscillator.
#[derive(Clone)]
struct Ultimate {
    before: f64,
    pressure: [RollingSum; 3],
    range: [RollingSum; 3],
}

impl Ultimate {
    fn new(mut periods: [usize; 3]) -> Self {
        periods.sort_unstable();
        Self { before: f64::NAN, pressure: periods.map(RollingSum::new), range: periods.map(RollingSum::new) }
    }
}

impl State<3, 1> for Ultimate {
    #[inline]
    fn step(&mut self, [high, low, close]: [f64; 3]) -> [f64; 1] {
        let before = std::mem::replace(&mut self.before, close);
        if before.is_nan() {
            return [f64::NAN];
        }
        let (pressure, range) = (close - low.min(before), true_range(high, low, before));
        let mut sum = 0.0;
        for (window, weight) in [4.0, 2.0, 1.0].into_iter().enumerate() {
            let (part, whole) = (self.pressure[window].push(pressure), self.range[window].push(range));
            sum += if whole == 0.0 { 0.0 } else { weight * (part / whole) };
        }
        [100.0 * (sum / 7.0)]
    }
}
