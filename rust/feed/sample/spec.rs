//! What a synthetic market is made from.

use crate::model::{Currency, Decimal, Error, Instrument, InstrumentSpec, Result};

/// What every report on a sample says.
pub const SAMPLE_NOTICE: &str = "SYNTHETIC MARKET: seeded Poisson order flow over a price-time book, \
     not a recording; no result on it says anything about a real market";

/// A synthetic market. Equal specifications give equal events, to the byte.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleSpec {
    /// Seed of all randomness.
    pub seed: u64,
    /// Length of the recording, from 1 ns to a day.
    pub duration_ns: i64,
    /// Exchange time of the first event, from the epoch to the year 2200.
    pub start_ns: i64,
    /// Arrivals of limit orders, both sides together: 1 to 10,000.
    pub limit_orders_per_second: f64,
    /// Arrivals of market orders, both sides together: from 0 to half the limit orders.
    pub market_orders_per_second: f64,
    /// Mean time until a resting order is canceled, if it is not executed before: 0.01 to 1,000.
    pub order_lifetime_s: f64,
    /// Standard deviation of the latent value after one second, in ticks: 0 to 20.
    pub volatility_ticks: f64,
    /// Mean delay from exchange to receive time (half of it fixed, half exponential): 0 to a second.
    pub feed_latency_ns: i64,
}

impl Default for SampleSpec {
    /// Ten minutes of a calm, liquid market: the spread is one tick 64 % of the time and at most three 96 %, five
    /// market orders a second make twelve prints, the depth peaks about five ticks from the best, the mid moves by
    /// 1.3 ticks in a second and by 36 in ten minutes (standard deviations over 40 seeds).
    fn default() -> Self {
        Self {
            seed: 7,
            duration_ns: 600_000_000_000,
            start_ns: 1_704_067_200_000_000_000,
            limit_orders_per_second: 60.0,
            market_orders_per_second: 5.0,
            order_lifetime_s: 6.0,
            volatility_ticks: 1.6,
            feed_latency_ns: 1_000_000,
        }
    }
}

/// More than this would not be a sample any more (3.2 GB).
const MOST_EVENTS: f64 = 5e7;
/// Most orders that rest at a time.
const MOST_RESTING: f64 = 1e5;
/// At most so many for a limit order, with what later becomes of it: 1.3 measured with the defaults, 2.7 where half of
/// the orders take or the book is nearly empty.
const EVENTS_PER_ACTION: f64 = 2.8;
const DAY_NS: i64 = 86_400_000_000_000;
const YEAR_2200_NS: i64 = 7_258_118_400_000_000_000;

impl SampleSpec {
    /// A `Config` error for the first value that is out of its range.
    pub fn check(&self) -> Result<()> {
        whole("duration_ns", self.duration_ns, 1, DAY_NS)?;
        whole("start_ns", self.start_ns, 0, YEAR_2200_NS)?;
        whole("feed_latency_ns", self.feed_latency_ns, 0, 1_000_000_000)?;
        real("limit_orders_per_second", self.limit_orders_per_second, 1.0, 10_000.0)?;
        let half = self.limit_orders_per_second / 2.0;
        real("market_orders_per_second", self.market_orders_per_second, 0.0, half)?;
        real("order_lifetime_s", self.order_lifetime_s, 0.01, 1000.0)?;
        real("volatility_ticks", self.volatility_ticks, 0.0, 20.0)?;
        let resting = self.limit_orders_per_second * self.order_lifetime_s;
        real("limit_orders_per_second × order_lifetime_s (orders resting at a time)", resting, 1.0, MOST_RESTING)?;
        let actions = 2.0 * self.limit_orders_per_second * self.duration_ns as f64 / 1e9;
        real("the number of events these rates make in that duration", actions * EVENTS_PER_ACTION, 0.0, MOST_EVENTS)
    }
}

fn whole(name: &str, value: i64, least: i64, most: i64) -> Result<()> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Error::Config(format!("{name} must be from {least} to {most}, not {value}")))
}

fn real(name: &str, value: f64, least: f64, most: f64) -> Result<()> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Error::Config(format!("{name} must be from {least} to {most}, not {value}")))
}

/// Where the latent value starts, in ticks.
pub const START_PRICE_TICKS: i64 = 60_000;

/// The listing: a coin of about 60,000 with a tick of 1 and a lot of 0.001.
pub fn instrument() -> Result<Instrument> {
    Instrument::new(InstrumentSpec {
        symbol: "SAMPLE".into(),
        venue: "sample".into(),
        tick_size: Decimal::ONE,
        lot_size: Decimal::new(1, 3)?,
        price_increment: None,
        qty_increment: None,
        currency: Currency::parse("USDT")?,
        multiplier: Decimal::ONE,
        asset: String::new(),
        sector: String::new(),
    })
}
