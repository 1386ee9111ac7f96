//! Slow stochastic: k = a simple average of the place of the close in the range of `period` bars; d an average of k.

use super::indicator::{Indicator, Memory, Parameter};
use super::sma::Sma;
use super::state::{State, boxed};
use super::stochf::Place;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "stoch",
    about: "Slow stochastic: k = a simple average of the place of the close in the range of `period` bars; d an average of k.",
    inputs: &["high", "low", "close"],
    parameters: &[Parameter::bars("period", 14, 1), Parameter::bars("slow", 3, 1), Parameter::bars("average", 3, 1)],
    outputs: &["k", "d"],
    lookback: |a| a.bars(0) - 1 + a.bars(1) - 1 + a.bars(2) - 1,
    memory: |_| Memory::Window,
    start: |a| boxed(Slow::new(a.bars(0), a.bars(1), a.bars(2))),
};

/// Slow stochastic.
#[derive(Clone)]
struct Slow {
    place: Place,
    first: Sma,
    second: Sma,
}

impl Slow {
    fn new(period: usize, slow: usize, average: usize) -> Self {
        Self { place: Place::new(period), first: Sma::new(slow), second: Sma::new(average) }
    }
}

impl State<3, 2> for Slow {
    #[inline]
    fn step(&mut self, [high, low, close]: [f64; 3]) -> [f64; 2] {
        let place = self.place.push(high, low, close);
        if place.is_nan() {
            return [f64::NAN; 2];
        }
        let first = self.first.push(place);
        if first.is_nan() {
            return [f64::NAN; 2];
        }
        let second = self.second.push(first);
        [if second.is_nan() { second } else { first }, second]
    }
}
