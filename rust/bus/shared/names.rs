//! Instruments and topics, numbered alike in every process.
//!
//! The mapping holds a list of names that only grows. Each process gives its own [`Catalog`] the same names in the same
//! order, and a catalog's numbers depend on nothing else.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;

use super::super::catalog::{Named, check_users};
use super::super::format::{Format, RecordType};
use super::super::inlet::lock;
use super::super::sync::Ordering;
use super::super::topic::{check_topic, token};
use super::layout::{FIELDS, LISTING, NAMES, TOPIC};
use super::member::{Door, Member};
use crate::model::{Error, Result};

/// How much of the list this process's catalog has.
#[derive(Default)]
pub struct Mirror {
    count: AtomicUsize,
    /// Places in the list, by what the name is for and the name.
    known: Mutex<HashMap<(u64, String), usize>>,
}

impl Member {
    /// The numbers of an instrument and its venue, given the first time any process asks.
    pub fn register(&self, venue: &str, symbol: &str) -> Result<(u32, u8)> {
        self.register_behind(&self.enter()?, venue, symbol)
    }

    fn register_behind(&self, door: &Door<'_>, venue: &str, symbol: &str) -> Result<(u32, u8)> {
        let venue = if venue.is_empty() { "none".into() } else { token(venue) };
        let name = format!("md.{venue}.{}", token(symbol));
        check_topic(&name)?;
        self.record(door, LISTING, &name)?;
        self.catalog.register(&venue, symbol)
    }

    /// The number of a user's topic, given the first time any process asks; a new one carries Events.
    pub fn intern(&self, topic: &str) -> Result<u32> {
        let door = self.enter()?;
        self.catch_up()?;
        let format = self.catalog.format(topic).unwrap_or_default();
        self.bind_behind(&door, topic, &format)
    }

    /// The same for a topic that carries records of this format. A `Config` error names both if it carries others.
    pub fn bind(&self, topic: &str, format: &Format) -> Result<u32> {
        self.bind_behind(&self.enter()?, topic, format)
    }

    fn bind_behind(&self, door: &Door<'_>, topic: &str, format: &Format) -> Result<u32> {
        self.catch_up()?;
        if self.catalog.format(topic).is_none() {
            check_users(topic)?;
            let fields = match format.fields() {
                "" => 0,
                fields => self.record(door, FIELDS, fields)? as u64 + 1,
            };
            self.record(door, TOPIC + format.record() as u64 + (fields << 8), topic)?;
        }
        self.catalog.bind(topic, format)
    }

    /// Names what a publisher of this record type begins its topics with.
    pub fn claim(&self, door: &Door<'_>, prefix: &str, record: RecordType) -> Result<()> {
        self.catch_up()?;
        match self.catalog.claimed(prefix, record)? {
            Named::Listing(venue, symbol) => self.register_behind(door, venue, symbol).map(drop),
            Named::Topic => self.bind_behind(door, prefix, &Format::of(record)).map(drop),
            Named::Nothing => Ok(()),
        }
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
        for (place, name) in self.names().iter().enumerate().take(count).skip(seen) {
            let (what, text) = (name.what.load(Ordering::Relaxed), name.text.get());
            self.adopt(what, &text)
                .map_err(|error| Error::Data(format!("shared bus {:?} names what it cannot: {error}", self.name)))?;
            known.insert((class(what), text), place);
            // Release pairs with the Acquire load above: who sees the count finds the names in the catalog.
            self.mirror.count.fetch_add(1, Ordering::Release);
        }
        Ok(seen < count)
    }

    /// Adds a name to the list, unless it is there; gives its place.
    fn record(&self, _: &Door<'_>, what: u64, text: &str) -> Result<usize> {
        self.catch_up()?;
        let mut known = lock(&self.mirror.known);
        let key = (class(what), text.to_owned());
        if let Some(place) = known.get(&key) {
            return Ok(*place);
        }
        let count = self.mirror.count.load(Ordering::Relaxed);
        if count == NAMES {
            return Err(Error::Config(format!("a shared bus has {NAMES} names, {text:?} would be one more")));
        }
        // First in our own catalog, which may refuse it.
        self.adopt(what, text)?;
        let name = &self.names()[count];
        name.text.set(text);
        name.what.store(what, Ordering::Relaxed);
        // Release pairs with the Acquire in `catch_up`. A process that dies before this line has said nothing.
        self.header().names.store(count as u64 + 1, Ordering::Release);
        self.mirror.count.store(count + 1, Ordering::Release);
        known.insert(key, count);
        Ok(count)
    }

    /// Gives a name its number in the catalog.
    fn adopt(&self, what: u64, text: &str) -> Result<()> {
        match (what & 0xFF, text.split('.').collect::<Vec<_>>().as_slice()) {
            (LISTING, ["md", venue, symbol]) => self.catalog.register(venue, symbol).map(drop),
            (FIELDS, _) => Ok(()),
            (topic @ TOPIC.., _) => {
                let record = RecordType::ALL.get((topic - TOPIC) as usize).copied();
                let record = record.ok_or_else(|| Error::Data(format!("topic {text:?} of record type {topic}")))?;
                let format = match (what >> 8) as usize {
                    0 => Format::of(record),
                    fields if fields <= NAMES => Format::with_fields(&self.names()[fields - 1].text.get())?,
                    fields => return Err(Error::Data(format!("topic {text:?} with fields at {fields}"))),
                };
                self.catalog.bind(text, &format).map(drop)
            }
            _ => Err(Error::Data(format!("{text:?}"))),
        }
    }
}

/// A topic is one, whatever it carries.
fn class(what: u64) -> u64 {
    (what & 0xFF).min(TOPIC)
}
