//! A stop `factor` average true ranges from the middle of the bar, which only closes in; `trend` is 1, -1, or 0 early.

use super::atr::Atr;
use super::indicator::{Indicator, Memory, Parameter};
use super::state::{State, boxed};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "supertrend",
    about: "A stop `factor` average true ranges from the middle of the bar, which only closes in; `trend` is 1, -1, or 0 early.",
    inputs: &["high", "low", "close"],
    parameters: &[Parameter::bars("period", 10, 1), Parameter::real("factor", 3.0, 0.0, 1000.0)],
    outputs: &["line", "trend"],
    lookback: |a| a.bars(0),
    memory: |_| Memory::Forever,
    start: |a| boxed(Supertrend::new(a.bars(0), a.real(1))),
};

/// Trend-following stop.
#[derive(Clone)]
struct Supertrend {
    range: Atr,
    factor: f64,
    upper: f64,
    lower: f64,
    close: f64,
    trend: f64,
}

impl Supertrend {
    fn new(period: usize, factor: f64) -> Self {
        Self { range: Atr::new(period), factor, upper: f64::NAN, lower: f64::NAN, close: f64::NAN, trend: 0.0 }
    }
}

impl State<3, 2> for Supertrend {
    #[inline]
    fn step(&mut self, [high, low, close]: [f64; 3]) -> [f64; 2] {
        let range = self.range.push(high, low, close);
        let before = std::mem::replace(&mut self.close, close);
        if range.is_nan() {
            return [f64::NAN, 0.0];
        }
        let middle = f64::midpoint(high, low);
        let (upper, lower) = (middle + self.factor * range, middle - self.factor * range);
        if self.trend == 0.0 {
            (self.upper, self.lower, self.trend) = (upper, lower, 1.0);
            return [lower, 1.0];
        }
        if upper < self.upper || before > self.upper {
            self.upper = upper;
        }
        if lower > self.lower || before < self.lower {
            self.lower = lower;
        }
        if self.trend > 0.0 && close < self.lower {
            self.trend = -1.0;
        } else if self.trend < 0.0 && close > self.upper {
            self.trend = 1.0;
        }
        [if self.trend > 0.0 { self.lower } else { self.upper }, self.trend]
    }
}
