//! The numbers one publisher gives to its topics, found by what a record says.

use std::collections::HashMap;

use super::message::{Message, Spot};

/// Topics seen so far, from 1. One load for nearly all of them.
#[derive(Debug, Default)]
pub struct Numbers {
    near: Vec<[u32; 32]>,
    user: Vec<u32>,
    far: HashMap<u64, u32>,
    count: u32,
}

impl Numbers {
    /// The number of the record's topic, 0 for one that was not seen.
    #[inline]
    pub fn of<M: Message>(&self, record: &M) -> u32 {
        match record.spot() {
            Spot::Near(row, column) => self.near.get(row).map_or(0, |columns| columns[column]),
            Spot::User(number) => self.user.get(number).copied().unwrap_or(0),
            Spot::Far(key) => self.far.get(&key).copied().unwrap_or(0),
        }
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
            Spot::User(number) => {
                self.user.resize(self.user.len().max(number + 1), 0);
                self.user[number] = self.count;
            }
            Spot::Far(key) => drop(self.far.insert(key, self.count)),
        }
        self.count
    }

    /// How many topics there are.
    pub const fn count(&self) -> u32 {
        self.count
    }
}
