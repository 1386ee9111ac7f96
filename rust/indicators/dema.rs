//! Double exponential average: 2 e1 - e2, e2 the average of e1; less lag than `ema`.

use super::indicator::{Indicator, Memory, Parameter};
use super::lanes::{Lanes, Real};
use super::smooth::{Chain, Exponential};
use super::state::State;
use super::tile::{Wide, tiled};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "dema",
    about: "Double exponential average: 2 e1 - e2, e2 the average of e1; less lag than `ema`.",
    inputs: &["close"],
    parameters: &[Parameter::bars("period", 20, 1)],
    outputs: &["dema"],
    lookback: |a| 2 * (a.bars(0) - 1),
    memory: |a| Memory::Decay(Exponential::decay(a.bars(0))),
    start: |a| tiled(Dema(Chain::new(a.bars(0))), Dema(Chain::new(a.bars(0)))),
};

/// Double exponential average: 2 e1 - e2, e2 the average of e1; less lag than `ema`.
#[derive(Clone)]
struct Dema<R = f64>(Chain<2, R>);

impl<R: Real> State<1, 1, R> for Dema<R> {
    #[inline(always)]
    fn step(&mut self, [value]: [R; 1]) -> [R; 1] {
        let [first, second] = self.0.push(value);
        [first * 2.0 - second]
    }
}

impl Wide<1, 1, Dema> for Dema<Lanes> {
    fn lane(&self, lane: usize) -> Dema {
        Dema(self.0.lane(lane))
    }
}
