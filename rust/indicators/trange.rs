//! True range: the largest of high-low, |high - close before| and |low - close before|.

use super::indicator::{Indicator, Memory};
use super::state::{State, boxed};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "trange",
    about: "True range: the largest of high-low, |high - close before| and |low - close before|.",
    inputs: &["high", "low", "close"],
    parameters: &[],
    outputs: &["trange"],
    lookback: |_| 1,
    memory: |_| Memory::Window,
    start: |_| boxed(Range::default()),
};

/// True range.
#[derive(Clone)]
pub struct Range {
    before: f64,
}

impl Default for Range {
    fn default() -> Self {
        Self { before: f64::NAN }
    }
}

impl Range {
    /// The range of this bar; NaN for the first.
    #[inline]
    pub fn push(&mut self, high: f64, low: f64, close: f64) -> f64 {
        let before = std::mem::replace(&mut self.before, close);
        if before.is_nan() { before } else { true_range(high, low, before) }
    }
}

impl State<3, 1> for Range {
    #[inline]
    fn step(&mut self, [high, low, close]: [f64; 3]) -> [f64; 1] {
        [self.push(high, low, close)]
    }
}

/// The range of a bar whose predecessor closed at `before`.
#[inline]
pub fn true_range(high: f64, low: f64, before: f64) -> f64 {
    (high - low).max((high - before).abs()).max((low - before).abs())
}
