//! Keltner channel: an exponential average of the close, and `width` average true ranges above and below.

use super::atr::Atr;
use super::indicator::{Indicator, Memory, Parameter};
use super::smooth::{Exponential, Wilder};
use super::state::{State, boxed};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "keltner",
    about: "Keltner channel: an exponential average of the close, and `width` average true ranges above and below.",
    inputs: &["high", "low", "close"],
    parameters: &[
        Parameter::bars("period", 20, 1),
        Parameter::bars("range", 10, 1),
        Parameter::real("width", 2.0, 0.0, 1000.0),
    ],
    outputs: &["upper", "middle", "lower"],
    lookback: |a| (a.bars(0) - 1).max(a.bars(1)),
    memory: |a| Memory::Decay(Exponential::decay(a.bars(0)).max(Wilder::decay(a.bars(1)))),
    start: |a| boxed(Channel::new(a.bars(0), a.bars(1), a.real(2))),
};

/// Keltner channel.
#[derive(Clone)]
struct Channel {
    average: Exponential,
    range: Atr,
    width: f64,
}

impl Channel {
    fn new(period: usize, range: usize, width: f64) -> Self {
        Self { average: Exponential::new(period), range: Atr::new(range), width }
    }
}

impl State<3, 3> for Channel {
    #[inline]
    fn step(&mut self, [high, low, close]: [f64; 3]) -> [f64; 3] {
        let (average, range) = (self.average.push(close), self.range.push(high, low, close));
        let reach = self.width * range;
        if (average + reach).is_nan() { [f64::NAN; 3] } else { [average + reach, average, average - reach] }
    }
}
