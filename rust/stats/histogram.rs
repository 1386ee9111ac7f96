//! A latency histogram: what is recorded is found again to three significant digits, from 1 ns to an hour.
//!
//! The layout is log-linear, as in `HdrHistogram`: values below 1,024 have a bucket each, and every octave above is cut
//! into 512 equal buckets. A bucket is reported by its middle, so that the relative error is at most 1/1,024. The
//! memory is fixed (138 KB, of which only the touched lines stay in cache), recording is one shift and one increment
//! (3 ns, `benches/stats.rs`), and nothing allocates after `new`.
//!
//! Quantile `q` of `n` values is the `⌈q·n⌉`-th smallest (the first for `q = 0`): a value that was really recorded, up
//! to its bucket; never an interpolation between two.
//!
//! To time with raw ticks, record ticks and convert the summary: the tick rate enters once, at read-out.
//!
//! ```
//! use quantum_core::clock::Stopwatch;
//! use quantum_core::stats::Histogram;
//!
//! let mut latency = Histogram::new();
//! (1..=10_000).for_each(|ns| latency.record(ns));
//! let summary = latency.summary().unwrap();
//! assert_eq!((summary.min, summary.p50, summary.max, summary.mean), (1, 5_004, 10_000, 5_000.5));
//!
//! let stopwatch = Stopwatch::new();
//! let mut ticks = Histogram::new();
//! let start = stopwatch.ticks();
//! ticks.record(stopwatch.ticks() - start);
//! let nanoseconds = ticks.summary().unwrap().scaled(stopwatch.ns_per_tick());
//! assert_eq!(nanoseconds.count, 1);
//! ```

/// Counts per bucket, and exact count, sum, least and largest. One writer; merge the histograms of several threads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram {
    counts: Box<[u64]>,
    count: u64,
    sum: u128,
    min: u64,
    max: u64,
    clipped: u64,
}

/// The usual figures, in the unit that was recorded. `min`, `max` and `mean` are exact, quantiles within 1/1,024.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// How many values.
    pub count: u64,
    /// The least.
    pub min: u64,
    /// The median.
    pub p50: u64,
    /// 90 % are at most this.
    pub p90: u64,
    /// 99 % are at most this.
    pub p99: u64,
    /// 99.9 % are at most this.
    pub p999: u64,
    /// The largest.
    pub max: u64,
    /// The mean.
    pub mean: f64,
}

/// Buckets of an octave, as a power of two.
const OCTAVE_BITS: u32 = 9;
/// The largest value, an hour in nanoseconds.
const HOUR_NS: u64 = 3_600_000_000_000;
/// One past the bucket of the largest value.
const BUCKETS: usize = bucket(HOUR_NS) + 1;

impl Histogram {
    /// The largest value that is told apart; larger ones count as this, and in [`Histogram::clipped`].
    pub const LARGEST: u64 = HOUR_NS;

    /// An empty histogram; the only allocation there will be.
    pub fn new() -> Self {
        Self { counts: vec![0; BUCKETS].into_boxed_slice(), count: 0, sum: 0, min: u64::MAX, max: 0, clipped: 0 }
    }

