//! A long body with next to no shadows: 100 if white, -100 if black.

use super::candle::{BODY_LONG, Candles, Mean, SHADOW_VERY_SHORT, Shape, Watch};
use super::indicator::{Indicator, Memory};
use super::state::boxed;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "cdlmarubozu",
    about: "A long body with next to no shadows: 100 if white, -100 if black.",
    inputs: &["open", "high", "low", "close"],
    parameters: &[],
    outputs: &["cdlmarubozu"],
    lookback: |_| 0,
    memory: |_| Memory::Span(10),
    start: |_| boxed(Watch::new(Marubozu([Mean::new(BODY_LONG, 0), Mean::new(SHADOW_VERY_SHORT, 0)]))),
};

/// A long body with next to no shadows: 100 if white, -100 if black.
#[derive(Clone)]
struct Marubozu([Mean; 2]);

impl Shape for Marubozu {
    const LOOKBACK: usize = 10;

    fn means(&mut self) -> &mut [Mean] {
        &mut self.0
    }

    #[inline]
    fn judge(&self, candles: &Candles) -> f64 {
        let [long, very_short] = &self.0;
        let last = candles.ago(0);
        let bare = last.upper_shadow() < very_short.value() && last.lower_shadow() < very_short.value();
        if last.body() > long.value() && bare { last.color() * 100.0 } else { 0.0 }
    }
}
