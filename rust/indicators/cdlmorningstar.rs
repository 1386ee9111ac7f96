//! A long black body, a short one gapping down, a white one closing at least 0.3 into the first: 100.

use super::candle::{BODY_LONG, BODY_SHORT, Candles, Mean, Shape, Watch};
use super::indicator::{Indicator, Memory};
use super::state::boxed;

/// How far into the first body the last must close.
const PENETRATION: f64 = 0.3;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "cdlmorningstar",
    about: "A long black body, a short one gapping down, a white one closing at least 0.3 into the first: 100.",
    inputs: &["open", "high", "low", "close"],
    parameters: &[],
    outputs: &["cdlmorningstar"],
    lookback: |_| 0,
    memory: |_| Memory::Span(12),
    start: |_| {
        boxed(Watch::new(MorningStar([Mean::new(BODY_LONG, 2), Mean::new(BODY_SHORT, 1), Mean::new(BODY_SHORT, 0)])))
    },
};

/// A long black body, a short one gapping down, a white one closing at least 0.3 into the first: 100.
#[derive(Clone)]
struct MorningStar([Mean; 3]);

impl Shape for MorningStar {
    const LOOKBACK: usize = 12;

    fn means(&mut self) -> &mut [Mean] {
        &mut self.0
    }

    #[inline]
    fn judge(&self, candles: &Candles) -> f64 {
        let [long, short, white] = &self.0;
        let (first, star, last) = (candles.ago(2), candles.ago(1), candles.ago(0));
        let morning = first.body() > long.value()
            && first.color() < 0.0
            && star.body() <= short.value()
            && star.top() < first.bottom()
            && last.body() > white.value()
            && last.color() > 0.0
            && last.close > first.close + first.body() * PENETRATION;
        if morning { 100.0 } else { 0.0 }
    }
}
