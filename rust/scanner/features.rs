//! What windows say at one bar of a live instrument: channel, volume, money flow, pivots. Sums run from the oldest bar to
//! the newest, as in the passes over a whole history, so the two agree to the bit.

use super::series::Series;
use super::settings::ScanSettings;

/// Windows at one bar. Without enough bars the channel is empty (-inf..inf means nothing breaks it).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Features {
    /// Highest high of the window before the bar.
    pub highest: f64,
    /// Lowest low of the window before the bar.
    pub lowest: f64,
    /// Volume over the mean of the window before the bar.
    pub relative_volume: f64,
    /// Money flow over volume of the window up to the bar.
    pub flow: f64,
    /// A high `pivot_bars` ago was confirmed by this bar.
    pub pivot_high: bool,
    /// A low `pivot_bars` ago was confirmed by this bar.
    pub pivot_low: bool,
}

/// The larger; the first of equals.
#[inline]
pub fn larger(a: f64, b: f64) -> f64 {
    if b > a { b } else { a }
}

/// The smaller; the first of equals.
#[inline]
pub fn smaller(a: f64, b: f64) -> f64 {
    if b < a { b } else { a }
}

/// The sum.
#[inline]
pub fn add(a: f64, b: f64) -> f64 {
    a + b
}

/// All of `values` combined from the first on.
#[inline]
pub fn fold(values: &[f64], combine: impl Fn(f64, f64) -> f64) -> f64 {
    values[1..].iter().fold(values[0], |sum, value| combine(sum, *value))
}

/// Volume over the mean of `bars` bars, 1 where there is none.
#[inline]
pub fn relative(volume: f64, sum: f64, bars: usize) -> f64 {
    let mean = sum / bars as f64;
    if mean > 0.0 { volume / mean } else { 1.0 }
}

/// Money flow over volume, 0 where there is none.
#[inline]
pub fn flow(money: f64, volume: f64) -> f64 {
    if volume > 0.0 { money / volume } else { 0.0 }
}

/// The windows at the last bar of `series`, which is bar `t` of its instrument.
pub fn at_last(series: &Series<'_>, money: &[f64], t: usize, settings: &ScanSettings) -> Features {
    let (window, side) = (settings.window_bars, settings.pivot_bars);
    let last = series.len() - 1;
    let mut features = Features {
        highest: f64::INFINITY,
        lowest: f64::NEG_INFINITY,
        relative_volume: 1.0,
        flow: 0.0,
        pivot_high: false,
        pivot_low: false,
    };
    if t >= window {
        features.highest = fold(&series.high[last - window..last], larger);
        features.lowest = fold(&series.low[last - window..last], smaller);
        let sum = fold(&series.volume[last - window..last], add);
        features.relative_volume = relative(series.volume[last], sum, window);
    }
    if t + 1 >= window {
        let from = last + 1 - window;
        features.flow = flow(fold(&money[from..], add), fold(&series.volume[from..], add));
    }
    if t >= 2 * side {
        let middle = last - side;
        let (high, low) = (series.high[middle], series.low[middle]);
        features.pivot_high = high > fold(&series.high[middle + 1..], larger)
            && high >= fold(&series.high[middle - side..middle], larger);
        features.pivot_low =
            low < fold(&series.low[middle + 1..], smaller) && low <= fold(&series.low[middle - side..middle], smaller);
    }
    features
}

/// ln(1 + volume) for a volume of 0 or more, to about one unit in the last place. Without branches, so that a pass over
/// a history becomes vector code, and the same to the bit on every CPU.
#[inline]
pub fn log_volume(volume: f64) -> f64 {
    const HALF_ROOT: u64 = 0x3FE6_A09E_667F_3BCD;
    // ln 2 in two parts, the first with so few bits that its products with exponents are exact.
    const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    let sum = 1.0 + volume;
    // What the sum lost.
    let part = sum - 1.0;
    let lost = (1.0 - (sum - part)) + (volume - part);
    // sum = 2^exponent x mantissa, the mantissa between the roots of a half and of two.
    let bits = sum.to_bits();
    let exponent = (bits.wrapping_sub(HALF_ROOT) as i64) >> 52;
    let mantissa = f64::from_bits(bits.wrapping_sub((exponent << 52) as u64));
    // ln m = 2 (s + s^3/3 + s^5/5 + ...) with s = (m - 1)/(m + 1), |s| < 0.172.
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let z = s * s;
    let mut tail = 0.0;
    for divisor in [23.0, 21.0, 19.0, 17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0] {
        tail = tail * z + 1.0 / divisor;
    }
    let exponent = f64::from(exponent as i32);
    exponent * LN_2_HIGH + (2.0 * s + (2.0 * s * (z * tail) + (exponent * LN_2_LOW + lost / sum)))
}

#[cfg(test)]
mod tests {
    use super::log_volume;

    #[test]
    fn the_logarithm_is_right_to_its_last_digits() {
        for step in -300i32..1000 {
            let volume = 10f64.powf(f64::from(step) * 0.03) * 1.234_567;
            let (got, exact) = (log_volume(volume), volume.ln_1p());
            assert!((got - exact).abs() <= 4e-16 * exact.abs(), "{volume}: {got} against {exact}");
        }
        assert!(log_volume(0.0).to_bits() == 0.0f64.to_bits());
    }
}
