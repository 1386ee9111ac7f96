//! A producer out of room: how it waits, whom it blames, and when it goes on without them.

use std::time::{Duration, Instant};

use super::control::Behind;
use super::producer::detach;
use super::record::Record;
use super::region::Region;
use super::sync::{Ordering, spin_hint, yield_now};
use crate::model::{Error, Result};

/// Longest sleep between looks at the slow consumer.
const NAP: Duration = Duration::from_micros(50);
/// Looks between two questions whether the slow consumer's process lives, which cost some microseconds.
const REAP_EVERY: u32 = 20;

/// One wait for room.
pub struct Stall {
    began: Instant,
    timeout: Duration,
    looks: u32,
    /// Who was in the way at the last look, and since when.
    stuck: Option<(Behind, Instant)>,
}

impl Stall {
    /// Begins to wait.
    pub fn new(now: Instant, timeout: Duration) -> Self {
        Self { began: now, timeout, looks: 0, stuck: None }
    }

    /// Waits a little for the consumer in the way, or detaches it if its patience says so. After the timeout an
    /// `Engine` error names it.
    pub fn wait<T: Record>(&mut self, region: &Region<T>, slow: Behind) -> Result<()> {
        self.pause();
        if self.looks < 100 {
            return Ok(());
        }
        self.judge(region, slow)
    }

    fn pause(&mut self) {
        self.looks += 1;
        match self.looks {
            0..200 => spin_hint(),
            200..300 => yield_now(),
            _ => std::thread::sleep(NAP),
        }
    }

    /// Waits a little for another producer, which claimed the slot a ring ago, to commit it.
    pub fn wait_for_commit<T: Record>(&mut self, region: &Region<T>) -> Result<()> {
        self.pause();
        if self.looks >= 100 && self.began.elapsed() >= self.timeout {
            return Err(Error::Engine(format!(
                "no room after {:?}: another producer has not committed what it claimed a ring of {} slots ago",
                self.timeout, region.shape.capacity
            )));
        }
        Ok(())
    }

    fn judge<T: Record>(&mut self, region: &Region<T>, slow: Behind) -> Result<()> {
        if self.looks > 300 && self.looks.is_multiple_of(REAP_EVERY) && region.reap(slow.seat) {
            return Ok(());
        }
        let now = Instant::now();
        let since = match self.stuck {
            Some((same, since)) if same == slow => since,
            _ => now,
        };
        self.stuck = Some((slow, since));
        let seat = &region.seats()[slow.seat];
        let patience = seat.patience_ns.load(Ordering::Relaxed);
        if patience > 0 && now - since >= Duration::from_nanos(patience) {
            detach(region, slow);
        } else if now - self.began >= self.timeout {
            return Err(Error::Engine(format!(
                "no room after {:?}: consumer {:?} has read up to {} of a ring of {} slots",
                self.timeout,
                seat.name(),
                slow.gate,
                region.shape.capacity
            )));
        }
        Ok(())
    }
}
