//! One of many producers of a ring: a bounded claim, then the same commit word.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::control::Behind;
use super::producer::{check_claim, detach};
use super::record::Record;
use super::region::Region;
use super::ring::Full;
use super::stall::Stall;
use super::sync::{Ordering, raise};
use crate::model::Result;

/// Publishes to a ring that others publish to. Clone it for another thread; the ring closes when the last one drops.
///
/// A claim is taken only where there is room, so that no producer ever waits inside a claim; one that is given up (a
/// panic) is committed as void, and readers step over it.
pub struct SharedProducer<T: Record, const PARKS: bool = false> {
    region: Arc<Region<T>>,
    timeout: Duration,
}

impl<T: Record, const PARKS: bool> SharedProducer<T, PARKS> {
    pub(super) const fn new(region: Arc<Region<T>>, timeout: Duration) -> Self {
        Self { region, timeout }
    }

    /// As [`super::Producer::publish`].
    pub fn publish(&self, record: T) -> Result<u64> {
        let mut claim = self.claim(1)?;
        claim.push(record);
        Ok(claim.commit())
    }

    /// As [`super::Producer::try_publish`]: also `Full` while another producer is a whole ring late with its commit.
    #[inline]
    pub fn try_publish(&self, record: T) -> std::result::Result<u64, Full<T>> {
        let Some(sequence) = self.try_take(1).ok() else {
            self.region.control().refused.fetch_add(1, Ordering::Relaxed);
            return Err(Full(record));
        };
        self.write(sequence, &record);
        self.region.slots.commit(sequence);
        self.wake();
        Ok(sequence)
    }

    /// Publishes all records, adjacent and in order.
    pub fn publish_batch(&self, records: &[T]) -> Result<u64> {
        let mut claim = self.claim(records.len() as u64)?;
        for record in records {
            claim.push(*record);
        }
        Ok(claim.commit())
    }

    /// Claims room for `count` adjacent records, waiting for it for at most the ring's timeout. A claim of nothing or
    /// of more than the ring is an error.
    pub fn claim(&self, count: u64) -> Result<SharedClaim<'_, T, PARKS>> {
        check_claim(count, self.region.shape.capacity)?;
        let mut stall: Option<Stall> = None;
        loop {
            match self.try_take(count) {
                Ok(first) => return Ok(SharedClaim { producer: self, first, written: first, end: first + count }),
                Err(Some(slow)) if self.detach_late(slow) => {}
                Err(Some(slow)) => {
                    stall.get_or_insert_with(|| Stall::new(Instant::now(), self.timeout)).wait(&self.region, slow)?;
                }
                Err(None) => stall
                    .get_or_insert_with(|| Stall::new(Instant::now(), self.timeout))
                    .wait_for_commit(&self.region)?,
            }
        }
    }

    /// Detaches a consumer that lags more than it may.
    fn detach_late(&self, slow: Behind) -> bool {
        let late = self.region.seats()[slow.seat].detach_after.load(Ordering::Relaxed) > 0;
        if late {
            detach(&self.region, slow);
        }
        late
    }

    /// Takes `count` sequences and gives the first; otherwise who is in the way, `None` for a producer.
    fn try_take(&self, count: u64) -> std::result::Result<u64, Option<Behind>> {
        let control = self.region.control();
        let capacity = self.region.shape.capacity;
        loop {
            let claimed = control.claimed.0.load(Ordering::Relaxed);
            let last = claimed + count;
            // Acquire pairs with the Release of the producer that was granted it: it saw the gates, so do we.
            if last > control.granted.0.load(Ordering::Acquire) {
                let (limit, slow) = control.grant(self.region.seats(), capacity, claimed, count);
                raise(&control.granted.0, limit);
                if last > limit && last > control.granted.0.load(Ordering::Acquire) {
                    return Err(slow);
                }
            }
            if !(claimed + 1..=last).all(|sequence| self.is_free(sequence)) {
                if control.claimed.0.load(Ordering::Relaxed) == claimed {
                    return Err(None);
                }
                continue;
            }
            // Relaxed: the claim orders nothing; slots are ordered by commit words, credit by `granted`.
            let taken = control.claimed.0.compare_exchange_weak(claimed, last, Ordering::Relaxed, Ordering::Relaxed);
            if taken.is_ok() {
                return Ok(claimed + 1);
            }
            super::sync::spin_hint();
        }
    }

    /// Whether the slot's last writer, a ring earlier, has committed. Without gating consumers nothing else says so.
    fn is_free(&self, sequence: u64) -> bool {
        let shape = self.region.shape;
        let Some(earlier) = sequence.checked_sub(shape.capacity).filter(|earlier| *earlier > shape.origin) else {
            return true;
        };
        // Acquire inside pairs with that writer's Release.
        let found = self.region.slots.committed(sequence);
        found == earlier || super::slots::Slots::<T>::is_void(found, earlier)
    }

    #[inline]
    fn write(&self, sequence: u64, record: &T) {
        if self.region.shape.open {
            self.region.slots.write_open(sequence, record);
        } else {
            // SAFETY: `try_take` gave this sequence to us alone, the slot's last writer is done (`is_free`), every gate
            // passed `sequence - capacity` (`grant`), and the ring is not open.
            unsafe { self.region.slots.write_gated(sequence, record) };
        }
    }

    #[inline]
    fn wake(&self) {
        if PARKS {
            self.region.control().lot.0.wake();
        }
    }
}

impl<T: Record, const PARKS: bool> Clone for SharedProducer<T, PARKS> {
    fn clone(&self) -> Self {
        self.region.control().producers.fetch_add(1, Ordering::Relaxed);
        Self { region: Arc::clone(&self.region), timeout: self.timeout }
    }
}

impl<T: Record, const PARKS: bool> Drop for SharedProducer<T, PARKS> {
    fn drop(&mut self) {
        let control = self.region.control();
        // AcqRel: the last one out has seen what the others did; Release pairs with the consumers' load of `closed`.
        if control.producers.fetch_sub(1, Ordering::AcqRel) == 1 {
            control.closed.store(1, Ordering::Release);
            self.wake();
        }
    }
}

/// Sequences that are ours alone until committed. Dropped early, the rest is committed as void.
pub struct SharedClaim<'p, T: Record, const PARKS: bool> {
    producer: &'p SharedProducer<T, PARKS>,
    first: u64,
    written: u64,
    end: u64,
}

impl<T: Record, const PARKS: bool> SharedClaim<'_, T, PARKS> {
    /// Writes the next record; `false` if the claim is full.
    pub fn push(&mut self, record: T) -> bool {
        if self.written == self.end {
            return false;
        }
        self.producer.write(self.written, &record);
        self.written += 1;
        true
    }

    /// Publishes what was pushed and gives its last sequence.
    pub fn commit(mut self) -> u64 {
        for sequence in self.first..self.written {
            self.producer.region.slots.commit(sequence);
        }
        self.first = self.written;
        self.written - 1
    }
}

impl<T: Record, const PARKS: bool> Drop for SharedClaim<'_, T, PARKS> {
    fn drop(&mut self) {
        for sequence in self.first..self.end {
            self.producer.region.slots.commit_void(sequence);
        }
        self.producer.wake();
    }
}
