//! Decimal text as exact counts of an increment, without ever passing through a float.
//!
//! A venue writes `"61800.20"`; the core wants `618002` tenths. [`Digits`] is the text's digits as an integer and the
//! number of them behind the point; [`Counter`] turns them into a count of one increment, or says that they do not fit.
//! [`CommonStep`] goes the other way: the largest round increment that every value seen so far is a multiple of.

use crate::model::{Decimal, Increment};

/// The most significant digits a value may have: what always fits in 63 bits.
const MAX_DIGITS: usize = 18;

/// Powers of ten that fit in 64 bits.
const POWERS: [u64; 20] = {
    let mut powers = [1; 20];
    let mut i = 1;
    while i < 20 {
        powers[i] = powers[i - 1] * 10;
        i += 1;
    }
    powers
};

/// `value × 10^-decimals`, not normalised; `value` is below 10^18.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digits {
    /// All digits as one integer.
    pub value: u64,
    /// How many of them stand behind the point.
    pub decimals: u8,
}

impl Digits {
    /// Reads digits with at most one point inside; on failure says what is wrong in a few words.
    #[inline]
    pub fn parse(text: &[u8]) -> Result<Self, &'static str> {
        let (digits, length) = Self::scan(text)?;
        if length == text.len() { Ok(digits) } else { Err(complaint(&text[length..])) }
    }

    /// Reads a number off the front of `text` and says how many bytes it took.
    #[inline]
    pub fn scan(text: &[u8]) -> Result<(Self, usize), &'static str> {
        let (whole, whole_length) = run(text, 0);
        if whole_length == 0 {
            return Err(complaint(text));
        }
        if text.get(whole_length) != Some(&b'.') {
            return Self::checked(text, whole, whole_length, whole_length);
        }
        let (value, fraction_length) = run(&text[whole_length + 1..], whole);
        if fraction_length == 0 {
            return Err("a number ends in its point");
        }
        Self::checked(text, value, whole_length + 1 + fraction_length, whole_length)
    }

    /// Refuses what the wrapping arithmetic of [`run`] may have got wrong.
    #[inline]
    fn checked(text: &[u8], value: u64, length: usize, whole: usize) -> Result<(Self, usize), &'static str> {
        let decimals = length.saturating_sub(whole + 1);
        if length > MAX_DIGITS {
            return Self::long(&text[..length], whole, length);
        }
        Ok((Self { value, decimals: decimals as u8 }, length))
    }

    /// Numbers of unusual length: zeros in front and behind do not count against [`MAX_DIGITS`].
    #[cold]
    fn long(text: &[u8], whole: usize, length: usize) -> Result<(Self, usize), &'static str> {
        let mut fraction = text.get(whole + 1..).unwrap_or(&[]);
        while let [rest @ .., b'0'] = fraction {
            fraction = rest;
        }
        let mut value = 0u64;
        for byte in text[..whole].iter().chain(fraction) {
            value = value.checked_mul(10).ok_or(TOO_LONG)? + u64::from(byte - b'0');
            if value >= POWERS[MAX_DIGITS] {
                return Err(TOO_LONG);
            }
        }
        if fraction.len() > MAX_DIGITS {
            return Err(TOO_LONG);
        }
        Ok((Self { value, decimals: fraction.len() as u8 }, length))
    }

    /// Without trailing zeros behind the point.
    pub fn normalised(self) -> Self {
        let Self { mut value, mut decimals } = self;
        while decimals > 0 && value.is_multiple_of(10) {
            value /= 10;
            decimals -= 1;
        }
        Self { value, decimals }
    }

    /// As an exact decimal.
    pub fn decimal(self) -> Option<Decimal> {
        Decimal::new(i64::try_from(self.value).ok()?, self.decimals).ok()
    }
}

const TOO_LONG: &str = "a number has more than 18 digits";

