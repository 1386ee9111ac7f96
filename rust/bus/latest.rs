//! The last record of every topic of one publisher, for conflating readers that were lapped.

use std::marker::PhantomData;
use std::sync::OnceLock;

use super::record::Record;
use super::slots::{read_words, write_words};
use super::sync::{AtomicU64, Ordering};

/// Cells of a chunk; chunks, once there, never move, so that readers need no lock. Loom's atomics are heavy: two cells.
const CHUNK: usize = if cfg!(loom) { 2 } else { 1024 };
const CHUNKS: usize = if cfg!(loom) { 1 } else { 4096 };

type Chunk = Box<[AtomicU64]>;

/// One cell per topic, each a record behind its own commit word. One writer, the publisher's thread.
pub struct Latest<T: Record> {
    chunks: Box<[OnceLock<Chunk>]>,
    used: AtomicU64,
    record: PhantomData<fn() -> T>,
}

impl<T: Record> Latest<T> {
    /// No cells yet.
    pub fn new() -> Self {
        let chunks = (0..CHUNKS).map(|_| OnceLock::new()).collect();
        Self { chunks, used: AtomicU64::new(0), record: PhantomData }
    }

    /// Keeps a published record in cell `number`. Called by the publisher's thread alone, before it publishes the next.
    #[inline]
    pub fn keep(&self, number: usize, sequence: u64, record: &T) {
        let chunk = self.chunks[number / CHUNK].get_or_init(Self::chunk);
        keep_in(Self::cell(chunk, number), sequence, record);
        if number as u64 >= self.used.load(Ordering::Relaxed) {
            // Release pairs with the Acquire in `between`: the chunk is there.
            self.used.store(number as u64 + 1, Ordering::Release);
        }
    }

    /// Adds the records published under `from..=to` that are still the last of their topic, in order of sequence.
    pub fn between(&self, from: u64, to: u64, found: &mut Vec<T>) {
        let begin = found.len();
        for number in 0..self.used.load(Ordering::Acquire) as usize {
            let Some(chunk) = self.chunks[number / CHUNK].get() else { continue };
            found.extend(kept_in::<T>(Self::cell(chunk, number), from, to));
        }
        found[begin..].sort_unstable_by_key(Record::sequence);
    }

    fn cell(chunk: &[AtomicU64], number: usize) -> &[AtomicU64] {
        &chunk[number % CHUNK * T::WORDS..][..T::WORDS]
    }

    fn chunk() -> Chunk {
        (0..CHUNK * T::WORDS).map(|_| AtomicU64::new(0)).collect()
    }
}

/// Writes a published record to a cell. One writer.
#[inline]
pub fn keep_in<T: Record>(cell: &[AtomicU64], sequence: u64, record: &T) {
    write_words(cell, record);
    // Release pairs with the Acquire in `kept_in`.
    cell[0].store(sequence, Ordering::Release);
}

/// The record in a cell, if it was published under `from..=to`. A cell that changes meanwhile now holds a later record,
/// which is still ahead in the ring.
pub fn kept_in<T: Record>(cell: &[AtomicU64], from: u64, to: u64) -> Option<T> {
    let sequence = cell[0].load(Ordering::Acquire);
    // SAFETY: any bits are a valid record, zeros among them.
    let mut record: T = unsafe { std::mem::zeroed() };
    ((from..=to).contains(&sequence) && read_words(cell, &mut record) == sequence).then_some(record)
}

/// The most topics a publisher can keep the last record of.
#[cfg(not(loom))]
pub const MAX_TOPICS: usize = CHUNK * CHUNKS;