    /// Counts one value.
    #[inline]
    pub fn record(&mut self, value: u64) {
        self.clipped += u64::from(value > HOUR_NS);
        let value = value.min(HOUR_NS);
        self.counts[bucket(value)] += 1;
        self.count += 1;
        self.sum += u128::from(value);
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    /// Adds all values of another histogram.
    pub fn merge(&mut self, other: &Self) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(mine, theirs)| *mine += theirs);
        self.count += other.count;
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.clipped += other.clipped;
    }

    /// Forgets all values, keeps the memory.
    pub fn clear(&mut self) {
        self.counts.fill(0);
        (self.count, self.sum, self.min, self.max, self.clipped) = (0, 0, u64::MAX, 0, 0);
    }

    /// How many values.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// How many of them were above [`Histogram::LARGEST`].
    pub const fn clipped(&self) -> u64 {
        self.clipped
    }

    /// The least value, exact; `None` of nothing.
    pub fn min(&self) -> Option<u64> {
        (self.count > 0).then_some(self.min)
    }

    /// The largest value, exact; `None` of nothing.
    pub fn max(&self) -> Option<u64> {
        (self.count > 0).then_some(self.max)
    }

    /// The mean, exact up to one rounding; NaN of nothing.
    pub fn mean(&self) -> f64 {
        self.sum as f64 / self.count as f64
    }

    /// The `⌈q·n⌉`-th smallest value, within 1/1,024 of itself and never outside what was recorded; `None` of nothing.
    ///
    /// # Panics
    /// If `q` is not in 0..=1.
    pub fn value_at_quantile(&self, q: f64) -> Option<u64> {
        assert!((0.0..=1.0).contains(&q), "a quantile is in 0..=1, not {q}");
        if self.count == 0 {
            return None;
        }
        let rank = rank(q, self.count);
        let mut seen = 0;
        let reached = self.counts.iter().position(|&n| {
            seen += n;
            seen >= rank
        });
        let index = reached.expect("a rank is at most the count, which is the sum of the buckets");
        Some(middle(index).clamp(self.min, self.max))
    }

    /// The usual figures; `None` of nothing.
    pub fn summary(&self) -> Option<Summary> {
        Some(Summary {
            count: self.count,
            min: self.min()?,
            p50: self.value_at_quantile(0.5)?,
            p90: self.value_at_quantile(0.9)?,
            p99: self.value_at_quantile(0.99)?,
            p999: self.value_at_quantile(0.999)?,
            max: self.max()?,
            mean: self.mean(),
        })
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

impl Summary {
    /// The same in another unit: `unit` of it per recorded unit, such as nanoseconds per tick.
    #[must_use]
    pub fn scaled(self, unit: f64) -> Self {
        let scale = |value: u64| (value as f64 * unit).round() as u64;
        Self {
            count: self.count,
            min: scale(self.min),
            p50: scale(self.p50),
            p90: scale(self.p90),
            p99: scale(self.p99),
            p999: scale(self.p999),
            max: scale(self.max),
            mean: self.mean * unit,
        }
    }
}

/// The bucket of a value: the value itself below 1,024, then 512 buckets an octave.
#[inline]
const fn bucket(value: u64) -> usize {
    let shift = (value | (1 << OCTAVE_BITS)).ilog2() - OCTAVE_BITS;
    ((shift as usize) << OCTAVE_BITS) + (value >> shift) as usize
}

/// The middle of a bucket.
const fn middle(index: usize) -> u64 {
    if index < 2 << OCTAVE_BITS {
        return index as u64;
    }
    let shift = (index >> OCTAVE_BITS) as u32 - 1;
    let low = ((index & ((1 << OCTAVE_BITS) - 1)) | (1 << OCTAVE_BITS)) as u64;
    (low << shift) + (1 << (shift - 1))
}

/// `⌈q·n⌉`, at least 1; a product within 1e-9 of a whole number is that number (0.07 · 100 is 7.000000000000001).
fn rank(q: f64, count: u64) -> u64 {
    let exact = q * count as f64;
    let whole = exact.round();
    let rank = if (exact - whole).abs() <= 1e-9 * whole { whole } else { exact.ceil() };
    (rank as u64).clamp(1, count)
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "values that are exact by construction")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(values: &[u64]) -> Histogram {
        let mut histogram = Histogram::new();
        for &value in values {
            histogram.record(value);
        }
        histogram
    }

    /// Spread over all octaves, as latencies are, not crowded in the last one.
    fn values() -> impl Strategy<Value = Vec<u64>> {
        prop::collection::vec((0u32..42, any::<u64>()).prop_map(|(bits, x)| (x >> (63 - bits)).min(HOUR_NS)), 1..300)
    }

    proptest! {
        #[test]
        fn quantiles_are_within_a_thousandth_of_the_sorted_values(mut values in values(), q in 0.0f64..=1.0) {
            let histogram = of(&values);
            values.sort_unstable();
            for q in [q, 0.0, 0.5, 0.9, 0.99, 0.999, 1.0] {
                let rank = ((q * values.len() as f64 - 1e-9).ceil() as usize).clamp(1, values.len());
                let (found, truth) = (histogram.value_at_quantile(q).unwrap(), values[rank - 1]);
                prop_assert!(found.abs_diff(truth) as f64 <= 1e-3 * truth as f64, "q {q}: {found} for {truth}");
            }
            prop_assert_eq!((histogram.min(), histogram.max()), (Some(values[0]), values.last().copied()));
            let mean = values.iter().map(|&value| u128::from(value)).sum::<u128>() as f64 / values.len() as f64;
            prop_assert_eq!(histogram.mean(), mean);
        }

        #[test]
        fn merging_is_recording_all_in_one(left in values(), right in values()) {
            let mut merged = of(&left);
            merged.merge(&of(&right));
            prop_assert_eq!(merged, of(&[left, right].concat()));
        }
    }

    #[test]
    fn buckets_tile_the_range_without_a_gap() {
        let mut expected = 0;
        for value in 0..200_000u64 {
            let index = bucket(value);
            assert!(index == expected || index == expected + 1, "{value}");
            expected = index;
        }
        for bits in 10..42 {
            assert_eq!(bucket(1 << bits), bucket((1 << bits) - 1) + 1, "{bits}");
        }
        assert_eq!(BUCKETS * size_of::<u64>(), 137_784);
    }

    #[test]
    fn what_is_longer_than_an_hour_counts_as_an_hour_and_is_said() {
        let histogram = of(&[5, u64::MAX]);
        assert_eq!((histogram.max(), histogram.clipped()), (Some(Histogram::LARGEST), 1));
        assert_eq!(histogram.value_at_quantile(1.0), Some(Histogram::LARGEST));
    }

    #[test]
    fn nothing_recorded_has_no_figures() {
        let mut histogram = of(&[3, 4]);
        histogram.clear();
        assert_eq!(histogram, Histogram::new());
        assert_eq!((histogram.summary(), histogram.value_at_quantile(0.5), histogram.min()), (None, None, None));
        assert!(histogram.mean().is_nan());
    }

    #[test]
    fn ranks_do_not_suffer_from_binary_fractions() {
        assert_eq!(rank(0.07, 100), 7);
        assert_eq!(rank(0.999, 1000), 999);
        assert_eq!(rank(0.999, 1001), 1000);
        assert_eq!((rank(0.0, 9), rank(1.0, 9)), (1, 9));
    }
}
