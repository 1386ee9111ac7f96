//! The side of a subscription that publishers see: where it sleeps, what it is connected to, and its counts.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::consumer::Consumer;
use super::latest::Latest;
use super::message::Message;
use super::outlet::Connection;
use super::park::Lot;
use super::signal::Signal;
use super::sync::{AtomicU64, Ordering};
use super::topic::Pattern;

/// One ring a subscription reads.
pub struct Source<M: Message> {
    /// Its place on the ring.
    pub consumer: Consumer<M>,
    /// The last records by topic, for a conflating reader.
    pub latest: Option<Arc<Latest<M>>>,
    /// Its entry there.
    pub connection: Arc<Connection<M>>,
}

/// Counts of one subscription. `passed = delivered + filtered + skipped + lost`, exactly, whenever the subscription is
/// not in the middle of a read; `pending` of a conflating one are passed, too.
#[derive(Debug, Default)]
#[repr(C)]
pub struct Counts {
    /// Ring sequences it went past.
    pub passed: AtomicU64,
    /// Records given to the reader.
    pub delivered: AtomicU64,
    /// Records of other topics on the same rings.
    pub filtered: AtomicU64,
    /// Records replaced by a newer one of their key (conflate).
    pub skipped: AtomicU64,
    /// Records overwritten unread (lossy, detached).
    pub lost: AtomicU64,
    /// Records read and not given out yet (conflate).
    pub pending: AtomicU64,
}

/// See the module.
pub struct Inlet<M: Message> {
    /// Number on this bus.
    pub id: u32,
    /// Its name in errors and metrics.
    pub name: String,
    /// What it wants to read.
    pub patterns: Mutex<Vec<Pattern>>,
    /// What happens when it is slow.
    pub policy: super::subscription::Delivery,
    /// Where its reader sleeps.
    pub lot: Lot,
    /// A file descriptor for event loops.
    pub signal: Signal,
    /// Counts, written by the reader.
    pub counts: Counts,
    /// Whether its reader has waited by spinning.
    pub spins: AtomicBool,
    /// Why it failed, if it did.
    pub fault: Mutex<Option<String>>,
    closed: AtomicBool,
    inbox: Mutex<Vec<Source<M>>>,
    arrivals: AtomicU64,
}

impl<M: Message> Inlet<M> {
    /// Not connected to anything.
    pub fn new(id: u32, name: String, patterns: Vec<Pattern>, policy: super::subscription::Delivery) -> Self {
        Self {
            id,
            name,
            patterns: Mutex::new(patterns),
            policy,
            lot: Lot::new(),
            signal: Signal::new(),
            counts: Counts::default(),
            spins: AtomicBool::new(false),
            fault: Mutex::new(None),
            closed: AtomicBool::new(false),
            inbox: Mutex::default(),
            arrivals: AtomicU64::new(0),
        }
    }

    /// Whether one of its patterns matches.
    pub fn wants(&self, topic: &str) -> bool {
        !self.closed.load(Ordering::Relaxed) && lock(&self.patterns).iter().any(|pattern| pattern.matches(topic))
    }

    /// Hands over a new ring and wakes the reader; a reader that is gone leaves the ring at once.
    pub fn deliver(&self, source: Source<M>) {
        let mut inbox = lock(&self.inbox);
        // `close` sets the flag before it takes the lock: it either sees this source, or we see the flag.
        if self.closed.load(Ordering::Relaxed) {
            return;
        }
        inbox.push(source);
        drop(inbox);
        // Release pairs with the Acquire in `arrivals`.
        self.arrivals.fetch_add(1, Ordering::Release);
        self.wake();
    }

    /// The reader is gone: rings that wait in the inbox are left, so that nobody is held by a place never taken.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        drop(self.take_arrivals());
    }

    /// How many rings were handed over so far.
    pub fn arrivals(&self) -> u64 {
        self.arrivals.load(Ordering::Acquire)
    }

    /// The rings handed over since the last call.
    pub fn take_arrivals(&self) -> Vec<Source<M>> {
        std::mem::take(&mut *lock(&self.inbox))
    }

    /// Wakes the reader, whichever way it waits.
    pub fn wake(&self) {
        self.lot.wake();
        self.signal.raise();
    }

    /// As [`Self::wake`], after the caller's sequentially consistent fence.
    #[inline]
    pub fn wake_after_fence(&self) {
        self.lot.wake_after_fence();
        self.signal.raise();
    }
}

/// The data of a mutex, also if a thread panicked with it: what the bus keeps in one is whole at every step.
pub fn lock<V: ?Sized>(mutex: &Mutex<V>) -> MutexGuard<'_, V> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
