//! What a native strategy reads by pointer: the same numbers as Python's `Level`, `Trade`, `Quote` and `Fill`, plain
//! floats in units. They are brought up to date before a call, and only where the integers behind them have changed.

use super::context::Context;
use super::world::{Market, World};
use crate::book::Level;
use crate::book::analytics::Top;
use crate::model::{Event, Instrument, Liquidity, Report};

/// A price and a quantity in units; NaN and 0 where there is no level.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct LevelView {
    /// Price.
    pub price: f64,
    /// Quantity.
    pub qty: f64,
}

impl LevelView {
    const NONE: Self = Self { price: f64::NAN, qty: 0.0 };

    /// From one level to the next, dividing only for the number that changed.
    #[inline]
    fn follow(&mut self, instrument: &Instrument, from: Option<Level>, to: Option<Level>) {
        match (from, to) {
            (Some(from), Some(to)) if from.price == to.price => {
                if from.qty != to.qty {
                    self.qty = instrument.qty().to_f64(to.qty);
                }
            }
            (None, None) => {}
            _ => *self = Self::of(instrument, to),
        }
    }

    fn of(instrument: &Instrument, level: Option<Level>) -> Self {
        level.map_or(Self::NONE, |level| Self {
            price: instrument.price().to_f64(level.price),
            qty: instrument.qty().to_f64(level.qty),
        })
    }
}

/// One instrument: the best levels of its book and the position in it.
#[repr(C)]
#[derive(Debug)]
pub struct MarketView {
    /// Highest bid; none while the book is stale.
    pub best_bid: LevelView,
    /// Lowest ask; none while the book is stale.
    pub best_ask: LevelView,
    /// Position in units; negative is short.
    pub position: f64,
    /// The context it belongs to.
    pub context: *mut Context,
    /// Dense instrument number.
    pub instrument: u32,
    top: Top,
    held: i64,
}

impl MarketView {
    /// A view of an instrument that nothing is known of yet.
    pub(super) const fn new(instrument: u32) -> Self {
        Self {
            best_bid: LevelView::NONE,
            best_ask: LevelView::NONE,
            position: 0.0,
            context: std::ptr::null_mut(),
            instrument,
            top: Top { bid: None, ask: None },
            held: 0,
        }
    }

    /// The view of an instrument, brought up to date; null where there is no such instrument.
    ///
    /// # Safety
    /// `context` is a call's: its world and its views, one for each of the world's markets, are there.
    #[inline]
    pub(super) unsafe fn current(context: *mut Context, instrument: u32) -> *mut Self {
        // SAFETY: by this function's contract; the world is not changed during a call.
        let world = unsafe { &*(*context).world };
        let Some(market) = world.markets.get(instrument as usize) else { return std::ptr::null_mut() };
        // SAFETY: as many views as markets; nothing else holds a reference to one.
        let view = unsafe { &mut *(*context).markets.add(instrument as usize) };
        view.context = context;
        view.refresh(market, world.ledger.position(instrument).qty);
        view
    }

    /// Brings it up to date: a division only for what has changed.
    #[inline]
    fn refresh(&mut self, market: &Market, held: i64) {
        let top = Top::of(&market.book);
        self.best_bid.follow(&market.instrument, self.top.bid, top.bid);
        self.best_ask.follow(&market.instrument, self.top.ask, top.ask);
        self.top = top;
        if held != self.held {
            self.held = held;
            self.position = market.instrument.qty().to_f64(held);
        }
    }
}

/// What a callback is about; the fields of the event's kind are valid.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Subject {
    /// Price of a trade or a fill.
    pub price: f64,
    /// Quantity of a trade or a fill.
    pub qty: f64,
    /// Fee of a fill.
    pub fee: f64,
    /// Position after a fill.
    pub position: f64,
    /// A quote's bid.
    pub bid: LevelView,
    /// A quote's ask.
    pub ask: LevelView,
    /// When the venue did it.
    pub exchange_ns: i64,
    /// When we learnt of it.
    pub receive_ns: i64,
    /// A trade's id, an execution's id.
    pub id: i64,
    /// The order of an Order or Fill event.
    pub order_id: i64,
    /// 0 unknown, 1 buy, 2 sell.
    pub side: u8,
    /// 1 maker, 2 taker.
    pub liquidity: u8,
}

impl Subject {
    /// Nothing.
    pub(super) const NONE: Self = Self {
        price: f64::NAN,
        qty: 0.0,
        fee: 0.0,
        position: 0.0,
        bid: LevelView::NONE,
        ask: LevelView::NONE,
        exchange_ns: 0,
        receive_ns: 0,
        id: 0,
        order_id: 0,
        side: 0,
        liquidity: 0,
    };

    /// A trade.
    pub(super) fn trade(&mut self, instrument: &Instrument, event: &Event) {
        self.price = instrument.price().to_f64(event.price);
        self.qty = instrument.qty().to_f64(event.qty);
        self.side = event.side;
        self.id = event.order_id.cast_signed();
        (self.exchange_ns, self.receive_ns) = (event.exchange_ns, event.receive_ns);
    }

    /// A new best bid and ask.
    pub(super) fn quote(&mut self, market: &Market, event: &Event) {
        self.bid = LevelView::of(&market.instrument, market.quote[0]);
        self.ask = LevelView::of(&market.instrument, market.quote[1]);
        (self.exchange_ns, self.receive_ns) = (event.exchange_ns, event.receive_ns);
    }

    /// An order's report.
    pub(super) fn report(&mut self, world: &World, report: &Report) {
        let instrument = &world.markets[report.instrument as usize].instrument;
        self.price = instrument.price().to_f64(report.price);
        self.qty = instrument.qty().to_f64(report.qty);
        self.fee = report.fee().to_f64();
        self.position = instrument.qty().to_f64(report.position);
        self.id = report.execution_id.cast_signed();
        self.order_id = report.order_id.cast_signed();
        self.side = report.side;
        self.liquidity = if report.liquidity == Liquidity::Maker as u8 { 1 } else { 2 };
        (self.exchange_ns, self.receive_ns) = (report.exchange_ns, report.receive_ns);
    }
}
