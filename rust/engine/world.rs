//! What the strategy's side knows.

use std::sync::Arc;

use crate::book::analytics::Top;
use crate::book::{Book, Level};
use crate::ledger::Ledger;
use crate::model::{Event, EventKind, Instrument, Money};
use crate::orders::OrderStore;
use crate::risk::{Exposure, Reference};

/// One instrument and its book as the strategy sees it.
#[derive(Clone, Debug)]
pub struct Market {
    /// The listing.
    pub instrument: Arc<Instrument>,
    /// The delayed book.
    pub book: Book,
    /// Last bid and ask of the venue's quote feed, where it has one; the book does not depend on them.
    pub quote: [Option<Level>; 2],
    /// The mark while the book has no mid, in units: the last mid or bar's close seen, before the first the price of
    /// our last execution, before that NaN.
    pub last_mark: f64,
    /// How long a bar of its data lasts, ns; 0 where its data are not bars.
    pub bar_span_ns: i64,
    /// Close of the last bar of its data, price increments; 0 before the first.
    pub close: i64,
}

impl Market {
    /// A market without a book yet.
    pub fn new(instrument: Arc<Instrument>) -> Self {
        Self {
            book: Book::with_grid(instrument.tick()),
            instrument,
            quote: [None; 2],
            last_mark: f64::NAN,
            bar_span_ns: 0,
            close: 0,
        }
    }

    /// Obeys one event of its own market data.
    #[inline]
    pub fn apply(&mut self, event: &Event) {
        if event.is(EventKind::QuoteBid) {
            self.quote[0] = Some(Level { price: event.price, qty: event.qty });
        } else if event.is(EventKind::QuoteAsk) {
            self.quote[1] = Some(Level { price: event.price, qty: event.qty });
        } else if event.is(EventKind::Bar) {
            self.close = event.price;
            self.last_mark = self.instrument.price().to_f64(event.price);
        } else if !event.is(EventKind::Trade) {
            self.book.apply(event);
        }
    }

    /// What the position is valued at, in units: the mid price now, else (bars, no book, a side empty, messages missing)
    /// [`Self::last_mark`].
    pub fn mark(&self) -> f64 {
        match Top::of(&self.book) {
            Top { bid: Some(bid), ask: Some(ask) } => {
                let price = self.instrument.price();
                f64::midpoint(price.to_f64(bid.price), price.to_f64(ask.price))
            }
            _ => self.last_mark,
        }
    }

    /// An execution of ours at `price`: a first mark, until the book has a mid.
    pub fn executed_at(&mut self, price: i64) {
        if self.last_mark.is_nan() {
            self.last_mark = self.instrument.price().to_f64(price);
        }
    }

    /// What the gate judges orders against.
    pub fn reference(&self) -> Reference {
        Reference {
            bid: self.book.best_bid().map_or(self.close, |level| level.price),
            ask: self.book.best_ask().map_or(self.close, |level| level.price),
            stale: self.book.is_stale(),
        }
    }
}

/// Books, orders, positions and cash.
#[derive(Clone, Debug)]
pub struct World {
    /// By dense instrument number.
    pub markets: Vec<Market>,
    /// Every order of the run.
    pub orders: OrderStore,
    /// Positions and cash.
    pub ledger: Ledger,
}

impl World {
    /// A world of these instruments, with `cash`.
    pub fn new(instruments: &[Arc<Instrument>], cash: Money) -> Self {
        Self {
            markets: instruments.iter().cloned().map(Market::new).collect(),
            orders: OrderStore::new(instruments.len()),
            ledger: Ledger::new(cash, instruments.len()),
        }
    }

    /// Cash plus every position at its mark, in units.
    pub fn equity(&self) -> f64 {
        let held = self.markets.iter().zip(self.ledger.positions()).filter(|(_, position)| position.qty != 0);
        let value = |market: &Market, qty: i64| {
            market.mark() * market.instrument.qty().to_f64(qty) * market.instrument.spec().multiplier.to_f64()
        };
        self.ledger.cash().to_f64() + held.map(|(market, position)| value(market, position.qty)).sum::<f64>()
    }

    /// What is at risk in an instrument.
    pub fn exposure(&self, instrument: u32) -> Exposure {
        let open = self.orders.aggregate(instrument);
        Exposure {
            position: self.ledger.position(instrument).qty,
            open_buys: open.open_buys,
            open_sells: open.open_sells,
            open_orders: open.open_orders,
        }
    }
}
