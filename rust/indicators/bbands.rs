//! Bollinger bands: the mean of the last `period` values, and `width` population deviations above and below.

use super::indicator::{Indicator, Memory, Parameter};
use super::lanes::{Lanes, Real};
use super::state::{State, each_bar};
use super::stddev::deviation;
use super::tile::{Wide, tiled};
use super::window::{DIRECT_MAX, MOMENTS, RollingVariance, moments};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "bbands",
    about: "Bollinger bands: the mean of the last `period` values, and `width` population deviations above and below.",
    inputs: &["close"],
    parameters: &[Parameter::bars("period", 20, 2), Parameter::real("width", 2.0, 0.0, 1000.0)],
    outputs: &["upper", "middle", "lower"],
    lookback: |a| a.bars(0) - 1,
    memory: |_| Memory::Window,
    start: |a| tiled(Bands::new(a.bars(0), a.real(1)), Bands::new(a.bars(0), a.real(1))),
};

/// Bollinger bands.
#[derive(Clone)]
struct Bands<R = f64> {
    window: RollingVariance<R>,
    width: f64,
}

impl<R: Real> Bands<R> {
    fn new(period: usize, width: f64) -> Self {
        Self { window: RollingVariance::new(period), width }
    }

    #[inline(always)]
    fn push(&mut self, value: R) -> [R; 3] {
        let (mean, variance) = self.window.push(value);
        let reach = deviation(variance) * self.width;
        [mean + reach, mean, mean - reach]
    }
}

impl State<1, 3> for Bands {
    const IN_TURN: bool = false;

    #[inline(always)]
    fn step(&mut self, [value]: [f64; 1]) -> [f64; 3] {
        self.push(value)
    }

    fn kernel(&mut self, [values]: [&[f64]; 1], mut outputs: [&mut [f64]; 3]) {
        let period = self.window.period();
        if period > DIRECT_MAX {
            return each_bar(self, [values], outputs);
        }
        let first = (period - 1).min(values.len());
        for output in &mut outputs {
            output[..first].fill(f64::NAN);
        }
        let width = self.width;
        moments(values, period, |at, means, variances| {
            let reach = variances.map(|variance| variance.sqrt() * width);
            let (mut upper, mut lower) = ([0.0; MOMENTS], [0.0; MOMENTS]);
            for lane in 0..MOMENTS {
                upper[lane] = means[lane] + reach[lane];
                lower[lane] = means[lane] - reach[lane];
            }
            for (output, values) in outputs.iter_mut().zip([&upper, means, &lower]) {
                let room = &mut output[at.clone()];
                room.copy_from_slice(&values[..room.len()]);
            }
        });
    }
}

impl State<1, 3, Lanes> for Bands<Lanes> {
    const IN_TURN: bool = false;

    #[inline(always)]
    fn step(&mut self, [value]: [Lanes; 1]) -> [Lanes; 3] {
        self.push(value)
    }
}

impl Wide<1, 3, Bands> for Bands<Lanes> {
    fn lane(&self, lane: usize) -> Bands {
        Bands { window: self.window.lane(lane), width: self.width }
    }
}
