//! Commodity channel: how far the typical price is from its mean, in units of 0.015 mean absolute deviations.

use super::ROUNDING;
use super::indicator::{Indicator, Memory, Parameter};
use super::state::{State, boxed};
use super::window::Ring;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "cci",
    about: "Commodity channel: how far the typical price is from its mean, in units of 0.015 mean absolute deviations.",
    inputs: &["high", "low", "close"],
    parameters: &[Parameter::bars("period", 20, 2)],
    outputs: &["cci"],
    lookback: |a| a.bars(0) - 1,
    memory: |_| Memory::Window,
    start: |a| boxed(Channel(Ring::new(a.bars(0)))),
};

/// Commodity channel. The mean absolute deviation has no constant-time update: each step reads the window.
#[derive(Clone)]
struct Channel(Ring);

impl State<3, 1> for Channel {
    #[inline]
    fn step(&mut self, [high, low, close]: [f64; 3]) -> [f64; 1] {
        let typical = (high + low + close) / 3.0;
        self.0.push(typical);
        if !self.0.is_full() {
            return [f64::NAN];
        }
        let values = self.0.places();
        let period = values.len() as f64;
        let mean = values.iter().sum::<f64>() / period;
        let deviation = values.iter().map(|value| (value - mean).abs()).sum::<f64>() / period;
        let distance = typical - mean;
        // Less than this is the rounding of a flat window's mean.
        let rounding = ROUNDING * mean.abs();
        [if distance.abs() <= rounding || deviation <= rounding { 0.0 } else { distance / (0.015 * deviation) }]
    }
}
