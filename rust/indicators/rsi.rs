//! Wilder's relative strength: 100 g/(g+l), g and l his averages of gains and losses; 0 where nothing moved.

use super::indicator::{Indicator, Memory, Parameter};
use super::smooth::Wilder;
use super::state::{State, boxed};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "rsi",
    about: "Wilder's relative strength: 100 g/(g+l), g and l his averages of gains and losses; 0 where nothing moved.",
    inputs: &["close"],
    parameters: &[Parameter::bars("period", 14, 2)],
    outputs: &["rsi"],
    lookback: |a| a.bars(0),
    memory: |a| Memory::Decay(Wilder::decay(a.bars(0))),
    start: |a| boxed(Rsi::new(a.bars(0))),
};

/// Relative strength.
#[derive(Clone)]
pub struct Rsi {
    gain: Wilder,
    loss: Wilder,
    before: f64,
}

impl Rsi {
    /// Over `period >= 2` bars.
    pub fn new(period: usize) -> Self {
        Self { gain: Wilder::new(period), loss: Wilder::new(period), before: f64::NAN }
    }

    /// The averages of gains and losses; NaN until there are `period` changes.
    #[inline]
    pub fn averages(&mut self, price: f64) -> (f64, f64) {
        let change = price - std::mem::replace(&mut self.before, price);
        if change.is_nan() {
            return (f64::NAN, f64::NAN);
        }
        (self.gain.push(change.max(0.0)), self.loss.push((-change).max(0.0)))
    }

    /// The strength with `price` in it.
    #[inline]
    pub fn push(&mut self, price: f64) -> f64 {
        let (gain, loss) = self.averages(price);
        let sum = gain + loss;
        if sum == 0.0 { 0.0 } else { 100.0 * (gain / sum) }
    }
}

impl State<1, 1> for Rsi {
    #[inline]
    fn step(&mut self, [price]: [f64; 1]) -> [f64; 1] {
        [self.push(price)]
    }
}
