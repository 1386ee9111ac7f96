//! True range: the largest of high-low, |high - close before| and |low - close before|.

use super::indicator::{Indicator, Memory};
use super::lanes::{Lanes, Real};
use super::state::State;
use super::tile::{Wide, tiled};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "trange",
    about: "True range: the largest of high-low, |high - close before| and |low - close before|.",
    inputs: &["high", "low", "close"],
    parameters: &[],
    outputs: &["trange"],
    lookback: |_| 1,
    memory: |_| Memory::Window,
    start: |_| tiled(Range::default(), Range::default()),
};

/// True range.
#[derive(Clone)]
pub struct Range<R = f64> {
    before: R,
    started: bool,
}

impl<R: Real> Default for Range<R> {
    fn default() -> Self {
        Self { before: R::zero(), started: false }
    }
}

impl<R: Real> Range<R> {
    /// The range of this bar; `None` for the first.
    #[inline(always)]
    pub fn push(&mut self, high: R, low: R, close: R) -> Option<R> {
        let before = std::mem::replace(&mut self.before, close);
        std::mem::replace(&mut self.started, true).then(|| true_range(high, low, before))
    }
}

impl Range<Lanes> {
    /// One lane's.
    pub fn lane(&self, lane: usize) -> Range {
        Range { before: self.before.0[lane], started: self.started }
    }
}

impl<R: Real> State<3, 1, R> for Range<R> {
    #[inline(always)]
    fn step(&mut self, [high, low, close]: [R; 3]) -> [R; 1] {
        [self.push(high, low, close).unwrap_or(R::nothing())]
    }
}

impl Wide<3, 1, Range> for Range<Lanes> {
    fn lane(&self, lane: usize) -> Range {
        self.lane(lane)
    }
}

/// The range of a bar whose predecessor closed at `before`.
#[inline(always)]
pub fn true_range<R: Real>(high: R, low: R, before: R) -> R {
    (high - low).larger((high - before).absolute()).larger((low - before).absolute())
}
