//! Triangular average: a simple average of a simple average, so that the middle of the window weighs most.

use super::indicator::{Indicator, Memory, Parameter};
use super::sma::Sma;
use super::state::{State, boxed};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "trima",
    about: "Triangular average: a simple average of a simple average, so that the middle of the window weighs most.",
    inputs: &["close"],
    parameters: &[Parameter::bars("period", 20, 1)],
    outputs: &["trima"],
    lookback: |a| a.bars(0) - 1,
    memory: |_| Memory::Window,
    start: |a| boxed(Trima::new(a.bars(0))),
};

/// Triangular average.
#[derive(Clone)]
struct Trima {
    inner: Sma,
    outer: Sma,
}

impl Trima {
    fn new(period: usize) -> Self {
        Self { inner: Sma::new(period.div_ceil(2)), outer: Sma::new(period / 2 + 1) }
    }
}

impl State<1, 1> for Trima {
    #[inline]
    fn step(&mut self, [value]: [f64; 1]) -> [f64; 1] {
        let inner = self.inner.push(value);
        [if inner.is_nan() { inner } else { self.outer.push(inner) }]
    }
}
