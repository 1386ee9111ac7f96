//! Balance of power: the body in parts of the range, (close-open)/(high-low); 0 where there is no range.

use super::indicator::{Indicator, Memory};
use super::state::{State, boxed};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "bop",
    about: "Balance of power: the body in parts of the range, (close-open)/(high-low); 0 where there is no range.",
    inputs: &["open", "high", "low", "close"],
    parameters: &[],
    outputs: &["bop"],
    lookback: |_| 0,
    memory: |_| Memory::Window,
    start: |_| boxed(Balance),
};

/// Balance of power.
#[derive(Clone)]
struct Balance;

impl State<4, 1> for Balance {
    #[inline]
    fn step(&mut self, [open, high, low, close]: [f64; 4]) -> [f64; 1] {
        let range = high - low;
        [if range <= 0.0 { 0.0 } else { (close - open) / range }]
    }
}
