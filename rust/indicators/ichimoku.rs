//! Ichimoku: middles of three ranges, and the cloud as drawn at each bar. The lagging span would look ahead: left out.

use super::indicator::{Indicator, Memory, Parameter};
use super::state::{State, boxed};
use super::window::{Extreme, Ring};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "ichimoku",
    about: "Middles of three ranges (`conversion`, `base`) and the cloud as drawn at each bar: both spans of `shift` bars ago.",
    inputs: &["high", "low"],
    parameters: &[
        Parameter::bars("conversion", 9, 1),
        Parameter::bars("base", 26, 1),
        Parameter::bars("slow", 52, 1),
        Parameter::bars("shift", 26, 1),
    ],
    outputs: &["conversion", "base", "span_a", "span_b"],
    lookback: |a| a.bars(0) - 1,
    memory: |a| Memory::Span(a.bars(0).max(a.bars(1)).max(a.bars(2)) - 1 + a.bars(3)),
    start: |a| boxed(Cloud::new([a.bars(0), a.bars(1), a.bars(2)], a.bars(3))),
};

/// Ichimoku's lines.
#[derive(Clone)]
struct Cloud {
    highest: [Extreme<true>; 3],
    lowest: [Extreme<false>; 3],
    first: Ring,
    second: Ring,
}

impl Cloud {
    fn new(periods: [usize; 3], shift: usize) -> Self {
        Self {
            highest: periods.map(Extreme::new),
            lowest: periods.map(Extreme::new),
            first: Ring::new(shift),
            second: Ring::new(shift),
        }
    }
}

impl State<2, 4> for Cloud {
    #[inline]
    fn step(&mut self, [high, low]: [f64; 2]) -> [f64; 4] {
        let mut middles = [0.0; 3];
        for ((middle, highest), lowest) in middles.iter_mut().zip(&mut self.highest).zip(&mut self.lowest) {
            *middle = f64::midpoint(highest.push(high).0, lowest.push(low).0);
        }
        let [conversion, base, slow] = middles;
        let first = self.first.push(f64::midpoint(conversion, base)).unwrap_or(f64::NAN);
        let second = self.second.push(slow).unwrap_or(f64::NAN);
        [conversion, base, first, second]
    }
}
