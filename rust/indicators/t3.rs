//! Tillson's T3: six exponential averages in a row, combined with the volume factor v so that lag cancels.

use super::indicator::{Indicator, Memory, Parameter};
use super::smooth::{Chain, Exponential};
use super::state::{State, boxed};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "t3",
    about: "Tillson's T3: six exponential averages in a row, combined with the volume factor v so that lag cancels.",
    inputs: &["close"],
    parameters: &[Parameter::bars("period", 5, 1), Parameter::real("factor", 0.7, 0.0, 1.0)],
    outputs: &["t3"],
    lookback: |a| 6 * (a.bars(0) - 1),
    memory: |a| Memory::Decay(Exponential::decay(a.bars(0))),
    start: |a| boxed(T3::new(a.bars(0), a.real(1))),
};

/// Tillson's T3.
#[derive(Clone)]
struct T3 {
    chain: Chain<6>,
    weights: [f64; 4],
}

impl T3 {
    fn new(period: usize, factor: f64) -> Self {
        let square = factor * factor;
        let cube = square * factor;
        let weights = [
            -cube,
            3.0 * (square + cube),
            -6.0 * square - 3.0 * (factor + cube),
            1.0 + 3.0 * factor + cube + 3.0 * square,
        ];
        Self { chain: Chain::new(period), weights }
    }
}

impl State<1, 1> for T3 {
    #[inline]
    fn step(&mut self, [value]: [f64; 1]) -> [f64; 1] {
        let [_, _, third, fourth, fifth, sixth] = self.chain.push(value);
        let [sixths, fifths, fourths, thirds] = self.weights;
        [sixths * sixth + fifths * fifth + fourths * fourth + thirds * third]
    }
}
