//! Windows that slide by one bar in constant time: the last values, their sum, their extreme, their variance.
//!
//! Running sums lose digits as values leave; each sum here is taken afresh once per window length, which costs two
//! additions a bar and keeps the error that of one window, however long the series.

/// The last `n` values.
#[derive(Clone)]
pub struct Ring {
    values: Box<[f64]>,
    next: usize,
    full: bool,
}

impl Ring {
    /// Room for `length >= 1` values.
    pub fn new(length: usize) -> Self {
        Self { values: vec![0.0; length].into(), next: 0, full: false }
    }

    /// Puts `value` in; gives the one that falls out, once full.
    #[inline]
    pub fn push(&mut self, value: f64) -> Option<f64> {
        let gone = std::mem::replace(&mut self.values[self.next], value);
        self.next += 1;
        let was_full = self.full;
        if self.next == self.values.len() {
            self.next = 0;
            self.full = true;
        }
        was_full.then_some(gone)
    }

    /// Whether `length` values were pushed.
    #[inline]
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// Whether the next value goes to the first place: once per `length` values.
    #[inline]
    pub fn at_turn(&self) -> bool {
        self.next == 0
    }

    /// The values in the order of their places, not of time: for sums that do not care.
    #[inline]
    pub fn places(&self) -> &[f64] {
        &self.values
    }

    /// The value pushed `ago` pushes before the last one; `ago` is below the length.
    #[inline]
    pub fn back(&self, ago: usize) -> f64 {
        let length = self.values.len();
        let place = self.next + length - 1 - ago;
        self.values[if place >= length { place - length } else { place }]
    }
}

/// The sum of the last `n` values.
#[derive(Clone)]
pub struct RollingSum {
    ring: Ring,
    sum: f64,
}

impl RollingSum {
    /// Over `length >= 1` values.
    pub fn new(length: usize) -> Self {
        Self { ring: Ring::new(length), sum: 0.0 }
    }

    /// The sum with `value` in it; NaN until the window is full.
    #[inline]
    pub fn push(&mut self, value: f64) -> f64 {
        let gone = self.ring.push(value).unwrap_or(0.0);
        self.sum = if self.ring.at_turn() { self.ring.places().iter().sum() } else { self.sum - gone + value };
        if self.ring.is_full() { self.sum } else { f64::NAN }
    }
}

/// Mean and sum of squared deviations of the last `n` values, by Welford's update: no difference of large squares.
#[derive(Clone)]
pub struct RollingVariance {
    ring: Ring,
    // The mean is `anchor + offset`: near the values, so that their differences keep all digits.
    anchor: f64,
    offset: f64,
    squares: f64,
    peak: f64,
    inverse: f64,
}

impl RollingVariance {
    /// Over `length >= 1` values.
    pub fn new(length: usize) -> Self {
        let inverse = 1.0 / length as f64;
        Self { ring: Ring::new(length), anchor: 0.0, offset: 0.0, squares: 0.0, peak: 0.0, inverse }
    }

    /// How many values.
    pub fn period(&self) -> usize {
        self.ring.places().len()
    }

    /// Mean and population variance with `value` in them; NaN until the window is full.
    #[inline]
    pub fn push(&mut self, value: f64) -> (f64, f64) {
        let Some(gone) = self.ring.push(value) else {
            if !self.ring.is_full() {
                return (f64::NAN, f64::NAN);
            }
            self.afresh();
            return (self.anchor + self.offset, self.squares * self.inverse);
        };
        let before = self.offset;
        self.offset += (value - gone) * self.inverse;
        self.squares += (value - gone) * ((value - self.anchor - self.offset) + (gone - self.anchor - before));
        // What is left after a large deviation left the window is mostly its rounding: take it afresh then, and once
        // per window length in any case.
        self.peak = self.peak.max(self.squares);
        if self.ring.at_turn() || self.squares < self.peak * 1e-3 {
            self.afresh();
        }
        (self.anchor + self.offset, self.squares * self.inverse)
    }

    #[cold]
    fn afresh(&mut self) {
        let values = self.ring.places();
        let anchor = values.iter().sum::<f64>() * self.inverse;
        // The mean's own rounding is corrected by the mean of what it leaves over.
        let offset = values.iter().map(|value| value - anchor).sum::<f64>() * self.inverse;
        self.squares = values.iter().map(|value| (value - anchor - offset).powi(2)).sum();
        (self.anchor, self.offset) = (anchor, offset);
        self.peak = self.squares;
    }
}

/// Longest window for which reading it anew at every bar, many bars at a time, beats the recursion.
pub const DIRECT_MAX: usize = 48;

