//! The change over `period` bars.

use super::indicator::{Indicator, Memory, Parameter};
use super::state::{State, boxed};
use super::window::Ring;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "mom",
    about: "The change over `period` bars.",
    inputs: &["close"],
    parameters: &[Parameter::bars("period", 10, 1)],
    outputs: &["mom"],
    lookback: |a| a.bars(0),
    memory: |_| Memory::Window,
    start: |a| boxed(Change(Ring::new(a.bars(0)))),
};

/// Momentum.
#[derive(Clone)]
struct Change(Ring);

impl State<1, 1> for Change {
    #[inline]
    fn step(&mut self, [value]: [f64; 1]) -> [f64; 1] {
        [self.0.push(value).map_or(f64::NAN, |before| value - before)]
    }
}
