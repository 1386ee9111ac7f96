//! The functions a native strategy calls besides reading its views: one C table, handed to every strategy alike.
//!
//! A function that can fail says so in its result and leaves the reason in [`Context::failure`]; a strategy that cannot
//! go on returns a status that is not 0, and the run ends with that reason.

use std::ffi::c_char;

use super::context::{Context, OUTBOX_CAPACITY, OrderRequest, ReplaceRequest};
use super::order_view::{OrderCode, OrderNumber, order_code, order_number, order_of};
use super::views::MarketView;
use super::world::World;
use crate::book::{Book, analytics, question};
use crate::indicators::{self, Live, Stream};
use crate::model::{Command, Error, Instrument, Result, Side, TimeInForce};
use crate::orders::Order;

/// What a native strategy may call, in this order. `which` selects among a few, see [`OrderNumber`], [`OrderCode`] and
/// the functions' documentation; a status is 0 for success.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Functions {
    /// Asks for an order of `qty` units; its id, 0 for failure. `options`: 1 a limit is given, 2 post-only,
    /// 4 reduce-only, [`TimeInForce`] in the second byte.
    pub submit: unsafe extern "C" fn(*mut Context, u32, u8, f64, f64, u32) -> u64,
    /// Asks to cancel an order; status.
    pub cancel: unsafe extern "C" fn(*mut Context, u64) -> i32,
    /// Asks to cancel every order of an instrument or, with `u32::MAX`, of all; status.
    pub cancel_all: unsafe extern "C" fn(*mut Context, u32) -> i32,
    /// A market order that brings the position to zero: its id, 0 where there is none, `u64::MAX` for failure.
    pub close: unsafe extern "C" fn(*mut Context, u32) -> u64,
    /// Asks for a timer of this many nanoseconds; status.
    pub every: unsafe extern "C" fn(*mut Context, i64) -> i32,
    /// An instrument's view, brought up to date; null for failure.
    pub market: unsafe extern "C" fn(*mut Context, u32) -> *mut MarketView,
    /// The number of the instrument with a symbol of so many bytes, `u32::MAX` for failure.
    pub find: unsafe extern "C" fn(*mut Context, *const u8, usize) -> u32,
    /// Walks the open orders of an instrument (`u32::MAX`: all): the next id, 0 at the end; the place starts at 0.
    pub next_order: unsafe extern "C" fn(*mut Context, u32, *mut u64) -> u64,
    /// How many open orders an instrument (`u32::MAX`: all) has.
    pub count_orders: unsafe extern "C" fn(*mut Context, u32) -> u64,
    /// A number of an order.
    pub order_number: unsafe extern "C" fn(*mut Context, u64, u32) -> f64,
    /// A code of an order.
    pub order_code: unsafe extern "C" fn(*mut Context, u64, u32) -> i64,
    /// Of an instrument's book: 0 mid, 1 spread, 2 microprice.
    pub book_number: unsafe extern "C" fn(*mut Context, u32, u32) -> f64,
    /// Of the first k levels, into the float: 0 imbalance, 1 liquidity ratio; status.
    pub book_depth: unsafe extern "C" fn(*mut Context, u32, u32, i64, *mut f64) -> i32,
    /// For a taker on a side (1, 2) of `qty` units, into two floats: 0 vwap and the quantity there is, 1 cost; status.
    pub book_take: unsafe extern "C" fn(*mut Context, u32, u32, u8, f64, *mut f64) -> i32,
    /// 0 whether it is stale, 1 whether it is crossed, 2 its state, 3 count of bid levels, 4 of ask levels.
    pub book_code: unsafe extern "C" fn(*mut Context, u32, u32) -> i64,
    /// 0 cash, 1 equity.
    pub account: unsafe extern "C" fn(*mut Context, u32) -> f64,
    /// Asks to change an order to a total quantity in units and a limit; status. `options`: 1 the limit is given,
    /// 2 the quantity is given; what is not given stays.
    pub replace: unsafe extern "C" fn(*mut Context, u64, f64, f64, u32) -> i32,
    /// A live indicator by its name (a text that ends in a zero byte), so many arguments, and what an unusable bar does
    /// (0 skip, 1 propagate, 2 raise); null for failure. Its functions stand at its head; the caller frees it.
    pub indicator: unsafe extern "C" fn(*mut Context, *const c_char, *const f64, usize, u32) -> *mut Live,
}

