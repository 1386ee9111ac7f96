//! Aroon up minus Aroon down.

use super::aroon::Aroon;
use super::indicator::{Indicator, Memory, Parameter};
use super::state::{State, boxed};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "aroonosc",
    about: "Aroon up minus Aroon down.",
    inputs: &["high", "low"],
    parameters: &[Parameter::bars("period", 25, 2)],
    outputs: &["aroonosc"],
    lookback: |a| a.bars(0),
    memory: |_| Memory::Window,
    start: |a| boxed(Oscillator(Aroon::new(a.bars(0)))),
};

/// Difference of the ages.
#[derive(Clone)]
struct Oscillator(Aroon);

impl State<2, 1> for Oscillator {
    #[inline]
    fn step(&mut self, [high, low]: [f64; 2]) -> [f64; 1] {
        let ages = self.0.ages(high, low);
        [ages.map_or(f64::NAN, |(down, up)| self.0.factor() * (down as f64 - up as f64))]
    }
}
