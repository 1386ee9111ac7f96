//! Kaufman's adaptive average: fast (2 bars) when prices go straight, slow (30 bars) when they wander.

use super::indicator::{Indicator, Memory, Parameter};
use super::state::{State, boxed};
use super::window::{Ring, RollingSum};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "kama",
    about: "Kaufman's adaptive average: fast (2 bars) when prices go straight, slow (30 bars) when they wander.",
    inputs: &["close"],
    parameters: &[Parameter::bars("period", 30, 2)],
    outputs: &["kama"],
    lookback: |a| a.bars(0),
    memory: |_| Memory::Decay(1.0 - SLOW * SLOW),
    start: |a| boxed(Kama::new(a.bars(0))),
};

const FAST: f64 = 2.0 / 3.0;
const SLOW: f64 = 2.0 / 31.0;

/// Adaptive average.
#[derive(Clone)]
struct Kama {
    prices: Ring,
    path: RollingSum,
    before: f64,
    value: f64,
}

impl Kama {
    fn new(period: usize) -> Self {
        Self { prices: Ring::new(period), path: RollingSum::new(period), before: f64::NAN, value: f64::NAN }
    }
}

impl State<1, 1> for Kama {
    #[inline]
    fn step(&mut self, [price]: [f64; 1]) -> [f64; 1] {
        let last = std::mem::replace(&mut self.before, price);
        let start = self.prices.push(price);
        if last.is_nan() {
            return [f64::NAN];
        }
        let path = self.path.push((price - last).abs());
        let Some(start) = start else { return [f64::NAN] };
        if self.value.is_nan() {
            self.value = last;
        }
        let change = price - start;
        let efficiency = if path <= change || path == 0.0 { 1.0 } else { (change / path).abs() };
        let weight = efficiency * (FAST - SLOW) + SLOW;
        self.value += (price - self.value) * (weight * weight);
        [self.value]
    }
}
