//! The book of price levels.

use super::condition::{BookState, Counters, MissingEvents};
use super::ladder::Ladder;
use crate::model::{Event, EventKind, Side, flags};

/// A price and what rests there, in increments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Level {
    /// Count of `price_increment`.
    pub price: i64,
    /// Count of `qty_increment`, the total of all orders at the price.
    pub qty: i64,
}

/// What a market order would meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Sweep {
    /// Quantity that the book has for it.
    pub filled: i64,
    /// Sum of price × quantity over the levels taken.
    pub price_qty: i128,
    /// Price of the last level taken, 0 if none.
    pub worst: i64,
    /// Levels taken, the last perhaps in part.
    pub levels: usize,
}

/// Both sides of one instrument's market as price levels, see the [module](super).
///
/// State: `Empty` until the first level stands, `Synced` after it; levels flagged SNAPSHOT count once the snapshot's
/// LAST has arrived. A `Clear` of both sides makes it `Empty` again. A `Gap` makes it stale, and only a complete
/// snapshot heals that: both sides voided after the gap, then an event flagged SNAPSHOT and LAST (a `Clear` so flagged
/// is the snapshot of an empty market). Updates are applied meanwhile, since the snapshot may have been taken before
/// them, but a plain `Clear` followed by plain updates stays stale: nobody has said that these are all there is.
#[derive(Clone, Debug)]
pub struct Book {
    sides: [Ladder; 2],
    state: BookState,
    voided_sides: u8,
    missing: Option<MissingEvents>,
    counters: Counters,
}

/// `voided_sides` when both are.
const BOTH: u8 = Side::Buy as u8 | Side::Sell as u8;

impl Default for Book {
    fn default() -> Self {
        Self::new()
    }
}

impl Book {
    /// An empty book whose prices are all on the order grid.
    pub fn new() -> Self {
        Self::with_grid(1)
    }

    /// An empty book for an order grid of `tick` price increments, at least 1: levels on it are the fast ones, levels
    /// off it are legal.
    pub fn with_grid(tick: i64) -> Self {
        Self {
            sides: [Ladder::new(tick), Ladder::new(tick)],
            state: BookState::Empty,
            voided_sides: 0,
            missing: None,
            counters: Counters::default(),
        }
    }

    /// Obeys a `LevelSet`, `Clear` or `Gap`; every other kind is none of its business. An event that makes no sense is
    /// counted as refused and changes nothing.
    #[inline]
    pub fn apply(&mut self, event: &Event) {
        if event.is(EventKind::LevelSet) {
            self.apply_level(event);
        } else if event.is(EventKind::Clear) {
            self.apply_clear(event);
        } else if event.is(EventKind::Gap) {
            self.apply_gap(event);
        }
    }

    /// Replaces the quantity of a level, 0 deletes it; returns the previous quantity. A price that is not positive or a
    /// negative quantity changes nothing and returns 0. Outside any event: no counter moves.
    #[inline]
    pub fn set_level(&mut self, side: Side, price: i64, qty: i64) -> i64 {
        if price <= 0 || qty < 0 {
            return 0;
        }
        if self.state == BookState::Empty {
            self.state = BookState::Synced;
        }
        self.ladder_mut(side).set(side.sign() * price, qty)
    }

    /// Highest bid.
    #[inline]
    pub fn best_bid(&self) -> Option<Level> {
        self.best(Side::Buy)
    }

    /// Lowest ask.
    #[inline]
    pub fn best_ask(&self) -> Option<Level> {
        self.best(Side::Sell)
    }

    /// Best level of a side.
    #[inline]
    pub fn best(&self, side: Side) -> Option<Level> {
        self.ladder(side).best().map(|(rank, qty)| Level { price: side.sign() * rank, qty })
    }

    /// Quantity at a price, 0 where there is no level.
    #[inline]
    pub fn qty_at(&self, side: Side, price: i64) -> i64 {
        if price <= 0 { 0 } else { self.ladder(side).qty(side.sign() * price) }
    }

