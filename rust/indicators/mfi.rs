//! Money flow: 100 p/(p+n), p and n the typical price times volume of the bars it rose and fell in; 0 where no money flowed.

use super::ROUNDING;
use super::indicator::{Indicator, Memory, Parameter};
use super::state::{State, boxed};
use super::window::RollingSum;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "mfi",
    about: "Money flow: 100 p/(p+n), p and n the typical price times volume of the bars it rose and fell in; 0 where no money flowed.",
    inputs: &["high", "low", "close", "volume"],
    parameters: &[Parameter::bars("period", 14, 2)],
    outputs: &["mfi"],
    lookback: |a| a.bars(0),
    memory: |_| Memory::Window,
    start: |a| boxed(Flow::new(a.bars(0))),
};

/// Money flow.
#[derive(Clone)]
struct Flow {
    before: f64,
    positive: RollingSum,
    negative: RollingSum,
}

impl Flow {
    fn new(period: usize) -> Self {
        Self { before: f64::NAN, positive: RollingSum::new(period), negative: RollingSum::new(period) }
    }
}

impl State<4, 1> for Flow {
    #[inline]
    fn step(&mut self, [high, low, close, volume]: [f64; 4]) -> [f64; 1] {
        let typical = (high + low + close) / 3.0;
        let before = std::mem::replace(&mut self.before, typical);
        if before.is_nan() {
            return [f64::NAN];
        }
        // A typical price is a mean of three: equal ones may differ by their rounding.
        let moved = (typical - before).abs() > ROUNDING * (typical.abs() + before.abs());
        let money = typical * volume;
        let positive = self.positive.push(if moved && typical > before { money } else { 0.0 });
        let negative = self.negative.push(if moved && typical < before { money } else { 0.0 });
        let sum = positive + negative;
        [if sum <= 0.0 { 0.0 } else { (100.0 * (positive / sum)).clamp(0.0, 100.0) }]
    }
}
