//! The last record of every topic of one publisher, for conflating readers that were lapped.

use std::sync::OnceLock;
use std::sync::atomic::AtomicUsize;

use super::slots::{read_words, write_words};
use super::sync::{AtomicU64, Ordering};
use crate::model::Event;

/// Cells of a chunk; chunks, once there, never move, so that readers need no lock.
const CHUNK: usize = 1024;
const CHUNKS: usize = 4096;

#[repr(C, align(64))]
struct Cell([AtomicU64; 8]);

/// One cell per topic, each a record behind its own commit word. One writer, the publisher's thread.
pub struct Latest {
    chunks: Box<[OnceLock<Box<[Cell]>>]>,
    used: AtomicUsize,
}

impl Latest {
    /// No cells yet.
    pub fn new() -> Self {
        Self { chunks: (0..CHUNKS).map(|_| OnceLock::new()).collect(), used: AtomicUsize::new(0) }
    }

    /// Keeps a published event in cell `number`. Called by the publisher's thread alone.
    #[inline]
    pub fn keep(&self, number: usize, sequence: u64, event: &Event) {
        let chunk = self.chunks[number / CHUNK].get_or_init(chunk);
        let cell = &chunk[number % CHUNK].0;
        write_words(cell, event);
        // Release pairs with the Acquire in `between`.
        cell[0].store(sequence, Ordering::Release);
        if number >= self.used.load(Ordering::Relaxed) {
            // Release pairs with the Acquire in `between`: the chunk is there.
            self.used.store(number + 1, Ordering::Release);
        }
    }

    /// Adds the records published under `from..=to` that are still the last of their topic, in order of sequence.
    pub fn between(&self, from: u64, to: u64, found: &mut Vec<Event>) {
        let begin = found.len();
        for number in 0..self.used.load(Ordering::Acquire) {
            let Some(chunk) = self.chunks[number / CHUNK].get() else { continue };
            let cell = &chunk[number % CHUNK].0;
            let sequence = cell[0].load(Ordering::Acquire);
            let mut event = Event::default();
            // A cell that changes meanwhile now holds a later record, which is still ahead in the ring.
            if (from..=to).contains(&sequence) && read_words(cell, &mut event) == sequence {
                found.push(event);
            }
        }
        found[begin..].sort_unstable_by_key(|event| event.sequence);
    }
}

fn chunk() -> Box<[Cell]> {
    (0..CHUNK).map(|_| Cell([const { AtomicU64::new(0) }; 8])).collect()
}

/// The most topics a publisher can keep the last record of.
pub const MAX_TOPICS: usize = CHUNK * CHUNKS;
