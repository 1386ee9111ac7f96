//! The mean price by volume since the session began, with bands; `session` is any number that changes with the session.

use super::indicator::{Indicator, Memory, Parameter};
use super::state::{State, boxed};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "session_vwap",
    about: "The mean price by volume since the session began, and `width` deviations by volume above and below; NaN before any volume.",
    inputs: &["high", "low", "close", "volume", "session"],
    parameters: &[Parameter::real("width", 2.0, 0.0, 1000.0)],
    outputs: &["upper", "vwap", "lower"],
    lookback: |_| 0,
    memory: |_| Memory::Forever,
    start: |a| boxed(Mean::new(a.real(0))),
};

/// Mean and spread of the typical price by volume, by West's update: no difference of large squares.
#[derive(Clone)]
struct Mean {
    width: f64,
    current: f64,
    volume: f64,
    centre: f64,
    squares: f64,
}

impl Mean {
    fn new(width: f64) -> Self {
        Self { width, current: f64::NAN, volume: 0.0, centre: 0.0, squares: 0.0 }
    }
}

impl State<5, 3> for Mean {
    #[inline]
    #[allow(clippy::float_cmp, reason = "sessions are numbers that are the same or not")]
    fn step(&mut self, [high, low, close, volume, session]: [f64; 5]) -> [f64; 3] {
        if session != self.current {
            *self = Self { current: session, ..Self::new(self.width) };
        }
        if volume > 0.0 {
            let typical = (high + low + close) / 3.0;
            let before = self.volume;
            self.volume += volume;
            let distance = typical - self.centre;
            let step = distance * volume / self.volume;
            self.centre += step;
            self.squares += before * distance * step;
        }
        if self.volume == 0.0 {
            return [f64::NAN; 3];
        }
        let reach = self.width * (self.squares / self.volume).sqrt();
        [self.centre + reach, self.centre, self.centre - reach]
    }
}
