//! The slope per bar of the straight line fitted to the last `period` values.

use super::indicator::{Indicator, Memory, Parameter};
use super::regression::Regression;
use super::state::{State, boxed};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "linearreg_slope",
    about: "The slope per bar of the straight line fitted to the last `period` values.",
    inputs: &["close"],
    parameters: &[Parameter::bars("period", 14, 2)],
    outputs: &["linearreg_slope"],
    lookback: |a| a.bars(0) - 1,
    memory: |_| Memory::Window,
    start: |a| boxed(Fit(Regression::new(a.bars(0)))),
};

/// The slope per bar of the straight line fitted to the last `period` values.
#[derive(Clone)]
struct Fit(Regression);

impl State<1, 1> for Fit {
    #[inline]
    fn step(&mut self, [value]: [f64; 1]) -> [f64; 1] {
        [self.0.push(value).map_or(f64::NAN, |line| line.slope)]
    }
}
