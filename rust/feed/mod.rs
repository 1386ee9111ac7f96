//! Bytes to events: recordings of any supported format become one array of [`crate::model::Event`]s.
//!
//! [`Recording::read`] reads a file whole and puts its events into both time orders, which is what a backtest wants.
//! [`Reader`] streams the events of a file of any size in file order. [`Survey`] looks at a file before anything is
//! known about it. Formats are known by content, numbers are never floats on their way, every line that cannot be used
//! is counted with its number, and a break in a venue's update ids is an event that makes the book stale.

mod array;
mod bars;
pub mod binance;
mod digits;
mod events;
mod format;
mod hftbacktest;
mod json;
mod lines;
mod reader;
mod recording;
mod report;
mod sample;
mod survey;
#[cfg(test)]
mod testing;
mod views;

pub use array::{Saved, from_events, from_saved};
pub use bars::{BarColumns, OTHER_TIMEFRAME, from_bars, path_step, price_step, timeframe_of};
pub use events::Events;
pub use format::Format;
pub use hftbacktest::{HftRow, from_hftbacktest, hftbacktest_steps};
pub use lines::{Line, Lines};
pub use reader::{Reader, detect};
pub use recording::{Floats, Recording};
pub use report::{Places, ReadReport, Span, Tally};
pub use sample::{SAMPLE_NOTICE, SampleSpec, sample};
pub use survey::{Survey, Surveyor, SymbolSurvey, quote_currency};
