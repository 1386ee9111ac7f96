//! Wilder's average of the true range.

use super::indicator::{Indicator, Memory, Parameter};
use super::smooth::Wilder;
use super::state::{State, boxed};
use super::trange::Range;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "atr",
    about: "Wilder's average of the true range.",
    inputs: &["high", "low", "close"],
    parameters: &[Parameter::bars("period", 14, 1)],
    outputs: &["atr"],
    lookback: |a| a.bars(0),
    memory: |a| Memory::Decay(Wilder::decay(a.bars(0))),
    start: |a| boxed(Atr::new(a.bars(0))),
};

/// Average true range.
#[derive(Clone)]
pub struct Atr {
    range: Range,
    average: Wilder,
}

impl Atr {
    /// Over `period >= 1` bars.
    pub fn new(period: usize) -> Self {
        Self { range: Range::default(), average: Wilder::new(period) }
    }

    /// The average with this bar in it; NaN before bar `period`.
    #[inline]
    pub fn push(&mut self, high: f64, low: f64, close: f64) -> f64 {
        let range = self.range.push(high, low, close);
        if range.is_nan() { range } else { self.average.push(range) }
    }
}

impl State<3, 1> for Atr {
    #[inline]
    fn step(&mut self, [high, low, close]: [f64; 3]) -> [f64; 1] {
        [self.push(high, low, close)]
    }
}
