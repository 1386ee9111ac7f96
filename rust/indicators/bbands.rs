//! Bollinger bands: the mean of the last `period` values, and `width` population deviations above and below.

use super::indicator::{Indicator, Memory, Parameter};
use super::state::{State, boxed};
use super::stddev::deviation;
use super::window::RollingVariance;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "bbands",
    about: "Bollinger bands: the mean of the last `period` values, and `width` population deviations above and below.",
    inputs: &["close"],
    parameters: &[Parameter::bars("period", 20, 2), Parameter::real("width", 2.0, 0.0, 1000.0)],
    outputs: &["upper", "middle", "lower"],
    lookback: |a| a.bars(0) - 1,
    memory: |_| Memory::Window,
    start: |a| boxed(Bands::new(a.bars(0), a.real(1))),
};

/// Bollinger bands.
#[derive(Clone)]
struct Bands {
    window: RollingVariance,
    width: f64,
}

impl Bands {
    fn new(period: usize, width: f64) -> Self {
        Self { window: RollingVariance::new(period), width }
    }
}

impl State<1, 3> for Bands {
    #[inline]
    fn step(&mut self, [value]: [f64; 1]) -> [f64; 3] {
        let (mean, variance) = self.window.push(value);
        let reach = self.width * deviation(variance);
        [mean + reach, mean, mean - reach]
    }
}
