//! Williams' %R: how far the close is below the highest high, in percent of the range: -100..0.

use super::indicator::{Indicator, Memory, Parameter};
use super::state::{State, boxed};
use super::stochf::is_flat;
use super::window::Extreme;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "willr",
    about: "Williams' %R: how far the close is below the highest high, in percent of the range: -100..0.",
    inputs: &["high", "low", "close"],
    parameters: &[Parameter::bars("period", 14, 2)],
    outputs: &["willr"],
    lookback: |a| a.bars(0) - 1,
    memory: |_| Memory::Window,
    start: |a| boxed(Williams::new(a.bars(0))),
};

/// Williams' %R.
#[derive(Clone)]
struct Williams {
    highest: Extreme<true>,
    lowest: Extreme<false>,
}

impl Williams {
    fn new(period: usize) -> Self {
        Self { highest: Extreme::new(period), lowest: Extreme::new(period) }
    }
}

impl State<3, 1> for Williams {
    #[inline]
    fn step(&mut self, [high, low, close]: [f64; 3]) -> [f64; 1] {
        let (highest, lowest) = (self.highest.push(high).0, self.lowest.push(low).0);
        [if is_flat(highest, lowest) { 0.0 } else { (highest - close) / ((highest - lowest) / -100.0) }]
    }
}
