//! Fast minus slow exponential average, its own average (`signal`) and their difference (`histogram`).

use super::indicator::{Indicator, Memory, Parameter};
use super::lanes::{Lanes, Real};
use super::smooth::Exponential;
use super::state::State;
use super::tile::{Wide, tiled};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "macd",
    about: "Fast minus slow exponential average, its own average (`signal`) and their difference (`histogram`).",
    inputs: &["close"],
    parameters: &[Parameter::bars("fast", 12, 2), Parameter::bars("slow", 26, 2), Parameter::bars("signal", 9, 1)],
    outputs: &["macd", "signal", "histogram"],
    lookback: |a| a.bars(0).max(a.bars(1)) - 1 + a.bars(2) - 1,
    memory: |a| Memory::Decay(Exponential::decay(a.bars(0).max(a.bars(1)).max(a.bars(2)))),
    start: |a| {
        let periods = [a.bars(0), a.bars(1), a.bars(2)];
        tiled(Macd::new(periods), Macd::new(periods))
    },
};

/// Convergence and divergence of two averages.
#[derive(Clone)]
struct Macd<R = f64> {
    // The fast average starts late, so that both are seeded by the same last bar.
    wait: usize,
    fast: Exponential<R>,
    slow: Exponential<R>,
    signal: Exponential<R>,
}

impl<R: Real> Macd<R> {
    fn new([fast, slow, signal]: [usize; 3]) -> Self {
        let (fast, slow) = (fast.min(slow), fast.max(slow));
        Self {
            wait: slow - fast,
            fast: Exponential::new(fast),
            slow: Exponential::new(slow),
            signal: Exponential::new(signal),
        }
    }
}

impl<R: Real> State<1, 3, R> for Macd<R> {
    #[inline(always)]
    fn step(&mut self, [price]: [R; 1]) -> [R; 3] {
        let slow = self.slow.push(price);
        if self.wait > 0 {
            self.wait -= 1;
            return [R::nothing(); 3];
        }
        let fast = self.fast.push(price);
        if !self.slow.is_seeded() {
            return [R::nothing(); 3];
        }
        let macd = fast - slow;
        let signal = self.signal.push(macd);
        if self.signal.is_seeded() { [macd, signal, macd - signal] } else { [R::nothing(); 3] }
    }
}

impl Wide<1, 3, Macd> for Macd<Lanes> {
    fn lane(&self, lane: usize) -> Macd {
        let [fast, slow, signal] = [&self.fast, &self.slow, &self.signal].map(|average| average.lane(lane));
        Macd { wait: self.wait, fast, slow, signal }
    }
}
