//! Durations as people write them.

use super::{Error, Result};

/// Units with their nanoseconds.
const UNITS: [(&str, i128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
];

/// Reads `250us`, `10ms`, `1.5s`, `5m`, `1h`, `2d` or a plain `0` as nanoseconds; a whole number of them, at least 0.
pub fn parse_duration_ns(text: &str) -> Result<i64> {
    let trimmed = text.trim();
    let bad = || {
        Error::Config(format!(
            "not a duration: {text:?}; write a number and ns, us, ms, s, m, h or d, such as \"100ms\""
        ))
    };
    if trimmed == "0" {
        return Ok(0);
    }
    let split = trimmed.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(bad)?;
    let (number, unit) = (&trimmed[..split], trimmed[split..].trim());
    let unit_ns = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(bad)?.1;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || whole.len() > 18 || fraction.len() > 9 || fraction.contains('.') {
        return Err(bad());
    }
    let digits: i128 = format!("{whole}{fraction}").parse().map_err(|_| bad())?;
    let scale = 10i128.pow(fraction.len() as u32);
    let ns = digits * unit_ns;
    if ns % scale != 0 {
        return Err(Error::Config(format!("{text:?} is not a whole number of nanoseconds")));
    }
    i64::try_from(ns / scale).map_err(|_| Error::Config(format!("{text:?} is longer than 292 years")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_exactly() {
        let cases = [
            ("100ms", 100_000_000),
            ("1.5s", 1_500_000_000),
            ("250us", 250_000),
            ("0", 0),
            ("2d", 172_800_000_000_000),
        ];
        for (text, ns) in cases {
            assert_eq!(parse_duration_ns(text), Ok(ns), "{text}");
        }
        for text in ["", "ms", "-1s", "1", "1 fortnight", "0.5ns", "1..5s", "1e3s", "99999999999999d"] {
            assert!(parse_duration_ns(text).is_err(), "{text}");
        }
    }
}
