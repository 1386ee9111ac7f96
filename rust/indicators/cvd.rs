//! Cumulative volume delta: volume bought minus volume sold by the aggressor, added up from the first bar.

use super::indicator::{Indicator, Memory};
use super::state::{State, boxed};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "cvd",
    about: "Cumulative volume delta: volume bought minus volume sold by the aggressor, added up from the first bar.",
    inputs: &["buy_volume", "sell_volume"],
    parameters: &[],
    outputs: &["cvd"],
    lookback: |_| 0,
    memory: |_| Memory::Forever,
    start: |_| boxed(Delta(0.0)),
};

/// Cumulative volume delta.
#[derive(Clone)]
struct Delta(f64);

impl State<2, 1> for Delta {
    #[inline]
    fn step(&mut self, [bought, sold]: [f64; 2]) -> [f64; 1] {
        self.0 += bought - sold;
        [self.0]
    }
}
