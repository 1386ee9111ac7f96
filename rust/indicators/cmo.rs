//! Chande's momentum: 100 (g-l)/(g+l), g and l Wilder's averages of gains and losses.

use super::indicator::{Indicator, Memory, Parameter};
use super::lanes::{Lanes, Real};
use super::rsi::Rsi;
use super::smooth::Wilder;
use super::state::State;
use super::tile::{Wide, tiled};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "cmo",
    about: "Chande's momentum: 100 (g-l)/(g+l), g and l Wilder's averages of gains and losses.",
    inputs: &["close"],
    parameters: &[Parameter::bars("period", 14, 2)],
    outputs: &["cmo"],
    lookback: |a| a.bars(0),
    memory: |a| Memory::Decay(Wilder::decay(a.bars(0))),
    start: |a| tiled(Momentum(Rsi::new(a.bars(0))), Momentum(Rsi::new(a.bars(0)))),
};

/// Chande's momentum.
#[derive(Clone)]
struct Momentum<R = f64>(Rsi<R>);

impl<R: Real> State<1, 1, R> for Momentum<R> {
    #[inline(always)]
    fn step(&mut self, [price]: [R; 1]) -> [R; 1] {
        let (gain, loss) = self.0.averages(price);
        let sum = gain + loss;
        [R::choose(sum.is(0.0), R::zero(), (gain - loss) / sum * 100.0)]
    }
}

impl Wide<1, 1, Momentum> for Momentum<Lanes> {
    fn lane(&self, lane: usize) -> Momentum {
        Momentum(self.0.lane(lane))
    }
}
