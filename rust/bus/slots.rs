//! The slots: where a record is written, committed and read. All the memory protocol of the ring is in this file.
//!
//! A slot is the record itself; its first word is the commit word, which holds the sequence once the record is
//! published and 0 while it is being written. Two ways in and out:
//!
//! - where every reader gates the producer, payload is copied plainly: the commit word's Release/Acquire orders it;
//! - where a reader may be lapped (an *open* ring), the writer zeroes the commit word first and copies the payload as
//!   relaxed words, and that reader looks at the commit word before and after (a seqlock per slot).

use std::ptr::NonNull;

use super::record::Record;
use super::sync::{AtomicU64, Ordering, fence};

/// What a reader that may be lapped found in a slot.
#[derive(Debug, PartialEq, Eq)]
pub enum Peek {
    /// The record, whole.
    Whole,
    /// Not published yet, or being written.
    Pending,
    /// A newer record has the slot.
    Lapped,
    /// The claim on the slot was given up.
    Void,
}

/// The slots of a ring; a view that does not own its memory.
pub struct Slots<T> {
    words: NonNull<AtomicU64>,
    mask: u64,
    record: std::marker::PhantomData<T>,
}

impl<T> Clone for Slots<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Slots<T> {}

// SAFETY: what the pointer leads to is atomics, or payload that the protocol of this file hands from one thread to
// another, of records that are Send and Sync.
unsafe impl<T: Record> Send for Slots<T> {}
// SAFETY: as above.
unsafe impl<T: Record> Sync for Slots<T> {}

impl<T: Record> Slots<T> {
    /// A view of `capacity` slots, a power of two.
    ///
    /// # Safety
    /// `words` points to `capacity * T::WORDS` initialised words, aligned for `T`, that outlive every use of the view
    /// and are touched only by the protocol of this file.
    pub unsafe fn new(words: NonNull<AtomicU64>, capacity: u64) -> Self {
        debug_assert!(capacity.is_power_of_two());
        Self { words, mask: capacity - 1, record: std::marker::PhantomData }
    }

    /// The first word of the slot of `sequence`.
    #[inline]
    fn slot(&self, sequence: u64) -> NonNull<AtomicU64> {
        // SAFETY: the masked index is below the capacity, so the offset stays inside the memory promised to `new`.
        unsafe { self.words.add((sequence & self.mask) as usize * T::WORDS) }
    }

    /// The slot's commit word.
    #[inline]
    pub fn commit_word(&self, sequence: u64) -> &AtomicU64 {
        // SAFETY: the slot's first word is an initialised atomic for as long as the view is used (see `new`).
        unsafe { self.slot(sequence).as_ref() }
    }

    /// The slot's words.
    #[inline]
    fn words_at(&self, sequence: u64) -> &[AtomicU64] {
        // SAFETY: a slot is `WORDS` initialised atomics for as long as the view is used (see `new`).
        unsafe { std::slice::from_raw_parts(self.slot(sequence).as_ptr(), T::WORDS) }
    }

    /// What the commit word says. Acquire pairs with the Release store in `commit`: the payload behind it is visible.
    #[inline]
    pub fn committed(&self, sequence: u64) -> u64 {
        self.commit_word(sequence).load(Ordering::Acquire)
    }

    /// Publishes what was written under `sequence`. Release pairs with the Acquire in `committed`.
    #[inline]
    pub fn commit(&self, sequence: u64) {
        self.commit_word(sequence).store(sequence, Ordering::Release);
    }

    /// Commits a claimed slot that was never written; readers step over it. A multi-producer ring only. No record's
    /// commit word looks like this: `sequence + 1` belongs to the next slot.
    pub fn commit_void(&self, sequence: u64) {
        self.commit_word(sequence).store(sequence.wrapping_add(1), Ordering::Release);
    }

    /// Whether the commit word `found` in the slot of `sequence` is a void's.
    #[inline]
    pub fn is_void(found: u64, sequence: u64) -> bool {
        found == sequence.wrapping_add(1)
    }

    /// Writes the payload of an open ring's slot.
    #[inline]
    pub fn write_open(&self, sequence: u64, record: &T) {
        write_words(self.words_at(sequence), record);
    }

    /// Copies out of a slot that may be overwritten meanwhile. `record` is whole only if the answer says so.
    #[inline]
    pub fn read_open(&self, sequence: u64, record: &mut T) -> Peek {
        // Acquire pairs with the Release in `commit`.
        let before = self.committed(sequence);
        if before != sequence {
            return match before {
                found if Self::is_void(found, sequence) => Peek::Void,
                found if found > sequence => Peek::Lapped,
                _ => Peek::Pending,
            };
        }
        if read_words(self.words_at(sequence), record) == sequence { Peek::Whole } else { Peek::Lapped }
    }
}

