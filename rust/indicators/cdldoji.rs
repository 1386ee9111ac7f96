//! A candle with next to no body: 100.

use super::candle::{BODY_DOJI, Candles, Mean, Shape, Watch};
use super::indicator::{Indicator, Memory};
use super::state::boxed;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "cdldoji",
    about: "A candle with next to no body: 100.",
    inputs: &["open", "high", "low", "close"],
    parameters: &[],
    outputs: &["cdldoji"],
    lookback: |_| 0,
    memory: |_| Memory::Span(10),
    start: |_| boxed(Watch::new(Doji([Mean::new(BODY_DOJI, 0)]))),
};

/// A candle with next to no body: 100.
#[derive(Clone)]
struct Doji([Mean; 1]);

impl Shape for Doji {
    const LOOKBACK: usize = 10;

    fn means(&mut self) -> &mut [Mean] {
        &mut self.0
    }

    #[inline]
    fn judge(&self, candles: &Candles) -> f64 {
        if candles.ago(0).body() <= self.0[0].value() { 100.0 } else { 0.0 }
    }
}
