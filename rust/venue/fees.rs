//! What a venue charges for an execution.

use crate::model::{Decimal, Instrument, Liquidity, Money};

/// Maker and taker rates in basis points of the executed value; a negative rate is a rebate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fees {
    /// Rate for providing liquidity.
    pub maker_bps: Decimal,
    /// Rate for taking it.
    pub taker_bps: Decimal,
}

impl Fees {
    /// The fee of one execution, rounded half to even; `None` on overflow.
    pub fn of(&self, instrument: &Instrument, price: i64, qty: i64, liquidity: Liquidity) -> Option<Money> {
        let rate = if liquidity == Liquidity::Maker { self.maker_bps } else { self.taker_bps };
        instrument.fraction(price, qty, rate)
    }
}