/// Continues `value` with the digits at the front of `text`; wraps on overflow, the caller checks the length.
#[inline]
fn run(text: &[u8], mut value: u64) -> (u64, usize) {
    let mut length = 0;
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
        length += 1;
    }
    (value, length)
}

/// What to say of text that should be a number.
#[cold]
fn complaint(text: &[u8]) -> &'static str {
    match text.first() {
        Some(b'-') => "a number is negative",
        None => "a number is empty",
        _ => "a price or quantity is not a number",
    }
}

/// Turns [`Digits`] into a count of one increment.
#[derive(Clone, Debug)]
pub struct Counter {
    unit: Decimal,
    /// Per number of decimals: multiply by the first, then divide by the second without rest.
    ratio: [(u64, u64); MAX_DIGITS + 1],
}

impl Counter {
    /// A counter of this increment.
    pub fn new(increment: &Increment) -> Self {
        let unit = increment.unit();
        let mantissa = unit.mantissa().unsigned_abs();
        let ratio = std::array::from_fn(|decimals| {
            let scale = usize::from(unit.scale());
            let up = POWERS[scale.saturating_sub(decimals)];
            let down = POWERS[decimals.saturating_sub(scale)];
            // A divisor beyond 64 bits leaves only zero a multiple: u64::MAX does the same to values below 10^18.
            (up, down.checked_mul(mantissa).unwrap_or(u64::MAX))
        });
        Self { unit, ratio }
    }

    /// How many increments `digits` are; `None` if that is not a whole number or not below 2^63.
    #[inline]
    pub fn count(&self, digits: Digits) -> Option<i64> {
        let (multiplier, divisor) = self.ratio[usize::from(digits.decimals)];
        let scaled = digits.value.checked_mul(multiplier)?;
        let count = if divisor == 1 {
            scaled
        } else {
            let quotient = scaled / divisor;
            if quotient * divisor != scaled {
                return None;
            }
            quotient
        };
        i64::try_from(count).ok()
    }

    /// What to say of a value that [`Self::count`] refused: `what` is `price` or `qty`.
    #[cold]
    pub fn misfit(&self, symbol: &str, what: &str, digits: Digits) -> String {
        let shown = digits.decimal().map_or_else(|| digits.value.to_string(), |value| value.to_string());
        let unit = self.unit;
        let mut step = CommonStep::default();
        step.observe(Digits { value: unit.mantissa().unsigned_abs(), decimals: unit.scale() });
        step.observe(digits);
        match step.round_step() {
            Some(step) if unit.multiple_of(step) != Some(1) => format!(
                "{what} {shown} of {symbol} is not a whole number of its {what}_increment {unit}; {step} would fit"
            ),
            _ => format!("{what} {shown} of {symbol} is more than 2^63 of its {what}_increment {unit}"),
        }
    }
}

/// The greatest common step of the values seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommonStep {
    /// Greatest common divisor at `decimals`; 0 before the first value other than zero.
    divisor: u64,
    decimals: u8,
}

impl CommonStep {
    /// Takes one more value into account.
    #[inline]
    pub fn observe(&mut self, digits: Digits) {
        if self.divisor != 0 && digits.decimals == self.decimals && digits.value.is_multiple_of(self.divisor) {
            return;
        }
        self.widen(digits);
    }

    /// The general case: brings both to the same number of decimals first.
    fn widen(&mut self, digits: Digits) {
        if digits.value == 0 {
            return;
        }
        let decimals = self.decimals.max(digits.decimals);
        let scaled = |value: u64, from: u8| u128::from(value) * u128::from(POWERS[usize::from(decimals - from)]);
        let divisor =
            greatest_common_divisor(scaled(self.divisor, self.decimals), scaled(digits.value, digits.decimals));
        // The one with more decimals was not scaled and the divisor is no larger than it, so it fits again.
        *self = Self { divisor: divisor as u64, decimals };
    }

    /// Takes the values into account that `other` has seen.
    pub fn merge(&mut self, other: Self) {
        self.widen(Digits { value: other.divisor, decimals: other.decimals });
    }

