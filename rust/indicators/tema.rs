//! Triple exponential average: 3 e1 - 3 e2 + e3, each the average of the one before.

use super::indicator::{Indicator, Memory, Parameter};
use super::lanes::{Lanes, Real};
use super::smooth::{Chain, Exponential};
use super::state::State;
use super::tile::{Wide, tiled};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "tema",
    about: "Triple exponential average: 3 e1 - 3 e2 + e3, each the average of the one before.",
    inputs: &["close"],
    parameters: &[Parameter::bars("period", 20, 1)],
    outputs: &["tema"],
    lookback: |a| 3 * (a.bars(0) - 1),
    memory: |a| Memory::Decay(Exponential::decay(a.bars(0))),
    start: |a| tiled(Tema(Chain::new(a.bars(0))), Tema(Chain::new(a.bars(0)))),
};

/// Triple exponential average: 3 e1 - 3 e2 + e3, each the average of the one before.
#[derive(Clone)]
struct Tema<R = f64>(Chain<3, R>);

impl<R: Real> State<1, 1, R> for Tema<R> {
    #[inline(always)]
    fn step(&mut self, [value]: [R; 1]) -> [R; 1] {
        let [first, second, third] = self.0.push(value);
        [first * 3.0 - second * 3.0 + third]
    }
}

impl Wide<1, 1, Tema> for Tema<Lanes> {
    fn lane(&self, lane: usize) -> Tema {
        Tema(self.0.lane(lane))
    }
}
