//! What the feed's tests share.

use std::sync::Arc;

use crate::model::{Currency, Decimal, Instrument, InstrumentSpec};

/// A listing with this order grid.
pub fn instrument(symbol: &str, tick_size: &str, lot_size: &str) -> Arc<Instrument> {
    let spec = InstrumentSpec {
        symbol: symbol.into(),
        venue: "binance".into(),
        tick_size: Decimal::parse(tick_size).unwrap(),
        lot_size: Decimal::parse(lot_size).unwrap(),
        price_increment: None,
        qty_increment: None,
        currency: Currency::parse("USDT").unwrap(),
        multiplier: Decimal::ONE,
        asset: String::new(),
        sector: String::new(),
    };
    Arc::new(Instrument::new(spec).unwrap())
}
