//! The fast stochastic of the relative strength.

use super::indicator::{Indicator, Memory, Parameter};
use super::rsi::Rsi;
use super::smooth::Wilder;
use super::state::{State, boxed};
use super::stochf::Fast;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "stochrsi",
    about: "The fast stochastic of the relative strength.",
    inputs: &["close"],
    parameters: &[Parameter::bars("period", 14, 2), Parameter::bars("range", 14, 1), Parameter::bars("average", 3, 1)],
    outputs: &["k", "d"],
    lookback: |a| a.bars(0) + a.bars(1) - 1 + a.bars(2) - 1,
    memory: |a| Memory::Decay(Wilder::decay(a.bars(0))),
    start: |a| boxed(Combined::new(a.bars(0), a.bars(1), a.bars(2))),
};

/// Stochastic of the relative strength.
#[derive(Clone)]
struct Combined {
    strength: Rsi,
    stochastic: Fast,
}

impl Combined {
    fn new(period: usize, range: usize, average: usize) -> Self {
        Self { strength: Rsi::new(period), stochastic: Fast::new(range, average) }
    }
}

impl State<1, 2> for Combined {
    #[inline]
    fn step(&mut self, [price]: [f64; 1]) -> [f64; 2] {
        let strength = self.strength.push(price);
        if strength.is_nan() { [f64::NAN; 2] } else { self.stochastic.step([strength; 3]) }
    }
}
