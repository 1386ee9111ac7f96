//! What a scan looks for: which patterns, how strong, with which numbers; and patterns of the user's own.

use super::hit::Hit;
use super::series::Series;
use super::settings::ScanSettings;

/// A pattern of the user's own: it sees the last bars, the newest last, and no others, so it cannot look ahead.
pub trait CustomPattern: Send + Sync {
    /// As in `three_up`.
    fn name(&self) -> &str;
    /// Bars it looks at; it is not asked before there are so many.
    fn bars(&self) -> usize;
    /// What it sees at the close of the last bar of `series`. `origin` counts bars back from it in `t`'s place.
    fn detect(&self, series: &Series<'_>) -> Option<Hit>;
}

/// What the patterns of a scan need to know.
#[derive(Default)]
pub struct Rules {
    /// Numbers.
    pub settings: ScanSettings,
    /// Built-in patterns to report, one bit each.
    pub patterns: u32,
    /// Weaker hits are not reported and leave no zones.
    pub confidence_min: f64,
    /// The user's patterns.
    pub custom: Vec<Box<dyn CustomPattern>>,
}

impl Rules {
    /// Bars a live instrument must keep at hand.
    pub fn bars_kept(&self) -> usize {
        self.custom.iter().map(|pattern| pattern.bars()).fold(self.settings.bars_kept(), usize::max)
    }
}
