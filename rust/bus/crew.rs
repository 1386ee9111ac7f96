//! The threads of a bus that run handlers, for each record type its own.

use super::dispatcher::Dispatchers;
use super::metrics::HandlerMetrics;
use crate::model::{Bar, Command, Event, Report};

/// See the module.
#[derive(Default)]
pub struct Crew {
    pub events: Dispatchers<Event>,
    pub bars: Dispatchers<Bar>,
    pub commands: Dispatchers<Command>,
    pub reports: Dispatchers<Report>,
}

impl Crew {
    /// What all handlers did.
    pub fn metrics(&self) -> Vec<HandlerMetrics> {
        let mut all = self.events.metrics();
        all.extend(self.bars.metrics());
        all.extend(self.commands.metrics());
        all.extend(self.reports.metrics());
        all
    }

    /// Stops all threads; handlers get nothing more.
    pub fn close(&self) {
        self.events.close();
        self.bars.close();
        self.commands.close();
        self.reports.close();
    }
}