/// The functions.
pub static FUNCTIONS: Functions = Functions {
    submit,
    cancel,
    cancel_all,
    close,
    every,
    market,
    find,
    next_order,
    count_orders,
    order_number: number_of_order,
    order_code: code_of_order,
    book_number,
    book_depth,
    book_take,
    book_code,
    account,
    replace,
    indicator,
};

/// The call's context and world.
///
/// # Safety
/// `context` is the one the engine handed to the strategy, during that call. The world behind it is not changed by
/// what a strategy does to its context.
// SAFETY: as its documentation says.
unsafe fn opened<'a>(context: *mut Context) -> (&'a mut Context, &'a World) {
    // SAFETY: by this function's contract.
    unsafe { (&mut *context, &*(*context).world) }
}

/// The value, or what stands for a failure, with the reason left in the context.
fn noted<T>(context: &mut Context, outcome: Result<T>, failed: T) -> T {
    outcome.unwrap_or_else(|error| {
        context.failure = Some(error);
        failed
    })
}

fn outbox_full() -> Error {
    Error::Engine(format!("more than {OUTBOX_CAPACITY} commands in one callback"))
}

/// The listing with this number.
fn listing(world: &World, instrument: u32) -> Result<&Instrument> {
    world.markets.get(instrument as usize).map(|market| &*market.instrument).ok_or_else(|| {
        if instrument != Context::NO_INSTRUMENT {
            return Error::Config(format!(
                "the run has instruments 0 to {}, not {instrument}",
                world.markets.len() - 1
            ));
        }
        let symbols: Vec<_> = world.markets.iter().map(|market| market.instrument.symbol()).collect();
        Error::Config(format!(
            "this callback is about no single instrument: say which, ctx[{}]",
            symbols.join("] or ctx[")
        ))
    })
}

fn book_of(world: &World, instrument: u32) -> Result<(&Book, &Instrument)> {
    let listing = listing(world, instrument)?;
    Ok((&world.markets[instrument as usize].book, listing))
}

// SAFETY: a strategy calls it during a call of its own, with the context it was handed.
unsafe extern "C" fn submit(
    context: *mut Context,
    instrument: u32,
    side: u8,
    qty: f64,
    limit: f64,
    options: u32,
) -> u64 {
    // SAFETY: a strategy calls this with its own context.
    let (context, world) = unsafe { opened(context) };
    let time_in_force = match options >> 8 {
        3 => TimeInForce::Ioc,
        4 => TimeInForce::Fok,
        _ => TimeInForce::Gtc,
    };
    let limit = (options & 1 != 0).then_some(limit);
    let flags = (if options & 2 != 0 { Command::POST_ONLY } else { 0 })
        | (if options & 4 != 0 { Command::REDUCE_ONLY } else { 0 });
    let side = Side::from_u8(side).unwrap_or(Side::Buy);
    let request = OrderRequest { instrument, side, qty, limit, time_in_force, flags };
    let id = listing(world, instrument).and_then(|listing| context.submit(listing, &request).ok_or_else(outbox_full));
    noted(context, id, 0)
}

// SAFETY: a strategy calls it during a call of its own, with the context it was handed.
unsafe extern "C" fn cancel(context: *mut Context, order_id: u64) -> i32 {
    // SAFETY: a strategy calls this with its own context.
    let (context, _) = unsafe { opened(context) };
    let outcome = context.cancel(order_id).ok_or_else(outbox_full).map(|()| 0);
    noted(context, outcome, 1)
}

// SAFETY: a strategy calls it during a call of its own, with the context it was handed.
unsafe extern "C" fn cancel_all(context: *mut Context, instrument: u32) -> i32 {
    // SAFETY: a strategy calls this with its own context.
    let (context, _) = unsafe { opened(context) };
    let outcome = context.cancel_all(instrument).ok_or_else(outbox_full).map(|()| 0);
    noted(context, outcome, 1)
}

// SAFETY: a strategy calls it during a call of its own, with the context it was handed.
unsafe extern "C" fn close(context: *mut Context, instrument: u32) -> u64 {
    // SAFETY: a strategy calls this with its own context.
    let (context, world) = unsafe { opened(context) };
    let outcome = listing(world, instrument)
        .and_then(|listing| context.close(listing, instrument, world.exposure(instrument)).ok_or_else(outbox_full));
    noted(context, outcome.map(|id| id.unwrap_or(0)), u64::MAX)
}