    /// The largest of 1, 2, 5 and 25 times a power of ten that every value is a multiple of; `None` before the first
    /// value. Few values share large factors by chance (all quantities even, say): the round number is the safe one.
    pub fn round_step(self) -> Option<Decimal> {
        if self.divisor == 0 {
            return None;
        }
        let (mut power, mut rest) = (1, self.divisor);
        while rest.is_multiple_of(10) {
            power *= 10;
            rest /= 10;
        }
        let factor = [25, 5, 2].into_iter().find(|factor| rest.is_multiple_of(*factor)).unwrap_or(1);
        Digits { value: power * factor, decimals: self.decimals }.normalised().decimal()
    }
}

fn greatest_common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counter(unit: &str) -> Counter {
        Counter::new(&Increment::new(Decimal::parse(unit).unwrap(), "unit").unwrap())
    }

    #[test]
    fn text_becomes_an_exact_count_or_nothing() {
        let cases = [
            ("61800.20", "0.1", Some(618_002)),
            ("61800.25", "0.1", None),
            ("61800.25", "0.05", Some(1_236_005)),
            ("2500", "5", Some(500)),
            ("2501", "5", None),
            ("0.00000001", "0.00000001", Some(1)),
            ("0.000", "0.001", Some(0)),
            ("92233720368.54775807", "0.00000001", None),
            ("99999999999", "0.000000001", None),
            ("0000000000000000000061800.200000000000000000000", "0.1", Some(618_002)),
        ];
        for (text, unit, count) in cases {
            let found = Digits::parse(text.as_bytes()).ok().and_then(|digits| counter(unit).count(digits));
            assert_eq!(found, count, "{text} in {unit}");
        }
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        for text in ["", ".", "1.", ".5", "-1", "+1", "1e5", "NaN", "1.2.3", "1 ", "0x1", "1234567890123456789"] {
            assert!(Digits::parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn the_common_step_is_the_largest_round_one() {
        let step = |values: &[&str]| {
            let mut common = CommonStep::default();
            for value in values {
                common.observe(Digits::parse(value.as_bytes()).unwrap());
            }
            common.round_step().map(|step| step.to_string())
        };
        assert_eq!(step(&["61800.20", "61800.30"]).as_deref(), Some("0.1"));
        assert_eq!(step(&["10.25", "11.50"]).as_deref(), Some("0.25"));
        assert_eq!(step(&["10.5", "11.00", "0.0"]).as_deref(), Some("0.5"));
        assert_eq!(step(&["300", "600"]).as_deref(), Some("100"));
        assert_eq!(step(&["3", "0.00000001"]).as_deref(), Some("0.00000001"));
        assert_eq!(step(&["0", "0.00"]), None);
    }

    proptest! {
        #[test]
        fn digits_agree_with_decimal(whole in 0u64..10_000_000_000, fraction in "[0-9]{1,7}") {
            let text = format!("{whole}.{fraction}");
            let digits = Digits::parse(text.as_bytes()).unwrap();
            prop_assert_eq!(digits.decimal(), Some(Decimal::parse(&text).unwrap()));
            prop_assert_eq!(counter("0.0000001").count(digits).map(i128::from),
                            Some(i128::from(digits.value) * 10i128.pow(7 - u32::from(digits.decimals))));
        }

        #[test]
        fn every_value_is_a_multiple_of_the_common_step(values in prop::collection::vec((0u64..1_000_000, 0u8..8), 1..20)) {
            let mut common = CommonStep::default();
            for &(value, decimals) in &values {
                common.observe(Digits { value, decimals });
            }
            if let Some(step) = common.round_step() {
                let counter = Counter::new(&Increment::new(step, "step").unwrap());
                for &(value, decimals) in &values {
                    let count = counter.count(Digits { value, decimals });
                    prop_assert!(count.is_some());
                }
            }
        }
    }
}
