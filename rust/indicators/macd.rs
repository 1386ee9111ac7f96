//! Fast minus slow exponential average, its own average (`signal`) and their difference (`histogram`).

use super::indicator::{Indicator, Memory, Parameter};
use super::smooth::Exponential;
use super::state::{State, boxed};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "macd",
    about: "Fast minus slow exponential average, its own average (`signal`) and their difference (`histogram`).",
    inputs: &["close"],
    parameters: &[Parameter::bars("fast", 12, 2), Parameter::bars("slow", 26, 2), Parameter::bars("signal", 9, 1)],
    outputs: &["macd", "signal", "histogram"],
    lookback: |a| a.bars(0).max(a.bars(1)) - 1 + a.bars(2) - 1,
    memory: |a| Memory::Decay(Exponential::decay(a.bars(0).max(a.bars(1)).max(a.bars(2)))),
    start: |a| boxed(Macd::new(a.bars(0), a.bars(1), a.bars(2))),
};

/// Convergence and divergence of two averages.
#[derive(Clone)]
struct Macd {
    // The fast average starts late, so that both are seeded by the same last bar.
    wait: usize,
    fast: Exponential,
    slow: Exponential,
    signal: Exponential,
}

impl Macd {
    fn new(fast: usize, slow: usize, signal: usize) -> Self {
        let (fast, slow) = (fast.min(slow), fast.max(slow));
        Self {
            wait: slow - fast,
            fast: Exponential::new(fast),
            slow: Exponential::new(slow),
            signal: Exponential::new(signal),
        }
    }
}

impl State<1, 3> for Macd {
    #[inline]
    fn step(&mut self, [price]: [f64; 1]) -> [f64; 3] {
        let slow = self.slow.push(price);
        if self.wait > 0 {
            self.wait -= 1;
            return [f64::NAN; 3];
        }
        let fast = self.fast.push(price);
        if slow.is_nan() {
            return [f64::NAN; 3];
        }
        let macd = fast - slow;
        let signal = self.signal.push(macd);
        if signal.is_nan() { [f64::NAN; 3] } else { [macd, signal, macd - signal] }
    }
}
