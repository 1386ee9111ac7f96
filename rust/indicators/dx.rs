//! Directional movement: 100 |+di - -di| / (+di + -di); the last value is kept where there is no movement.

use super::directional::Directional;
use super::indicator::{Indicator, Memory, Parameter};
use super::state::{State, boxed};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "dx",
    about: "Directional movement: 100 |+di - -di| / (+di + -di); the last value is kept where there is no movement.",
    inputs: &["high", "low", "close"],
    parameters: &[Parameter::bars("period", 14, 2)],
    outputs: &["dx"],
    lookback: |a| a.bars(0),
    memory: |a| Memory::Decay(Directional::decay(a.bars(0))),
    start: |a| boxed(Index { directional: Directional::new(a.bars(0)), last: 0.0 }),
};

/// Directional movement.
#[derive(Clone)]
struct Index {
    directional: Directional,
    last: f64,
}

impl State<3, 1> for Index {
    #[inline]
    fn step(&mut self, [high, low, close]: [f64; 3]) -> [f64; 1] {
        let Some(movement) = self.directional.push(high, low, close) else { return [f64::NAN] };
        self.last = movement.index().unwrap_or(self.last);
        [self.last]
    }
}
