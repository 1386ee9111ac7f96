//! The mean of `adx` now and `period - 1` bars ago.

use super::adx::Average;
use super::directional::Directional;
use super::indicator::{Indicator, Memory, Parameter};
use super::state::{State, boxed};
use super::window::Ring;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "adxr",
    about: "The mean of `adx` now and `period - 1` bars ago.",
    inputs: &["high", "low", "close"],
    parameters: &[Parameter::bars("period", 14, 2)],
    outputs: &["adxr"],
    lookback: |a| 3 * a.bars(0) - 2,
    memory: |a| Memory::Decay(Directional::decay(a.bars(0))),
    start: |a| boxed(Rating { average: Average::new(a.bars(0)), past: Ring::new(a.bars(0) - 1) }),
};

/// Rating of the average directional movement.
#[derive(Clone)]
struct Rating {
    average: Average,
    past: Ring,
}

impl State<3, 1> for Rating {
    #[inline]
    fn step(&mut self, [high, low, close]: [f64; 3]) -> [f64; 1] {
        let average = self.average.push(high, low, close);
        if average.is_nan() {
            return [average];
        }
        [self.past.push(average).map_or(f64::NAN, |before| f64::midpoint(average, before))]
    }
}