    /// A side's levels from the best outward.
    pub fn levels(&self, side: Side) -> impl Iterator<Item = Level> + '_ {
        self.ladder(side).levels().map(move |(rank, qty)| Level { price: side.sign() * rank, qty })
    }

    /// How many levels a side has.
    #[inline]
    pub fn level_count(&self, side: Side) -> usize {
        self.ladder(side).count()
    }

    /// What a taker on `side` would meet for `qty` at no worse than `limit`; nothing is taken.
    pub fn sweep(&self, side: Side, qty: i64, limit: Option<i64>) -> Sweep {
        let mut sweep = Sweep::default();
        for level in self.levels(side.opposite()) {
            let too_dear = limit.is_some_and(|limit| side.sign() * level.price.cmp(&limit) as i64 > 0);
            let taken = level.qty.min(qty.saturating_sub(sweep.filled));
            if too_dear || taken <= 0 {
                break;
            }
            sweep.filled += taken;
            sweep.price_qty += i128::from(level.price) * i128::from(taken);
            sweep.worst = level.price;
            sweep.levels += 1;
        }
        sweep
    }

    /// Whether it can be priced from.
    #[inline]
    pub fn state(&self) -> BookState {
        self.state
    }

    /// Whether messages were missed and no snapshot has healed it.
    #[inline]
    pub fn is_stale(&self) -> bool {
        self.state == BookState::Gap
    }

    /// What is missing from a stale book.
    pub fn missing(&self) -> Option<MissingEvents> {
        self.missing
    }

    /// Whether the best bid is at or above the best ask: legal before the open, shown as it is.
    #[inline]
    pub fn is_crossed(&self) -> bool {
        match (self.best_bid(), self.best_ask()) {
            (Some(bid), Some(ask)) => bid.price >= ask.price,
            _ => false,
        }
    }

    /// What it has counted.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Back to empty, not stale, counters at zero; the memory is kept.
    pub fn clear(&mut self) {
        self.sides.iter_mut().for_each(Ladder::clear);
        (self.state, self.voided_sides, self.missing) = (BookState::Empty, 0, None);
        self.counters = Counters::default();
    }

    #[inline]
    fn apply_level(&mut self, event: &Event) {
        let Some(side) = Side::from_u8(event.side) else { return self.refuse() };
        if event.price <= 0 || event.qty < 0 {
            return self.refuse();
        }
        let previous = self.ladder_mut(side).set(side.sign() * event.price, event.qty);
        self.counters.updates += 1;
        self.counters.unknown_deletes += u64::from(previous == 0 && event.qty == 0);
        if self.state != BookState::Synced || event.has(flags::LAST) {
            self.end_of_event(event);
        }
    }

    fn apply_clear(&mut self, event: &Event) {
        match (event.side, event.price) {
            (0, _) => {
                self.sides.iter_mut().for_each(Ladder::clear);
                self.voided_sides = BOTH;
                if self.state == BookState::Synced {
                    self.state = BookState::Empty;
                }
            }
            (side @ 1..=2, 0) => {
                self.sides[usize::from(side - 1)].clear();
                self.voided_sides |= side;
            }
            (1, price @ 1..) => self.ladder_mut(Side::Buy).clear_through(price),
            (2, price @ 1..) => self.ladder_mut(Side::Sell).clear_through(-price),
            _ => return self.refuse(),
        }
        self.end_of_event(event);
    }

    fn apply_gap(&mut self, event: &Event) {
        self.counters.gaps += 1;
        self.missing = Some(MissingEvents { count: event.qty, first: event.order_id });
        self.voided_sides = 0;
        self.state = BookState::Gap;
    }

    /// What an applied event means for the state, and the check at the end of a message.
    fn end_of_event(&mut self, event: &Event) {
        let (last, snapshot) = (event.has(flags::LAST), event.has(flags::SNAPSHOT));
        let complete = last && snapshot && self.voided_sides == BOTH;
        if self.state == BookState::Gap && complete {
            self.missing = None;
            self.state = BookState::Empty;
        }
        if self.state == BookState::Empty && (last || !snapshot) && self.sides.iter().any(|side| side.count() > 0) {
            self.state = BookState::Synced;
        }
        self.counters.crossed += u64::from(last && self.is_crossed());
    }

    #[cold]
    fn refuse(&mut self) {
        self.counters.refused += 1;
    }

    #[inline]
    fn ladder(&self, side: Side) -> &Ladder {
        &self.sides[side as usize - 1]
    }

    #[inline]
    fn ladder_mut(&mut self, side: Side) -> &mut Ladder {
        &mut self.sides[side as usize - 1]
    }
}
