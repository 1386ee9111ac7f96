//! Fast minus slow exponential average in percent of the slow one.

use super::ZERO;
use super::indicator::{Indicator, Memory, Parameter};
use super::lanes::{Lanes, Real};
use super::smooth::Exponential;
use super::state::State;
use super::tile::{Wide, tiled};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "ppo",
    about: "Fast minus slow exponential average in percent of the slow one.",
    inputs: &["close"],
    parameters: &[Parameter::bars("fast", 12, 2), Parameter::bars("slow", 26, 2)],
    outputs: &["ppo"],
    lookback: |a| a.bars(0).max(a.bars(1)) - 1,
    memory: |a| Memory::Decay(Exponential::decay(a.bars(0).max(a.bars(1)))),
    start: |a| tiled(Oscillator::new(a.bars(0), a.bars(1)), Oscillator::new(a.bars(0), a.bars(1))),
};

/// Percentage price oscillator.
#[derive(Clone)]
struct Oscillator<R = f64> {
    fast: Exponential<R>,
    slow: Exponential<R>,
}

impl<R: Real> Oscillator<R> {
    fn new(fast: usize, slow: usize) -> Self {
        Self { fast: Exponential::new(fast.min(slow)), slow: Exponential::new(fast.max(slow)) }
    }
}

impl<R: Real> State<1, 1, R> for Oscillator<R> {
    #[inline(always)]
    fn step(&mut self, [price]: [R; 1]) -> [R; 1] {
        let (fast, slow) = (self.fast.push(price), self.slow.push(price));
        [R::choose(slow.absolute().below(R::all(ZERO)), R::zero(), (fast - slow) / slow * 100.0)]
    }
}

impl Wide<1, 1, Oscillator> for Oscillator<Lanes> {
    fn lane(&self, lane: usize) -> Oscillator {
        Oscillator { fast: self.fast.lane(lane), slow: self.slow.lane(lane) }
    }
}
