//! What an analyst reads from a book, as floats in the instrument's units.
//!
//! Every sum is taken in whole increments and divided once, so an answer is the float nearest to the exact one as far
//! as 53 bits reach. NaN where a book does not have the levels for an answer, and everywhere while it is stale: a book
//! with a gap is not served as if good. Its levels can still be looked at in [`Book::levels`].

use super::l2::{Book, Level};
use crate::model::{Increment, Instrument, Side};

/// Best bid and ask of a book at one moment; `None` where a side is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Top {
    /// Best bid.
    pub bid: Option<Level>,
    /// Best ask.
    pub ask: Option<Level>,
}

impl Top {
    /// The book's best levels now, both `None` while it is stale.
    #[inline]
    pub fn of(book: &Book) -> Self {
        if book.is_stale() { Self::default() } else { Self { bid: book.best_bid(), ask: book.best_ask() } }
    }

    /// Both levels, if both are there.
    #[inline]
    fn both(self) -> Option<(Level, Level)> {
        self.bid.zip(self.ask)
    }
}

/// (bid + ask) / 2 of the best prices.
pub fn mid(book: &Book, price: &Increment) -> f64 {
    Top::of(book).both().map_or(f64::NAN, |(bid, ask)| scaled(sum(bid.price, ask.price), 2, price))
}

/// Best ask minus best bid; negative in a crossed book.
pub fn spread(book: &Book, price: &Increment) -> f64 {
    Top::of(book).both().map_or(f64::NAN, |(bid, ask)| scaled(i128::from(ask.price) - i128::from(bid.price), 1, price))
}

/// The best prices weighted by the quantity on the other side, (b·A + a·B) / (A + B): leans to where less rests.
pub fn microprice(book: &Book, price: &Increment) -> f64 {
    Top::of(book).both().map_or(f64::NAN, |(bid, ask)| {
        let weighted = product(bid.price, ask.qty) + product(ask.price, bid.qty);
        scaled(weighted, sum(bid.qty, ask.qty), price)
    })
}

/// (B - A) / (B + A) of the quantities of the first `k` levels, -1 to 1; NaN without any level.
pub fn imbalance(book: &Book, k: usize) -> f64 {
    let (bids, asks) = depth(book, k);
    (bids - asks) as f64 / (bids + asks) as f64
}

/// B / A of the quantities of the first `k` levels; infinite without asks, NaN without any level.
pub fn liquidity_ratio(book: &Book, k: usize) -> f64 {
    let (bids, asks) = depth(book, k);
    bids as f64 / asks as f64
}

/// Average price that a taker on `side` would get for `qty`, and how much of it the book has; (NaN, 0) for none.
pub fn vwap(book: &Book, side: Side, qty: i64, price: &Increment) -> (f64, i64) {
    if book.is_stale() {
        return (f64::NAN, 0);
    }
    let sweep = book.sweep(side, qty, None);
    (scaled(sweep.price_qty, i128::from(sweep.filled), price), sweep.filled)
}

/// What a taker on `side` would lose against the mid by taking `qty` at once, in the instrument's currency: 0 or more
/// unless the book is crossed, NaN if the book does not have all of it.
pub fn cost(book: &Book, side: Side, qty: i64, instrument: &Instrument) -> f64 {
    let sweep = book.sweep(side, qty, None);
    let Some((bid, ask)) = Top::of(book).both().filter(|_| sweep.filled == qty) else { return f64::NAN };
    let twice_mid = sum(bid.price, ask.price) * i128::from(qty);
    let twice_cost = (2 * sweep.price_qty - twice_mid) * i128::from(side.sign());
    instrument.value(twice_cost).map_or(f64::NAN, |money| money.to_f64() / 2.0)
}

/// One step of order flow imbalance (Cont, Kukanov and Stoikov), in quantity increments: what was added to the best
/// bid and taken from the best ask between two moments, less the reverse. A side that is empty is infinitely far.
pub fn order_flow(before: Top, after: Top) -> i64 {
    let bid = |top: Top| top.bid.unwrap_or(Level { price: i64::MIN, qty: 0 });
    let ask = |top: Top| top.ask.unwrap_or(Level { price: i64::MAX, qty: 0 });
    let when = |condition: bool, level: Level| if condition { level.qty } else { 0 };
    let (bid_0, bid_1, ask_0, ask_1) = (bid(before), bid(after), ask(before), ask(after));
    when(bid_1.price >= bid_0.price, bid_1)
        - when(bid_1.price <= bid_0.price, bid_0)
        - when(ask_1.price <= ask_0.price, ask_1)
        + when(ask_1.price >= ask_0.price, ask_0)
}

/// Quantities of the first `k` bid and ask levels, zeros while stale.
fn depth(book: &Book, k: usize) -> (i128, i128) {
    let total = |side| book.levels(side).take(k).map(|level| i128::from(level.qty)).sum();
    if book.is_stale() { (0, 0) } else { (total(Side::Buy), total(Side::Sell)) }
}

/// `count / divisor` increments as a float, with a single division.
fn scaled(count: i128, divisor: i128, increment: &Increment) -> f64 {
    let unit = increment.unit();
    (count * i128::from(unit.mantissa())) as f64 / (divisor as f64 * unit.power())
}

fn sum(a: i64, b: i64) -> i128 {
    i128::from(a) + i128::from(b)
}

fn product(a: i64, b: i64) -> i128 {
    i128::from(a) * i128::from(b)
}
