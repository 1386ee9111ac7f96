//! Accumulation and distribution: the running total of volume times where the close is in the range, -1..1.

use super::indicator::{Indicator, Memory};
use super::state::{State, boxed};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "ad",
    about: "Accumulation and distribution: the running total of volume times where the close is in the range, -1..1.",
    inputs: &["high", "low", "close", "volume"],
    parameters: &[],
    outputs: &["ad"],
    lookback: |_| 0,
    memory: |_| Memory::Forever,
    start: |_| boxed(Accumulation(0.0)),
};

/// Accumulation and distribution.
#[derive(Clone)]
struct Accumulation(f64);

impl State<4, 1> for Accumulation {
    #[inline]
    fn step(&mut self, [high, low, close, volume]: [f64; 4]) -> [f64; 1] {
        self.0 += money_flow(high, low, close, volume);
        [self.0]
    }
}

/// Volume times where the close is in the range: -1 at the low, 1 at the high, 0 where there is no range.
#[inline]
pub fn money_flow(high: f64, low: f64, close: f64, volume: f64) -> f64 {
    let range = high - low;
    if range > 0.0 { ((close - low) - (high - close)) / range * volume } else { 0.0 }
}
