//! A subscription's patterns, compiled: one bit per topic, decided when the topic is first seen.
#![allow(clippy::inline_always, reason = "measured: a call or a value in memory here costs a nanosecond a record")]

use std::collections::HashMap;
use std::sync::Arc;

use super::catalog::Catalog;
use super::message::{Message, Spot};
use super::topic::Pattern;

/// Which topics patterns let through. A known topic costs one load and one shift; only a new one is matched by name.
pub struct Mask {
    catalog: Arc<Catalog>,
    patterns: Vec<Pattern>,
    /// By row: which columns were decided, and which of them pass.
    near: Vec<(u32, u32)>,
    /// By user's topic: decided, passes.
    user: Vec<(bool, bool)>,
    seldom: HashMap<u64, bool>,
}

impl Mask {
    /// Nothing is decided yet.
    pub fn new(catalog: Arc<Catalog>, patterns: Vec<Pattern>) -> Self {
        Self { catalog, patterns, near: Vec::new(), user: Vec::new(), seldom: HashMap::new() }
    }

    /// The same for other patterns.
    pub fn renewed(&self, patterns: Vec<Pattern>) -> Self {
        Self::new(Arc::clone(&self.catalog), patterns)
    }

    /// Whether the record's topic matches one of the patterns.
    #[inline(always)]
    pub fn accepts<M: Message>(&mut self, record: &M) -> bool {
        match record.spot() {
            Spot::Near(row, column) => {
                if let Some((known, passes)) = self.near.get(row)
                    && known >> column & 1 != 0
                {
                    return passes >> column & 1 != 0;
                }
            }
            Spot::User(number, _) => {
                if let Some((true, passes)) = self.user.get(number) {
                    return *passes;
                }
            }
            Spot::Seldom => {}
        }
        self.decide(record)
    }

    #[cold]
    fn decide<M: Message>(&mut self, record: &M) -> bool {
        if record.spot() == Spot::Seldom
            && let Some(passes) = self.seldom.get(&record.seldom_key())
        {
            return *passes;
        }
        // Publishers let no record without a topic in, so there is a name; a foreign one is nobody's.
        let Ok(name) = self.catalog.name(record) else { return false };
        let passes = self.patterns.iter().any(|pattern| pattern.matches(&name));
        match record.spot() {
            Spot::Near(row, column) => {
                self.near.resize(self.near.len().max(row + 1), (0, 0));
                let (known, bits) = &mut self.near[row];
                *known |= 1 << column;
                *bits |= u32::from(passes) << column;
            }
            Spot::User(number, _) => {
                self.user.resize(self.user.len().max(number + 1), (false, false));
                self.user[number] = (true, passes);
            }
            Spot::Seldom => drop(self.seldom.insert(record.seldom_key(), passes)),
        }
        passes
    }
}
