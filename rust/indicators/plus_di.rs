//! Wilder's upward directional indicator: upward movement in percent of true range.

use super::directional::Directional;
use super::indicator::{Indicator, Memory, Parameter};
use super::state::{State, boxed};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "plus_di",
    about: "Wilder's upward directional indicator: upward movement in percent of true range.",
    inputs: &["high", "low", "close"],
    parameters: &[Parameter::bars("period", 14, 2)],
    outputs: &["plus_di"],
    lookback: |a| a.bars(0),
    memory: |a| Memory::Decay(Directional::decay(a.bars(0))),
    start: |a| boxed(Plus(Directional::new(a.bars(0)))),
};

/// Upward movement.
#[derive(Clone)]
struct Plus(Directional);

impl State<3, 1> for Plus {
    #[inline]
    fn step(&mut self, [high, low, close]: [f64; 3]) -> [f64; 1] {
        [self.0.push(high, low, close).map_or(f64::NAN, |movement| movement.plus())]
    }
}
