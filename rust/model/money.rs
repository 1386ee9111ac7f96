//! Money as an exact integer.

use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// An amount of one currency, counted in 1e-12 of its unit. One scale serves every currency: fine enough for a fee of
/// a hundredth of a basis point on a fraction of a coin, and `i128` still holds 1e26 units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(pub i128);

impl Money {
    /// Decimal places of the fixed scale.
    pub const DECIMALS: u8 = 12;
    /// One unit of the currency.
    pub const UNIT: i128 = 1_000_000_000_000;
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The nearest representable amount to a finite number of units; `None` outside ±1e24.
    pub fn from_f64(units: f64) -> Option<Self> {
        if !units.is_finite() || units.abs() > 1e24 {
            return None;
        }
        let whole = units.trunc();
        let fraction = ((units - whole) * Self::UNIT as f64).round();
        Some(Self(whole as i128 * Self::UNIT + fraction as i128))
    }

    /// In units, for reports: the nearest float, ties to even.
    #[inline]
    pub fn to_f64(self) -> f64 {
        let size = self.0.unsigned_abs();
        let units = if size < 1 << 53 { size as f64 / Self::UNIT as f64 } else { Self::rounded(size) };
        if self.0 < 0 { -units } else { units }
    }

    /// `size / 1e12` rounded once: 1e12 is 2^12 times 5^12, so all bits but the last of the quotient come from one
    /// division by 5^12, the last says whether anything is left, and the rest is a power of two.
    fn rounded(size: u128) -> f64 {
        const FIVES: u128 = 5_u128.pow(Money::DECIMALS as u32);
        let shift = size.leading_zeros();
        let shifted = size << shift;
        let bits = (shifted / FIVES) | u128::from(!shifted.is_multiple_of(FIVES));
        bits as f64 * f64::powi(0.5, shift as i32 + i32::from(Self::DECIMALS))
    }

    /// The sum, `None` on overflow.
    #[inline]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }
}

/// `numerator / denominator` rounded half to even; the denominator is positive.
#[inline]
pub(crate) fn div_half_even(numerator: i128, denominator: i128) -> i128 {
    if denominator == 1 {
        return numerator;
    }
    let (quotient, remainder) = (numerator.div_euclid(denominator), numerator.rem_euclid(denominator));
    let twice = remainder * 2;
    if twice > denominator || (twice == denominator && quotient & 1 == 1) { quotient + 1 } else { quotient }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl SubAssign for Money {
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn division_rounds_half_to_even_on_both_sides_of_zero() {
        let cases = [(5, 2, 2), (7, 2, 4), (-5, 2, -2), (-7, 2, -4), (1, 3, 0), (2, 3, 1), (-2, 3, -1), (9, 1, 9)];
        for (numerator, denominator, expected) in cases {
            assert_eq!(div_half_even(numerator, denominator), expected, "{numerator}/{denominator}");
        }
    }

    #[test]
    fn a_float_is_the_nearest_to_the_amount() {
        // The nearest float to the amount's decimal digits is what the standard library reads from them.
        let nearest = |amount: i128| {
            let (sign, size) = (if amount < 0 { "-" } else { "" }, amount.unsigned_abs());
            format!("{sign}{}.{:012}", size / 10_u128.pow(12), size % 10_u128.pow(12)).parse::<f64>().unwrap()
        };
        let mut amount = 841_855_435_000_000_i128;
        for step in 0..20_000 {
            amount = amount.wrapping_mul(0x5851_F42D_4C95_7F2D_1405_7B7E_F767_814F).wrapping_add(step);
            let narrow = amount >> (step % 128);
            assert_eq!(Money(narrow).to_f64(), nearest(narrow), "{narrow}");
        }
        for exact in [0, 1, -1, 841_855_435_000_000, 9_007_199_254_740_993, (1 << 53) - 1, i128::MAX, i128::MIN] {
            assert_eq!(Money(exact).to_f64(), nearest(exact), "{exact}");
        }
    }

    #[test]
    fn floats_survive_the_way_in_and_out() {
        for units in [0.0, 0.1, -353.536_555, 1_000_000.0, 79_232.4, 1e15] {
            assert_eq!(Money::from_f64(units).unwrap().to_f64(), units);
        }
        assert_eq!(Money::from_f64(f64::NAN), None);
        assert_eq!(Money::from_f64(1e300), None);
    }
}
