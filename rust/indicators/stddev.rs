//! Population standard deviation of the last `period` values.

use super::indicator::{Indicator, Memory, Parameter};
use super::state::{State, boxed, each_bar};
use super::window::{DIRECT_MAX, RollingVariance, moments};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "stddev",
    about: "Population standard deviation of the last `period` values.",
    inputs: &["close"],
    parameters: &[Parameter::bars("period", 20, 2)],
    outputs: &["stddev"],
    lookback: |a| a.bars(0) - 1,
    memory: |_| Memory::Window,
    start: |a| boxed(Deviation(RollingVariance::new(a.bars(0)))),
};

/// Population standard deviation.
#[derive(Clone)]
struct Deviation(RollingVariance);

impl State<1, 1> for Deviation {
    const IN_TURN: bool = false;

    #[inline]
    fn step(&mut self, [value]: [f64; 1]) -> [f64; 1] {
        [deviation(self.0.push(value).1)]
    }

    fn kernel(&mut self, [values]: [&[f64]; 1], [output]: [&mut [f64]; 1]) {
        let period = self.0.period();
        if period > DIRECT_MAX {
            return each_bar(self, [values], [output]);
        }
        output[..(period - 1).min(values.len())].fill(f64::NAN);
        moments(values, period, |at, _, variances| {
            for (deviation, variance) in output[at..].iter_mut().zip(variances) {
                *deviation = variance.sqrt();
            }
        });
    }
}

/// The root of a variance; rounding may leave a flat window's a hair below zero.
#[inline]
pub fn deviation(variance: f64) -> f64 {
    if variance < 0.0 { 0.0 } else { variance.sqrt() }
}
