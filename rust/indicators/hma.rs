//! Hull's average: wma(2 wma(period/2) - wma(period), sqrt(period)).

use super::indicator::{Indicator, Memory, Parameter};
use super::state::{State, boxed};
use super::wma::Wma;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "hma",
    about: "Hull's average: wma(2 wma(period/2) - wma(period), sqrt(period)).",
    inputs: &["close"],
    parameters: &[Parameter::bars("period", 20, 2)],
    outputs: &["hma"],
    lookback: |a| a.bars(0) - 1 + a.bars(0).isqrt() - 1,
    memory: |_| Memory::Window,
    start: |a| boxed(Hma::new(a.bars(0))),
};

/// Hull's average.
#[derive(Clone)]
struct Hma {
    half: Wma,
    whole: Wma,
    last: Wma,
}

impl Hma {
    fn new(period: usize) -> Self {
        Self { half: Wma::new(period / 2), whole: Wma::new(period), last: Wma::new(period.isqrt()) }
    }
}

impl State<1, 1> for Hma {
    #[inline]
    fn step(&mut self, [value]: [f64; 1]) -> [f64; 1] {
        let (half, whole) = (self.half.push(value), self.whole.push(value));
        [if whole.is_nan() { whole } else { self.last.push(2.0 * half - whole) }]
    }
}
