//! Names of the timeframes that a bar's number stands for.

/// Names of the timeframes by number.
pub const TIMEFRAMES: [&str; 9] = ["tick", "1m", "5m", "15m", "30m", "1h", "4h", "1d", "1w"];

/// The number of a timeframe that is none of [`TIMEFRAMES`].
pub const OTHER_TIMEFRAME: u8 = TIMEFRAMES.len() as u8;
