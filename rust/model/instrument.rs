//! One listing: its units, its order grid and its money.

use super::money::div_half_even;
use super::{Decimal, Error, Money, Reason, Result};

/// Relative distance within which a float is taken as the nearest increment.
pub const FLOAT_TOLERANCE: f64 = 1e-9;

/// A currency code of up to eight ASCII characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Currency([u8; 8]);

impl Currency {
    /// Reads `USDT`.
    pub fn parse(code: &str) -> Result<Self> {
        if code.is_empty() || code.len() > 8 || !code.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(Error::Config(format!("currency must be 1 to 8 letters or digits, not {code:?}")));
        }
        let mut bytes = [0; 8];
        bytes[..code.len()].copy_from_slice(code.as_bytes());
        Ok(Self(bytes))
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        let end = self.0.iter().position(|&b| b == 0).unwrap_or(8);
        std::str::from_utf8(&self.0[..end]).unwrap_or("")
    }
}

/// The unit that prices or quantities are counted in, with both conversions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Increment {
    unit: Decimal,
    mantissa: f64,
    power: f64,
}

impl Increment {
    /// A positive unit, otherwise a `Config` error that names `what`.
    pub fn new(unit: Decimal, what: &str) -> Result<Self> {
        if unit.mantissa() <= 0 {
            return Err(Error::Config(format!("{what} must be positive, not {unit}")));
        }
        Ok(Self { unit, mantissa: unit.mantissa() as f64, power: unit.power() })
    }

    /// The unit itself.
    pub const fn unit(&self) -> Decimal {
        self.unit
    }

    /// `count` increments as a float: the float nearest to the decimal while the digits fit in 53 bits.
    #[inline]
    pub fn to_f64(&self, count: i64) -> f64 {
        count as f64 * self.mantissa / self.power
    }

    /// Average price of executions: `price_qty`, the sum of price times quantity, over `qty`; one rounding. NaN for none.
    pub fn average(&self, price_qty: i128, qty: i64) -> f64 {
        if qty == 0 { f64::NAN } else { price_qty as f64 * self.mantissa / (qty as f64 * self.power) }
    }

    /// The nearest count, whether or not `value` is on the grid; `None` if it is not finite or does not fit.
    #[inline]
    pub fn nearest(&self, value: f64) -> Option<i64> {
        let count = (value * self.power / self.mantissa).round();
        if count.abs() < 9.0e18 { Some(count as i64) } else { None }
    }

    /// The count within [`FLOAT_TOLERANCE`] of `value`; otherwise why not.
    #[inline]
    pub fn exact(&self, value: f64) -> std::result::Result<i64, Reason> {
        if !value.is_finite() {
            return Err(Reason::NotFinite);
        }
        let count = self.nearest(value).ok_or(Reason::OutOfRange)?;
        if (self.to_f64(count) - value).abs() <= FLOAT_TOLERANCE * value.abs() {
            Ok(count)
        } else {
            Err(Reason::PriceOffTick)
        }
    }
}

/// What a user says of a listing; [`Instrument::new`] checks it.
#[derive(Clone, Debug, PartialEq)]
pub struct InstrumentSpec {
    /// The venue's symbol.
    pub symbol: String,
    /// The venue's name, empty if it does not matter.
    pub venue: String,
    /// Order grid of prices.
    pub tick_size: Decimal,
    /// Order grid of quantities.
    pub lot_size: Decimal,
    /// Unit of prices in data; the tick where `None`.
    pub price_increment: Option<Decimal>,
    /// Unit of quantities in data; the lot where `None`.
    pub qty_increment: Option<Decimal>,
    /// Currency of prices, fees and P&L.
    pub currency: Currency,
    /// Money per price unit and quantity unit.
    pub multiplier: Decimal,
    /// What the router may substitute across venues; the symbol where empty.
    pub asset: String,
    /// Sector for concentration limits, may be empty.
    pub sector: String,
}

/// A checked listing. Cheap to clone; shared read-only by everything that handles its events.
#[derive(Clone, Debug, PartialEq)]
pub struct Instrument {
    spec: InstrumentSpec,
    price: Increment,
    qty: Increment,
    tick: i64,
    lot: i64,
    money_numerator: i128,
    money_denominator: i128,
}

impl Instrument {
    /// Checks the specification: increments positive, order grid a whole multiple of them, multiplier positive.
    pub fn new(mut spec: InstrumentSpec) -> Result<Self> {
        if spec.symbol.trim().is_empty() {
            return Err(Error::Config("symbol must not be empty".into()));
        }
        if spec.asset.is_empty() {
            spec.asset.clone_from(&spec.symbol);
        }
        // Said or left out, the same listing is the same listing.
        let price_increment = *spec.price_increment.get_or_insert(spec.tick_size);
        let qty_increment = *spec.qty_increment.get_or_insert(spec.lot_size);
        let price = Increment::new(price_increment, "price_increment")?;
        let qty = Increment::new(qty_increment, "qty_increment")?;
        let tick = grid("tick_size", spec.tick_size, "price_increment", price.unit())?;
        let lot = grid("lot_size", spec.lot_size, "qty_increment", qty.unit())?;
        if spec.multiplier.mantissa() <= 0 {
            return Err(Error::Config(format!("multiplier must be positive, not {}", spec.multiplier)));
        }
        let (money_numerator, money_denominator) = money_ratio(price.unit(), qty.unit(), spec.multiplier)?;
        Ok(Self { spec, price, qty, tick, lot, money_numerator, money_denominator })
    }

