//! Exponential average with weight 2/(period+1), seeded with the mean of the first `period` values.

use super::indicator::{Indicator, Memory, Parameter};
use super::smooth::Exponential;
use super::state::{State, boxed};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "ema",
    about: "Exponential average with weight 2/(period+1), seeded with the mean of the first `period` values.",
    inputs: &["close"],
    parameters: &[Parameter::bars("period", 20, 1)],
    outputs: &["ema"],
    lookback: |a| a.bars(0) - 1,
    memory: |a| Memory::Decay(Exponential::decay(a.bars(0))),
    start: |a| boxed(Exponential::new(a.bars(0))),
};

impl State<1, 1> for Exponential {
    #[inline]
    fn step(&mut self, [value]: [f64; 1]) -> [f64; 1] {
        [self.push(value)]
    }
}