// SAFETY: a strategy calls it during a call of its own, with the context it was handed.
unsafe extern "C" fn every(context: *mut Context, period_ns: i64) -> i32 {
    // SAFETY: a strategy calls this with its own context.
    let (context, _) = unsafe { opened(context) };
    let outcome = context.every(period_ns).ok_or_else(outbox_full).map(|()| 0);
    noted(context, outcome, 1)
}

// SAFETY: a strategy calls it during a call of its own, with the context it was handed.
unsafe extern "C" fn market(context: *mut Context, instrument: u32) -> *mut MarketView {
    // SAFETY: a strategy calls this with its own context.
    let view = unsafe { MarketView::current(context, instrument) };
    if view.is_null() {
        // SAFETY: as above.
        let (context, world) = unsafe { opened(context) };
        context.failure = listing(world, instrument).err();
    }
    view
}

// SAFETY: a strategy calls it during a call of its own, with the context it was handed.
unsafe extern "C" fn find(context: *mut Context, symbol: *const u8, len: usize) -> u32 {
    // SAFETY: a strategy calls this with its own context and a text of that many bytes.
    let ((context, world), symbol) = unsafe { (opened(context), std::slice::from_raw_parts(symbol, len)) };
    let found = world.markets.iter().position(|market| market.instrument.symbol().as_bytes() == symbol);
    let outcome = found.map(|number| number as u32).ok_or_else(|| {
        let symbols: Vec<_> = world.markets.iter().map(|market| market.instrument.symbol()).collect();
        let given = String::from_utf8_lossy(symbol);
        Error::Config(format!("'{given}' is not in this run; it has {}", symbols.join(", ")))
    });
    noted(context, outcome, u32::MAX)
}

// SAFETY: a strategy calls it during a call of its own, with the context it was handed.
unsafe extern "C" fn next_order(context: *mut Context, instrument: u32, place: *mut u64) -> u64 {
    // SAFETY: a strategy calls this with its own context and a place of its own.
    let ((_, world), place) = unsafe { (opened(context), &mut *place) };
    while let Some((order, after)) = world.orders.open_from(*place as usize) {
        *place = after as u64;
        if instrument == Context::NO_INSTRUMENT || order.instrument == instrument {
            return order.id;
        }
    }
    0
}

// SAFETY: a strategy calls it during a call of its own, with the context it was handed.
unsafe extern "C" fn count_orders(context: *mut Context, instrument: u32) -> u64 {
    // SAFETY: a strategy calls this with its own context.
    let (_, world) = unsafe { opened(context) };
    let counts = |order: &&Order| instrument == Context::NO_INSTRUMENT || order.instrument == instrument;
    world.orders.open().filter(counts).count() as u64
}

// SAFETY: a strategy calls it during a call of its own, with the context it was handed.
unsafe extern "C" fn number_of_order(context: *mut Context, id: u64, which: u32) -> f64 {
    // SAFETY: a strategy calls this with its own context.
    let (context, world) = unsafe { opened(context) };
    let Some((which, _)) = OrderNumber::ALL.get(which as usize) else { return f64::NAN };
    let number = |order: &Order| order_number(order, &world.markets[order.instrument as usize].instrument, *which);
    // What the engine knows is there to be looked at; only an order of this very call has to be made.
    match world.orders.get(id) {
        Some(order) => number(order),
        None => order_of(context, world, id).map_or(f64::NAN, |order| number(&order)),
    }
}

// SAFETY: a strategy calls it during a call of its own, with the context it was handed.
unsafe extern "C" fn code_of_order(context: *mut Context, id: u64, which: u32) -> i64 {
    // SAFETY: a strategy calls this with its own context.
    let (context, world) = unsafe { opened(context) };
    let Some((which, _)) = OrderCode::ALL.get(which as usize) else { return 0 };
    match world.orders.get(id) {
        Some(order) => order_code(order, *which),
        None => order_of(context, world, id).map_or(0, |order| order_code(&order, *which)),
    }
}

