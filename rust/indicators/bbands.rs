//! Bollinger bands: the mean of the last `period` values, and `width` population deviations above and below.

use super::indicator::{Indicator, Memory, Parameter};
use super::state::{State, boxed, each_bar};
use super::stddev::deviation;
use super::window::{DIRECT_MAX, RollingVariance, moments};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "bbands",
    about: "Bollinger bands: the mean of the last `period` values, and `width` population deviations above and below.",
    inputs: &["close"],
    parameters: &[Parameter::bars("period", 20, 2), Parameter::real("width", 2.0, 0.0, 1000.0)],
    outputs: &["upper", "middle", "lower"],
    lookback: |a| a.bars(0) - 1,
    memory: |_| Memory::Window,
    start: |a| boxed(Bands::new(a.bars(0), a.real(1))),
};

/// Bollinger bands.
#[derive(Clone)]
struct Bands {
    window: RollingVariance,
    width: f64,
}

impl Bands {
    fn new(period: usize, width: f64) -> Self {
        Self { window: RollingVariance::new(period), width }
    }
}

impl State<1, 3> for Bands {
    const IN_TURN: bool = false;

    #[inline]
    fn step(&mut self, [value]: [f64; 1]) -> [f64; 3] {
        let (mean, variance) = self.window.push(value);
        let reach = self.width * deviation(variance);
        [mean + reach, mean, mean - reach]
    }

    fn kernel(&mut self, [values]: [&[f64]; 1], [upper, middle, lower]: [&mut [f64]; 3]) {
        let period = self.window.period();
        if period > DIRECT_MAX {
            return each_bar(self, [values], [upper, middle, lower]);
        }
        let first = (period - 1).min(values.len());
        for output in [&mut *upper, &mut *middle, &mut *lower] {
            output[..first].fill(f64::NAN);
        }
        moments(values, period, |at, means, variances| {
            let to = at + means.len();
            let outputs = upper[at..to].iter_mut().zip(&mut middle[at..to]).zip(&mut lower[at..to]);
            for (((upper, middle), lower), (mean, variance)) in outputs.zip(means.iter().zip(variances)) {
                let reach = self.width * variance.sqrt();
                (*upper, *middle, *lower) = (mean + reach, *mean, mean - reach);
            }
        });
    }
}
