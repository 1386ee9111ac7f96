//! On-balance volume: the volume of bars that closed higher minus that of bars that closed lower, from the first bar.

use super::indicator::{Indicator, Memory};
use super::state::{State, boxed};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "obv",
    about: "On-balance volume: the volume of bars that closed higher minus that of bars that closed lower, from the first bar.",
    inputs: &["close", "volume"],
    parameters: &[],
    outputs: &["obv"],
    lookback: |_| 0,
    memory: |_| Memory::Forever,
    start: |_| boxed(Balance { before: f64::NAN, total: 0.0 }),
};

/// On-balance volume.
#[derive(Clone)]
struct Balance {
    before: f64,
    total: f64,
}

impl State<2, 1> for Balance {
    #[inline]
    fn step(&mut self, [close, volume]: [f64; 2]) -> [f64; 1] {
        let before = std::mem::replace(&mut self.before, close);
        if close > before || before.is_nan() {
            self.total += volume;
        } else if close < before {
            self.total -= volume;
        }
        [self.total]
    }
}