// SAFETY: a strategy calls it during a call of its own, with the context it was handed.
unsafe extern "C" fn book_number(context: *mut Context, instrument: u32, which: u32) -> f64 {
    // SAFETY: a strategy calls this with its own context.
    let (context, world) = unsafe { opened(context) };
    let outcome = book_of(world, instrument).map(|(book, listing)| match which {
        0 => analytics::mid(book, listing),
        1 => analytics::spread(book, listing),
        _ => analytics::microprice(book, listing),
    });
    noted(context, outcome, f64::NAN)
}

// SAFETY: a strategy calls it during a call of its own, with the context it was handed.
unsafe extern "C" fn book_depth(context: *mut Context, instrument: u32, which: u32, k: i64, answer: *mut f64) -> i32 {
    // SAFETY: a strategy calls this with its own context and a float to write to.
    let ((context, world), answer) = unsafe { (opened(context), &mut *answer) };
    let outcome = book_of(world, instrument).and_then(|(book, _)| {
        let k = question::levels_wanted("k", k)?;
        *answer = if which == 0 { analytics::imbalance(book, k) } else { analytics::liquidity_ratio(book, k) };
        Ok(0)
    });
    noted(context, outcome, 1)
}

// SAFETY: a strategy calls it during a call of its own, with the context it was handed.
unsafe extern "C" fn book_take(
    context: *mut Context,
    instrument: u32,
    which: u32,
    side: u8,
    qty: f64,
    answer: *mut f64,
) -> i32 {
    // SAFETY: a strategy calls this with its own context and two floats to write to.
    let ((context, world), answer) = unsafe { (opened(context), &mut *answer.cast::<[f64; 2]>()) };
    let outcome = book_of(world, instrument).and_then(|(book, listing)| {
        let (side, qty) = (Side::from_u8(side).unwrap_or(Side::Buy), question::taker_qty(listing, qty)?);
        *answer = if which == 0 {
            let (price, filled) = analytics::vwap(book, side, qty, listing);
            [price, listing.qty().to_f64(filled)]
        } else {
            [analytics::cost(book, side, qty, listing), 0.0]
        };
        Ok(0)
    });
    noted(context, outcome, 1)
}

// SAFETY: a strategy calls it during a call of its own, with the context it was handed.
unsafe extern "C" fn book_code(context: *mut Context, instrument: u32, which: u32) -> i64 {
    // SAFETY: a strategy calls this with its own context.
    let (context, world) = unsafe { opened(context) };
    let outcome = book_of(world, instrument).map(|(book, _)| match which {
        0 => i64::from(book.is_stale()),
        1 => i64::from(book.is_crossed()),
        2 => book.state() as i64,
        3 => book.level_count(Side::Buy) as i64,
        _ => book.level_count(Side::Sell) as i64,
    });
    noted(context, outcome, 0)
}

// SAFETY: a strategy calls it during a call of its own, with the context it was handed.
unsafe extern "C" fn account(context: *mut Context, which: u32) -> f64 {
    // SAFETY: a strategy calls this with its own context.
    let (_, world) = unsafe { opened(context) };
    if which == 0 { world.ledger.cash().to_f64() } else { world.equity() }
}

// SAFETY: a strategy calls it during a call of its own, with the context it was handed.
unsafe extern "C" fn replace(context: *mut Context, order_id: u64, qty: f64, limit: f64, options: u32) -> i32 {
    // SAFETY: a strategy calls this with its own context.
    let (context, world) = unsafe { opened(context) };
    let given = |option: u32, value: f64| (options & option != 0).then_some(value);
    let request = ReplaceRequest { order_id, qty: given(2, qty), limit: given(1, limit) };
    let number = order_of(context, world, order_id).map(|order| order.instrument as usize);
    let listing = number.and_then(|number| world.markets.get(number)).map(|market| &*market.instrument);
    let outcome = context.replace(listing, &request).map(|()| 0);
    noted(context, outcome, 1)
}

// SAFETY: a strategy calls it during a call of its own, with the context it was handed.
unsafe extern "C" fn indicator(
    context: *mut Context,
    name: *const c_char,
    arguments: *const f64,
    count: usize,
    nan: u32,
) -> *mut Live {
    // SAFETY: a strategy calls this with its own context, a text that ends and so many arguments.
    let ((context, _), made) = unsafe { (opened(context), indicators::create(name, arguments, count, nan)) };
    noted(context, made.map(Stream::into_raw), std::ptr::null_mut())
}
