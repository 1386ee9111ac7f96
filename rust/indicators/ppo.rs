//! Fast minus slow exponential average in percent of the slow one.

use super::ZERO;
use super::indicator::{Indicator, Memory, Parameter};
use super::smooth::Exponential;
use super::state::{State, boxed};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "ppo",
    about: "Fast minus slow exponential average in percent of the slow one.",
    inputs: &["close"],
    parameters: &[Parameter::bars("fast", 12, 2), Parameter::bars("slow", 26, 2)],
    outputs: &["ppo"],
    lookback: |a| a.bars(0).max(a.bars(1)) - 1,
    memory: |a| Memory::Decay(Exponential::decay(a.bars(0).max(a.bars(1)))),
    start: |a| boxed(Oscillator::new(a.bars(0), a.bars(1))),
};

/// Percentage price oscillator.
#[derive(Clone)]
struct Oscillator {
    fast: Exponential,
    slow: Exponential,
}

impl Oscillator {
    fn new(fast: usize, slow: usize) -> Self {
        Self { fast: Exponential::new(fast.min(slow)), slow: Exponential::new(fast.max(slow)) }
    }
}

impl State<1, 1> for Oscillator {
    #[inline]
    fn step(&mut self, [price]: [f64; 1]) -> [f64; 1] {
        let (fast, slow) = (self.fast.push(price), self.slow.push(price));
        [if slow.abs() < ZERO { 0.0 } else { (fast - slow) / slow * 100.0 }]
    }
}
