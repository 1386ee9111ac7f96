//! The last record of every topic of one ring, in the mapping, for conflating readers that were lapped.
//!
//! Written by the ring's publisher alone, and only while a conflating reader sits there. What makes it exact without a word
//! from the one to the other:
//!
//! - a publisher publishes at most half a ring at a time and says in the ring's cursor how far it is; after each part it
//!   passes a fence, looks whether somebody conflates (the directory's epoch), and only then keeps the part in the table
//!   and asks for more credit;
//! - a reader that comes says so (the epoch), passes a fence, and begins after the last record it then finds.
//!
//! So either the publisher's look sees the reader, or the reader begins no earlier than that look: all that the reader has to
//! get is kept before it can be overwritten. A part that is not in the table yet, because its publisher is at it or was
//! killed at it, is still in the ring. What a cell holds from an earlier publisher or an earlier reader's time has a
//! sequence below anything a reader asks for, because the ring's sequences go on.

use std::mem::size_of;

use super::super::latest::{keep_in, kept_in};
use super::super::message::Message;
use super::super::record::Record;
use super::super::sync::{AtomicU64, Ordering, raise};
use crate::model::Report;

/// Topics whose last record a ring keeps while somebody conflates: two mebibytes. Part of the layout.
pub const TOPICS: usize = 16_384;
/// Words of a cell, which holds a record of any type: its commit word is where it was for the publisher before.
pub const CELL_WORDS: usize = size_of::<Report>() / 8;

/// What is known of a table as a whole.
#[repr(C, align(128))]
pub struct TableHead {
    /// Cells in use; the others need no look.
    used: AtomicU64,
    /// Last sequence of which the table may lack records: published by somebody with too many topics, before it knew that
    /// a reader had come.
    hole: AtomicU64,
}

/// See the module.
pub struct Table<'m> {
    /// Its head.
    pub head: &'m TableHead,
    /// Its cells, one after the other.
    pub cells: &'m [AtomicU64],
}

impl Table<'_> {
    /// Begins with no cell in use. Whoever reads the ring now asks for nothing that was in one.
    pub fn begin(&self) {
        self.head.used.store(0, Ordering::Relaxed);
    }

    /// Keeps a published record as the last one of its topic.
    #[inline]
    pub fn keep<M: Message>(&self, number: usize, sequence: u64, record: &M) {
        keep_in(self.cell::<M>(number), sequence, record);
        if number as u64 >= self.head.used.load(Ordering::Relaxed) {
            // Release pairs with the Acquire in `between`.
            self.head.used.store(number as u64 + 1, Ordering::Release);
        }
    }

    /// Says that the record of this sequence is not in the table and should be.
    #[cold]
    pub fn lack(&self, sequence: u64) {
        raise(&self.head.hole, sequence);
    }

    /// Adds the records published under `from..=to` that are still the last of their topic, in order of sequence. Says of
    /// how many the table does not know whether they were.
    pub fn between<M: Message>(&self, from: u64, to: u64, found: &mut Vec<M>) -> u64 {
        let begin = found.len();
        let used = (self.head.used.load(Ordering::Acquire) as usize).min(TOPICS);
        found.extend((0..used).filter_map(|number| kept_in::<M>(self.cell::<M>(number), from, to)));
        found[begin..].sort_unstable_by_key(Record::sequence);
        // The reader has acquired the bound that lets it be lapped, which was raised after this.
        let unknown = to.min(self.head.hole.load(Ordering::Relaxed));
        let known = found[begin..].iter().filter(|record| record.sequence() <= unknown).count() as u64;
        (unknown + 1).saturating_sub(from) - known
    }

    fn cell<M: Message>(&self, number: usize) -> &[AtomicU64] {
        &self.cells[number * CELL_WORDS..][..M::WORDS]
    }
}
