//! The last confirmed pivot of one side, and the order block a break of it would point to.

use std::ops::Range;

use super::series::Series;

/// A pivot, signed like [`super::levels::Levels`]: a high as it is, a low negated.
#[derive(Clone, Copy, Debug)]
pub struct Pivot {
    /// Signed price.
    pub level: f64,
    /// Its bar.
    pub bar: u32,
    /// The candle between the pivot and now that went farthest the other way; of equals the latest.
    pub block: Block,
}

/// A candle that may become an order block.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    /// Its bar.
    pub bar: u32,
    /// Its low.
    pub low: f64,
    /// Its high.
    pub high: f64,
}

impl Block {
    /// Of bars `bars` of `series`, the one that goes farthest, the latest of equals; `first` is the number of the first.
    pub fn farthest(series: &Series<'_>, bars: Range<usize>, first: u32, side: i8) -> Self {
        let block =
            |place: usize, at: usize| Self { bar: first + place as u32, low: series.low[at], high: series.high[at] };
        let mut blocks = bars.enumerate().map(|(place, at)| block(place, at));
        let start = blocks.next().expect("there is a bar after every pivot");
        blocks.fold(start, |farthest, next| if farthest.is_passed_by(&next, side) { next } else { farthest })
    }

    /// Whether `next` goes at least as far: lower for a pivot high (`side` 1), higher for a pivot low (-1).
    #[inline]
    pub fn is_passed_by(&self, next: &Self, side: i8) -> bool {
        if side > 0 { next.low <= self.low } else { next.high >= self.high }
    }
}
