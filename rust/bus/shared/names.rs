//! Instruments and topics, numbered alike in every process.
//!
//! The mapping holds a list of names that only grows. Each process gives its own [`Catalog`] the same names in the same
//! order, and a catalog's numbers depend on nothing else.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;

use super::super::catalog::Catalog;
use super::super::inlet::lock;
use super::super::sync::Ordering;
use super::super::topic::{check_topic, token};
use super::layout::NAMES;
use super::member::{Door, Member};
use crate::model::{Error, Result};

/// How much of the list this process's catalog has.
#[derive(Default)]
pub struct Mirror {
    count: AtomicUsize,
    known: Mutex<HashSet<String>>,
}

impl Member {
    /// The numbers of an instrument and its venue, given the first time any process asks.
    pub fn register(&self, venue: &str, symbol: &str) -> Result<(u32, u8)> {
        let venue = if venue.is_empty() { "none".into() } else { token(venue) };
        let name = format!("md.{venue}.{}", token(symbol));
        check_topic(&name)?;
        self.record(&self.enter()?, &name)?;
        self.catalog.register(&venue, symbol)
    }

    /// The number of a user's topic, given the first time any process asks.
    pub fn intern(&self, topic: &str) -> Result<u32> {
        check_topic(topic)?;
        self.record(&self.enter()?, topic)?;
        self.catalog.intern(topic)
    }

    /// Takes in names that other processes gave; says whether there were any. A `Data` error if one is none.
    pub fn catch_up(&self) -> Result<bool> {
        // Acquire pairs with the Release store in `record`: the names up to the count are whole.
        let count = (self.header().names.load(Ordering::Acquire) as usize).min(NAMES);
        if count <= self.mirror.count.load(Ordering::Acquire) {
            return Ok(false);
        }
        let mut known = lock(&self.mirror.known);
        let seen = self.mirror.count.load(Ordering::Relaxed);
        for text in &self.names()[seen.min(count)..count] {
            let name = text.get();
            number(&self.catalog, &name)
                .map_err(|error| Error::Data(format!("shared bus {:?} names what it cannot: {error}", self.name)))?;
            known.insert(name);
            // Release pairs with the Acquire load above: who sees the count finds the names in the catalog.
            self.mirror.count.fetch_add(1, Ordering::Release);
        }
        Ok(seen < count)
    }

    /// Adds a name to the list, unless it is there.
    fn record(&self, _: &Door<'_>, name: &str) -> Result<()> {
        self.catch_up()?;
        let mut known = lock(&self.mirror.known);
        if known.contains(name) {
            return Ok(());
        }
        let count = self.mirror.count.load(Ordering::Relaxed);
        if count == NAMES {
            return Err(Error::Config(format!("a shared bus has {NAMES} names, {name:?} would be one more")));
        }
        // First in our own catalog, which may refuse it.
        number(&self.catalog, name)?;
        self.names()[count].set(name);
        // Release pairs with the Acquire in `catch_up`. A process that dies before this line has said nothing.
        self.header().names.store(count as u64 + 1, Ordering::Release);
        self.mirror.count.store(count + 1, Ordering::Release);
        known.insert(name.to_owned());
        Ok(())
    }
}

/// Gives a name its number in a catalog.
fn number(catalog: &Catalog, name: &str) -> Result<()> {
    match name.split('.').collect::<Vec<_>>()[..] {
        ["md", venue, symbol] => catalog.register(venue, symbol).map(drop),
        _ => catalog.intern(name).map(drop),
    }
}
