//! Donchian channel: highest high, lowest low of the last `period` bars, and their middle.

use super::indicator::{Indicator, Memory, Parameter};
use super::state::{State, boxed};
use super::window::Extreme;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "donchian",
    about: "Donchian channel: highest high, lowest low of the last `period` bars, and their middle.",
    inputs: &["high", "low"],
    parameters: &[Parameter::bars("period", 20, 1)],
    outputs: &["upper", "middle", "lower"],
    lookback: |a| a.bars(0) - 1,
    memory: |_| Memory::Window,
    start: |a| boxed(Channel::new(a.bars(0))),
};

/// Donchian channel.
#[derive(Clone)]
struct Channel {
    highest: Extreme<true>,
    lowest: Extreme<false>,
}

impl Channel {
    fn new(period: usize) -> Self {
        Self { highest: Extreme::new(period), lowest: Extreme::new(period) }
    }
}

impl State<2, 3> for Channel {
    #[inline]
    fn step(&mut self, [high, low]: [f64; 2]) -> [f64; 3] {
        let (upper, lower) = (self.highest.push(high).0, self.lowest.push(low).0);
        [upper, f64::midpoint(upper, lower), lower]
    }
}