/// The record as words.
#[inline]
fn words_of<T: Record>(record: &T) -> *const u64 {
    std::ptr::from_ref(record).cast()
}

/// Writes all of the payload but the commit word, which is 0 until the caller commits. One writer at a time.
#[inline]
#[allow(clippy::needless_range_loop, reason = "an iterator over atomics is not unrolled")]
pub fn write_words<T: Record>(cell: &[AtomicU64], record: &T) {
    let cell = &cell[..T::WORDS];
    cell[0].store(0, Ordering::Relaxed);
    // Release fence: whoever sees one of the words below also sees the 0 (pairs with the fence in `read_words`).
    fence(Ordering::Release);
    let words = words_of(record);
    // By index: `iter().enumerate().skip(1)` is a call per word, which halved what a whole bus carries.
    for index in 1..T::WORDS {
        // SAFETY: a cell has as many words as the record.
        cell[index].store(unsafe { *words.add(index) }, Ordering::Relaxed);
    }
}

/// Copies the payload, after the caller has acquired the commit word, and gives the commit word as it is then: the copy
/// is whole if it is the same.
#[inline]
#[allow(clippy::needless_range_loop, reason = "an iterator over atomics is not unrolled")]
pub fn read_words<T: Record>(cell: &[AtomicU64], record: &mut T) -> u64 {
    let cell = &cell[..T::WORDS];
    let words = std::ptr::from_mut(record).cast::<u64>();
    for index in 1..T::WORDS {
        // SAFETY: a cell has as many words as the record, 8-byte aligned, and any bits are a valid record.
        unsafe { words.add(index).write(cell[index].load(Ordering::Relaxed)) };
    }
    // Acquire fence: if a word came from a later write, the load below sees that write's 0 or what followed it (pairs
    // with the Release fence in `write_words`).
    fence(Ordering::Acquire);
    let commit = cell[0].load(Ordering::Relaxed);
    record.set_sequence(commit);
    commit
}

#[cfg(not(loom))]
impl<T: Record> Slots<T> {
    /// Writes the payload where every reader gates the producer.
    ///
    /// # Safety
    /// The caller alone holds the claim on `sequence`, and no reader uses the slot: all gates passed
    /// `sequence - capacity`, and the ring is not open.
    #[inline]
    pub unsafe fn write_gated(&self, sequence: u64, record: &T) {
        // SAFETY: the claim makes this the only access to the payload (see above); source and slot have the same size
        // and do not overlap. The commit word is left out, because readers watch it.
        unsafe {
            let slot = self.slot(sequence).as_ptr().cast::<u8>();
            let bytes = words_of(record).cast::<u8>();
            std::ptr::copy_nonoverlapping(bytes.add(8), slot.add(8), std::mem::size_of::<T>() - 8);
        }
    }

    /// The record in place.
    ///
    /// # Safety
    /// `committed(sequence)` gave `sequence` (or an Acquire load of a cursor or gate covers it) and the caller's gate
    /// stays below `sequence` while the reference lives, so that the producer does not write the slot.
    #[inline]
    pub unsafe fn get(&self, sequence: u64) -> &T {
        // SAFETY: initialised, aligned for T (see `new`), any bits are valid, and nobody writes it (see above).
        unsafe { self.slot(sequence).cast::<T>().as_ref() }
    }
}

/// Loom's atomics are not plain memory: there the payload travels as relaxed words, and the model checks the values.
#[cfg(loom)]
impl<T: Record> Slots<T> {
    /// See the other implementation.
    // SAFETY: the caller's part is the other implementation's: the slot is its own, or nobody reads it.
    pub unsafe fn write_gated(&self, sequence: u64, record: &T) {
        for index in 1..T::WORDS {
            // SAFETY: the record has `WORDS` words.
            let value = unsafe { *words_of(record).add(index) };
            self.words_at(sequence)[index].store(value, Ordering::Relaxed);
        }
    }

    /// See the other implementation.
    // SAFETY: the caller's part is the other implementation's: nobody writes the slot meanwhile.
    pub unsafe fn get(&self, sequence: u64) -> T {
        let mut words = vec![sequence; T::WORDS];
        for (index, word) in words.iter_mut().enumerate().skip(1) {
            *word = self.words_at(sequence)[index].load(Ordering::Relaxed);
        }
        // SAFETY: as many words as the record has, any bits are valid.
        unsafe { words.as_ptr().cast::<T>().read() }
    }
}
