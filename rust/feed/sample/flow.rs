//! The order flow: what arrives at the book, and when.
//!
//! Three Poisson processes run side by side. Limit orders arrive at a constant rate; market orders at another; every
//! resting order is canceled at the same rate of its own, so that cancels grow with the book. A limit order is placed
//! `distance` ticks from the best price of the *other* side, with a power-law tail, so that it never crosses. Sizes
//! have a power-law tail as well. The side is a coin tilted towards a latent value, a random walk with a weak pull
//! home: more buying while the market is below it, more selling above.

use super::fifo::{Execution, FifoBook};
use super::spec::{START_PRICE_TICKS, SampleSpec};
use crate::model::Side;
use crate::stats::Rng;

/// Furthest placement from the other side's best, in ticks.
const REACH_TICKS: usize = 80;
/// Placement weighs `(distance + shift)^-1.5`: nearly flat within the shift, a power law beyond.
const PLACEMENT_SHIFT: f64 = 12.0;
/// Sizes are `least / √u`, a Pareto law with tail exponent 2 and mean twice the least, cut at `LARGEST` times it.
const LEAST_LIMIT_LOTS: f64 = 70.0;
const LEAST_MARKET_LOTS: f64 = 100.0;
const LARGEST: f64 = 25.0;
/// Distance between latent value and mid at which the coin is tilted halfway to certainty.
const TILT_TICKS: f64 = 12.0;
/// Time constant of the latent value's pull home, four hours.
const HOME_S: f64 = 14_400.0;
/// Lifetimes of an order before the recording starts: e^-6 of the first book is left.
const WARM_UP_LIFETIMES: f64 = 6.0;

/// What one arrival did to the book.
#[derive(Debug)]
pub struct Changes {
    /// The side of the levels that changed: what was taken from, placed on or canceled on.
    pub side: Side,
    /// Prices of the levels that changed, best first; empty if nothing changed.
    pub prices: Vec<i64>,
    /// Executions of a market order, in order.
    pub executions: Vec<Execution>,
}

/// An arrival and the book after it.
pub struct Step<'a> {
    /// Since the start.
    pub at_ns: i64,
    pub changes: &'a Changes,
    pub book: &'a FifoBook,
}

/// The state of the market.
#[derive(Debug)]
pub struct Flow {
    rng: Rng,
    book: FifoBook,
    changes: Changes,
    now_ns: i64,
    latent: f64,
    cumulative_placement: Vec<f64>,
    limit_rate: f64,
    market_rate: f64,
    cancel_rate: f64,
    volatility: f64,
}

impl Flow {
    /// A market with about as many orders as will rest in the long run.
    pub fn new(spec: &SampleSpec) -> Self {
        let mut flow = Self {
            rng: Rng::new(spec.seed),
            book: FifoBook::default(),
            changes: Changes { side: Side::Buy, prices: Vec::new(), executions: Vec::new() },
            now_ns: 0,
            latent: START_PRICE_TICKS as f64,
            cumulative_placement: cumulative_placement(),
            limit_rate: spec.limit_orders_per_second,
            market_rate: spec.market_orders_per_second,
            cancel_rate: 1.0 / spec.order_lifetime_s,
            volatility: spec.volatility_ticks,
        };
        let pairs = (spec.limit_orders_per_second * spec.order_lifetime_s / 2.0).ceil().max(1.0) as usize;
        for _ in 0..pairs {
            for side in [Side::Buy, Side::Sell] {
                let price = START_PRICE_TICKS - side.sign() * flow.distance();
                let qty = flow.size(LEAST_LIMIT_LOTS);
                flow.book.add(side, price, qty);
            }
        }
        flow
    }

    /// The book now.
    pub fn book(&self) -> &FifoBook {
        &self.book
    }

