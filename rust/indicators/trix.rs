//! The change in percent of an exponential average taken three times.

use super::indicator::{Indicator, Memory, Parameter};
use super::roc::change;
use super::smooth::{Chain, Exponential};
use super::state::{State, boxed};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "trix",
    about: "The change in percent of an exponential average taken three times.",
    inputs: &["close"],
    parameters: &[Parameter::bars("period", 15, 1)],
    outputs: &["trix"],
    lookback: |a| 3 * (a.bars(0) - 1) + 1,
    memory: |a| Memory::Decay(Exponential::decay(a.bars(0))),
    start: |a| boxed(Trix::new(a.bars(0))),
};

/// Change of a triple average.
#[derive(Clone)]
struct Trix {
    chain: Chain<3>,
    before: f64,
}

impl Trix {
    fn new(period: usize) -> Self {
        Self { chain: Chain::new(period), before: f64::NAN }
    }
}

impl State<1, 1> for Trix {
    #[inline]
    fn step(&mut self, [value]: [f64; 1]) -> [f64; 1] {
        let [_, _, third] = self.chain.push(value);
        [change(third, std::mem::replace(&mut self.before, third))]
    }
}
