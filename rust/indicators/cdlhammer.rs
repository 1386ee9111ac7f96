//! A short body near the low of the bar before, with a long lower and no upper shadow: 100.

use super::candle::{BODY_SHORT, Candles, Mean, NEAR, SHADOW_VERY_SHORT, Shape, Watch};
use super::indicator::{Indicator, Memory};
use super::state::boxed;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "cdlhammer",
    about: "A short body near the low of the bar before, with a long lower and no upper shadow: 100.",
    inputs: &["open", "high", "low", "close"],
    parameters: &[],
    outputs: &["cdlhammer"],
    lookback: |_| 0,
    memory: |_| Memory::Span(11),
    start: |_| {
        boxed(Watch::new(Hammer([Mean::new(BODY_SHORT, 0), Mean::new(SHADOW_VERY_SHORT, 0), Mean::new(NEAR, 1)])))
    },
};

/// A short body near the low of the bar before, with a long lower and no upper shadow: 100.
#[derive(Clone)]
struct Hammer([Mean; 3]);

impl Shape for Hammer {
    const LOOKBACK: usize = 11;

    fn means(&mut self) -> &mut [Mean] {
        &mut self.0
    }

    #[inline]
    fn judge(&self, candles: &Candles) -> f64 {
        let [short, very_short, near] = &self.0;
        let (before, last) = (candles.ago(1), candles.ago(0));
        let hammer = last.body() < short.value()
            && last.lower_shadow() > last.body()
            && last.upper_shadow() < very_short.value()
            && last.bottom() <= before.low + near.value();
        if hammer { 100.0 } else { 0.0 }
    }
}
