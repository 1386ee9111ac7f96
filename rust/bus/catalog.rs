//! Which names the numbers in an event stand for: instruments and their venues, and topics of users.

use std::collections::HashMap;
use std::sync::Mutex;

use super::topic::{check_topic, kind_name, token};
use crate::model::{Error, Event, EventKind, Result};

/// First kind that belongs to users; below, a topic is (venue, instrument, kind).
pub const USER: u8 = 128;
/// Where the bus says what happens to it.
pub const CONTROL: &str = "control.bus";

/// Names by number and numbers by name; grows, never forgets.
#[derive(Debug, Default)]
pub struct Catalog {
    names: Mutex<Names>,
}

#[derive(Debug, Default)]
struct Names {
    instruments: Vec<(u8, String)>,
    by_listing: HashMap<(String, String), u32>,
    venues: Vec<String>,
    topics: Vec<String>,
    by_topic: HashMap<String, u32>,
}

impl Catalog {
    /// The numbers of an instrument and its venue, given the first time it is seen: dense, from 0.
    pub fn register(&self, venue: &str, symbol: &str) -> Result<(u32, u8)> {
        let (venue, symbol) = (if venue.is_empty() { "none".into() } else { token(venue) }, token(symbol));
        check_topic(&format!("md.{venue}.{symbol}"))?;
        let names = &mut *self.lock();
        let listing = (venue.clone(), symbol.clone());
        if let Some(&number) = names.by_listing.get(&listing) {
            return Ok((number, names.instruments[number as usize].0));
        }
        let venue_number = match names.venues.iter().position(|known| *known == venue) {
            Some(number) => number as u8,
            None if names.venues.len() < 255 => {
                names.venues.push(venue.clone());
                (names.venues.len() - 1) as u8
            }
            None => return Err(Error::Config(format!("a bus knows 255 venues, {venue:?} would be one more"))),
        };
        let number = names.instruments.len() as u32;
        names.instruments.push((venue_number, format!("md.{venue}.{symbol}")));
        names.by_listing.insert(listing, number);
        Ok((number, venue_number))
    }

    /// The number of a user's topic, which goes into `Event::instrument` with a kind from 128.
    pub fn intern(&self, topic: &str) -> Result<u32> {
        check_topic(topic)?;
        if topic == CONTROL || topic.starts_with("md.") {
            return Err(Error::Config(format!("topic {topic:?} belongs to the bus; md.* and control.* are taken")));
        }
        let names = &mut *self.lock();
        if let Some(&number) = names.by_topic.get(topic) {
            return Ok(number);
        }
        let number = names.topics.len() as u32;
        names.topics.push(topic.to_owned());
        names.by_topic.insert(topic.to_owned(), number);
        Ok(number)
    }

    /// The topic an event belongs to; an error says which of its numbers means nothing.
    pub fn name(&self, event: &Event) -> Result<String> {
        let names = self.lock();
        if event.kind >= USER {
            return names.topics.get(event.instrument as usize).cloned().ok_or_else(|| {
                Error::Data(format!(
                    "an event of kind {} has topic number {}, the bus knows {} topics",
                    event.kind,
                    event.instrument,
                    names.topics.len()
                ))
            });
        }
        let kind = EventKind::from_u8(event.kind)
            .ok_or_else(|| Error::Data(format!("event kind must be 1 to 23 or from {USER}, not {}", event.kind)))?;
        if kind == EventKind::Control {
            return Ok(CONTROL.into());
        }
        let Some((venue, prefix)) = names.instruments.get(event.instrument as usize) else {
            return Err(Error::Data(format!(
                "an event has instrument number {}, the bus knows {} instruments; register it first",
                event.instrument,
                names.instruments.len()
            )));
        };
        if *venue != event.venue {
            return Err(Error::Data(format!(
                "an event of {prefix} has venue number {}, its venue has {venue}",
                event.venue
            )));
        }
        Ok(format!("{prefix}.{}", kind_name(kind)))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Names> {
        self.names.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
