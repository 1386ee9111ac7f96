//! Small exact decimals: increments, multipliers, rates. Parsed once at the edge, never touched per event.

use super::{Error, Result};

/// `mantissa × 10^-scale`, normalised so that the mantissa has no trailing zeros while `scale > 0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    mantissa: i64,
    scale: u8,
}

impl Decimal {
    /// The largest number of decimal places.
    pub const MAX_SCALE: u8 = 18;
    /// One.
    pub const ONE: Self = Self { mantissa: 1, scale: 0 };

    /// `mantissa × 10^-scale`.
    pub fn new(mantissa: i64, scale: u8) -> Result<Self> {
        if scale > Self::MAX_SCALE {
            return Err(Error::Config(format!("a decimal has at most {} places, not {scale}", Self::MAX_SCALE)));
        }
        let (mut mantissa, mut scale) = (mantissa, scale);
        while scale > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        Ok(Self { mantissa, scale })
    }

    /// Reads `12`, `-0.05`, `1e-8`, `2.5E3`.
    pub fn parse(text: &str) -> Result<Self> {
        let bad = || Error::Config(format!("not a decimal number of at most 18 digits: {text:?}"));
        let (body, exponent) = match text.trim().split_once(['e', 'E']) {
            Some((body, exponent)) => (body, exponent.parse::<i32>().map_err(|_| bad())?),
            None => (text.trim(), 0),
        };
        let (whole, fraction) = body.split_once('.').unwrap_or((body, ""));
        let digits = format!("{whole}{fraction}");
        let unsigned = digits.strip_prefix(['-', '+']).unwrap_or(&digits);
        if unsigned.is_empty() || !unsigned.bytes().all(|b| b.is_ascii_digit()) || fraction.starts_with(['-', '+']) {
            return Err(bad());
        }
        let mut mantissa: i64 = digits.parse().map_err(|_| bad())?;
        let mut scale = i32::try_from(fraction.len()).map_err(|_| bad())?.checked_sub(exponent).ok_or_else(bad)?;
        while scale > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        if mantissa == 0 {
            scale = 0;
        }
        while scale < 0 {
            mantissa = mantissa.checked_mul(10).ok_or_else(bad)?;
            scale += 1;
        }
        let scale = u8::try_from(scale).map_err(|_| bad())?;
        Self::new(mantissa, scale).map_err(|_| bad())
    }

    /// The digits without the point.
    pub const fn mantissa(self) -> i64 {
        self.mantissa
    }

    /// Decimal places.
    pub const fn scale(self) -> u8 {
        self.scale
    }

    /// `10^scale`, exact in a float up to 10^22.
    pub fn power(self) -> f64 {
        10f64.powi(i32::from(self.scale))
    }

    /// The nearest float.
    pub fn to_f64(self) -> f64 {
        self.mantissa as f64 / self.power()
    }

    /// How many times `other` goes into this, `None` unless it is a whole number from 1.
    pub fn multiple_of(self, other: Self) -> Option<i64> {
        if self.mantissa <= 0 || other.mantissa <= 0 {
            return None;
        }
        let left = i128::from(self.mantissa) * 10i128.pow(u32::from(other.scale));
        let right = i128::from(other.mantissa) * 10i128.pow(u32::from(self.scale));
        if left % right == 0 { i64::try_from(left / right).ok() } else { None }
    }
}

impl std::fmt::Display for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.scale == 0 {
            return write!(f, "{}", self.mantissa);
        }
        let power = 10u64.pow(u32::from(self.scale));
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let (whole, fraction) = (self.mantissa.unsigned_abs() / power, self.mantissa.unsigned_abs() % power);
        write!(f, "{sign}{whole}.{fraction:0width$}", width = usize::from(self.scale))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_decimal_agree_both_ways() {
        let cases =
            [("0.10", "0.1"), ("1e-8", "0.00000001"), ("-0.5", "-0.5"), ("2.5E3", "2500"), ("7", "7"), ("0.000", "0")];
        for (text, shown) in cases {
            assert_eq!(Decimal::parse(text).unwrap().to_string(), shown);
        }
        for text in ["", ".", "-", "1.2.3", "abc", "1e", "0x10", "1.-2", "99999999999999999999", "1e-30"] {
            assert!(Decimal::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn multiples_are_exact() {
        let of = |a, b| Decimal::parse(a).unwrap().multiple_of(Decimal::parse(b).unwrap());
        assert_eq!(of("0.01", "0.0001"), Some(100));
        assert_eq!(of("0.1", "0.03"), None);
        assert_eq!(of("0.01", "0.1"), None);
        assert_eq!(of("5", "0.25"), Some(20));
    }
}