/// Mean and population variance of every window of `values`, from the first full one on: `take(place, mean, variance)`
/// gets some neighbouring bars at a time.
pub fn moments(values: &[f64], period: usize, mut take: impl FnMut(usize, &[f64], &[f64])) {
    // As many as keep the adders busy: one addition waits four cycles for the one before.
    const LANES: usize = 32;
    let count = (values.len() + 1).saturating_sub(period);
    let scale = 1.0 / period as f64;
    let mut from = 0;
    while from < count {
        let lanes = LANES.min(count - from);
        let (mut mean, mut variance) = ([0.0; LANES], [0.0; LANES]);
        if lanes == LANES {
            for step in 0..period {
                let next: &[f64; LANES] = values[from + step..][..LANES].try_into().expect("LANES values");
                for (sum, value) in mean.iter_mut().zip(next) {
                    *sum += value;
                }
            }
            mean = mean.map(|sum| sum * scale);
            for step in 0..period {
                let next: &[f64; LANES] = values[from + step..][..LANES].try_into().expect("LANES values");
                for ((sum, mean), value) in variance.iter_mut().zip(&mean).zip(next) {
                    *sum += (value - mean) * (value - mean);
                }
            }
            variance = variance.map(|sum| sum * scale);
        } else {
            for lane in 0..lanes {
                let window = &values[from + lane..][..period];
                mean[lane] = window.iter().sum::<f64>() * scale;
                let deviation = |value: &f64| (value - mean[lane]) * (value - mean[lane]);
                variance[lane] = window.iter().map(deviation).sum::<f64>() * scale;
            }
        }
        take(from + period - 1, &mean[..lanes], &variance[..lanes]);
        from += lanes;
    }
}

/// The largest (`MAXIMUM`) or smallest of the last `n` values and when it was; of equals the latest.
#[derive(Clone)]
pub struct Extreme<const MAXIMUM: bool> {
    // Candidates, best first: each later one is worse than those before it but will outlive them.
    values: Box<[f64]>,
    times: Box<[usize]>,
    head: usize,
    count: usize,
    now: usize,
}

impl<const MAXIMUM: bool> Extreme<MAXIMUM> {
    /// Over `length >= 1` values.
    pub fn new(length: usize) -> Self {
        Self { values: vec![0.0; length].into(), times: vec![0; length].into(), head: 0, count: 0, now: 0 }
    }

    #[inline]
    fn place(&self, rank: usize) -> usize {
        let place = self.head + rank;
        if place >= self.values.len() { place - self.values.len() } else { place }
    }

    /// The extreme with `value` in it and how many bars ago it was; NaN until the window is full.
    #[inline]
    pub fn push(&mut self, value: f64) -> (f64, usize) {
        let length = self.values.len();
        if self.count > 0 && self.times[self.head] + length <= self.now {
            self.head = self.place(1);
            self.count -= 1;
        }
        while self.count > 0 {
            let last = self.values[self.place(self.count - 1)];
            if if MAXIMUM { last > value } else { last < value } {
                break;
            }
            self.count -= 1;
        }
        let place = self.place(self.count);
        self.values[place] = value;
        self.times[place] = self.now;
        self.count += 1;
        self.now += 1;
        if self.now < length {
            return (f64::NAN, 0);
        }
        (self.values[self.head], self.now - 1 - self.times[self.head])
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "whole numbers, whose sums are exact")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn windows_agree_with_a_scan_of_the_last_values(
            values in prop::collection::vec(-3i32..3, 1..200), length in 1usize..12
        ) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let mut sum = RollingSum::new(length);
            let mut highest = Extreme::<true>::new(length);
            let mut lowest = Extreme::<false>::new(length);
            let mut variance = RollingVariance::new(length);
            for (t, &value) in values.iter().enumerate() {
                let (s, (top, top_ago), (low, low_ago), (mean, var)) =
                    (sum.push(value), highest.push(value), lowest.push(value), variance.push(value));
                if t + 1 < length {
                    prop_assert!(s.is_nan() && top.is_nan() && low.is_nan() && mean.is_nan() && var.is_nan());
                    continue;
                }
                let window = &values[t + 1 - length..=t];
                let expected = window.iter().sum::<f64>() / length as f64;
                prop_assert_eq!(s, window.iter().sum::<f64>());
                prop_assert_eq!(top, window.iter().copied().fold(f64::MIN, f64::max));
                prop_assert_eq!(low, window.iter().copied().fold(f64::MAX, f64::min));
                prop_assert_eq!(window.iter().rev().position(|v| *v == top), Some(top_ago));
                prop_assert_eq!(window.iter().rev().position(|v| *v == low), Some(low_ago));
                prop_assert!((mean - expected).abs() < 1e-12);
                let squares: f64 = window.iter().map(|v| (v - expected).powi(2)).sum();
                prop_assert!((var - squares / length as f64).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn variance_holds_its_digits_at_price_ten_million() {
        let mut variance = RollingVariance::new(20);
        let value = |t: usize| 1e7 + 1e-3 * (((t * 7919) % 1000) as f64 / 500.0 - 1.0);
        for t in 0..100_000 {
            let (_, got) = variance.push(value(t));
            if t > 100 && t % 97 == 0 {
                let mean: f64 = (0..20).map(|k| value(t - k) - 1e7).sum::<f64>() / 20.0;
                let exact: f64 = (0..20).map(|k| (value(t - k) - 1e7 - mean).powi(2)).sum::<f64>() / 20.0;
                assert!((got / exact - 1.0).abs() < 1e-9, "{got} against {exact} at {t}");
            }
        }
    }
}
