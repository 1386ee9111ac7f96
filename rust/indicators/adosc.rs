//! Fast minus slow exponential average of accumulation and distribution, both begun at its first value.

use super::ad::money_flow;
use super::indicator::{Indicator, Memory, Parameter};
use super::smooth::Exponential;
use super::state::{State, boxed};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "adosc",
    about: "Fast minus slow exponential average of accumulation and distribution, both begun at its first value.",
    inputs: &["high", "low", "close", "volume"],
    parameters: &[Parameter::bars("fast", 3, 2), Parameter::bars("slow", 10, 2)],
    outputs: &["adosc"],
    lookback: |a| a.bars(0).max(a.bars(1)) - 1,
    memory: |a| Memory::Decay(Exponential::decay(a.bars(0).max(a.bars(1)))),
    start: |a| boxed(Oscillator::new(a.bars(0), a.bars(1))),
};

/// Oscillator of accumulation.
#[derive(Clone)]
struct Oscillator {
    wait: usize,
    weights: [f64; 2],
    averages: Option<[f64; 2]>,
    total: f64,
}

impl Oscillator {
    fn new(fast: usize, slow: usize) -> Self {
        let weights = [fast, slow].map(|period| 1.0 - Exponential::decay(period));
        Self { wait: fast.max(slow) - 1, weights, averages: None, total: 0.0 }
    }
}

impl State<4, 1> for Oscillator {
    #[inline]
    fn step(&mut self, [high, low, close, volume]: [f64; 4]) -> [f64; 1] {
        self.total += money_flow(high, low, close, volume);
        let mut averages = self.averages.unwrap_or([self.total; 2]);
        for (average, weight) in averages.iter_mut().zip(self.weights) {
            *average = weight * self.total + (1.0 - weight) * *average;
        }
        self.averages = Some(averages);
        if self.wait > 0 {
            self.wait -= 1;
            return [f64::NAN];
        }
        [averages[0] - averages[1]]
    }
}
