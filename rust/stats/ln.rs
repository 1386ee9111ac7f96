//! The natural logarithm, the same to the bit on every CPU: only `+ - * /`, no math library and no fused multiply-add.

/// Natural logarithm of a positive normal float, within 4e-16 of the truth relative to the larger of |ln x| and 1.
///
/// `x = m · 2^e` with `m` in `[√½, √2)`, and `ln m = 2 artanh((m-1)/(m+1))`, whose argument is at most 0.172: eleven
/// terms of its series reach the last bit.
#[inline]
pub fn ln(x: f64) -> f64 {
    const MANTISSA: u64 = (1 << 52) - 1;
    let bits = x.to_bits();
    let mut exponent = (bits >> 52) as i64 - 1023;
    let mut mantissa = f64::from_bits((bits & MANTISSA) | 0x3FF0_0000_0000_0000);
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa *= 0.5;
        exponent += 1;
    }
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let z = s * s;
    let mut sum = 1.0 / 21.0;
    let mut odd = 19.0;
    while odd >= 1.0 {
        sum = sum * z + 1.0 / odd;
        odd -= 2.0;
    }
    2.0 * s * sum + exponent as f64 * std::f64::consts::LN_2
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "values that are exact by construction")]
mod tests {
    use super::*;
    use crate::stats::Rng;

    #[test]
    fn own_logarithm_agrees_with_the_platforms() {
        let mut rng = Rng::new(1);
        for _ in 0..100_000 {
            let x = (1.0 - rng.uniform()) * (1.0 - rng.uniform());
            let (ours, theirs) = (ln(x), x.ln());
            assert!((ours - theirs).abs() <= 4e-16 * theirs.abs().max(1.0), "ln {x}: {ours} and {theirs}");
        }
        assert_eq!(ln(1.0), 0.0);
        assert_eq!(ln(2.0), std::f64::consts::LN_2);
    }
}
