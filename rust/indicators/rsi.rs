//! Wilder's relative strength: 100 g/(g+l), g and l his averages of gains and losses; 0 where nothing moved.

use super::indicator::{Indicator, Memory, Parameter};
use super::lanes::{Lanes, Real};
use super::smooth::Wilder;
use super::state::State;
use super::tile::{Wide, tiled};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "rsi",
    about: "Wilder's relative strength: 100 g/(g+l), g and l his averages of gains and losses; 0 where nothing moved.",
    inputs: &["close"],
    parameters: &[Parameter::bars("period", 14, 2)],
    outputs: &["rsi"],
    lookback: |a| a.bars(0),
    memory: |a| Memory::Decay(Wilder::decay(a.bars(0))),
    start: |a| tiled(Rsi::new(a.bars(0)), Rsi::new(a.bars(0))),
};

/// Relative strength.
#[derive(Clone)]
pub struct Rsi<R = f64> {
    gain: Wilder<R>,
    loss: Wilder<R>,
    before: R,
    started: bool,
}

impl<R: Real> Rsi<R> {
    /// Over `period >= 2` bars.
    pub fn new(period: usize) -> Self {
        Self { gain: Wilder::new(period), loss: Wilder::new(period), before: R::zero(), started: false }
    }

    /// The averages of gains and losses; NaN until there are `period` changes.
    #[inline(always)]
    pub fn averages(&mut self, price: R) -> (R, R) {
        let before = std::mem::replace(&mut self.before, price);
        if !std::mem::replace(&mut self.started, true) {
            return (R::nothing(), R::nothing());
        }
        (self.gain.push((price - before).larger(R::zero())), self.loss.push((before - price).larger(R::zero())))
    }

    /// The strength with `price` in it.
    #[inline(always)]
    pub fn push(&mut self, price: R) -> R {
        let (gain, loss) = self.averages(price);
        let sum = gain + loss;
        R::choose(sum.is(0.0), R::zero(), gain / sum * 100.0)
    }
}

impl Rsi<Lanes> {
    /// One lane's.
    pub fn lane(&self, lane: usize) -> Rsi {
        let (gain, loss) = (self.gain.lane(lane), self.loss.lane(lane));
        Rsi { gain, loss, before: self.before.0[lane], started: self.started }
    }
}

impl<R: Real> State<1, 1, R> for Rsi<R> {
    #[inline(always)]
    fn step(&mut self, [price]: [R; 1]) -> [R; 1] {
        [self.push(price)]
    }
}

impl Wide<1, 1, Rsi> for Rsi<Lanes> {
    fn lane(&self, lane: usize) -> Rsi {
        self.lane(lane)
    }
}
