//! `Quoter` of `quoter.py` in Rust: the same orders, through the C interface of docs/compiled.md.
//!
//! Build it with `cargo build --release`, run it with `python quoter.py`. Only what is used here is declared; a record
//! may go on after its last field.

use std::ffi::c_void;

#[repr(C)]
pub struct Level {
    price: f64,
    qty: f64,
}

#[repr(C)]
pub struct Market {
    best_bid: Level,
    best_ask: Level,
    position: f64,
    context: *mut Context,
    instrument: u32,
}

#[repr(C)]
pub struct Subject {
    price: f64,
    qty: f64,
    fee: f64,
    position: f64,
    bid: Level,
    ask: Level,
    exchange_ns: i64,
    receive_ns: i64,
    id: i64,
    order_id: i64,
    side: u8,
    liquidity: u8,
}

#[repr(C)]
pub struct Functions {
    submit: unsafe extern "C" fn(*mut Context, u32, u8, f64, f64, u32) -> u64,
    cancel: unsafe extern "C" fn(*mut Context, u64) -> i32,
    cancel_all: unsafe extern "C" fn(*mut Context, u32) -> i32,
}

#[repr(C)]
pub struct Context {
    abi: u32,
    instrument: u32,
    now_ns: i64,
    world: *const c_void,
    report: *const c_void,
    state: *mut Quoter,
    next_order_id: u64,
    outbox_len: u32,
    outbox_overflow: u32,
    market: *const Market,
    markets: *const Market,
    subject: Subject,
    functions: *const Functions,
}

/// A live indicator: its head; the values of the last update lie behind it.
#[repr(C)]
pub struct Live {
    abi: u32,
    inputs: u32,
    outputs: u32,
    reserved: u32,
    update: unsafe extern "C" fn(*mut Live, *const f64, *mut f64) -> i32,
}

/// A field of the Python class: its value, and whether it is there.
#[repr(C)]
struct Field<T> {
    value: T,
    is_set: u64,
}

/// The fields of `Quoter` in their order, after the call's context.
#[repr(C)]
pub struct Quoter {
    context: *mut Context,
    qty: Field<f64>,
    calm: Field<f64>,
    quotes: Field<i64>,
    rsi: Field<*mut Live>,
}

const BUY: u8 = 1;
const SELL: u8 = 2;
const LIMIT_POST_ONLY_GTC: u32 = 1 | 2 | 1 << 8;

/// The version of the C interface this was written for.
#[unsafe(no_mangle)]
pub extern "C" fn quantum_abi() -> u32 {
    3
}

/// Cancels, and quotes both sides while the strength is near the middle.
///
/// # Safety
/// Called by the engine, with the context of this call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn on_timer(_event: *const c_void, context: *mut Context) -> i32 {
    // SAFETY: the engine's context is valid during the call; with one instrument there is a market.
    let (state, market, call) = unsafe { (&mut *(*context).state, &*(*context).market, &*(*context).functions) };
    let mid = 0.5 * (market.best_bid.price + market.best_ask.price);
    let mut strength = 0.0;
    // SAFETY: the indicator takes one number and gives one; orders are asked for with this call's context.
    unsafe {
        if (call.cancel_all)(context, market.instrument) != 0 {
            return 1;
        }
        if ((*state.rsi.value).update)(state.rsi.value, &raw const mid, &raw mut strength) != 0 {
            return 2;
        }
        if (strength - 50.0).abs() < state.calm.value {
            for (side, price) in [(BUY, market.best_bid.price), (SELL, market.best_ask.price)] {
                if (call.submit)(context, market.instrument, side, state.qty.value, price, LIMIT_POST_ONLY_GTC) == 0 {
                    return 1; // the reason stands in the context
                }
            }
            state.quotes.value += 1;
        }
    }
    0
}
