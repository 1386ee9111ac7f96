//! What a user may ask of a book, checked where it comes in: the number that was wrong and the range that is right.

use crate::model::{Error, Instrument, Result, Side};

/// The taker's side, from `buy` or `sell`.
pub fn taker_side(name: &str) -> Result<Side> {
    match name {
        "buy" => Ok(Side::Buy),
        "sell" => Ok(Side::Sell),
        _ => Err(Error::Config(format!("side must be \"buy\" or \"sell\", not {name:?}"))),
    }
}

/// A taker's quantity as increments: positive, finite and a whole multiple of the lot.
pub fn taker_qty(instrument: &Instrument, qty: f64) -> Result<i64> {
    let count = instrument.qty().exact(qty).ok().filter(|count| *count > 0 && count % instrument.lot() == 0);
    count.ok_or_else(|| {
        let lot = instrument.spec().lot_size;
        Error::Config(format!("qty must be a positive whole multiple of the lot {lot}, not {qty:?}"))
    })
}

/// How many levels, at least 1; `name` is the argument's.
pub fn levels_wanted(name: &str, count: i64) -> Result<usize> {
    let wanted = usize::try_from(count).ok().filter(|&count| count > 0);
    wanted.ok_or_else(|| Error::Config(format!("{name} must be at least 1 level, not {count}")))
}
