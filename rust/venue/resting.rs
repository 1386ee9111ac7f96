//! Our own orders resting on one side of the simulated exchange, best price first, then first come.

use super::queue::QueuePosition;
use crate::model::Side;
use crate::risk::AdmittedOrder;

/// One resting order.
#[derive(Clone, Debug)]
pub struct Resting {
    /// What was sent.
    pub order: AdmittedOrder,
    /// Quantity not yet executed.
    pub leaves_qty: i64,
    /// Its place in the level's queue.
    pub place: QueuePosition,
}

/// Prices are told apart by their lowest bits before any order is looked at: so many groups.
const GROUPS: usize = 256;

/// A side's resting orders in price-time priority.
#[derive(Clone, Debug)]
pub struct RestingSide {
    side: Side,
    orders: Vec<Resting>,
    /// How many orders there are in each group of prices: most events of a book are at a price where we have none.
    groups: Box<[u32; GROUPS]>,
    /// Rank of the best order's price, `i64::MAX` where there is none.
    best: i64,
}

/// The group of a price.
#[inline]
const fn group(price: i64) -> usize {
    price as usize % GROUPS
}

impl RestingSide {
    /// An empty side.
    pub fn new(side: Side) -> Self {
        Self { side, orders: Vec::new(), groups: Box::new([0; GROUPS]), best: i64::MAX }
    }

    /// No order rests here.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    /// Rank of a price: smaller is better.
    #[inline]
    const fn rank(&self, price: i64) -> i64 {
        match self.side {
            Side::Buy => -price,
            Side::Sell => price,
        }
    }

    /// Whether the best order is at `price` or better, so that an opposite order there would reach it.
    #[inline]
    pub fn reaches(&self, price: i64) -> bool {
        self.best <= self.rank(price)
    }

    /// Number of orders at `price` or better; they come first.
    pub fn count_through(&self, price: i64) -> usize {
        let rank = self.rank(price);
        self.orders.partition_point(|resting| self.rank(resting.order.price()) <= rank)
    }

    /// The orders at exactly `price`.
    #[inline]
    pub fn at_price(&mut self, price: i64) -> &mut [Resting] {
        if self.may_be_at(price) { self.search(price) } else { &mut [] }
    }

    /// Whether any order may be at exactly `price`; false where none is, for certain.
    #[inline]
    pub fn may_be_at(&self, price: i64) -> bool {
        self.groups[group(price)] != 0
    }

    /// The best price after a change.
    fn note_best(&mut self) {
        self.best = self.orders.first().map_or(i64::MAX, |best| self.rank(best.order.price()));
    }

    fn search(&mut self, price: i64) -> &mut [Resting] {
        let (rank, side) = (self.rank(price), self.side);
        let rank_of =
            |resting: &Resting| if side == Side::Buy { -resting.order.price() } else { resting.order.price() };
        match (self.orders.first(), self.orders.last()) {
            (Some(best), Some(worst)) if rank_of(best) <= rank && rank <= rank_of(worst) => {}
            _ => return &mut [],
        }
        let start = self.orders.partition_point(|resting| rank_of(resting) < rank);
        let end = start + self.orders[start..].partition_point(|resting| rank_of(resting) == rank);
        &mut self.orders[start..end]
    }

    /// The first `count` orders.
    pub fn first(&mut self, count: usize) -> &mut [Resting] {
        &mut self.orders[..count]
    }

    /// An order by its id.
    pub fn get_mut(&mut self, order_id: u64) -> Option<&mut Resting> {
        self.orders.iter_mut().find(|resting| resting.order.order_id() == order_id)
    }

    /// Adds an order behind all of its price.
    pub fn insert(&mut self, resting: Resting) {
        let at = self.count_through(resting.order.price());
        self.groups[group(resting.order.price())] += 1;
        self.orders.insert(at, resting);
        self.note_best();
    }

    /// Takes an order out.
    pub fn remove(&mut self, order_id: u64) -> Option<Resting> {
        let at = self.orders.iter().position(|resting| resting.order.order_id() == order_id)?;
        let resting = self.orders.remove(at);
        self.groups[group(resting.order.price())] -= 1;
        self.note_best();
        Some(resting)
    }

    /// Forgets the orders among the first `count` that are executed in full.
    pub fn remove_filled(&mut self, count: usize) {
        let (mut index, groups) = (0, &mut self.groups);
        self.orders.retain(|resting| {
            index += 1;
            let stays = index > count || resting.leaves_qty > 0;
            groups[group(resting.order.price())] -= u32::from(!stays);
            stays
        });
        self.note_best();
    }
}
