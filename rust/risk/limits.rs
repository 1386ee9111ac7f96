//! What the gate holds orders to: the user's limits in units, and the same in one instrument's increments.

use crate::model::{Error, Instrument, Money, Result};

/// Limits as a user states them; `None` is unlimited.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limits {
    /// Largest quantity of one order, in units.
    pub max_qty: Option<f64>,
    /// Largest money value of one order.
    pub max_notional: Option<f64>,
    /// How far an order may reach through the far touch, in basis points of it.
    pub collar_bps: Option<f64>,
    /// Largest worst-case position, open orders included, in units.
    pub max_position: Option<f64>,
    /// Most orders open at once in one instrument.
    pub max_open_orders: Option<f64>,
}

impl Limits {
    /// The limits with their names.
    pub fn named(&self) -> [(&'static str, Option<f64>); 5] {
        [
            ("max_qty", self.max_qty),
            ("max_notional", self.max_notional),
            ("collar_bps", self.collar_bps),
            ("max_position", self.max_position),
            ("max_open_orders", self.max_open_orders),
        ]
    }

    /// Every limit that is set must be a positive finite number.
    pub fn check(&self) -> Result<()> {
        for (name, limit) in self.named() {
            if let Some(value) = limit
                && !(value.is_finite() && value > 0.0)
            {
                return Err(Error::Config(format!(
                    "{name} must be a positive finite number, or UNLIMITED for no limit, not {value}"
                )));
            }
        }
        Ok(())
    }

    /// The same limits in this instrument's increments, quantities rounded down.
    pub fn for_instrument(&self, instrument: &Instrument) -> Result<InstrumentLimits> {
        self.check()?;
        let count = |limit: Option<f64>| limit.map_or(i64::MAX, |units| floor_count(instrument, units));
        let too_large = |value| Error::Config(format!("max_notional must be at most 1e24, not {value}"));
        let notional = |value| Money::from_f64(value).ok_or_else(|| too_large(value));
        Ok(InstrumentLimits {
            max_qty: count(self.max_qty),
            max_notional: self.max_notional.map(notional).transpose()?.unwrap_or(Money(i128::MAX)),
            collar_bps: self.collar_bps.unwrap_or(f64::INFINITY),
            max_position: count(self.max_position),
            max_open_orders: self.max_open_orders.map_or(u32::MAX, |count| count as u32),
        })
    }
}

/// The largest count of quantity increments that is at most `units`, a float within tolerance taken as exact.
fn floor_count(instrument: &Instrument, units: f64) -> i64 {
    if let Ok(count) = instrument.qty().exact(units) {
        return count;
    }
    let below = |count| if instrument.qty().to_f64(count) > units { count - 1 } else { count };
    instrument.qty().nearest(units).map_or(i64::MAX, below)
}

/// One instrument's limits in its increments; the largest value stands for "unlimited".
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InstrumentLimits {
    /// Largest quantity of one order.
    pub max_qty: i64,
    /// Largest money value of one order.
    pub max_notional: Money,
    /// Collar, basis points of the far touch.
    pub collar_bps: f64,
    /// Largest worst-case position.
    pub max_position: i64,
    /// Most open orders.
    pub max_open_orders: u32,
}
