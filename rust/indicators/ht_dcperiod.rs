//! The period of the dominant cycle in bars, 6 to 50, by Ehlers' Hilbert transform.

use super::cycle::Cycle;
use super::indicator::{Indicator, Memory};
use super::state::{State, boxed};

/// Its row of the table.
pub const INDICATOR: Indicator = Indicator {
    name: "ht_dcperiod",
    about: "The period of the dominant cycle in bars, 6 to 50, by Ehlers' Hilbert transform.",
    inputs: &["close"],
    parameters: &[],
    outputs: &["ht_dcperiod"],
    lookback: |_| 32,
    memory: |_| Memory::Decay(0.92),
    start: |_| boxed(Period { cycle: Cycle::new(12), seen: 0 }),
};

/// Dominant cycle's period.
#[derive(Clone)]
struct Period {
    cycle: Cycle,
    seen: usize,
}

impl State<1, 1> for Period {
    #[inline]
    fn step(&mut self, [price]: [f64; 1]) -> [f64; 1] {
        let period = self.cycle.push(price);
        self.seen += 1;
        [if self.seen > 32 { period } else { f64::NAN }]
    }
}