    /// Lets the book find its shape, with the latent value at rest, and sets the time back to the start.
    pub fn warm_up(&mut self) {
        let volatility = std::mem::replace(&mut self.volatility, 0.0);
        let until_ns = (WARM_UP_LIFETIMES / self.cancel_rate * 1e9) as i64;
        while self.next(until_ns).is_some() {}
        self.now_ns = 0;
        self.volatility = volatility;
    }

    /// The next arrival before a time, if there is one.
    pub fn next(&mut self, until_ns: i64) -> Option<Step<'_>> {
        let cancel_rate = self.cancel_rate * self.book.orders() as f64;
        let rate = self.limit_rate + self.market_rate + cancel_rate;
        let wait_s = self.rng.exponential() / rate;
        // Two arrivals never share a nanosecond, so that time alone orders them.
        self.now_ns += ((wait_s * 1e9) as i64).max(1);
        if self.now_ns >= until_ns {
            return None;
        }
        self.wander(wait_s);
        self.changes.prices.clear();
        self.changes.executions.clear();
        let kind = self.rng.uniform() * rate;
        if kind < self.limit_rate {
            self.limit_order();
        } else if kind < self.limit_rate + self.market_rate {
            self.market_order();
        } else {
            self.cancel();
        }
        Some(Step { at_ns: self.now_ns, changes: &self.changes, book: &self.book })
    }

    /// Moves the latent value on by a time.
    fn wander(&mut self, wait_s: f64) {
        if self.volatility > 0.0 {
            self.latent += (START_PRICE_TICKS as f64 - self.latent) * (wait_s / HOME_S);
            self.latent += self.volatility * wait_s.sqrt() * self.rng.normal();
        }
    }

    fn limit_order(&mut self) {
        let side = self.side();
        let price = self.book.best(side.opposite()).price - side.sign() * self.distance();
        let qty = self.size(LEAST_LIMIT_LOTS);
        // A market pushed to the bottom of its price range by extreme rates takes no order at or below zero.
        if price > 0 {
            self.book.add(side, price, qty);
            self.changes.side = side;
            self.changes.prices.push(price);
        }
    }

    fn market_order(&mut self) {
        let side = self.side().opposite();
        let qty = self.size(LEAST_MARKET_LOTS);
        self.book.execute(side, qty, &mut self.changes.executions);
        self.changes.side = side;
        self.changes.prices.extend(self.changes.executions.iter().map(|execution| execution.price));
        self.changes.prices.dedup();
    }

    fn cancel(&mut self) {
        let place = self.rng.below(self.book.orders() as u64) as usize;
        if let Some((side, price)) = self.book.cancel(place) {
            self.changes.side = side;
            self.changes.prices.push(price);
        }
    }

    /// Who arrives: a coin tilted towards the latent value.
    fn side(&mut self) -> Side {
        let mid = (self.book.best(Side::Buy).price + self.book.best(Side::Sell).price) as f64 / 2.0;
        let gap = (self.latent - mid) / TILT_TICKS;
        let buy_probability = 0.5 + 0.5 * gap / (1.0 + gap.abs());
        if self.rng.uniform() < buy_probability { Side::Buy } else { Side::Sell }
    }

    /// Ticks from the other side's best, from 1.
    fn distance(&mut self) -> i64 {
        let draw = self.rng.uniform() * self.cumulative_placement[REACH_TICKS - 1];
        self.cumulative_placement.partition_point(|&weight| weight <= draw) as i64 + 1
    }

    /// Lots, positive.
    fn size(&mut self, least: f64) -> i64 {
        let tail = 1.0 / (1.0 - self.rng.uniform()).sqrt();
        (least * tail.min(LARGEST)) as i64
    }
}

/// Running sums of the placement weights of distance 1, 2, …
fn cumulative_placement() -> Vec<f64> {
    let mut sum = 0.0;
    let weight = |distance: usize| {
        let base = distance as f64 + PLACEMENT_SHIFT;
        1.0 / (base * base.sqrt())
    };
    (1..=REACH_TICKS)
        .map(|distance| {
            sum += weight(distance);
            sum
        })
        .collect()
}
