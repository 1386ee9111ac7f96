//! A short body gapping up, with a long upper and no lower shadow: -100.

use super::candle::{BODY_SHORT, Candles, Mean, SHADOW_VERY_SHORT, Shape, Watch};
use super::indicator::{Indicator, Memory};
use super::state::boxed;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "cdlshootingstar",
    about: "A short body gapping up, with a long upper and no lower shadow: -100.",
    inputs: &["open", "high", "low", "close"],
    parameters: &[],
    outputs: &["cdlshootingstar"],
    lookback: |_| 0,
    memory: |_| Memory::Span(11),
    start: |_| boxed(Watch::new(ShootingStar([Mean::new(BODY_SHORT, 0), Mean::new(SHADOW_VERY_SHORT, 0)]))),
};

/// A short body gapping up, with a long upper and no lower shadow: -100.
#[derive(Clone)]
struct ShootingStar([Mean; 2]);

impl Shape for ShootingStar {
    const LOOKBACK: usize = 11;

    fn means(&mut self) -> &mut [Mean] {
        &mut self.0
    }

    #[inline]
    fn judge(&self, candles: &Candles) -> f64 {
        let [short, very_short] = &self.0;
        let (before, last) = (candles.ago(1), candles.ago(0));
        let star = last.body() < short.value()
            && last.upper_shadow() > last.body()
            && last.lower_shadow() < very_short.value()
            && last.bottom() > before.top();
        if star { -100.0 } else { 0.0 }
    }
}
