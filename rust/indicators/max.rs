//! The largest of the last `period` values.

use super::indicator::{Indicator, Memory, Parameter};
use super::state::{State, boxed};
use super::window::Extreme;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "max",
    about: "The largest of the last `period` values.",
    inputs: &["close"],
    parameters: &[Parameter::bars("period", 30, 1)],
    outputs: &["max"],
    lookback: |a| a.bars(0) - 1,
    memory: |_| Memory::Window,
    start: |a| boxed(Window(Extreme::new(a.bars(0)))),
};

/// The largest value of a window.
#[derive(Clone)]
struct Window(Extreme<true>);

impl State<1, 1> for Window {
    #[inline]
    fn step(&mut self, [value]: [f64; 1]) -> [f64; 1] {
        [self.0.push(value).0]
    }
}
