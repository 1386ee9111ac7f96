//! The one producer of a ring.
#![allow(clippy::inline_always, reason = "measured: as a call, a publication of 64 bytes takes 5.1 ns and not 3.6")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::control::{Behind, NOT_GATING};
use super::record::Record;
use super::region::Region;
use super::ring::Full;
use super::slots::Slots;
use super::stall::Stall;
use super::sync::Ordering;
use crate::model::{Error, Result};

/// Single publications between two lazy stores of the cursor: their readers look at commit words.
const CURSOR_EVERY: u64 = 1024;
/// Records of a batch between two stores of the cursor: what readers of batches wait for at most.
const CURSOR_BATCH: usize = 64;

/// Publishes to a ring; there is one at a time. Dropping it closes the ring for its consumers once they read the rest.
pub struct Producer<T: Record, const PARKS: bool = false> {
    region: Arc<Region<T>>,
    /// The region's, here so that a loop keeps them in registers.
    slots: Slots<T>,
    open: bool,
    /// Next sequence to publish.
    next: u64,
    /// Highest sequence that may be written without a look at the seats.
    limit: u64,
    timeout: Duration,
    /// Whether the cursor says that it is all there is.
    exact: bool,
    /// Whether the ring ends with it.
    closes: bool,
}

impl<T: Record, const PARKS: bool> Producer<T, PARKS> {
    pub(super) fn new(region: Arc<Region<T>>, timeout: Duration) -> Self {
        // Another producer may have been here, and may have died in the middle of a batch.
        let last = super::join::latest(&region);
        region.control().cursor.0.set_exact(false);
        region.control().cursor.0.store(last);
        let (slots, open) = (region.slots, region.shape.open);
        Self { region, slots, open, next: last + 1, limit: last, timeout, exact: false, closes: true }
    }

    /// Publishes one record, waiting for room for at most the ring's timeout. Gives its sequence; an `Engine` error
    /// names the consumer that was too slow.
    #[inline(always)]
    pub fn publish(&mut self, record: T) -> Result<u64> {
        if self.next > self.limit {
            self.wait_for(1)?;
        }
        Ok(self.put(&record))
    }

    /// Publishes one record if there is room, gives it back if not.
    #[inline]
    pub fn try_publish(&mut self, record: T) -> std::result::Result<u64, Full<T>> {
        if self.next > self.limit && !self.refill(1) {
            self.region.control().refused.fetch_add(1, Ordering::Relaxed);
            return Err(Full(record));
        }
        Ok(self.put(&record))
    }

    /// Publishes all records in order, waiting for room as [`Self::publish`] does. Gives the last sequence; after an
    /// error [`Self::published`] says how far it came.
    pub fn publish_batch(&mut self, records: &[T]) -> Result<u64> {
        let mut rest = records;
        while !rest.is_empty() {
            rest = &rest[self.publish_some(rest)?..];
        }
        Ok(self.published())
    }

    /// Waits for room for the first record, as [`Self::publish`] does, and publishes as many as there is room for then;
    /// says how many.
    pub(super) fn publish_some(&mut self, records: &[T]) -> Result<usize> {
        if self.next > self.limit {
            self.wait_for(1)?;
        }
        Ok(self.put_some(records))
    }

    /// Publishes as many of the records as there is room for, and says how many.
    pub fn try_publish_batch(&mut self, records: &[T]) -> usize {
        let mut done = 0;
        while done < records.len() && (self.next <= self.limit || self.refill(1)) {
            done += self.put_some(&records[done..]);
        }
        self.region.control().refused.fetch_add((records.len() - done) as u64, Ordering::Relaxed);
        done
    }

