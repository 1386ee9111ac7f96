//! Exponential average with weight 2/(period+1), seeded with the mean of the first `period` values.

use super::indicator::{Indicator, Memory, Parameter};
use super::lanes::{Lanes, Real};
use super::smooth::Exponential;
use super::state::State;
use super::tile::{Wide, tiled};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "ema",
    about: "Exponential average with weight 2/(period+1), seeded with the mean of the first `period` values.",
    inputs: &["close"],
    parameters: &[Parameter::bars("period", 20, 1)],
    outputs: &["ema"],
    lookback: |a| a.bars(0) - 1,
    memory: |a| Memory::Decay(Exponential::decay(a.bars(0))),
    start: |a| tiled(Exponential::new(a.bars(0)), Exponential::new(a.bars(0))),
};

impl<R: Real> State<1, 1, R> for Exponential<R> {
    #[inline(always)]
    fn step(&mut self, [value]: [R; 1]) -> [R; 1] {
        [self.push(value)]
    }
}

impl Wide<1, 1, Exponential> for Exponential<Lanes> {
    fn lane(&self, lane: usize) -> Exponential {
        self.lane(lane)
    }
}
