//! Mean, variance, skewness and kurtosis of a stream in one pass.
//!
//! Welford's update for the mean and the central sums, extended to third and fourth order and to merging by Pébay
//! (2008): no catastrophic cancellation, five numbers of state.
//!
//! ```
//! use quantum_core::stats::Moments;
//!
//! let mut left = Moments::new();
//! let mut right = Moments::new();
//! for x in [1.0, 2.0] { left.push(x); }
//! for x in [3.0, 6.0] { right.push(x); }
//! left.merge(&right);
//! assert_eq!((left.count(), left.mean()), (4, 3.0));
//! assert!((left.variance() - 14.0 / 3.0).abs() < 1e-12);
//! ```

/// Moments of what was pushed so far. A NaN or an infinity stays: no figure is finite from
/// there on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    count: u64,
    mean: f64,
    /// Sums of the second, third and fourth powers of the deviations from the mean.
    second: f64,
    third: f64,
    fourth: f64,
}

impl Moments {
    /// Of nothing yet.
    pub const fn new() -> Self {
        Self { count: 0, mean: 0.0, second: 0.0, third: 0.0, fourth: 0.0 }
    }

    /// Adds one value.
    #[inline]
    pub fn push(&mut self, value: f64) {
        let before = self.count as f64;
        self.count += 1;
        let n = self.count as f64;
        let delta = value - self.mean;
        let step = delta / n;
        let term = delta * step * before;
        self.mean += step;
        self.fourth +=
            term * step * step * (n * n - 3.0 * n + 3.0) + 6.0 * step * step * self.second - 4.0 * step * self.third;
        self.third += term * step * (n - 2.0) - 3.0 * step * self.second;
        self.second += term;
    }

    /// Adds all values of another stream.
    pub fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            *self = *other;
            return;
        }
        let (a, b) = (self.count as f64, other.count as f64);
        let n = a + b;
        let delta = other.mean - self.mean;
        let step = delta / n;
        let fourth = self.fourth
            + other.fourth
            + delta * step * step * step * a * b * (a * a - a * b + b * b)
            + 6.0 * step * step * (a * a * other.second + b * b * self.second)
            + 4.0 * step * (a * other.third - b * self.third);
        let third = self.third
            + other.third
            + delta * step * step * a * b * (a - b)
            + 3.0 * step * (a * other.second - b * self.second);
        self.second += other.second + delta * step * a * b;
        self.third = third;
        self.fourth = fourth;
        self.mean += step * b;
        self.count += other.count;
    }

    /// How many values.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Mean; NaN of nothing.
    pub fn mean(&self) -> f64 {
        if self.count == 0 { f64::NAN } else { self.mean }
    }

    /// Sample variance (ddof = 1); NaN below two values.
    pub fn variance(&self) -> f64 {
        if self.count < 2 { f64::NAN } else { self.second / (self.count - 1) as f64 }
    }

    /// Sample standard deviation (ddof = 1); NaN below two values.
    pub fn std(&self) -> f64 {
        self.variance().sqrt()
    }

    /// Population skewness `m3 / m2^1.5`; NaN below two values or without dispersion.
    pub fn skewness(&self) -> f64 {
        if !self.disperses() {
            return f64::NAN;
        }
        (self.count as f64).sqrt() * self.third / (self.second * self.second.sqrt())
    }

    /// Population excess kurtosis `m4 / m2² - 3`, 0 for a normal; NaN below two values or without dispersion.
    pub fn excess_kurtosis(&self) -> f64 {
        if !self.disperses() {
            return f64::NAN;
        }
        self.count as f64 * self.fourth / (self.second * self.second) - 3.0
    }

    fn disperses(&self) -> bool {
        self.count >= 2 && self.second > 0.0
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "values that are exact by construction")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, in two passes.
    fn naive(values: &[f64]) -> [f64; 4] {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let central = |power: i32| values.iter().map(|x| (x - mean).powi(power)).sum::<f64>() / n;
        let (second, third, fourth) = (central(2), central(3), central(4));
        [mean, second * n / (n - 1.0), third / second.powf(1.5), fourth / (second * second) - 3.0]
    }

    fn of(values: &[f64]) -> Moments {
        let mut moments = Moments::new();
        for &x in values {
            moments.push(x);
        }
        moments
    }

    fn figures(moments: &Moments) -> [f64; 4] {
        [moments.mean(), moments.variance(), moments.skewness(), moments.excess_kurtosis()]
    }

    proptest! {
        #[test]
        fn one_pass_and_merged_agree_with_two_passes(
            values in prop::collection::vec(-1e3f64..1e3, 3..200), offset in -1e5f64..1e5, cut in 0.0f64..1.0,
        ) {
            let values: Vec<f64> = values.iter().map(|x| x + offset).collect();
            let expected = naive(&values);
            prop_assume!(expected[1] > 1.0);
            let (left, right) = values.split_at((cut * values.len() as f64) as usize);
            let mut merged = of(left);
            merged.merge(&of(right));
            prop_assert_eq!(merged.count(), values.len() as u64);
            for found in [figures(&of(&values)), figures(&merged)] {
                for (a, b) in found.iter().zip(expected) {
                    prop_assert!((a - b).abs() <= 1e-7 * b.abs().max(1.0), "{found:?} {expected:?}");
                }
            }
        }
    }

    #[test]
    fn too_few_values_and_no_dispersion_are_nan() {
        assert!(Moments::new().mean().is_nan());
        assert!(of(&[1.0]).variance().is_nan() && of(&[1.0]).mean() == 1.0);
        let flat = of(&[2.0; 5]);
        assert_eq!(flat.variance(), 0.0);
        assert!(flat.skewness().is_nan() && flat.excess_kurtosis().is_nan());
        assert!(figures(&of(&[1.0, f64::NAN, 2.0])).iter().all(|figure| figure.is_nan()));
        assert!(figures(&of(&[1.0, f64::INFINITY, 2.0])).iter().all(|figure| !figure.is_finite()));
    }

    #[test]
    fn a_large_offset_does_not_eat_the_variance() {
        let moments = of(&[1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0]);
        assert_eq!(moments.variance(), 30.0);
    }
}
