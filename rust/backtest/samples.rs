//! The run's equity curve: the account at fixed steps of simulated time.

use crate::engine::World;

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

    /// The finest step that keeps a run of `span_ns` within 20,000 samples; days at the coarsest.
    pub fn step_for(span_ns: i64) -> i64 {
        let fits = |step: &i64| span_ns / step <= 20_000;
        Self::STEPS_NS.into_iter().find(fits).unwrap_or(Self::STEPS_NS[10])
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
