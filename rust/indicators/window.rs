//! Windows that slide by one bar in constant time: the last values, their sum, their extreme, their variance.
//!
//! Running sums lose digits as values leave; each sum here is taken afresh once per window length, which costs two
//! additions a bar and keeps the error that of one window, however long the series.

use std::ops::Range;

use super::lanes::{Lanes, Real};

/// The last `n` values.
#[derive(Clone)]
pub struct Ring<R = f64> {
    values: Box<[R]>,
    next: usize,
    full: bool,
}

impl<R: Real> Ring<R> {
    /// Room for `length >= 1` values.
    pub fn new(length: usize) -> Self {
        Self { values: vec![R::zero(); length].into(), next: 0, full: false }
    }

    /// Puts `value` in; gives the one that falls out, once full.
    #[inline(always)]
    pub fn push(&mut self, value: R) -> Option<R> {
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
    #[inline(always)]
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// Whether the next value goes to the first place: once per `length` values.
    #[inline(always)]
    pub fn at_turn(&self) -> bool {
        self.next == 0
    }

    /// The values in the order of their places, not of time: for sums that do not care.
    #[inline(always)]
    pub fn places(&self) -> &[R] {
        &self.values
    }

    /// The value pushed `ago` pushes before the last one; `ago` is below the length.
    #[inline(always)]
    pub fn back(&self, ago: usize) -> R {
        let length = self.values.len();
        let place = self.next + length - 1 - ago;
        self.values[if place >= length { place - length } else { place }]
    }
}

impl Ring<Lanes> {
    /// One lane's values.
    pub fn lane(&self, lane: usize) -> Ring {
        let values = self.values.iter().map(|value| value.0[lane]).collect();
        Ring { values, next: self.next, full: self.full }
    }
}

/// The sum of `values` from the first on; there is at least one.
#[inline(always)]
fn sum<R: Real>(values: impl IntoIterator<Item = R>) -> R {
    values.into_iter().reduce(|sum, value| sum + value).expect("a window holds a value")
}

/// The sum of the last `n` values.
#[derive(Clone)]
pub struct RollingSum<R = f64> {
    ring: Ring<R>,
    sum: R,
}

impl<R: Real> RollingSum<R> {
    /// Over `length >= 1` values.
    pub fn new(length: usize) -> Self {
        Self { ring: Ring::new(length), sum: R::zero() }
    }

    /// The sum with `value` in it; NaN until the window is full.
    #[inline(always)]
    pub fn push(&mut self, value: R) -> R {
        let gone = self.ring.push(value).unwrap_or(R::zero());
        self.sum = if self.ring.at_turn() { sum(self.ring.places().iter().copied()) } else { self.sum - gone + value };
        if self.ring.is_full() { self.sum } else { R::nothing() }
    }
}

impl RollingSum<Lanes> {
    /// One lane's sum.
    pub fn lane(&self, lane: usize) -> RollingSum {
        RollingSum { ring: self.ring.lane(lane), sum: self.sum.0[lane] }
    }
}

/// Mean and sum of squared deviations of the last `n` values, by Welford's update: no difference of large squares.
#[derive(Clone)]
pub struct RollingVariance<R = f64> {
    ring: Ring<R>,
    sums: Deviations<R>,
    inverse: f64,
}

/// What is kept of a window of values.
#[derive(Clone, Copy)]
struct Deviations<R> {
    // The mean is `anchor + offset`: near the values, so that their differences keep all digits.
    anchor: R,
    offset: R,
    squares: R,
    peak: R,
}

impl<R: Real> RollingVariance<R> {
    /// Over `length >= 1` values.
    pub fn new(length: usize) -> Self {
        let inverse = 1.0 / length as f64;
        let zero = R::zero();
        let sums = Deviations { anchor: zero, offset: zero, squares: zero, peak: zero };
        Self { ring: Ring::new(length), sums, inverse }
    }

    /// How many values.
    pub fn period(&self) -> usize {
        self.ring.places().len()
    }

    /// Mean and population variance with `value` in them; NaN until the window is full.
    #[inline(always)]
    pub fn push(&mut self, value: R) -> (R, R) {
        let gone = self.ring.push(value);
        if let Some(gone) = gone {
            let sums = &mut self.sums;
            let before = sums.offset;
            sums.offset = before + (value - gone) * self.inverse;
            let (new, old) = (value - sums.anchor - sums.offset, gone - sums.anchor - before);
            sums.squares = sums.squares + (value - gone) * (new + old);
            // What is left after a large deviation left the window is mostly its rounding: take it afresh then, and once
            // per window length in any case.
            sums.peak = sums.peak.larger(sums.squares);
            let rounding = sums.squares.below(sums.peak * 1e-3);
            if self.ring.at_turn() {
                self.sums = self.afresh();
            } else if R::some(rounding) {
                self.sums = self.afresh().or(rounding, &self.sums);
            }
        } else if self.ring.is_full() {
            self.sums = self.afresh();
        } else {
            return (R::nothing(), R::nothing());
        }
        (self.sums.anchor + self.sums.offset, self.sums.squares * self.inverse)
    }

