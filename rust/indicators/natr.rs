//! The average true range in percent of the close; 0 where the close is 0.

use super::atr::Atr;
use super::indicator::{Indicator, Memory, Parameter};
use super::smooth::Wilder;
use super::state::{State, boxed};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "natr",
    about: "The average true range in percent of the close; 0 where the close is 0.",
    inputs: &["high", "low", "close"],
    parameters: &[Parameter::bars("period", 14, 1)],
    outputs: &["natr"],
    lookback: |a| a.bars(0),
    memory: |a| Memory::Decay(Wilder::decay(a.bars(0))),
    start: |a| boxed(Normalized(Atr::new(a.bars(0)))),
};

/// Average true range in percent.
#[derive(Clone)]
struct Normalized(Atr);

impl State<3, 1> for Normalized {
    #[inline]
    fn step(&mut self, [high, low, close]: [f64; 3]) -> [f64; 1] {
        let average = self.0.push(high, low, close);
        [if average.is_nan() || close != 0.0 { average / close * 100.0 } else { 0.0 }]
    }
}
