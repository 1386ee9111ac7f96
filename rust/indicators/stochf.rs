//! Fast stochastic: k = the place of the close in the range of `period` bars, 0..100; d its simple average.

use super::ROUNDING;
use super::indicator::{Indicator, Memory, Parameter};
use super::sma::Sma;
use super::state::{State, boxed};
use super::window::Extreme;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "stochf",
    about: "Fast stochastic: k = the place of the close in the range of `period` bars, 0..100; d its simple average.",
    inputs: &["high", "low", "close"],
    parameters: &[Parameter::bars("period", 14, 1), Parameter::bars("average", 3, 1)],
    outputs: &["k", "d"],
    lookback: |a| a.bars(0) - 1 + a.bars(1) - 1,
    memory: |_| Memory::Window,
    start: |a| boxed(Fast::new(a.bars(0), a.bars(1))),
};

/// Where the close stands in the range of the last bars, in percent; 0 where there is no range.
#[derive(Clone)]
pub struct Place {
    highest: Extreme<true>,
    lowest: Extreme<false>,
}

impl Place {
    /// Over `period >= 1` bars.
    pub fn new(period: usize) -> Self {
        Self { highest: Extreme::new(period), lowest: Extreme::new(period) }
    }

    /// The place of `close`; NaN until the window is full.
    #[inline]
    pub fn push(&mut self, high: f64, low: f64, close: f64) -> f64 {
        let (highest, lowest) = (self.highest.push(high).0, self.lowest.push(low).0);
        if is_flat(highest, lowest) { 0.0 } else { (close - lowest) / ((highest - lowest) / 100.0) }
    }
}

/// Whether a range is no more than the rounding of its ends.
#[inline]
pub fn is_flat(highest: f64, lowest: f64) -> bool {
    highest - lowest <= ROUNDING * (highest.abs() + lowest.abs())
}

/// Fast stochastic.
#[derive(Clone)]
pub struct Fast {
    place: Place,
    average: Sma,
}

impl Fast {
    /// `period` bars of range, `average` bars of mean.
    pub fn new(period: usize, average: usize) -> Self {
        Self { place: Place::new(period), average: Sma::new(average) }
    }
}

impl State<3, 2> for Fast {
    #[inline]
    fn step(&mut self, [high, low, close]: [f64; 3]) -> [f64; 2] {
        let place = self.place.push(high, low, close);
        if place.is_nan() {
            return [f64::NAN; 2];
        }
        let average = self.average.push(place);
        [if average.is_nan() { average } else { place }, average]
    }
}
