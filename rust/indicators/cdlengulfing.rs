//! A body that covers the one before it, of the other colour: 100 or -100, 80 or -80 if one end only meets.

use super::candle::{Candles, Mean, Shape, Watch};
use super::indicator::{Indicator, Memory};
use super::state::boxed;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "cdlengulfing",
    about: "A body that covers the one before it, of the other colour: 100 or -100, 80 or -80 if one end only meets.",
    inputs: &["open", "high", "low", "close"],
    parameters: &[],
    outputs: &["cdlengulfing"],
    lookback: |_| 0,
    memory: |_| Memory::Span(2),
    start: |_| boxed(Watch::new(Engulfing([]))),
};

/// A body that covers the one before it, of the other colour: 100 or -100, 80 or -80 if one end only meets.
#[derive(Clone)]
struct Engulfing([Mean; 0]);

impl Shape for Engulfing {
    const LOOKBACK: usize = 2;

    fn means(&mut self) -> &mut [Mean] {
        &mut self.0
    }

    #[inline]
    #[allow(clippy::float_cmp, reason = "the definition asks whether two prices are the same")]
    fn judge(&self, candles: &Candles) -> f64 {
        let (first, last) = (candles.ago(1), candles.ago(0));
        let covers = last.top() >= first.top()
            && last.bottom() <= first.bottom()
            && (last.top() > first.top() || last.bottom() < first.bottom());
        if last.color() == first.color() || !covers {
            return 0.0;
        }
        let strict = last.open != first.close && last.close != first.open;
        last.color() * if strict { 100.0 } else { 80.0 }
    }
}
