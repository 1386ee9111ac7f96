//! Pearson's correlation of two series over the last `period` bars; 0 where one of them does not move.

use super::indicator::{Indicator, Memory, Parameter};
use super::state::{State, boxed};
use super::window::Ring;

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "correl",
    about: "Pearson's correlation of two series over the last `period` bars; 0 where one of them does not move.",
    inputs: &["first", "second"],
    parameters: &[Parameter::bars("period", 20, 2)],
    outputs: &["correl"],
    lookback: |a| a.bars(0) - 1,
    memory: |_| Memory::Window,
    start: |a| boxed(Correlation::new(a.bars(0))),
};

/// Sliding correlation, by sums from an anchor in the window.
#[derive(Clone)]
struct Correlation {
    rings: [Ring; 2],
    anchors: [f64; 2],
    sums: Sums,
    peak: [f64; 2],
    period: f64,
}

#[derive(Clone, Copy, Default)]
struct Sums {
    first: f64,
    second: f64,
    first_squares: f64,
    second_squares: f64,
    products: f64,
}

impl Sums {
    #[inline]
    fn add(&mut self, sign: f64, first: f64, second: f64) {
        self.first += sign * first;
        self.second += sign * second;
        self.first_squares += sign * (first * first);
        self.second_squares += sign * (second * second);
        self.products += sign * (first * second);
    }
}

impl Correlation {
    fn new(period: usize) -> Self {
        Self {
            rings: [Ring::new(period), Ring::new(period)],
            anchors: [0.0; 2],
            sums: Sums::default(),
            peak: [0.0; 2],
            period: period as f64,
        }
    }

    #[cold]
    fn afresh(&mut self) {
        let [first, second] = &self.rings;
        self.anchors = [first, second].map(|ring| ring.places().iter().sum::<f64>() / self.period);
        self.sums = Sums::default();
        for (first, second) in first.places().iter().zip(second.places()) {
            self.sums.add(1.0, first - self.anchors[0], second - self.anchors[1]);
        }
        self.peak = [self.sums.first_squares, self.sums.second_squares];
    }

    /// Sums of squared deviations of both, and of their product.
    #[inline]
    fn moments(&self) -> (f64, f64, f64) {
        let sums = &self.sums;
        (
            sums.first_squares - sums.first * sums.first / self.period,
            sums.second_squares - sums.second * sums.second / self.period,
            sums.products - sums.first * sums.second / self.period,
        )
    }
}

impl State<2, 1> for Correlation {
    #[inline]
    fn step(&mut self, [first, second]: [f64; 2]) -> [f64; 1] {
        let gone = (self.rings[0].push(first), self.rings[1].push(second));
        if let (Some(old_first), Some(old_second)) = gone {
            self.sums.add(1.0, first - self.anchors[0], second - self.anchors[1]);
            self.sums.add(-1.0, old_first - self.anchors[0], old_second - self.anchors[1]);
            self.peak = [self.peak[0].max(self.sums.first_squares), self.peak[1].max(self.sums.second_squares)];
        }
        if !self.rings[0].is_full() {
            return [f64::NAN];
        }
        let (first, second, _) = self.moments();
        // Little of a once large sum is left: mostly rounding.
        if self.rings[0].at_turn() || first < self.peak[0] * 1e-3 || second < self.peak[1] * 1e-3 {
            self.afresh();
        }
        let (first, second, products) = self.moments();
        let scale = first * second;
        [if scale <= 0.0 { 0.0 } else { products / scale.sqrt() }]
    }
}
