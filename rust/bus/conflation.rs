//! The newest event of each key, in the order of arrival.

use std::collections::{HashMap, VecDeque};

use crate::model::{Error, Event, Result};

/// What makes two events versions of the same thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// The instrument (or user topic).
    Instrument,
    /// Instrument and kind.
    Topic,
}

impl Key {
    /// Reads `instrument` or `topic`.
    pub fn parse(name: &str) -> Result<Self> {
        match name {
            "instrument" => Ok(Self::Instrument),
            "topic" => Ok(Self::Topic),
            _ => Err(Error::Config(format!("key must be \"instrument\" or \"topic\", not {name:?}"))),
        }
    }

    fn of(self, event: &Event) -> u64 {
        // Users' topics have numbers of their own: the top bit of the kind keeps them apart from instruments.
        let kind = if self == Self::Topic { event.kind } else { event.kind & 0x80 };
        u64::from(event.instrument) << 8 | u64::from(kind)
    }
}

/// Events read and not given out; one per key.
pub struct Conflation {
    key: Key,
    /// `None` where a newer event of the key has arrived.
    queue: VecDeque<Option<Event>>,
    /// Where in the queue a key's event is, counted from the first event ever.
    places: HashMap<u64, u64>,
    /// Events that left the front of the queue.
    gone: u64,
    skipped: u64,
}

impl Conflation {
    /// Nothing read.
    pub fn new(key: Key) -> Self {
        Self { key, queue: VecDeque::new(), places: HashMap::new(), gone: 0, skipped: 0 }
    }

    /// Takes in an event, instead of an earlier one of its key.
    pub fn take(&mut self, event: &Event) {
        let place = self.gone + self.queue.len() as u64;
        if let Some(earlier) = self.places.insert(self.key.of(event), place) {
            self.queue[(earlier - self.gone) as usize] = None;
            self.skipped += 1;
        }
        self.queue.push_back(Some(*event));
        if self.queue.len() > 64 && self.queue.len() > 4 * self.places.len() {
            self.compact();
        }
    }

    /// Counts events that never came here.
    pub fn skip(&mut self, count: u64) {
        self.skipped += count;
    }

    /// Hands out up to `max` events and says how many.
    pub fn give(&mut self, max: usize, handle: &mut impl FnMut(&Event)) -> usize {
        let mut given = 0;
        while given < max
            && let Some(front) = self.queue.pop_front()
        {
            self.gone += 1;
            if let Some(event) = front {
                self.places.remove(&self.key.of(&event));
                handle(&event);
                given += 1;
            }
        }
        given
    }

    /// Events replaced by newer ones.
    pub const fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Events waiting.
    pub fn pending(&self) -> u64 {
        self.places.len() as u64
    }

    /// Drops the holes, so that the queue stays in proportion to the keys.
    fn compact(&mut self) {
        self.queue.retain(Option::is_some);
        self.gone = 0;
        for (place, event) in (0..).zip(self.queue.iter().flatten()) {
            self.places.insert(self.key.of(event), place);
        }
    }
}
