//! The average true range in percent of the close; 0 where the close is 0.

use super::atr::Atr;
use super::indicator::{Indicator, Memory, Parameter};
use super::lanes::{Lanes, Real};
use super::smooth::Wilder;
use super::state::State;
use super::tile::{Wide, tiled};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "natr",
    about: "The average true range in percent of the close; 0 where the close is 0.",
    inputs: &["high", "low", "close"],
    parameters: &[Parameter::bars("period", 14, 1)],
    outputs: &["natr"],
    lookback: |a| a.bars(0),
    memory: |a| Memory::Decay(Wilder::decay(a.bars(0))),
    start: |a| tiled(Normalized(Atr::new(a.bars(0))), Normalized(Atr::new(a.bars(0)))),
};

/// Average true range in percent.
#[derive(Clone)]
struct Normalized<R = f64>(Atr<R>);

impl<R: Real> State<3, 1, R> for Normalized<R> {
    #[inline(always)]
    fn step(&mut self, [high, low, close]: [R; 3]) -> [R; 1] {
        let average = self.0.push(high, low, close);
        if !self.0.is_seeded() {
            return [R::nothing()];
        }
        [R::choose(close.is(0.0), R::zero(), average / close * 100.0)]
    }
}

impl Wide<3, 1, Normalized> for Normalized<Lanes> {
    fn lane(&self, lane: usize) -> Normalized {
        Normalized(self.0.lane(lane))
    }
}
