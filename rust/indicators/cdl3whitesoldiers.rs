//! Three white candles, each closing higher with no upper shadow and opening in or near the body before: 100.

use super::candle::{BODY_SHORT, Candle, Candles, FAR, Mean, NEAR, SHADOW_VERY_SHORT, Shape, Watch};
use super::indicator::{Indicator, Memory};
use super::state::boxed;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "cdl3whitesoldiers",
    about: "Three white candles, each closing higher with no upper shadow and opening in or near the body before: 100.",
    inputs: &["open", "high", "low", "close"],
    parameters: &[],
    outputs: &["cdl3whitesoldiers"],
    lookback: |_| 0,
    memory: |_| Memory::Span(12),
    start: |_| {
        boxed(Watch::new(Soldiers([
            Mean::new(SHADOW_VERY_SHORT, 2),
            Mean::new(SHADOW_VERY_SHORT, 1),
            Mean::new(SHADOW_VERY_SHORT, 0),
            Mean::new(NEAR, 2),
            Mean::new(NEAR, 1),
            Mean::new(FAR, 2),
            Mean::new(FAR, 1),
            Mean::new(BODY_SHORT, 0),
        ])))
    },
};

/// Three white candles, each closing higher with no upper shadow and opening in or near the body before: 100.
#[derive(Clone)]
struct Soldiers([Mean; 8]);

impl Shape for Soldiers {
    const LOOKBACK: usize = 12;

    fn means(&mut self) -> &mut [Mean] {
        &mut self.0
    }

    #[inline]
    fn judge(&self, candles: &Candles) -> f64 {
        let [shadow_two, shadow_one, shadow, near_two, near_one, far_two, far_one, short] =
            self.0.each_ref().map(Mean::value);
        let (first, second, third) = (candles.ago(2), candles.ago(1), candles.ago(0));
        let white = [first, second, third].iter().all(|candle| candle.color() > 0.0);
        let no_shadows =
            first.upper_shadow() < shadow_two && second.upper_shadow() < shadow_one && third.upper_shadow() < shadow;
        let follows = |one: &Candle, next: &Candle, near: f64, far: f64| {
            next.close > one.close
                && next.open > one.open
                && next.open <= one.close + near
                && next.body() > one.body() - far
        };
        let soldiers = white
            && no_shadows
            && follows(first, second, near_two, far_two)
            && follows(second, third, near_one, far_one)
            && third.body() > short;
        if soldiers { 100.0 } else { 0.0 }
    }
}
