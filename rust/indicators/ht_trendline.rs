//! The mean over the dominant cycle's period, smoothed over four bars: price with its cycle taken out.

use super::cycle::Cycle;
use super::indicator::{Indicator, Memory};
use super::state::{State, boxed};
use super::window::Ring;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "ht_trendline",
    about: "The mean over the dominant cycle's period, smoothed over four bars: price with its cycle taken out.",
    inputs: &["close"],
    parameters: &[],
    outputs: &["ht_trendline"],
    lookback: |_| 63,
    memory: |_| Memory::Decay(0.92),
    start: |_| boxed(Trendline::new()),
};

const LONGEST: usize = 50;

/// Price without its cycle.
#[derive(Clone)]
struct Trendline {
    cycle: Cycle,
    prices: Ring,
    means: [f64; 3],
    seen: usize,
}

impl Trendline {
    fn new() -> Self {
        Self { cycle: Cycle::new(37), prices: Ring::new(LONGEST), means: [0.0; 3], seen: 0 }
    }
}

impl State<1, 1> for Trendline {
    #[inline]
    fn step(&mut self, [price]: [f64; 1]) -> [f64; 1] {
        self.prices.push(price);
        self.seen += 1;
        let period = self.cycle.push(price);
        if period.is_nan() {
            return [f64::NAN];
        }
        let bars = (period + 0.5) as usize;
        let sum: f64 = (0..bars).map(|ago| self.prices.back(ago)).sum();
        let mean = if bars > 0 { sum / bars as f64 } else { 0.0 };
        let [first, second, third] = self.means;
        self.means = [mean, first, second];
        let smooth = (4.0 * mean + 3.0 * first + 2.0 * second + third) / 10.0;
        [if self.seen > 63 { smooth } else { f64::NAN }]
    }
}
