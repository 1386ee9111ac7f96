//! Triple exponential average: 3 e1 - 3 e2 + e3, each the average of the one before.

use super::indicator::{Indicator, Memory, Parameter};
use super::smooth::{Chain, Exponential};
use super::state::{State, boxed};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "tema",
    about: "Triple exponential average: 3 e1 - 3 e2 + e3, each the average of the one before.",
    inputs: &["close"],
    parameters: &[Parameter::bars("period", 20, 1)],
    outputs: &["tema"],
    lookback: |a| 3 * (a.bars(0) - 1),
    memory: |a| Memory::Decay(Exponential::decay(a.bars(0))),
    start: |a| boxed(Tema(Chain::new(a.bars(0)))),
};

/// Triple exponential average: 3 e1 - 3 e2 + e3, each the average of the one before.
#[derive(Clone)]
struct Tema(Chain<3>);

impl State<1, 1> for Tema {
    #[inline]
    fn step(&mut self, [value]: [f64; 1]) -> [f64; 1] {
        let [first, second, third] = self.0.push(value);
        [3.0 * first - 3.0 * second + third]
    }
}
