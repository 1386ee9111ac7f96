//! The same book as two sorted maps, and one suite that asks both the same questions after any sequence of operations.

use std::collections::BTreeMap;

use proptest::prelude::*;
use quantum_core::book::{Book, Level, Sweep};
use quantum_core::model::{Event, EventKind, Side};

/// Slow and obvious: a map for each side.
#[derive(Default)]
struct Twin {
    bids: BTreeMap<i64, i64>,
    asks: BTreeMap<i64, i64>,
}

impl Twin {
    fn map(&mut self, side: Side) -> &mut BTreeMap<i64, i64> {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }

    fn set(&mut self, side: Side, price: i64, qty: i64) -> i64 {
        let map = self.map(side);
        let previous = if qty == 0 { map.remove(&price) } else { map.insert(price, qty) };
        previous.unwrap_or(0)
    }

    fn levels(&self, side: Side) -> Vec<Level> {
        let level = |(&price, &qty): (&i64, &i64)| Level { price, qty };
        match side {
            Side::Buy => self.bids.iter().rev().map(level).collect(),
            Side::Sell => self.asks.iter().map(level).collect(),
        }
    }

    fn sweep(&self, side: Side, qty: i64, limit: Option<i64>) -> Sweep {
        let mut sweep = Sweep::default();
        for level in self.levels(side.opposite()) {
            let worse = match (side, limit) {
                (_, None) => false,
                (Side::Buy, Some(limit)) => level.price > limit,
                (Side::Sell, Some(limit)) => level.price < limit,
            };
            if worse || sweep.filled == qty {
                break;
            }
            let taken = level.qty.min(qty - sweep.filled);
            sweep.filled += taken;
            sweep.price_qty += i128::from(taken) * i128::from(level.price);
            sweep.worst = level.price;
            sweep.levels += 1;
        }
        sweep
    }
}

/// One step of a market.
#[derive(Clone, Debug)]
enum Step {
    /// The centre of the flow moves.
    Walk(i64),
    /// The centre jumps.
    Jump(i64),
    /// A level, so far from the centre, away from the other side.
    Set { side: Side, distance: i64, qty: i64 },
    /// A level at any price.
    SetAnywhere { side: Side, price: i64, qty: i64 },
    /// The n-th best level goes.
    Take { side: Side, nth: usize },
    /// The side is void through its n-th best level.
    ClearThrough { side: Side, nth: usize },
    /// A side is void.
    ClearSide(Side),
    /// The book is void.
    Clear,
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Buy), Just(Side::Sell)]
}

fn qty() -> impl Strategy<Value = i64> {
    prop_oneof![3 => 1..1000i64, 2 => Just(0i64), 1 => Just(i64::MAX)]
}

fn step() -> impl Strategy<Value = Step> {
    let near = (side(), -3..40i64, qty()).prop_map(|(side, distance, qty)| Step::Set { side, distance, qty });
    let deep = (side(), 0..300_000i64, qty()).prop_map(|(side, distance, qty)| Step::Set { side, distance, qty });
    let far = prop_oneof![1..5i64, Just(i64::MAX), Just(i64::MAX - 1), Just(1_000_000_000_000_000), 1..=i64::MAX];
    prop_oneof![
        40 => near,
        20 => deep,
        3 => (side(), far, qty()).prop_map(|(side, price, qty)| Step::SetAnywhere { side, price, qty }),
        8 => (-30..30i64).prop_map(Step::Walk),
        1 => prop_oneof![-200_000..200_000i64, Just(1i64 << 60)].prop_map(Step::Jump),
        15 => (side(), 0..4usize).prop_map(|(side, nth)| Step::Take { side, nth }),
        2 => (side(), 0..30usize).prop_map(|(side, nth)| Step::ClearThrough { side, nth }),
        1 => side().prop_map(Step::ClearSide),
        1 => Just(Step::Clear),
    ]
}

/// Both books and the centre of the flow.
struct Pair {
    book: Book,
    twin: Twin,
    centre: i64,
}

