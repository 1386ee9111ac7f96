//! The mean of the last `period` values weighted 1, 2, ... `period`, the newest most.

use super::indicator::{Indicator, Memory, Parameter};
use super::state::{State, boxed};
use super::window::Ring;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "wma",
    about: "The mean of the last `period` values weighted 1, 2, ... `period`, the newest most.",
    inputs: &["close"],
    parameters: &[Parameter::bars("period", 20, 1)],
    outputs: &["wma"],
    lookback: |a| a.bars(0) - 1,
    memory: |_| Memory::Window,
    start: |a| boxed(Wma::new(a.bars(0))),
};

/// Linearly weighted average.
#[derive(Clone)]
pub struct Wma {
    ring: Ring,
    period: usize,
    sum: f64,
    weighted: f64,
}

impl Wma {
    /// Over `period >= 1` bars.
    pub fn new(period: usize) -> Self {
        Self { ring: Ring::new(period), period, sum: 0.0, weighted: 0.0 }
    }

    /// The average with `value` in it; NaN until the window is full.
    #[inline]
    pub fn push(&mut self, value: f64) -> f64 {
        let gone = self.ring.push(value);
        if self.ring.at_turn() {
            // Places are in the order of time here: both sums are taken afresh.
            let values = self.ring.places().iter();
            self.sum = values.clone().sum();
            self.weighted = values.zip(1u32..).map(|(value, weight)| value * f64::from(weight)).sum();
        } else if let Some(gone) = gone {
            self.weighted += value * self.period as f64 - self.sum;
            self.sum += value - gone;
        }
        if !self.ring.is_full() {
            return f64::NAN;
        }
        let period = self.period as f64;
        self.weighted / (period * (period + 1.0) * 0.5)
    }
}

impl State<1, 1> for Wma {
    #[inline]
    fn step(&mut self, [value]: [f64; 1]) -> [f64; 1] {
        [self.push(value)]
    }
}
