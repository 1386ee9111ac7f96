//! The mean of the last `period` values.

use super::indicator::{Indicator, Memory, Parameter};
use super::lanes::{Lanes, Real};
use super::state::State;
use super::tile::{Wide, tiled};
use super::window::RollingSum;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "sma",
    about: "The mean of the last `period` values.",
    inputs: &["close"],
    parameters: &[Parameter::bars("period", 20, 1)],
    outputs: &["sma"],
    lookback: |a| a.bars(0) - 1,
    memory: |_| Memory::Window,
    start: |a| tiled(Sma::new(a.bars(0)), Sma::new(a.bars(0))),
};

/// Simple moving average.
#[derive(Clone)]
pub struct Sma<R = f64> {
    window: RollingSum<R>,
    period: f64,
}

impl<R: Real> Sma<R> {
    /// Over `period >= 1` bars.
    pub fn new(period: usize) -> Self {
        Self { window: RollingSum::new(period), period: period as f64 }
    }

    /// The mean with `value` in it; NaN until the window is full.
    #[inline(always)]
    pub fn push(&mut self, value: R) -> R {
        self.window.push(value) / self.period
    }
}

impl<R: Real> State<1, 1, R> for Sma<R> {
    #[inline(always)]
    fn step(&mut self, [value]: [R; 1]) -> [R; 1] {
        [self.push(value)]
    }
}

impl Wide<1, 1, Sma> for Sma<Lanes> {
    fn lane(&self, lane: usize) -> Sma {
        Sma { window: self.window.lane(lane), period: self.period }
    }
}
