//! Positions and cash, exact to the last unit of [`Money`].

use crate::model::{Error, Instrument, Money, Result, Side};

/// One instrument's position and what trading it has cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Quantity increments; negative is short.
    pub qty: i64,
    /// Executions applied.
    pub trades: u64,
    /// Quantity increments bought and sold.
    pub volume: i64,
    /// Money value bought and sold.
    pub turnover: Money,
    /// Fees paid; negative is a rebate.
    pub fees: Money,
}

/// Positions by dense instrument number, and cash in the run's one currency.
#[derive(Clone, Debug)]
pub struct Ledger {
    cash: Money,
    positions: Vec<Position>,
}

impl Ledger {
    /// `cash` to start with and flat positions in `instruments` instruments.
    pub fn new(cash: Money, instruments: usize) -> Self {
        Self { cash, positions: vec![Position::default(); instruments] }
    }

    /// Cash now.
    #[inline]
    pub const fn cash(&self) -> Money {
        self.cash
    }

    /// One instrument's position.
    #[inline]
    pub fn position(&self, instrument: u32) -> &Position {
        &self.positions[instrument as usize]
    }

    /// All positions by instrument number.
    pub fn positions(&self) -> &[Position] {
        &self.positions
    }

    /// Applies one execution; on overflow nothing is applied and the error says where.
    pub fn apply(&mut self, at: u32, instrument: &Instrument, side: Side, fill: (i64, i64), fee: Money) -> Result<()> {
        let (price, qty) = fill;
        let before = self.positions[at as usize];
        let applied = (|| {
            let notional = instrument.notional(price, qty)?;
            let signed = if side == Side::Buy { -notional } else { notional };
            let after = Position {
                qty: before.qty.checked_add(side.sign().checked_mul(qty)?)?,
                trades: before.trades + 1,
                volume: before.volume.checked_add(qty)?,
                turnover: before.turnover.checked_add(notional)?,
                fees: before.fees.checked_add(fee)?,
            };
            Some((self.cash.checked_add(signed)?.checked_add(-fee)?, after))
        })();
        let Some((cash, after)) = applied else {
            let symbol = instrument.symbol();
            return Err(Error::Engine(format!(
                "the ledger overflows with {qty} x {price} increments of {symbol} on top of {} (limit ±9.2e18 increments)",
                before.qty
            )));
        };
        self.cash = cash;
        self.positions[at as usize] = after;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Currency, Decimal, InstrumentSpec};

    fn instrument() -> Instrument {
        Instrument::new(InstrumentSpec {
            symbol: "BTCUSDT".into(),
            venue: String::new(),
            tick_size: Decimal::parse("0.1").unwrap(),
            lot_size: Decimal::parse("0.001").unwrap(),
            price_increment: None,
            qty_increment: None,
            currency: Currency::parse("USDT").unwrap(),
            multiplier: Decimal::ONE,
            asset: String::new(),
            sector: String::new(),
        })
        .unwrap()
    }

    #[test]
    fn a_round_trip_leaves_the_price_difference_less_fees() {
        let (btc, mut ledger) = (instrument(), Ledger::new(Money::from_f64(1_000_000.0).unwrap(), 1));
        let fee = Money::from_f64(43.0).unwrap();
        ledger.apply(0, &btc, Side::Buy, (618_001, 1_000), fee).unwrap();
        ledger.apply(0, &btc, Side::Sell, (617_001, 1_000), fee).unwrap();
        assert_eq!(ledger.position(0).qty, 0);
        assert_eq!(ledger.cash().to_f64(), 1_000_000.0 - 100.0 - 86.0);
        assert_eq!(ledger.position(0).volume, 2_000);
    }

    #[test]
    fn an_overflow_is_an_error_and_applies_nothing() {
        let (btc, mut ledger) = (instrument(), Ledger::new(Money::ZERO, 1));
        ledger.apply(0, &btc, Side::Buy, (1, i64::MAX), Money::ZERO).unwrap();
        let before = ledger.clone();
        assert!(ledger.apply(0, &btc, Side::Buy, (1, 1), Money::ZERO).unwrap_err().message().contains("BTCUSDT"));
        assert_eq!((ledger.cash, &ledger.positions), (before.cash, &before.positions));
    }
}
