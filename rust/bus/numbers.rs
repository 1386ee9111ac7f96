//! The numbers one publisher gives to its topics, found by what a record says; of a user's topic, to each kind by itself,
//! because that is how conflating readers tell records apart.
#![allow(clippy::inline_always, reason = "measured: a call or a value in memory here costs a nanosecond a record")]

use std::collections::HashMap;

use super::message::{Message, Spot};

/// Topics seen so far, from 1. One load for nearly all of them.
#[derive(Debug, Default)]
pub struct Numbers {
    near: Vec<[u32; 32]>,
    /// The first kind of each, the others are behind their keys.
    user: Vec<(u8, u32)>,
    seldom: HashMap<u64, u32>,
    count: u32,
}

impl Numbers {
    /// The number of the record's topic, 0 for one that was not seen.
    #[inline(always)]
    pub fn of<M: Message>(&self, record: &M) -> u32 {
        match record.spot() {
            Spot::Near(row, column) => self.near.get(row).map_or(0, |columns| columns[column]),
            Spot::User(number, kind) => match self.user.get(number) {
                Some((first, number)) if *first == kind => *number,
                _ => self.of_seldom(record),
            },
            Spot::Seldom => self.of_seldom(record),
        }
    }

    #[inline(never)]
    fn of_seldom<M: Message>(&self, record: &M) -> u32 {
        self.seldom.get(&record.topic_key()).copied().unwrap_or(0)
    }

    /// The same, counted from 0 and given the first time the topic is seen; `None` where there are `limit` of them.
    #[inline]
    pub fn within<M: Message>(&mut self, record: &M, limit: usize) -> Option<usize> {
        let known = self.of(record);
        if known != 0 {
            return Some(known as usize - 1);
        }
        ((self.count as usize) < limit).then(|| self.add(record) as usize - 1)
    }

    /// Gives the topic of a record the next number. The record's numbers mean something: they index.
    pub fn add<M: Message>(&mut self, record: &M) -> u32 {
        self.count += 1;
        match record.spot() {
            Spot::Near(row, column) => {
                self.near.resize(self.near.len().max(row + 1), [0; 32]);
                self.near[row][column] = self.count;
            }
            Spot::User(number, kind) if self.is_new_name(record) => {
                self.user.resize(self.user.len().max(number + 1), (0, 0));
                self.user[number] = (kind, self.count);
            }
            Spot::User(..) | Spot::Seldom => drop(self.seldom.insert(record.topic_key(), self.count)),
        }
        self.count
    }

    /// Whether a record's name was not seen, of whichever kind.
    pub fn is_new_name<M: Message>(&self, record: &M) -> bool {
        match record.spot() {
            Spot::User(number, _) => self.user.get(number).is_none_or(|(_, number)| *number == 0),
            _ => self.of(record) == 0,
        }
    }

    /// How many topics there are.
    pub const fn count(&self) -> u32 {
        self.count
    }
}
