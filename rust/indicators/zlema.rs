//! Zero-lag exponential average: an `ema` of `2 x[t] - x[t - (period - 1) / 2]`.

use super::indicator::{Indicator, Memory, Parameter};
use super::smooth::Exponential;
use super::state::{State, boxed};
use super::window::Ring;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "zlema",
    about: "Zero-lag exponential average: an `ema` of 2 x[t] - x[t - (period-1)/2].",
    inputs: &["close"],
    parameters: &[Parameter::bars("period", 20, 3)],
    outputs: &["zlema"],
    lookback: |a| a.bars(0) - 1 + (a.bars(0) - 1) / 2,
    memory: |a| Memory::Decay(Exponential::decay(a.bars(0))),
    start: |a| boxed(Zlema::new(a.bars(0))),
};

/// Zero-lag exponential average.
#[derive(Clone)]
struct Zlema {
    past: Ring,
    average: Exponential,
}

impl Zlema {
    fn new(period: usize) -> Self {
        Self { past: Ring::new((period - 1) / 2), average: Exponential::new(period) }
    }
}

impl State<1, 1> for Zlema {
    #[inline]
    fn step(&mut self, [value]: [f64; 1]) -> [f64; 1] {
        [self.past.push(value).map_or(f64::NAN, |lagged| self.average.push(value + (value - lagged)))]
    }
}
