//! Bars of one instrument as five columns.

use std::cmp::Ordering;

use super::features::log_volume;

/// Columns of equal length, oldest bar first.
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    /// First prices.
    pub open: &'a [f64],
    /// Highest prices.
    pub high: &'a [f64],
    /// Lowest prices.
    pub low: &'a [f64],
    /// Last prices.
    pub close: &'a [f64],
    /// Traded quantities.
    pub volume: &'a [f64],
}

/// One bar's prices and volume.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Candle {
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Traded quantity.
    pub volume: f64,
}

impl<'a> Series<'a> {
    /// Number of bars.
    pub fn len(&self) -> usize {
        self.close.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.close.is_empty()
    }

    /// Bars `from..to`.
    #[must_use]
    pub fn slice(&self, from: usize, to: usize) -> Series<'a> {
        Series {
            open: &self.open[from..to],
            high: &self.high[from..to],
            low: &self.low[from..to],
            close: &self.close[from..to],
            volume: &self.volume[from..to],
        }
    }

    /// Bar `at`.
    #[inline]
    pub fn candle(&self, at: usize) -> Candle {
        Candle {
            open: self.open[at],
            high: self.high[at],
            low: self.low[at],
            close: self.close[at],
            volume: self.volume[at],
        }
    }
}

impl Candle {
    /// Body over range, 0 where there is no range.
    #[inline]
    pub fn body_frac(&self) -> f64 {
        let range = self.high - self.low;
        if range > 0.0 { (self.close - self.open).abs() / range } else { 0.0 }
    }

    /// `part` over range, or `otherwise` where there is no range.
    #[inline]
    pub fn frac(&self, part: f64, otherwise: f64) -> f64 {
        let range = self.high - self.low;
        if range > 0.0 { part / range } else { otherwise }
    }

    /// Volume times where the close is in the range, -1 to 1.
    #[inline]
    pub fn money_flow(&self) -> f64 {
        let range = self.high - self.low;
        if range > 0.0 { ((self.close - self.low) - (self.high - self.close)) / range * self.volume } else { 0.0 }
    }
}

/// The largest of high - low and the distances of both from the close before.
#[inline]
pub fn true_range(high: f64, low: f64, before: f64) -> f64 {
    (high - low).max((high - before).abs()).max((low - before).abs())
}

/// Wilder's average of `bars` ranges after bar `t`: their sum until there are so many.
#[inline]
pub fn next_range(range: f64, value: f64, t: usize, bars: usize) -> f64 {
    let n = bars as f64;
    match t.cmp(&bars) {
        Ordering::Less => range + value,
        Ordering::Equal => (range + value) / n,
        Ordering::Greater => (range * (n - 1.0) + value) / n,
    }
}

/// The last bars of a live instrument, in the order of time and contiguous: a buffer that slides back when full.
#[derive(Clone, Debug)]
pub struct History {
    columns: Box<[f64]>,
    capacity: usize,
    keep: usize,
    length: usize,
}

/// Columns of a [`History`]: five of a bar, its money flow and the logarithm of its volume.
const COLUMNS: usize = 7;

impl History {
    /// Keeps the last `keep` bars at hand.
    pub fn new(keep: usize) -> Self {
        let capacity = 2 * keep;
        Self { columns: vec![0.0; COLUMNS * capacity].into(), capacity, keep, length: 0 }
    }

    /// Appends a bar.
    pub fn push(&mut self, candle: Candle) {
        if self.length == self.capacity {
            for column in self.columns.chunks_exact_mut(self.capacity) {
                column.copy_within(self.capacity - self.keep.., 0);
            }
            self.length = self.keep;
        }
        let Candle { open, high, low, close, volume } = candle;
        let values = [open, high, low, close, volume, candle.money_flow(), log_volume(volume)];
        for (column, value) in self.columns.chunks_exact_mut(self.capacity).zip(values) {
            column[self.length] = value;
        }
        self.length += 1;
    }

    /// Takes the last bars of a history instead of those it has.
    pub fn fill(&mut self, series: &Series<'_>, money_flow: &[f64], logs: &[f64]) {
        self.length = series.len().min(self.keep);
        let from = series.len() - self.length;
        let all = [series.open, series.high, series.low, series.close, series.volume, money_flow, logs];
        for (column, values) in self.columns.chunks_exact_mut(self.capacity).zip(all) {
            column[..self.length].copy_from_slice(&values[from..]);
        }
    }

    /// The bars at hand.
    #[inline]
    pub fn series(&self) -> Series<'_> {
        Series {
            open: self.column(0),
            high: self.column(1),
            low: self.column(2),
            close: self.column(3),
            volume: self.column(4),
        }
    }

    /// Their money flow.
    #[inline]
    pub fn money_flow(&self) -> &[f64] {
        self.column(5)
    }

    /// Logarithms of their volumes.
    #[inline]
    pub fn logs(&self) -> &[f64] {
        self.column(6)
    }

    #[inline]
    fn column(&self, index: usize) -> &[f64] {
        &self.columns[index * self.capacity..][..self.length]
    }
}
