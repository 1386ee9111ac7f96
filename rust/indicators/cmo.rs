//! Chande's momentum: 100 (g-l)/(g+l), g and l Wilder's averages of gains and losses.

use super::indicator::{Indicator, Memory, Parameter};
use super::rsi::Rsi;
use super::smooth::Wilder;
use super::state::{State, boxed};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "cmo",
    about: "Chande's momentum: 100 (g-l)/(g+l), g and l Wilder's averages of gains and losses.",
    inputs: &["close"],
    parameters: &[Parameter::bars("period", 14, 2)],
    outputs: &["cmo"],
    lookback: |a| a.bars(0),
    memory: |a| Memory::Decay(Wilder::decay(a.bars(0))),
    start: |a| boxed(Momentum(Rsi::new(a.bars(0)))),
};

/// Chande's momentum.
#[derive(Clone)]
struct Momentum(Rsi);

impl State<1, 1> for Momentum {
    #[inline]
    fn step(&mut self, [price]: [f64; 1]) -> [f64; 1] {
        let (gain, loss) = self.0.averages(price);
        let sum = gain + loss;
        [if sum == 0.0 { 0.0 } else { 100.0 * ((gain - loss) / sum) }]
    }
}
