//! Double exponential average: 2 e1 - e2, e2 the average of e1; less lag than `ema`.

use super::indicator::{Indicator, Memory, Parameter};
use super::smooth::{Chain, Exponential};
use super::state::{State, boxed};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "dema",
    about: "Double exponential average: 2 e1 - e2, e2 the average of e1; less lag than `ema`.",
    inputs: &["close"],
    parameters: &[Parameter::bars("period", 20, 1)],
    outputs: &["dema"],
    lookback: |a| 2 * (a.bars(0) - 1),
    memory: |a| Memory::Decay(Exponential::decay(a.bars(0))),
    start: |a| boxed(Dema(Chain::new(a.bars(0)))),
};

/// Double exponential average: 2 e1 - e2, e2 the average of e1; less lag than `ema`.
#[derive(Clone)]
struct Dema(Chain<2>);

impl State<1, 1> for Dema {
    #[inline]
    fn step(&mut self, [value]: [f64; 1]) -> [f64; 1] {
        let [first, second] = self.0.push(value);
        [2.0 * first - second]
    }
}
