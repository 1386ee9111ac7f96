//! How far below its peak an equity curve fell, and when.
//!
//! A drawdown is a positive fraction of the running peak, `1 - equity / peak`, the first equity included. The deepest
//! one is kept with the time of its peak (the last time the curve stood there), its trough (the first time it was that
//! deep) and its recovery (the first time the peak was reached again).
//!
//! ```
//! use quantum_core::stats::Drawdown;
//!
//! let mut drawdown = Drawdown::new();
//! for (at, equity) in [100.0, 120.0, 90.0, 105.0, 121.0].into_iter().enumerate() {
//!     drawdown.push(at as i64, equity);
//! }
//! let worst = drawdown.worst().unwrap();
//! assert_eq!((worst.frac, worst.peak_at, worst.trough_at, worst.recovered_at), (0.25, 1, 2, Some(4)));
//! assert_eq!(drawdown.current_frac(), 0.0);
//! ```

/// The deepest fall of a curve. Times are whatever the caller pushed: nanoseconds or a period's number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DrawdownEpisode {
    /// Depth as a fraction of the peak, positive; above 1 where equity fell below zero.
    pub frac: f64,
    /// When the curve last stood at the peak.
    pub peak_at: i64,
    /// When it first was that deep.
    pub trough_at: i64,
    /// When it first stood at the peak again, if it has.
    pub recovered_at: Option<i64>,
}

/// A running drawdown. The first equity must be positive for fractions to mean anything; until the peak is positive
/// they are NaN. A NaN equity leaves the peak and the worst as they were, and makes `current_frac` NaN until the next.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Drawdown {
    peak: Option<(f64, i64)>,
    current_frac: f64,
    worst: Option<DrawdownEpisode>,
}

impl Drawdown {
    /// Of nothing yet.
    pub const fn new() -> Self {
        Self { peak: None, current_frac: f64::NAN, worst: None }
    }

    /// Adds the equity at a time that is not before the last one.
    #[inline]
    pub fn push(&mut self, at: i64, equity: f64) {
        if equity.is_nan() {
            self.current_frac = f64::NAN;
            return;
        }
        match self.peak {
            Some((peak, peak_at)) if equity < peak => self.fall(at, equity, peak, peak_at),
            _ => self.rise(at, equity),
        }
    }

    /// At or above the peak.
    fn rise(&mut self, at: i64, equity: f64) {
        self.peak = Some((equity, at));
        self.current_frac = if equity > 0.0 { 0.0 } else { f64::NAN };
        if let Some(worst) = &mut self.worst {
            worst.recovered_at.get_or_insert(at);
        }
    }

    /// Below the peak.
    fn fall(&mut self, at: i64, equity: f64, peak: f64, peak_at: i64) {
        self.current_frac = if peak > 0.0 { 1.0 - equity / peak } else { f64::NAN };
        if self.current_frac > self.worst.map_or(0.0, |worst| worst.frac) {
            self.worst = Some(DrawdownEpisode { frac: self.current_frac, peak_at, trough_at: at, recovered_at: None });
        }
    }

    /// The highest equity so far.
    pub fn peak(&self) -> Option<f64> {
        self.peak.map(|(equity, _)| equity)
    }

    /// Depth below the peak now, a fraction; NaN before the first equity.
    pub const fn current_frac(&self) -> f64 {
        self.current_frac
    }

    /// Depth of the deepest fall, 0 if there was none; NaN before the first equity.
    pub fn max_frac(&self) -> f64 {
        match (self.worst, self.peak) {
            (Some(worst), _) => worst.frac,
            (None, Some((peak, _))) if peak > 0.0 => 0.0,
            _ => f64::NAN,
        }
    }

    /// The deepest fall, `None` if the curve never fell.
    pub const fn worst(&self) -> Option<DrawdownEpisode> {
        self.worst
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "values that are exact by construction")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(equity: &[f64]) -> Drawdown {
        let mut drawdown = Drawdown::new();
        equity.iter().enumerate().for_each(|(at, &x)| drawdown.push(at as i64, x));
        drawdown
    }

    /// The definition: every prefix maximum, looked for anew.
    fn naive(equity: &[f64]) -> Option<DrawdownEpisode> {
        let peak_before = |t: usize| equity[..=t].iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let depth = |t: usize| 1.0 - equity[t] / peak_before(t);
        let frac = (0..equity.len()).map(depth).fold(0.0, f64::max);
        let trough = (0..equity.len()).find(|&t| depth(t) == frac && frac > 0.0)?;
        let peak = peak_before(trough);
        let peak_at = (0..trough).rev().find(|&t| equity[t] == peak)?;
        let recovered_at = (trough..equity.len()).find(|&t| equity[t] >= peak).map(|t| t as i64);
        Some(DrawdownEpisode { frac, peak_at: peak_at as i64, trough_at: trough as i64, recovered_at })
    }

    proptest! {
        #[test]
        fn one_pass_agrees_with_the_definition(steps in prop::collection::vec(-4i32..=4, 1..80)) {
            let mut level = 200;
            let equity: Vec<f64> = steps.iter().map(|step| { level += step; f64::from(level.max(1)) }).collect();
            let found = of(&equity);
            prop_assert_eq!(found.worst(), naive(&equity));
            prop_assert_eq!(found.max_frac(), naive(&equity).map_or(0.0, |worst| worst.frac));
            prop_assert_eq!(found.peak(), Some(equity.iter().copied().fold(0.0, f64::max)));
        }
    }

    #[test]
    fn a_curve_that_only_rises_has_no_worst() {
        let drawdown = of(&[1.0, 1.0, 2.0]);
        assert_eq!((drawdown.worst(), drawdown.max_frac(), drawdown.current_frac()), (None, 0.0, 0.0));
    }

    #[test]
    fn equity_below_zero_is_deeper_than_all() {
        assert_eq!(of(&[100.0, -50.0]).max_frac(), 1.5);
    }

    #[test]
    fn what_has_no_meaning_is_nan() {
        assert!(Drawdown::new().max_frac().is_nan() && Drawdown::new().current_frac().is_nan());
        assert!(of(&[-5.0, -6.0]).max_frac().is_nan());
        let gap = of(&[100.0, 80.0, f64::NAN]);
        assert!(gap.current_frac().is_nan() && (gap.max_frac() - 0.2).abs() < 1e-15);
    }
}