    /// What it was made from.
    pub const fn spec(&self) -> &InstrumentSpec {
        &self.spec
    }

    /// The venue's symbol.
    pub fn symbol(&self) -> &str {
        &self.spec.symbol
    }

    /// The venue's name.
    pub fn venue(&self) -> &str {
        &self.spec.venue
    }

    /// Conversion of prices.
    #[inline]
    pub const fn price(&self) -> &Increment {
        &self.price
    }

    /// Conversion of quantities.
    #[inline]
    pub const fn qty(&self) -> &Increment {
        &self.qty
    }

    /// Price increments per tick.
    #[inline]
    pub const fn tick(&self) -> i64 {
        self.tick
    }

    /// Quantity increments per lot.
    #[inline]
    pub const fn lot(&self) -> i64 {
        self.lot
    }

    /// Money value of `price × qty` increments, exact up to one rounding half to even; `None` on overflow.
    #[inline]
    pub fn notional(&self, price: i64, qty: i64) -> Option<Money> {
        self.value(i128::from(price) * i128::from(qty))
    }

    /// Money value of a sum of `price × qty` products; `None` on overflow.
    #[inline]
    pub fn value(&self, price_qty: i128) -> Option<Money> {
        let numerator = price_qty.checked_mul(self.money_numerator)?;
        Some(Money(div_half_even(numerator, self.money_denominator)))
    }

    /// A rate in basis points of the value of `price × qty`, rounded once half to even; `None` on overflow.
    #[inline]
    pub fn fraction(&self, price: i64, qty: i64, bps: Decimal) -> Option<Money> {
        let product = i128::from(price) * i128::from(qty);
        let numerator = product.checked_mul(self.money_numerator)?.checked_mul(i128::from(bps.mantissa()))?;
        let power = 10i128.pow(u32::from(bps.scale()) + 4);
        Some(Money(div_half_even(numerator, self.money_denominator.checked_mul(power)?)))
    }
}

/// How many increments one step of the order grid has.
fn grid(grid_name: &str, grid: Decimal, unit_name: &str, unit: Decimal) -> Result<i64> {
    grid.multiple_of(unit).ok_or_else(|| {
        Error::Config(format!("{grid_name} must be a positive whole multiple of {unit_name} {unit}, not {grid}"))
    })
}

/// Money (1e-12) of one price increment times one quantity increment, as a reduced fraction.
fn money_ratio(price: Decimal, qty: Decimal, multiplier: Decimal) -> Result<(i128, i128)> {
    let scale = u32::from(price.scale()) + u32::from(qty.scale()) + u32::from(multiplier.scale());
    let mantissa = i128::from(price.mantissa()) * i128::from(qty.mantissa());
    let too_fine = || Error::Config(format!("increments {price} and {qty} with multiplier {multiplier} are too fine"));
    let mantissa = mantissa.checked_mul(i128::from(multiplier.mantissa())).ok_or_else(too_fine)?;
    let decimals = u32::from(Money::DECIMALS);
    if scale <= decimals {
        Ok((mantissa.checked_mul(10i128.pow(decimals - scale)).ok_or_else(too_fine)?, 1))
    } else {
        Ok((mantissa, 10i128.checked_pow(scale - decimals).ok_or_else(too_fine)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(tick: &str, lot: &str) -> InstrumentSpec {
        InstrumentSpec {
            symbol: "BTCUSDT".into(),
            venue: String::new(),
            tick_size: Decimal::parse(tick).unwrap(),
            lot_size: Decimal::parse(lot).unwrap(),
            price_increment: None,
            qty_increment: None,
            currency: Currency::parse("USDT").unwrap(),
            multiplier: Decimal::ONE,
            asset: String::new(),
            sector: String::new(),
        }
    }

    #[test]
    fn money_of_a_fill_is_exact() {
        let btc = Instrument::new(spec("0.1", "0.001")).unwrap();
        assert_eq!(btc.notional(618_001, 1000).unwrap().to_f64(), 61_800.1);
        let fee = btc.fraction(618_001, 1000, Decimal::parse("7").unwrap()).unwrap();
        assert_eq!(fee, Money(43_260_070_000_000));
        assert_eq!(btc.fraction(618_001, 100, Decimal::parse("-0.5").unwrap()).unwrap(), Money(-309_000_500_000));
    }

    #[test]
    fn floats_on_the_grid_are_taken_and_others_refused() {
        let btc = Instrument::new(spec("0.1", "0.001")).unwrap();
        assert_eq!(btc.price().exact(61_800.1), Ok(618_001));
        assert_eq!(btc.price().exact(61_800.100_000_01), Ok(618_001));
        assert_eq!(btc.price().exact(61_800.15), Err(Reason::PriceOffTick));
        assert_eq!(btc.price().exact(f64::NAN), Err(Reason::NotFinite));
        assert_eq!(btc.price().exact(1e300), Err(Reason::OutOfRange));
        for count in [1, 7, 123_456_789, 616_597] {
            assert_eq!(btc.price().exact(btc.price().to_f64(count)), Ok(count));
        }
    }

    #[test]
    fn an_order_grid_off_the_increments_is_refused_by_name() {
        let mut coarse = spec("0.1", "0.001");
        coarse.price_increment = Some(Decimal::parse("0.03").unwrap());
        let error = Instrument::new(coarse).unwrap_err();
        assert!(error.message().contains("tick_size") && error.message().contains("0.03"), "{error}");
        assert!(Instrument::new(spec("0", "1")).is_err());
    }
}
