//! When a bar ends.

use crate::indicators::nearest;
pub use crate::model::TIMEFRAMES;
use crate::model::{Error, Result};

const MINUTE_NS: i64 = 60_000_000_000;

/// When a bar ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// After so many ns, counted from the start of the day.
    Time(i64),
    /// With the day.
    Day,
    /// With the week.
    Week,
    /// With the trade that makes so many.
    Ticks(u64),
    /// With the trade that makes the quantity reach this; trades are not split.
    Volume(f64),
    /// With the trade that makes price times quantity reach this; trades are not split.
    Dollar(f64),
}

impl Rule {
    /// From a name: one of [`TIMEFRAMES`], any count of s, m or h up to a day, or `ticks:100`, `volume:5000`,
    /// `dollar:1e6`.
    pub fn parse(text: &str) -> Result<Self> {
        if let Some((kind, amount)) = text.split_once(':') {
            return Self::parse_amount(text, kind, amount);
        }
        match text {
            "tick" => return Ok(Self::Ticks(1)),
            "1d" => return Ok(Self::Day),
            "1w" => return Ok(Self::Week),
            _ => {}
        }
        let split = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
        let (count, unit) = text.split_at(split);
        let unit = match unit {
            "s" => MINUTE_NS / 60,
            "m" => MINUTE_NS,
            "h" => 60 * MINUTE_NS,
            _ => return Err(Self::unknown(text)),
        };
        let count: i64 = count.parse().map_err(|_| Self::unknown(text))?;
        match count.checked_mul(unit) {
            Some(step) if step > 0 && step <= 24 * 60 * MINUTE_NS => Ok(Self::Time(step)),
            _ => Err(Error::Config(format!("timeframe {text:?} must be longer than 0 and at most a day"))),
        }
    }

    fn parse_amount(text: &str, kind: &str, amount: &str) -> Result<Self> {
        let value: f64 = amount.parse().map_err(|_| Self::unknown(text))?;
        if !(value.is_finite() && value > 0.0) {
            return Err(Error::Config(format!("the amount of {text:?} must be above 0")));
        }
        match kind {
            "ticks" if value.fract() == 0.0 => Ok(Self::Ticks(value as u64)),
            "ticks" => Err(Error::Config(format!("the amount of {text:?} must be a whole number of trades"))),
            "volume" => Ok(Self::Volume(value)),
            "dollar" => Ok(Self::Dollar(value)),
            _ => Err(Self::unknown(text)),
        }
    }

    fn unknown(text: &str) -> Error {
        let near = nearest(text, TIMEFRAMES).unwrap_or_default();
        Error::Config(format!(
            "there is no timeframe {text:?}; the nearest is {near:?} (a count of s, m or h, 1d, 1w, tick, or \
             ticks:N, volume:N, dollar:N)"
        ))
    }
}
