//! A subscription's patterns, compiled: one bit per topic, decided when the topic is first seen.

use std::sync::Arc;

use super::catalog::{Catalog, USER};
use super::topic::Pattern;
use crate::model::Event;

/// Which topics patterns let through. A known topic costs one load and one shift; only a new one is matched by name.
pub struct Mask {
    catalog: Arc<Catalog>,
    patterns: Vec<Pattern>,
    /// By instrument: which kinds were decided, and which of them pass.
    market: Vec<(u32, u32)>,
    /// By topic: decided, passes.
    user: Vec<(bool, bool)>,
}

impl Mask {
    /// Nothing is decided yet.
    pub const fn new(catalog: Arc<Catalog>, patterns: Vec<Pattern>) -> Self {
        Self { catalog, patterns, market: Vec::new(), user: Vec::new() }
    }

    /// The same for other patterns.
    pub fn renewed(&self, patterns: Vec<Pattern>) -> Self {
        Self::new(Arc::clone(&self.catalog), patterns)
    }

    /// Whether the event's topic matches one of the patterns.
    #[inline]
    pub fn accepts(&mut self, event: &Event) -> bool {
        let number = event.instrument as usize;
        if event.kind < 32 {
            if let Some((known, passes)) = self.market.get(number)
                && known >> event.kind & 1 != 0
            {
                return passes >> event.kind & 1 != 0;
            }
        } else if let Some((true, passes)) = self.user.get(number) {
            return *passes;
        }
        self.decide(event)
    }

    #[cold]
    fn decide(&mut self, event: &Event) -> bool {
        // Publishers let no event without a topic in, so there is a name; a foreign one is nobody's.
        let Ok(name) = self.catalog.name(event) else { return false };
        let passes = self.patterns.iter().any(|pattern| pattern.matches(&name));
        let number = event.instrument as usize;
        if event.kind < USER {
            self.market.resize(self.market.len().max(number + 1), (0, 0));
            let (known, bits) = &mut self.market[number];
            *known |= 1 << event.kind;
            *bits |= u32::from(passes) << event.kind;
        } else {
            self.user.resize(self.user.len().max(number + 1), (false, false));
            self.user[number] = (true, passes);
        }
        passes
    }
}
