//! Wilder's average of the true range.

use super::indicator::{Indicator, Memory, Parameter};
use super::lanes::{Lanes, Real};
use super::smooth::Wilder;
use super::state::State;
use super::tile::{Wide, tiled};
use super::trange::Range;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "atr",
    about: "Wilder's average of the true range.",
    inputs: &["high", "low", "close"],
    parameters: &[Parameter::bars("period", 14, 1)],
    outputs: &["atr"],
    lookback: |a| a.bars(0),
    memory: |a| Memory::Decay(Wilder::decay(a.bars(0))),
    start: |a| tiled(Atr::new(a.bars(0)), Atr::new(a.bars(0))),
};

/// Average true range.
#[derive(Clone)]
pub struct Atr<R = f64> {
    range: Range<R>,
    average: Wilder<R>,
}

impl<R: Real> Atr<R> {
    /// Over `period >= 1` bars.
    pub fn new(period: usize) -> Self {
        Self { range: Range::default(), average: Wilder::new(period) }
    }

    /// The average with this bar in it; NaN before bar `period`.
    #[inline(always)]
    pub fn push(&mut self, high: R, low: R, close: R) -> R {
        self.range.push(high, low, close).map_or(R::nothing(), |range| self.average.push(range))
    }

    /// Whether there are values.
    #[inline(always)]
    pub fn is_seeded(&self) -> bool {
        self.average.is_seeded()
    }
}

impl Atr<Lanes> {
    /// One lane's.
    pub fn lane(&self, lane: usize) -> Atr {
        Atr { range: self.range.lane(lane), average: self.average.lane(lane) }
    }
}

impl<R: Real> State<3, 1, R> for Atr<R> {
    #[inline(always)]
    fn step(&mut self, [high, low, close]: [R; 3]) -> [R; 1] {
        [self.push(high, low, close)]
    }
}

impl Wide<3, 1, Atr> for Atr<Lanes> {
    fn lane(&self, lane: usize) -> Atr {
        self.lane(lane)
    }
}
