//! The newest record of each key, in the order of arrival.

use std::collections::{HashMap, VecDeque};

use super::message::Message;
use crate::model::{Error, Result};

/// What makes two records versions of the same thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// The instrument (or user topic).
    Instrument,
    /// The topic of one instrument: its kind, and a bar's timeframe or a hit's pattern. Of a user's topic each kind.
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

    fn of<M: Message>(self, record: &M) -> u64 {
        match self {
            Self::Instrument => record.instrument_key(),
            Self::Topic => record.topic_key(),
        }
    }
}

/// An error for a pattern of the bus's own notices.
pub fn check_notices(pattern: &str) -> Result<()> {
    if pattern.split('.').next() == Some("control") {
        return Err(Error::Config(format!(
            "pattern {pattern:?} with policy \"conflate\": notices are not versions of one thing; read them \"lossy\""
        )));
    }
    Ok(())
}

/// Records read and not given out; one per key.
pub struct Conflation<M> {
    key: Key,
    /// `None` where a newer record of the key has arrived.
    queue: VecDeque<Option<M>>,
    /// Where in the queue a key's record is, counted from the first record ever.
    places: HashMap<u64, u64>,
    /// Records that left the front of the queue.
    gone: u64,
    skipped: u64,
}

impl<M: Message> Conflation<M> {
    /// Nothing read.
    pub fn new(key: Key) -> Self {
        Self { key, queue: VecDeque::new(), places: HashMap::new(), gone: 0, skipped: 0 }
    }

    /// Takes in a record, instead of an earlier one of its key.
    pub fn take(&mut self, record: &M) {
        let place = self.gone + self.queue.len() as u64;
        if let Some(earlier) = self.places.insert(self.key.of(record), place) {
            self.queue[(earlier - self.gone) as usize] = None;
            self.skipped += 1;
        }
        self.queue.push_back(Some(*record));
        if self.queue.len() > 64 && self.queue.len() > 4 * self.places.len() {
            self.compact();
        }
    }

    /// Counts records that never came here.
    pub fn skip(&mut self, count: u64) {
        self.skipped += count;
    }

    /// Hands out up to `max` records and says how many.
    pub fn give(&mut self, max: usize, handle: &mut impl FnMut(&M)) -> usize {
        let mut given = 0;
        while given < max
            && let Some(front) = self.queue.pop_front()
        {
            self.gone += 1;
            if let Some(record) = front {
                self.places.remove(&self.key.of(&record));
                handle(&record);
                given += 1;
            }
        }
        given
    }

    /// Records replaced by newer ones.
    pub const fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Records waiting.
    pub fn pending(&self) -> u64 {
        self.places.len() as u64
    }

    /// Drops the holes, so that the queue stays in proportion to the keys.
    fn compact(&mut self) {
        self.queue.retain(Option::is_some);
        self.gone = 0;
        for (place, record) in (0..).zip(self.queue.iter().flatten()) {
            self.places.insert(self.key.of(record), place);
        }
    }
}