impl Pair {
    fn new(tick: i64) -> Self {
        Self { book: Book::with_grid(tick), twin: Twin::default(), centre: 600_000 }
    }

    fn set(&mut self, side: Side, price: i64, qty: i64) {
        assert_eq!(self.book.set_level(side, price, qty), self.twin.set(side, price, qty), "{side:?} {price}");
    }

    fn clear(&mut self, side: u8, price: i64) {
        self.book.apply(&Event { kind: EventKind::Clear as u8, side, price, ..Event::default() });
    }

    fn run(&mut self, step: &Step) {
        match *step {
            Step::Walk(by) | Step::Jump(by) => self.centre = self.centre.saturating_add(by).max(1000),
            Step::Set { side, distance, qty } => {
                let price = self.centre.saturating_sub(side.sign() * distance).max(1);
                self.set(side, price, qty);
            }
            Step::SetAnywhere { side, price, qty } => self.set(side, price, qty),
            Step::Take { side, nth } => {
                let level = self.twin.levels(side).get(nth).copied();
                self.set(side, level.map_or(self.centre, |level| level.price), 0);
            }
            Step::ClearThrough { side, nth } => {
                if let Some(&Level { price, .. }) = self.twin.levels(side).get(nth) {
                    self.twin.levels(side)[..=nth].iter().for_each(|level| _ = self.twin.set(side, level.price, 0));
                    self.clear(side as u8, price);
                }
            }
            Step::ClearSide(side) => {
                self.twin.map(side).clear();
                self.clear(side as u8, 0);
            }
            Step::Clear => {
                self.twin = Twin::default();
                self.clear(0, 0);
            }
        }
    }

    /// Every public answer.
    fn compare(&self) {
        for (side, best) in [(Side::Buy, self.book.best_bid()), (Side::Sell, self.book.best_ask())] {
            let levels = self.twin.levels(side);
            assert_eq!(best, levels.first().copied());
            assert_eq!(self.book.level_count(side), levels.len());
            assert_eq!(self.book.levels(side).collect::<Vec<_>>(), levels);
            for level in levels.iter().take(5).chain(levels.last()) {
                assert_eq!(self.book.qty_at(side, level.price), level.qty);
            }
            assert_eq!(self.book.qty_at(side, self.centre), self.qty_at_centre(side));
            for (qty, limit) in [(1, None), (1500, Some(self.centre)), (i64::MAX, None)] {
                assert_eq!(self.book.sweep(side, qty, limit), self.twin.sweep(side, qty, limit));
            }
        }
        let crossed = self.book.best_bid().zip(self.book.best_ask()).is_some_and(|(bid, ask)| bid.price >= ask.price);
        assert_eq!(self.book.is_crossed(), crossed);
    }

    fn qty_at_centre(&self, side: Side) -> i64 {
        self.twin.levels(side).iter().find(|level| level.price == self.centre).map_or(0, |level| level.qty)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_answer_is_that_of_two_sorted_maps(
        tick in prop_oneof![Just(1i64), Just(7), Just(10_000), Just(i64::MAX)],
        steps in prop::collection::vec(step(), 1..700),
    ) {
        let mut pair = Pair::new(tick);
        for (number, step) in steps.iter().enumerate() {
            pair.run(step);
            if number % 8 == 0 {
                pair.compare();
            }
        }
        pair.compare();
    }
}

/// A long seeded walk over every size of band: growth, moves at both edges, returns of spilled levels.
#[test]
fn a_long_walk_keeps_every_answer() {
    let mut pair = Pair::new(1);
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    for number in 0..60_000u32 {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let side = if random & 1 == 0 { Side::Buy } else { Side::Sell };
        let spread_bits = 3 + (random >> 8) % 15;
        let distance = ((random >> 16) % (1 << spread_bits)) as i64;
        let qty = ((random >> 40) % 3) as i64;
        pair.run(&Step::Set { side, distance, qty });
        pair.run(&Step::Walk(((random >> 48) % 41) as i64 - 19));
        if number % 997 == 0 {
            pair.compare();
        }
    }
    pair.compare();
}