    #[cold]
    fn afresh(&self) -> Deviations<R> {
        let values = self.ring.places().iter().copied();
        let anchor = sum(values.clone()) * self.inverse;
        // The mean's own rounding is corrected by the mean of what it leaves over.
        let offset = sum(values.clone().map(|value| value - anchor)) * self.inverse;
        let squares = sum(values.map(|value| {
            let deviation = value - anchor - offset;
            deviation * deviation
        }));
        Deviations { anchor, offset, squares, peak: squares }
    }
}

impl<R: Real> Deviations<R> {
    /// These where the mask says so, `others` elsewhere.
    fn or(self, mask: R::Mask, others: &Self) -> Self {
        Self {
            anchor: R::choose(mask, self.anchor, others.anchor),
            offset: R::choose(mask, self.offset, others.offset),
            squares: R::choose(mask, self.squares, others.squares),
            peak: R::choose(mask, self.peak, others.peak),
        }
    }
}

impl RollingVariance<Lanes> {
    /// One lane's window.
    pub fn lane(&self, lane: usize) -> RollingVariance {
        let Deviations { anchor, offset, squares, peak } = self.sums;
        let [anchor, offset, squares, peak] = [anchor, offset, squares, peak].map(|value| value.0[lane]);
        let sums = Deviations { anchor, offset, squares, peak };
        RollingVariance { ring: self.ring.lane(lane), sums, inverse: self.inverse }
    }
}

/// Longest window for which reading it anew at every bar, many bars at a time, beats the recursion.
pub const DIRECT_MAX: usize = 48;

/// Windows whose [`moments`] are taken at a time: as many as keep the adders busy, an addition waits for the one before.
pub const MOMENTS: usize = 32;

/// Mean and population variance of every window of `values`, from the first full one on: `take(places, means, variances)`
/// gets some neighbouring bars at a time; lanes beyond the places are of no meaning.
pub fn moments(values: &[f64], period: usize, mut take: impl FnMut(Range<usize>, &[f64; MOMENTS], &[f64; MOMENTS])) {
    let count = (values.len() + 1).saturating_sub(period);
    let mut from = 0;
    // The last windows go together with some of those before them, if there are so many, rather than one by one.
    while from < count {
        let first = if count < MOMENTS { from } else { from.min(count - MOMENTS) };
        let (mut means, mut variances) = ([0.0; MOMENTS], [0.0; MOMENTS]);
        if count < MOMENTS {
            for lane in 0..count {
                (means[lane], variances[lane]) = moments_of(&values[lane..][..period]);
            }
        } else {
            (means, variances) = neighbours(&values[first..][..period + MOMENTS - 1], period);
        }
        let lanes = MOMENTS.min(count);
        take(first + period - 1..first + period - 1 + lanes, &means, &variances);
        from = first + lanes;
    }
}

/// Mean and population variance of one window.
fn moments_of(window: &[f64]) -> (f64, f64) {
    let scale = 1.0 / window.len() as f64;
    let mean = sum(window.iter().copied()) * scale;
    (mean, sum(window.iter().map(|value| (value - mean) * (value - mean))) * scale)
}

/// The same of [`MOMENTS`] windows that begin one after the other.
fn neighbours(values: &[f64], period: usize) -> ([f64; MOMENTS], [f64; MOMENTS]) {
    let scale = 1.0 / period as f64;
    let (mut means, mut variances) = ([0.0; MOMENTS], [0.0; MOMENTS]);
    for next in values.windows(MOMENTS) {
        let next: &[f64; MOMENTS] = next.try_into().expect("a window holds MOMENTS values");
        for lane in 0..MOMENTS {
            means[lane] += next[lane];
        }
    }
    means = means.map(|sum| sum * scale);
    for next in values.windows(MOMENTS) {
        let next: &[f64; MOMENTS] = next.try_into().expect("a window holds MOMENTS values");
        for lane in 0..MOMENTS {
            let deviation = next[lane] - means[lane];
            variances[lane] += deviation * deviation;
        }
    }
    (means, variances.map(|sum| sum * scale))
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
