//! Wilder's directional movement, which five indicators share.

use super::trange::true_range;

/// Running totals of upward movement, downward movement and true range, each losing 1/period a bar.
#[derive(Clone)]
pub struct Directional {
    period: usize,
    seen: usize,
    high: f64,
    low: f64,
    close: f64,
    totals: Movement,
}

/// The totals at one bar.
#[derive(Clone, Copy, Default)]
pub struct Movement {
    plus: f64,
    minus: f64,
    range: f64,
}

impl Directional {
    /// Over `period >= 2` bars.
    pub fn new(period: usize) -> Self {
        Self { period, seen: 0, high: 0.0, low: 0.0, close: 0.0, totals: Movement::default() }
    }

    /// What a bar leaves of the past.
    pub fn decay(period: usize) -> f64 {
        1.0 - 1.0 / period as f64
    }

    /// The totals with this bar in them; `None` before bar `period`.
    #[inline]
    pub fn push(&mut self, high: f64, low: f64, close: f64) -> Option<Movement> {
        let (up, down) = (high - self.high, self.low - low);
        let range = true_range(high, low, self.close);
        (self.high, self.low, self.close) = (high, low, close);
        self.seen += 1;
        if self.seen == 1 {
            return None;
        }
        let totals = &mut self.totals;
        if self.seen > self.period {
            let period = self.period as f64;
            totals.plus -= totals.plus / period;
            totals.minus -= totals.minus / period;
            totals.range -= totals.range / period;
        }
        totals.plus += if up > 0.0 && up > down { up } else { 0.0 };
        totals.minus += if down > 0.0 && up < down { down } else { 0.0 };
        totals.range += range;
        (self.seen > self.period).then_some(self.totals)
    }
}

impl Movement {
    /// Upward movement in percent of true range.
    #[inline]
    pub fn plus(&self) -> f64 {
        if self.range == 0.0 { 0.0 } else { 100.0 * (self.plus / self.range) }
    }

    /// Downward movement in percent of true range.
    #[inline]
    pub fn minus(&self) -> f64 {
        if self.range == 0.0 { 0.0 } else { 100.0 * (self.minus / self.range) }
    }

    /// 100 |plus - minus| / (plus + minus); `None` where there is no range or no movement.
    #[inline]
    pub fn index(&self) -> Option<f64> {
        let (plus, minus) = (self.plus(), self.minus());
        let sum = plus + minus;
        (self.range != 0.0 && sum != 0.0).then(|| 100.0 * ((minus - plus).abs() / sum))
    }
}