    /// Claims room for `count` records that become visible together, at [`Claim::commit`]. A claim of nothing or of
    /// more than the ring is an error; so is waiting longer than the ring's timeout.
    ///
    /// ```
    /// # use quantum_core::{bus::{Poll, Ring}, model::Event};
    /// let ring: Ring<Event> = Ring::<Event>::builder(8).build()?;
    /// let mut consumer = ring.join("c").consumer()?;
    /// let mut producer = ring.producer()?;
    /// let mut claim = producer.claim(2)?;
    /// claim.push(Event { price: 1, ..Event::default() });
    /// claim.push(Event { price: 2, ..Event::default() });
    /// assert_eq!(claim.commit(), 2);
    /// drop(producer.claim(2)?); // given up: nothing happened
    /// assert_eq!(consumer.poll(9, |_| {}), Poll::Ready(2));
    /// assert!(producer.claim(9).is_err());
    /// # Ok::<(), quantum_core::model::Error>(())
    /// ```
    #[inline]
    pub fn claim(&mut self, count: u64) -> Result<Claim<'_, T, PARKS>> {
        check_claim(count, self.region.shape.capacity)?;
        if self.limit < self.next + (count - 1) {
            self.wait_for(count)?;
        }
        let (slots, open) = (self.slots, self.open);
        Ok(Claim { slots, open, written: self.next, end: self.next + count, producer: self })
    }

    /// Last sequence published.
    pub const fn published(&self) -> u64 {
        self.next - 1
    }

    /// Publications that `try_publish` and `try_publish_batch` refused.
    pub fn refused(&self) -> u64 {
        self.region.control().refused.load(Ordering::Relaxed)
    }

    /// Consumers taken out of gating so far.
    pub fn detached(&self) -> u64 {
        self.region.control().detached.load(Ordering::Relaxed)
    }

    /// Lets the ring go on without it: others will follow.
    pub(super) const fn one_of_many_in_turn(mut self) -> Self {
        self.closes = false;
        self
    }

    /// Sets how long a publication may wait for room.
    pub const fn set_timeout(&mut self, timeout: Duration) {
        self.timeout = timeout;
    }

    /// Writes and commits the next slot; there is credit for it.
    #[inline(always)]
    fn put(&mut self, record: &T) -> u64 {
        // SAFETY: this is the one producer (`Ring::producer`), and the sequence is within the limit.
        unsafe { write(self.slots, self.open, self.next, record) };
        self.commit_one()
    }

    /// Commits the next slot, which is written.
    #[inline(always)]
    fn commit_one(&mut self) -> u64 {
        if self.exact {
            self.exact = false;
            // Before the slot is committed: from here on the slots know more.
            self.region.control().cursor.0.set_exact(false);
        }
        let sequence = self.next;
        self.slots.commit(sequence);
        self.next = sequence + 1;
        if sequence.is_multiple_of(CURSOR_EVERY) {
            self.store_cursor();
        }
        self.wake();
        sequence
    }

    /// Writes and commits as many as there is credit for.
    fn put_some(&mut self, records: &[T]) -> usize {
        let room = self.limit - (self.next - 1);
        let count = (records.len() as u64).min(room) as usize;
        if count == 1 {
            self.put(&records[0]);
            // Whoever publishes by parts relies on a cursor that is at the end of each (`shared/table.rs`).
            self.store_cursor();
            return 1;
        }
        for part in records[..count].chunks(CURSOR_BATCH) {
            let (first, slots, open) = (self.next, self.slots, self.open);
            for (sequence, record) in (first..).zip(part) {
                // SAFETY: as in `put`.
                unsafe { write(slots, open, sequence, record) };
                slots.commit(sequence);
            }
            self.next = first + part.len() as u64;
            self.store_exact_cursor();
        }
        self.wake();
        count
    }

    #[inline]
    fn store_cursor(&self) {
        self.region.control().cursor.0.store(self.next - 1);
    }

    /// After a batch.
    #[inline]
    fn store_exact_cursor(&mut self) {
        self.store_cursor();
        if !self.exact {
            self.exact = true;
            self.region.control().cursor.0.set_exact(true);
        }
    }

    #[inline]
    fn wake(&self) {
        if PARKS {
            self.region.control().lot.0.wake();
        }
    }

    /// Asks for credit for `need` more; says whether it came.
    #[cold]
    fn refill(&mut self, need: u64) -> bool {
        self.ask(need).is_none()
    }

    /// Asks for credit for `need` more; otherwise says who is in the way.
    fn ask(&mut self, need: u64) -> Option<Behind> {
        let published = self.next - 1;
        self.store_cursor();
        loop {
            let region = &*self.region;
            let (limit, slowest) = region.control().grant(region.seats(), region.shape.capacity, published, need);
            self.limit = limit;
            if limit >= published + need {
                return None;
            }
            let slowest = slowest.expect("only a consumer limits a grant to less than was needed");
            if region.seats()[slowest.seat].detach_after.load(Ordering::Relaxed) == 0 {
                return Some(slowest);
            }
            detach(region, slowest);
        }
    }

    #[cold]
    fn wait_for(&mut self, need: u64) -> Result<()> {
        let mut stall: Option<Stall> = None;
        while let Some(slowest) = self.ask(need) {
            let region = Arc::clone(&self.region);
            stall.get_or_insert_with(|| Stall::new(Instant::now(), self.timeout)).wait(&region, slowest)?;
        }
        Ok(())
    }
}

