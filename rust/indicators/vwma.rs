//! The mean of the last `period` closes weighted by volume; NaN where nothing traded.

use super::indicator::{Indicator, Memory, Parameter};
use super::state::{State, boxed};
use super::window::RollingSum;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "vwma",
    about: "The mean of the last `period` closes weighted by volume; NaN where nothing traded.",
    inputs: &["close", "volume"],
    parameters: &[Parameter::bars("period", 20, 1)],
    outputs: &["vwma"],
    lookback: |a| a.bars(0) - 1,
    memory: |_| Memory::Window,
    start: |a| boxed(Vwma::new(a.bars(0))),
};

/// Volume-weighted average.
#[derive(Clone)]
struct Vwma {
    value: RollingSum,
    volume: RollingSum,
}

impl Vwma {
    fn new(period: usize) -> Self {
        Self { value: RollingSum::new(period), volume: RollingSum::new(period) }
    }
}

impl State<2, 1> for Vwma {
    #[inline]
    fn step(&mut self, [close, volume]: [f64; 2]) -> [f64; 1] {
        [self.value.push(close * volume) / self.volume.push(volume)]
    }
}
