//! Wilder's average of directional movement (`dx`): how strong a trend is, whichever way.

use super::directional::Directional;
use super::indicator::{Indicator, Memory, Parameter};
use super::state::{State, boxed};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "adx",
    about: "Wilder's average of directional movement (`dx`): how strong a trend is, whichever way.",
    inputs: &["high", "low", "close"],
    parameters: &[Parameter::bars("period", 14, 2)],
    outputs: &["adx"],
    lookback: |a| 2 * a.bars(0) - 1,
    memory: |a| Memory::Decay(Directional::decay(a.bars(0))),
    start: |a| boxed(Average::new(a.bars(0))),
};

/// Average directional movement.
#[derive(Clone)]
pub struct Average {
    directional: Directional,
    period: f64,
    seen: f64,
    value: f64,
}

impl Average {
    /// Over `period >= 2` bars.
    pub fn new(period: usize) -> Self {
        Self { directional: Directional::new(period), period: period as f64, seen: 0.0, value: 0.0 }
    }

    /// The average with this bar in it; bars without movement count for nothing but time.
    #[inline]
    pub fn push(&mut self, high: f64, low: f64, close: f64) -> f64 {
        let Some(movement) = self.directional.push(high, low, close) else { return f64::NAN };
        if self.seen < self.period {
            self.seen += 1.0;
            self.value += movement.index().unwrap_or(0.0);
            if self.seen < self.period {
                return f64::NAN;
            }
            self.value /= self.period;
        } else if let Some(index) = movement.index() {
            self.value = (self.value * (self.period - 1.0) + index) / self.period;
        }
        self.value
    }
}

impl State<3, 1> for Average {
    #[inline]
    fn step(&mut self, [high, low, close]: [f64; 3]) -> [f64; 1] {
        [self.push(high, low, close)]
    }
}
