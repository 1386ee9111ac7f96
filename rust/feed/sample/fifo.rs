//! A price-time book: the orders of each level in the order they came.
//!
//! Levels lie in a map by rank, best first, so that both sides are the same code. Every order also has a place in a
//! flat list, so that one of all resting orders can be drawn at random.

use std::collections::{BTreeMap, VecDeque};

use crate::model::Side;

/// What one level holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LevelState {
    pub price: i64,
    pub qty: i64,
    pub orders: u64,
}

/// A resting order was executed in part or in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Execution {
    pub price: i64,
    pub qty: i64,
}

/// Index of an order's slot.
type Slot = usize;

#[derive(Clone, Copy, Debug)]
struct RestingOrder {
    side: Side,
    price: i64,
    qty: i64,
    /// Where the order's slot stands in `FifoBook::resting`.
    place: usize,
}

#[derive(Debug, Default)]
struct Level {
    qty: i64,
    queue: VecDeque<Slot>,
}

/// One side of the book: levels by rank (the price for asks, its negative for bids), and its number of orders.
#[derive(Debug, Default)]
struct HalfBook {
    levels: BTreeMap<i64, Level>,
    orders: usize,
}

/// The book. Neither side can be emptied once it holds an order: the last one of a side can be neither canceled nor
/// executed in full.
#[derive(Debug, Default)]
pub struct FifoBook {
    halves: [HalfBook; 2],
    slots: Vec<RestingOrder>,
    free: Vec<Slot>,
    resting: Vec<Slot>,
}

impl FifoBook {
    /// How many orders rest.
    pub fn orders(&self) -> usize {
        self.resting.len()
    }

    /// The best level of a side that holds an order.
    pub fn best(&self, side: Side) -> LevelState {
        self.levels(side).next().expect("a side is filled at the start and never emptied")
    }

    /// The level at a price, zero where there is none.
    pub fn level(&self, side: Side, price: i64) -> LevelState {
        self.half(side).levels.get(&rank(side, price)).map_or(LevelState { price, ..LevelState::default() }, |level| {
            LevelState { price, qty: level.qty, orders: level.queue.len() as u64 }
        })
    }

    /// All levels of a side, best first.
    pub fn levels(&self, side: Side) -> impl Iterator<Item = LevelState> {
        self.half(side).levels.iter().map(move |(&key, level)| LevelState {
            price: rank(side, key),
            qty: level.qty,
            orders: level.queue.len() as u64,
        })
    }

    /// A new order, last at its price.
    pub fn add(&mut self, side: Side, price: i64, qty: i64) {
        let order = RestingOrder { side, price, qty, place: self.resting.len() };
        let slot = if let Some(slot) = self.free.pop() {
            self.slots[slot] = order;
            slot
        } else {
            self.slots.push(order);
            self.slots.len() - 1
        };
        self.resting.push(slot);
        let half = self.half_mut(side);
        half.orders += 1;
        let level = half.levels.entry(rank(side, price)).or_default();
        level.qty += qty;
        level.queue.push_back(slot);
    }

    /// Cancels the order at a place of the list of all; where it was, or `None` if it is its side's last.
    pub fn cancel(&mut self, place: usize) -> Option<(Side, i64)> {
        let slot = self.resting[place];
        let RestingOrder { side, price, .. } = self.slots[slot];
        if self.half(side).orders == 1 {
            return None;
        }
        self.remove(slot);
        Some((side, price))
    }

    /// Executes up to `qty` against a side, best price first and first come first, and lists the executions.
    pub fn execute(&mut self, side: Side, qty: i64, executions: &mut Vec<Execution>) {
        let mut left = qty;
        while left > 0 {
            let half = self.half(side);
            let (_, level) = half.levels.first_key_value().expect("a side is never emptied");
            let slot = *level.queue.front().expect("a level without orders is removed");
            let order = self.slots[slot];
            let executed = order.qty.min(left);
            if executed == order.qty {
                if half.orders == 1 {
                    return;
                }
                self.remove(slot);
            } else {
                self.slots[slot].qty -= executed;
                self.level_mut(side, order.price).qty -= executed;
            }
            left -= executed;
            executions.push(Execution { price: order.price, qty: executed });
        }
    }

    /// Takes a whole order out of its level and the list.
    fn remove(&mut self, slot: Slot) {
        let RestingOrder { side, price, qty, place } = self.slots[slot];
        let level = self.level_mut(side, price);
        level.qty -= qty;
        let position = level.queue.iter().position(|&queued| queued == slot).expect("a resting order is in its queue");
        level.queue.remove(position);
        if level.queue.is_empty() {
            self.half_mut(side).levels.remove(&rank(side, price));
        }
        self.half_mut(side).orders -= 1;
        self.resting.swap_remove(place);
        if let Some(&moved) = self.resting.get(place) {
            self.slots[moved].place = place;
        }
        self.free.push(slot);
    }

    fn level_mut(&mut self, side: Side, price: i64) -> &mut Level {
        self.half_mut(side).levels.get_mut(&rank(side, price)).expect("a resting order has a level")
    }

    fn half(&self, side: Side) -> &HalfBook {
        &self.halves[side as usize - 1]
    }

    fn half_mut(&mut self, side: Side) -> &mut HalfBook {
        &mut self.halves[side as usize - 1]
    }
}

/// Lower is better; its own inverse.
fn rank(side: Side, price: i64) -> i64 {
    -side.sign() * price
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book() -> FifoBook {
        let mut book = FifoBook::default();
        for (price, qty) in [(101, 5), (100, 3), (101, 7), (100, 2)] {
            book.add(Side::Sell, price, qty);
        }
        book.add(Side::Buy, 98, 4);
        book.add(Side::Buy, 99, 1);
        book
    }

    fn execution(price: i64, qty: i64) -> Execution {
        Execution { price, qty }
    }

    #[test]
    fn executions_go_by_price_then_by_time() {
        let (mut book, mut executions) = (book(), Vec::new());
        book.execute(Side::Sell, 11, &mut executions);
        assert_eq!(executions, [execution(100, 3), execution(100, 2), execution(101, 5), execution(101, 1)]);
        assert_eq!(book.best(Side::Sell), LevelState { price: 101, qty: 6, orders: 1 });
        assert_eq!(book.best(Side::Buy), LevelState { price: 99, qty: 1, orders: 1 });
    }

    #[test]
    fn the_last_order_of_a_side_stays() {
        let (mut book, mut executions) = (book(), Vec::new());
        book.execute(Side::Buy, 100, &mut executions);
        assert_eq!(executions, [execution(99, 1)]);
        assert_eq!(book.best(Side::Buy), LevelState { price: 98, qty: 4, orders: 1 });
        let last = (0..book.orders()).find(|&place| book.slots[book.resting[place]].side == Side::Buy).unwrap();
        assert_eq!(book.cancel(last), None);
        executions.clear();
        book.execute(Side::Buy, 3, &mut executions);
        assert_eq!((executions, book.best(Side::Buy).qty), (vec![execution(98, 3)], 1));
    }

    #[test]
    fn canceling_every_order_but_two_leaves_one_a_side_and_reuses_the_slots() {
        let mut book = book();
        while let Some(place) = (0..book.orders()).find(|&place| book.cancel(place).is_some()) {
            assert!(place < 2);
        }
        assert_eq!((book.orders(), book.free.len()), (2, 4));
        book.add(Side::Buy, 97, 1);
        assert_eq!((book.slots.len(), book.free.len()), (6, 3));
    }
}
