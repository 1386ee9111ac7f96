//! Population standard deviation of the last `period` values.

use super::indicator::{Indicator, Memory, Parameter};
use super::lanes::{Lanes, Real};
use super::state::{State, each_bar};
use super::tile::{Wide, tiled};
use super::window::{DIRECT_MAX, RollingVariance, moments};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "stddev",
    about: "Population standard deviation of the last `period` values.",
    inputs: &["close"],
    parameters: &[Parameter::bars("period", 20, 2)],
    outputs: &["stddev"],
    lookback: |a| a.bars(0) - 1,
    memory: |_| Memory::Window,
    start: |a| tiled(Deviation(RollingVariance::new(a.bars(0))), Deviation(RollingVariance::new(a.bars(0)))),
};

/// Population standard deviation.
#[derive(Clone)]
struct Deviation<R = f64>(RollingVariance<R>);

impl State<1, 1> for Deviation {
    const IN_TURN: bool = false;

    #[inline(always)]
    fn step(&mut self, [value]: [f64; 1]) -> [f64; 1] {
        [deviation(self.0.push(value).1)]
    }

    fn kernel(&mut self, [values]: [&[f64]; 1], [output]: [&mut [f64]; 1]) {
        let period = self.0.period();
        if period > DIRECT_MAX {
            return each_bar(self, [values], [output]);
        }
        output[..(period - 1).min(values.len())].fill(f64::NAN);
        moments(values, period, |at, _, variances| {
            let room = &mut output[at];
            room.copy_from_slice(&variances.map(f64::sqrt)[..room.len()]);
        });
    }
}

impl State<1, 1, Lanes> for Deviation<Lanes> {
    const IN_TURN: bool = false;

    #[inline(always)]
    fn step(&mut self, [value]: [Lanes; 1]) -> [Lanes; 1] {
        [deviation(self.0.push(value).1)]
    }
}

impl Wide<1, 1, Deviation> for Deviation<Lanes> {
    fn lane(&self, lane: usize) -> Deviation {
        Deviation(self.0.lane(lane))
    }
}

/// The root of a variance; rounding may leave a flat window's a hair below zero.
#[inline(always)]
pub fn deviation<R: Real>(variance: R) -> R {
    R::choose(variance.below(R::zero()), R::zero(), variance.root())
}
