//! Which names the numbers in a record stand for: instruments and their venues, and topics of users.

use std::collections::HashMap;
use std::sync::Mutex;

use super::format::{Format, RecordType};
use super::forms::{ALL, HEADS, ROUTER, check_pattern, check_prefix, is_reserved};
use super::inlet::lock;
use super::message::Message;
use super::topic::{Pattern, check_topic, token};
use crate::model::{Error, Result};

/// First kind that belongs to users; below, the numbers in a record are its topic.
pub const USER: u8 = 128;
/// Where the bus says what happens to it.
pub const CONTROL: &str = "control.bus";

/// Names by number and numbers by name; grows, never forgets.
#[derive(Debug, Default)]
pub struct Catalog {
    names: Mutex<Names>,
}

/// One symbol of one venue, both as tokens of a topic.
#[derive(Debug)]
pub struct Listing {
    /// The venue's number.
    pub venue: u8,
    /// The venue's name.
    pub venue_name: String,
    /// The symbol.
    pub symbol: String,
}

/// The lists.
#[derive(Debug, Default)]
pub struct Names {
    listings: Vec<Listing>,
    by_listing: HashMap<(String, String), u32>,
    venues: Vec<String>,
    topics: Vec<(String, Format)>,
    by_topic: HashMap<String, u32>,
}

/// What a prefix names, before anything is published under it.
pub enum Named<'p> {
    /// A venue and a symbol of it.
    Listing(&'p str, &'p str),
    /// A user's topic.
    Topic,
    /// Nothing that has a number.
    Nothing,
}

impl<'p> Named<'p> {
    /// Reads a prefix.
    pub fn of(prefix: &'p str) -> Self {
        match prefix.split('.').collect::<Vec<_>>()[..] {
            ["command", ROUTER | ALL, ..] => Self::Nothing,
            ["md" | "order" | "fill" | "command", venue, symbol, ..] => Self::Listing(venue, symbol),
            _ if is_reserved(prefix) => Self::Nothing,
            _ => Self::Topic,
        }
    }
}

impl Names {
    /// An instrument by its number; `what` is the record in the error's words.
    pub fn listing(&self, number: u32, what: &str) -> Result<&Listing> {
        self.listings.get(number as usize).ok_or_else(|| {
            Error::Data(format!(
                "{what} has instrument number {number}, the bus knows {} instruments; register it first",
                self.listings.len()
            ))
        })
    }

    /// The same for a record that says its venue, which must be the instrument's.
    pub fn listing_at(&self, number: u32, venue: u8, what: &str) -> Result<&Listing> {
        let listing = self.listing(number, what)?;
        if listing.venue != venue {
            let Listing { venue: own, venue_name, symbol } = listing;
            return Err(Error::Data(format!(
                "{what} of {symbol} on {venue_name} has venue number {venue}, its venue has {own}"
            )));
        }
        Ok(listing)
    }

    fn topic<M: Message>(&self, record: &M) -> Result<String> {
        let (number, what) = (record.instrument(), M::WHAT);
        let Some((name, format)) = self.topics.get(number as usize) else {
            return Err(Error::Data(format!(
                "{what} of kind {} has topic number {number}, the bus knows {} topics",
                record.kind(),
                self.topics.len()
            )));
        };
        if format.record() != M::TYPE {
            return Err(Error::Data(format!("topic {name:?} carries {format}, not {}", M::TYPE)));
        }
        Ok(name.clone())
    }

    fn add(&mut self, topic: &str, format: &Format) -> u32 {
        let number = self.topics.len() as u32;
        self.topics.push((topic.to_owned(), format.clone()));
        self.by_topic.insert(topic.to_owned(), number);
        number
    }

    fn known(&self, topic: &str) -> Option<(u32, &Format)> {
        let number = *self.by_topic.get(topic)?;
        Some((number, &self.topics[number as usize].1))
    }
}

impl Catalog {
    /// The numbers of an instrument and its venue, given the first time it is seen: dense, from 0.
    pub fn register(&self, venue: &str, symbol: &str) -> Result<(u32, u8)> {
        let (venue, symbol) = (if venue.is_empty() { "none".into() } else { token(venue) }, token(symbol));
        check_topic(&format!("md.{venue}.{symbol}"))?;
        if venue == ROUTER || venue == ALL {
            return Err(Error::Config(format!("a venue cannot be called {venue:?}: topics of commands use that word")));
        }
        let names = &mut *lock(&self.names);
        let listing = (venue.clone(), symbol.clone());
        if let Some(&number) = names.by_listing.get(&listing) {
            return Ok((number, names.listings[number as usize].venue));
        }
        let venue_number = match names.venues.iter().position(|known| *known == venue) {
            Some(number) => number as u8,
            None if names.venues.len() < 255 => {
                names.venues.push(venue.clone());
                (names.venues.len() - 1) as u8
            }
            None => return Err(Error::Config(format!("a bus knows 255 venues, {venue:?} would be one more"))),
        };
        let number = names.listings.len() as u32;
        names.listings.push(Listing { venue: venue_number, venue_name: venue, symbol });
        names.by_listing.insert(listing, number);
        Ok((number, venue_number))
    }

