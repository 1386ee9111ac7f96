//! Bars from trades, and higher bars from lower ones: in time, ticks, volume or value.
//!
//! A [`Builder`] takes trades or closed lower bars in order of time and gives each bar when it is over; the one still
//! forming is only to be had by [`Builder::peek`]. Bars carry the time at which they begin and hold what came at or after
//! it and before the next. Stretches without a trade have no bar. Days and weeks begin where a [`Calendar`] says, which
//! knows daylight saving; weeks begin on Monday.

mod builder;
mod calendar;
mod rule;

pub use builder::{Builder, Row};
pub use calendar::Calendar;
pub use rule::{Rule, TIMEFRAMES};
