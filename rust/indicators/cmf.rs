//! Chaikin's money flow: the money flow of `period` bars over their volume, -1..1; 0 where nothing traded.

use super::ad::money_flow;
use super::indicator::{Indicator, Memory, Parameter};
use super::state::{State, boxed};
use super::window::RollingSum;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "cmf",
    about: "Chaikin's money flow: the money flow of `period` bars over their volume, -1..1; 0 where nothing traded.",
    inputs: &["high", "low", "close", "volume"],
    parameters: &[Parameter::bars("period", 20, 1)],
    outputs: &["cmf"],
    lookback: |a| a.bars(0) - 1,
    memory: |_| Memory::Window,
    start: |a| boxed(Chaikin::new(a.bars(0))),
};

/// Chaikin's money flow.
#[derive(Clone)]
struct Chaikin {
    flow: RollingSum,
    volume: RollingSum,
}

impl Chaikin {
    fn new(period: usize) -> Self {
        Self { flow: RollingSum::new(period), volume: RollingSum::new(period) }
    }
}

impl State<4, 1> for Chaikin {
    #[inline]
    fn step(&mut self, [high, low, close, volume]: [f64; 4]) -> [f64; 1] {
        let flow = self.flow.push(money_flow(high, low, close, volume));
        let volume = self.volume.push(volume);
        [if volume <= 0.0 { 0.0 } else { flow / volume }]
    }
}
