//! A short body inside the long one before it: 100 or -100 against its colour, 80 or -80 if an end only meets.

use super::candle::{BODY_LONG, BODY_SHORT, Candles, Mean, Shape, Watch};
use super::indicator::{Indicator, Memory};
use super::state::boxed;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "cdlharami",
    about: "A short body inside the long one before it: 100 or -100 against its colour, 80 or -80 if an end only meets.",
    inputs: &["open", "high", "low", "close"],
    parameters: &[],
    outputs: &["cdlharami"],
    lookback: |_| 0,
    memory: |_| Memory::Span(11),
    start: |_| boxed(Watch::new(Harami([Mean::new(BODY_LONG, 1), Mean::new(BODY_SHORT, 0)]))),
};

/// A short body inside the long one before it: 100 or -100 against its colour, 80 or -80 if an end only meets.
#[derive(Clone)]
struct Harami([Mean; 2]);

impl Shape for Harami {
    const LOOKBACK: usize = 11;

    fn means(&mut self) -> &mut [Mean] {
        &mut self.0
    }

    #[inline]
    fn judge(&self, candles: &Candles) -> f64 {
        let [long, short] = &self.0;
        let (first, last) = (candles.ago(1), candles.ago(0));
        if first.body() <= long.value() || last.body() > short.value() {
            return 0.0;
        }
        if last.top() < first.top() && last.bottom() > first.bottom() {
            -first.color() * 100.0
        } else if last.top() <= first.top() && last.bottom() >= first.bottom() {
            -first.color() * 80.0
        } else {
            0.0
        }
    }
}
