//! Where compiled code finds things: offsets of the records it reads, addresses of the functions it calls, the words
//! behind numbers. One table, made by the compiler that laid the records out.

use std::mem::offset_of;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::{arithmetic, compiled};
use crate::bars::TIMEFRAMES;
use crate::engine::{
    ABI_VERSION, BarView, Callback, Context, FUNCTIONS, HitView, LevelView, MarketView, OrderCode, OrderNumber,
    Subject, TYPE_NAMES,
};
use crate::indicators::Live;
use crate::model::{OrderState, Reason};
use crate::scanner::{KINDS, PATTERNS};

/// The layout: `records` (name -> field -> offset), `functions` (name -> address), `library` (name in `math` -> count
/// of arguments and address), `words` (kind -> texts by number), `order_numbers` and `order_codes` (names by number).
#[pyfunction]
fn native_layout(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let layout = PyDict::new(py);
    layout.set_item("abi", ABI_VERSION)?;
    layout.set_item("records", records(py)?)?;
    layout.set_item("functions", functions(py)?)?;
    let library = PyDict::new(py);
    for (name, arguments, address) in arithmetic::symbols() {
        library.set_item(name, (arguments, address))?;
    }
    layout.set_item("library", library)?;
    let words = PyDict::new(py);
    words.set_item("side", ["", "buy", "sell"])?;
    words.set_item("liquidity", ["", "maker", "taker"])?;
    words.set_item("state", OrderState::ALL.map(OrderState::name))?;
    words.set_item("reason", Reason::ALL.map(Reason::text).to_vec())?;
    let types: Vec<_> = std::iter::once("").chain(TYPE_NAMES).collect();
    words.set_item("type", types)?;
    let timeframes: Vec<_> = TIMEFRAMES.into_iter().chain([""]).collect();
    words.set_item("timeframe", timeframes)?;
    words.set_item("pattern", PATTERNS)?;
    words.set_item("kind", KINDS)?;
    words.set_item("book_state", ["Empty", "Synced", "Gap"])?;
    layout.set_item("words", words)?;
    layout.set_item("callbacks", Callback::ALL.map(|(_, name)| name))?;
    layout.set_item("order_numbers", OrderNumber::ALL.map(|(_, name)| name))?;
    layout.set_item("order_codes", OrderCode::ALL.map(|(_, name)| name))?;
    Ok(layout)
}

fn records(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let records = PyDict::new(py);
    macro_rules! record {
        ($record:ident { $($field:ident),+ }) => {{
            let fields = PyDict::new(py);
            $(fields.set_item(stringify!($field), offset_of!($record, $field))?;)+
            records.set_item(stringify!($record), fields)?;
        }};
    }
    record!(Context { abi, instrument, now_ns, state, market, subject, bar, hit });
    record!(BarView { open, high, low, close, volume, open_ns, close_ns, trades, timeframe });
    record!(HitView { lo, hi, confidence, open_ns, direction, age, pattern, kind });
    record!(MarketView { best_bid, best_ask, position, context, instrument });
    record!(LevelView { price, qty });
    record!(Live { update, reset });
    records.get_item("Live")?.expect("it was just set").set_item("values", size_of::<Live>())?;
    record!(Subject { price, qty, fee, position, bid, ask, exchange_ns, receive_ns, id, order_id, side, liquidity });
    Ok(records)
}

fn functions(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let functions = PyDict::new(py);
    macro_rules! function {
        ($($name:ident),+) => {
            $(functions.set_item(stringify!($name), FUNCTIONS.$name as *const () as usize)?;)+
        };
    }
    function!(
        submit,
        cancel,
        cancel_all,
        close,
        every,
        market,
        find,
        next_order,
        count_orders,
        order_number,
        order_code,
        book_number,
        book_depth,
        book_take,
        book_code,
        account,
        replace
    );
    for (name, address) in compiled::symbols() {
        functions.set_item(name, address)?;
    }
    Ok(functions)
}

/// Puts the function into the module.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(native_layout, module)?)
}
