//! The run's equity curve: the account at fixed steps of simulated time.

use crate::engine::World;
use crate::model::{Error, Result};

/// Columns of samples; per-instrument columns are row-major, one row a sample.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// Step, ns.
    pub step_ns: i64,
    /// Sample times.
    pub time_ns: Vec<i64>,
    /// Cash, units.
    pub cash: Vec<f64>,
    /// Cash plus positions at their marks.
    pub equity: Vec<f64>,
    /// Fees paid so far.
    pub fees: Vec<f64>,
    /// Mark per instrument.
    pub mid: Vec<f64>,
    /// Position per instrument, units.
    pub position: Vec<f64>,
}

impl Samples {
    /// Steps a person reads on a time axis, finest first, ns.
    const STEPS_NS: [i64; 11] = [
        100_000_000,
        1_000_000_000,
        5_000_000_000,
        15_000_000_000,
        60_000_000_000,
        300_000_000_000,
        900_000_000_000,
        3_600_000_000_000,
        14_400_000_000_000,
        43_200_000_000_000,
        86_400_000_000_000,
    ];

    /// The most samples of a run.
    const MOST: i64 = 10_000_000;

    /// The wanted step, or the finest readable one that keeps a run of `span_ns` within 20,000 samples (days at the
    /// coarsest). A `Config` error where the wanted step makes more than ten million samples.
    pub fn step(wanted_ns: Option<i64>, span_ns: i64) -> Result<i64> {
        let Some(step_ns) = wanted_ns else {
            let fits = |step: &i64| span_ns / step <= 20_000;
            return Ok(Self::STEPS_NS.into_iter().find(fits).unwrap_or(Self::STEPS_NS[10]));
        };
        if span_ns / step_ns > Self::MOST {
            let finest_ns = span_ns / Self::MOST + 1;
            return Err(Error::Config(format!(
                "sample must be at least {finest_ns} ns for a run of {span_ns} ns (at most {} samples), not {step_ns} ns",
                Self::MOST
            )));
        }
        Ok(step_ns)
    }

    /// No samples yet, one every `step_ns`.
    pub fn new(step_ns: i64) -> Self {
        Self { step_ns, ..Self::default() }
    }

    /// The last sample, in place of one taken at the same time.
    pub fn close(&mut self, now_ns: i64, world: &World) {
        if self.time_ns.last() == Some(&now_ns) {
            self.time_ns.pop();
            self.cash.pop();
            self.equity.pop();
            self.fees.pop();
            let kept = self.mid.len() - world.markets.len();
            self.mid.truncate(kept);
            self.position.truncate(kept);
        }
        self.take(now_ns, world);
    }

    /// Writes down the account as it is at `now_ns`.
    pub fn take(&mut self, now_ns: i64, world: &World) {
        self.time_ns.push(now_ns);
        self.cash.push(world.ledger.cash().to_f64());
        self.equity.push(world.equity());
        self.fees.push(world.ledger.positions().iter().map(|position| position.fees.to_f64()).sum());
        for (market, position) in world.markets.iter().zip(world.ledger.positions()) {
            self.mid.push(market.mark());
            self.position.push(market.instrument.qty().to_f64(position.qty));
        }
    }
}
