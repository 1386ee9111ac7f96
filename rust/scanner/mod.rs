//! Chart patterns over many instruments, causal and incremental.
//!
//! A [`Detector`] takes one instrument's bars one at a time and reports hits at the close of each; nothing it says ever
//! changes afterwards. A [`Scanner`] keeps one for each instrument: [`Scanner::update`] takes the next bar of all,
//! [`Scanner::scan`] whole histories at once, and both give the same hits to the bit, for any number of threads.
//! What a hit's `confidence` says is a strength between 0 and 1, not a probability.

mod detector;
mod features;
mod hit;
mod levels;
mod merge;
mod panel;
mod passes;
mod rules;
mod scan;
mod series;
mod settings;
mod structure;
mod verdict;
mod zone;

pub use detector::Detector;
pub use hit::{Hit, KINDS, Kind, PATTERNS, Pattern};
pub use panel::{Dirt, DirtReason, Panel, REASONS, Rows, fault};
pub use rules::{CustomPattern, Rules};
pub use scan::{Bars, Scanner};
pub use series::{Candle, Series};
pub use settings::{SETTINGS, ScanSettings};
pub use zone::Zone;