    /// The number of a user's topic, which goes into a record's `instrument` with a kind from 128. Its records are of
    /// this format from now on.
    pub fn bind(&self, topic: &str, format: &Format) -> Result<u32> {
        check_users(topic)?;
        let names = &mut *lock(&self.names);
        match names.known(topic) {
            Some((number, bound)) if bound == format => Ok(number),
            Some((_, bound)) => Err(mismatch(topic, bound, format)),
            None => Ok(names.add(topic, format)),
        }
    }

    /// The number of a user's topic, whatever it carries; a new one carries events.
    pub fn intern(&self, topic: &str) -> Result<u32> {
        check_users(topic)?;
        let names = &mut *lock(&self.names);
        let known = names.known(topic).map(|(number, _)| number);
        Ok(known.unwrap_or_else(|| names.add(topic, &Format::default())))
    }

    /// Names what a publisher of this record type begins its topics with.
    pub fn claim(&self, prefix: &str, record: RecordType) -> Result<()> {
        match self.claimed(prefix, record)? {
            Named::Listing(venue, symbol) => self.register(venue, symbol).map(drop),
            Named::Topic => self.bind(prefix, &Format::of(record)).map(drop),
            Named::Nothing => Ok(()),
        }
    }

    /// What such a publisher names that has no name yet. An error where no topic of the type can begin so.
    pub fn claimed<'p>(&self, prefix: &'p str, record: RecordType) -> Result<Named<'p>> {
        check_topic(prefix)?;
        check_prefix(record, prefix)?;
        if prefix == CONTROL || CONTROL.split('.').next() == Some(prefix) {
            return Err(Error::Config(format!(
                "prefix {prefix:?} belongs to the bus, which alone publishes {CONTROL}"
            )));
        }
        match (Named::of(prefix), self.format(prefix)) {
            (Named::Topic, Some(bound)) if bound.record() == record => Ok(Named::Nothing),
            (Named::Topic, Some(bound)) => Err(mismatch(prefix, &bound, &Format::of(record))),
            (named, _) => Ok(named),
        }
    }

    /// See [`super::Bus::format`].
    pub fn settle(
        &self,
        name: &str,
        wanted: Option<&Format>,
        bind: impl FnOnce(&str, &Format) -> Result<u32>,
    ) -> Result<Format> {
        let is_topic = !name.contains(['*', '>']) && !is_reserved(name);
        match wanted {
            Some(wanted) if is_topic => bind(name, wanted).map(|_| wanted.clone()),
            Some(wanted) if !wanted.fields().is_empty() => Err(Error::Config(format!(
                "{wanted} is for one topic of yours, as it was named when the topic was created, not for {name:?}"
            ))),
            Some(wanted) => Ok(wanted.clone()),
            None => Ok(self.format(name).unwrap_or_default()),
        }
    }

    /// What a user's topic was bound to.
    pub fn format(&self, topic: &str) -> Option<Format> {
        lock(&self.names).known(topic).map(|(_, format)| format.clone())
    }

    /// What a subscription to `pattern` reads: an error where no topic of the record type can match.
    pub fn check(&self, pattern: &Pattern, record: RecordType) -> Result<()> {
        check_pattern(record, pattern)?;
        match self.format(&pattern.to_string()) {
            Some(bound) if bound.record() != record => Err(mismatch(&pattern.to_string(), &bound, &Format::of(record))),
            _ => Ok(()),
        }
    }

    /// The topic a record belongs to; an error says which of its numbers means nothing.
    pub fn name<M: Message>(&self, record: &M) -> Result<String> {
        let names = lock(&self.names);
        if record.kind() >= USER { names.topic(record) } else { record.topic(&names) }
    }
}

/// An error unless the topic can be a user's.
pub fn check_users(topic: &str) -> Result<()> {
    check_topic(topic)?;
    if is_reserved(topic) {
        let heads = HEADS.join(", ");
        return Err(Error::Config(format!("topic {topic:?} belongs to the bus; {heads} are taken as first tokens")));
    }
    Ok(())
}

fn mismatch(topic: &str, bound: &Format, wanted: &Format) -> Error {
    Error::Config(format!("topic {topic:?} carries {bound}, not {wanted}"))
}
