//! A straight line fitted by least squares to the last values, kept in constant time.

use super::window::Ring;

/// The sums of a sliding fit, taken from an anchor near the values so that no digits are lost, afresh once per window.
#[derive(Clone)]
pub struct Regression {
    ring: Ring,
    period: f64,
    anchor: f64,
    sum: f64,
    weighted: f64,
}

/// A fitted line.
pub struct Line {
    /// Rise per bar.
    pub slope: f64,
    /// Its value at the newest bar.
    pub end: f64,
}

impl Regression {
    /// Over `period >= 2` bars.
    pub fn new(period: usize) -> Self {
        Self { ring: Ring::new(period), period: period as f64, anchor: 0.0, sum: 0.0, weighted: 0.0 }
    }

    /// The line with `value` in it; `None` until the window is full.
    #[inline]
    pub fn push(&mut self, value: f64) -> Option<Line> {
        let gone = self.ring.push(value);
        if self.ring.at_turn() {
            self.afresh();
        } else if let Some(gone) = gone {
            // All others move one bar back: each loses its own value once from the weighted sum.
            let gone = gone - self.anchor;
            self.weighted += (value - self.anchor) * (self.period - 1.0) - (self.sum - gone);
            self.sum += value - self.anchor - gone;
        }
        self.ring.is_full().then(|| self.line())
    }

    /// At a turn the places are in the order of time.
    fn afresh(&mut self) {
        let values = self.ring.places();
        self.anchor = values.iter().sum::<f64>() / self.period;
        self.sum = values.iter().map(|value| value - self.anchor).sum();
        self.weighted = values.iter().zip(0u32..).map(|(value, time)| f64::from(time) * (value - self.anchor)).sum();
    }

    fn line(&self) -> Line {
        let last = self.period - 1.0;
        let (mean_time, mean) = (last * 0.5, self.sum / self.period);
        // The sum of squared deviations of 0..period is n(n*n-1)/12.
        let slope = (self.weighted - mean_time * self.sum) * 12.0 / (self.period * (self.period * self.period - 1.0));
        Line { slope, end: self.anchor + (mean + slope * (last - mean_time)) }
    }
}
