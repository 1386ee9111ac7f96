//! The mean of the last `period` values.

use super::indicator::{Indicator, Memory, Parameter};
use super::state::{State, boxed};
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
    start: |a| boxed(Sma::new(a.bars(0))),
};

/// Simple moving average.
#[derive(Clone)]
pub struct Sma {
    window: RollingSum,
    period: f64,
}

impl Sma {
    /// Over `period >= 1` bars.
    pub fn new(period: usize) -> Self {
        Self { window: RollingSum::new(period), period: period as f64 }
    }

    /// The mean with `value` in it; NaN until the window is full.
    #[inline]
    pub fn push(&mut self, value: f64) -> f64 {
        self.window.push(value) / self.period
    }
}

impl State<1, 1> for Sma {
    #[inline]
    fn step(&mut self, [value]: [f64; 1]) -> [f64; 1] {
        [self.push(value)]
    }
}
