//! Half way between the highest high and the lowest low of the last `period` bars.

use super::indicator::{Indicator, Memory, Parameter};
use super::state::{State, boxed};
use super::window::Extreme;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "midprice",
    about: "Half way between the highest high and the lowest low of the last `period` bars.",
    inputs: &["high", "low"],
    parameters: &[Parameter::bars("period", 14, 2)],
    outputs: &["midprice"],
    lookback: |a| a.bars(0) - 1,
    memory: |_| Memory::Window,
    start: |a| boxed(Middle::new(a.bars(0))),
};

/// Half way between the extremes.
#[derive(Clone)]
struct Middle {
    highest: Extreme<true>,
    lowest: Extreme<false>,
}

impl Middle {
    fn new(period: usize) -> Self {
        Self { highest: Extreme::new(period), lowest: Extreme::new(period) }
    }
}

impl State<2, 1> for Middle {
    #[inline]
    fn step(&mut self, [high, low]: [f64; 2]) -> [f64; 1] {
        [f64::midpoint(self.highest.push(high).0, self.lowest.push(low).0)]
    }
}
