//! The change over `period` bars in percent; 0 if the old value was 0.

use super::indicator::{Indicator, Memory, Parameter};
use super::state::{State, boxed};
use super::window::Ring;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "roc",
    about: "The change over `period` bars in percent; 0 if the old value was 0.",
    inputs: &["close"],
    parameters: &[Parameter::bars("period", 10, 1)],
    outputs: &["roc"],
    lookback: |a| a.bars(0),
    memory: |_| Memory::Window,
    start: |a| boxed(Change(Ring::new(a.bars(0)))),
};

/// Rate of change.
#[derive(Clone)]
struct Change(Ring);

impl State<1, 1> for Change {
    #[inline]
    fn step(&mut self, [value]: [f64; 1]) -> [f64; 1] {
        [self.0.push(value).map_or(f64::NAN, |before| change(value, before))]
    }
}

/// From `before` to `value` in percent.
#[inline]
pub fn change(value: f64, before: f64) -> f64 {
    if before == 0.0 { 0.0 } else { (value / before - 1.0) * 100.0 }
}