impl<T: Record, const PARKS: bool> Drop for Producer<T, PARKS> {
    fn drop(&mut self) {
        self.store_cursor();
        let control = self.region.control();
        // Release pairs with the Acquire load in `Consumer::poll` and `Ring::producer`: the cursor before it is final.
        if self.closes {
            control.closed.store(1, Ordering::Release);
        }
        control.producers.store(0, Ordering::Release);
        self.wake();
    }
}

/// Writes a slot of either sort of ring.
///
/// # Safety
/// The caller alone has the claim on the sequence, and `grant` gave it after every gate passed `sequence - capacity`.
#[inline(always)]
pub unsafe fn write<T: Record>(slots: Slots<T>, open: bool, sequence: u64, record: &T) {
    if open {
        slots.write_open(sequence, record);
    } else {
        // SAFETY: as above, and the ring is not open.
        unsafe { slots.write_gated(sequence, record) };
    }
}

/// A claim's size against the ring's.
#[inline]
pub fn check_claim(count: u64, capacity: u64) -> Result<()> {
    if count == 0 || count > capacity { Err(wrong_claim(count, capacity)) } else { Ok(()) }
}

#[cold]
fn wrong_claim(count: u64, capacity: u64) -> Error {
    Error::Config(format!("a claim must be from 1 to the ring's {capacity} slots, not {count}"))
}

/// Takes a consumer out of gating, unless it has moved on since it was seen.
pub fn detach<T: Record>(region: &Region<T>, behind: Behind) {
    let gate = &region.seats()[behind.seat].gate.0;
    // Acquire as in the scan of the gates: what the consumer read happened before the slots are written again. The
    // consumer's own exchange of the gate then fails, which is how it learns.
    if gate.compare_exchange(behind.gate, NOT_GATING, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
        region.control().detached.fetch_add(1, Ordering::Relaxed);
    }
}

/// Room for some records, not yet visible. Dropped without [`Claim::commit`], it never was.
pub struct Claim<'p, T: Record, const PARKS: bool> {
    producer: &'p mut Producer<T, PARKS>,
    slots: Slots<T>,
    open: bool,
    written: u64,
    end: u64,
}

impl<T: Record, const PARKS: bool> Claim<'_, T, PARKS> {
    /// Writes the next record; `false` if the claim is full.
    #[inline]
    pub fn push(&mut self, record: T) -> bool {
        if self.written == self.end {
            return false;
        }
        // SAFETY: this is the one producer's, and `claim` found room up to `end`.
        unsafe { write(self.slots, self.open, self.written, &record) };
        self.written += 1;
        true
    }

    /// Publishes what was pushed and gives its last sequence; the rest of the claim is returned.
    #[inline]
    pub fn commit(self) -> u64 {
        if self.written == self.producer.next + 1 {
            return self.producer.commit_one();
        }
        for sequence in self.producer.next..self.written {
            self.slots.commit(sequence);
        }
        self.producer.next = self.written;
        self.producer.store_exact_cursor();
        self.producer.wake();
        self.producer.published()
    }
}
