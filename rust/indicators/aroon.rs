//! How recent the lowest low and the highest high of `period` bars are: 100 now, 0 `period` bars ago.

use super::indicator::{Indicator, Memory, Parameter};
use super::state::{State, boxed};
use super::window::Extreme;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "aroon",
    about: "How recent the lowest low and the highest high of `period` bars are: 100 now, 0 `period` bars ago.",
    inputs: &["high", "low"],
    parameters: &[Parameter::bars("period", 25, 2)],
    outputs: &["down", "up"],
    lookback: |a| a.bars(0),
    memory: |_| Memory::Window,
    start: |a| boxed(Aroon::new(a.bars(0))),
};

/// Age of the extremes.
#[derive(Clone)]
pub struct Aroon {
    highest: Extreme<true>,
    lowest: Extreme<false>,
    period: usize,
}

impl Aroon {
    /// Over `period` bars and the one before them.
    pub fn new(period: usize) -> Self {
        Self { highest: Extreme::new(period + 1), lowest: Extreme::new(period + 1), period }
    }

    /// Bars since the lowest low and the highest high; `None` until the window is full.
    #[inline]
    pub fn ages(&mut self, high: f64, low: f64) -> Option<(usize, usize)> {
        let ((_, up), (lowest, down)) = (self.highest.push(high), self.lowest.push(low));
        (!lowest.is_nan()).then_some((down, up))
    }

    /// What one bar is worth.
    #[inline]
    pub fn factor(&self) -> f64 {
        100.0 / self.period as f64
    }
}

impl State<2, 2> for Aroon {
    #[inline]
    fn step(&mut self, [high, low]: [f64; 2]) -> [f64; 2] {
        let Some((down, up)) = self.ages(high, low) else { return [f64::NAN; 2] };
        [self.factor() * (self.period - down) as f64, self.factor() * (self.period - up) as f64]
    }
}
