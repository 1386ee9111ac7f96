//! A subscription: the rings that carry what it wants, merged and filtered.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use super::conflation::{Conflation, Key};
use super::consumer::Poll;
use super::hub::{Hub, Notice};
use super::inlet::{Counts, Inlet, Source, lock};
use super::mask::Mask;
use super::message::Message;
use super::reading::Totals;
use super::sync::Ordering;
use super::{Policy, Wait};
use crate::model::{Error, Event, Result};

/// What happens when a subscription is slow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// As on a ring: block, lossy or detach.
    Gate(Policy),
    /// The last record of each key always arrives; those in between are skipped and counted.
    Conflate(Key),
}

impl Default for Delivery {
    fn default() -> Self {
        Self::Gate(Policy::Block)
    }
}

impl Delivery {
    /// Reads `block`, `lossy`, `conflate` or `detach`; `key` is for conflate (`instrument` or `topic`), `after` and
    /// `patience` for detach.
    pub fn parse(policy: &str, key: Option<&str>, after: u64, patience: Duration) -> Result<Self> {
        match (policy, key) {
            ("conflate", key) => Ok(Self::Conflate(Key::parse(key.unwrap_or("instrument"))?)),
            (_, Some(key)) => Err(Error::Config(format!("key={key:?} goes with policy \"conflate\", not {policy:?}"))),
            ("block", None) => Ok(Self::Gate(Policy::Block)),
            ("lossy", None) => Ok(Self::Gate(Policy::Lossy)),
            ("detach", None) if after == 0 && patience.is_zero() => {
                Err(Error::Config("policy \"detach\" needs after= (records) or patience= (seconds)".into()))
            }
            ("detach", None) => Ok(Self::Gate(Policy::Detach { after, patience })),
            _ => Err(Error::Config(format!(
                "policy must be \"block\", \"lossy\", \"conflate\" or \"detach\", not {policy:?}"
            ))),
        }
    }

    /// The policy's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gate(Policy::Block) => "block",
            Self::Gate(Policy::Lossy) => "lossy",
            Self::Gate(Policy::Detach { .. }) => "detach",
            Self::Conflate(_) => "conflate",
        }
    }
}

/// Reads records of the topics that match its patterns, from all publishers of the type. Dropping it leaves the bus.
///
/// Records of one publisher come in its order; between publishers there is no order. Where a lossy reader missed
/// something it gets a record that stands for it, of an Event a `Gap`: `order_id` the first lost sequence, `qty` how
/// many, `instrument` `u32::MAX`. See [`Message`] for the others.
pub struct Subscription<M: Message = Event> {
    hub: Weak<Hub>,
    wait: Wait,
    inlet: Arc<Inlet<M>>,
    mask: Mask,
    sources: Vec<Source<M>>,
    arrivals: u64,
    conflation: Option<Conflation<M>>,
    totals: Totals,
    turn: usize,
}

impl<M: Message> Subscription<M> {
    pub(super) fn new(hub: Weak<Hub>, wait: Wait, inlet: Arc<Inlet<M>>, mask: Mask) -> Self {
        let conflation = match inlet.policy {
            Delivery::Conflate(key) => Some(Conflation::new(key)),
            Delivery::Gate(_) => None,
        };
        let (sources, totals) = (Vec::new(), Totals::default());
        Self { hub, wait, inlet, mask, sources, arrivals: 0, conflation, totals, turn: 0 }
    }

    /// Hands up to `max` records to `handle` and says how many; never waits.
    pub fn poll(&mut self, max: usize, mut handle: impl FnMut(&M)) -> usize {
        self.welcome();
        let mut given = 0;
        if let Some(mut conflation) = self.conflation.take() {
            self.drain_into(&mut conflation);
            given = self.totals.give(&mut conflation, max, &mut handle);
            self.conflation = Some(conflation);
        } else {
            for step in 0..self.sources.len() {
                let index = (self.turn + step) % self.sources.len();
                given += self.poll_source(index, max - given, &mut handle);
            }
            self.turn = self.turn.wrapping_add(1);
        }
        self.settle();
        given
    }

    /// Copies up to `records.len()` records to `records` and says how many; never waits, never allocates.
    pub fn read_into(&mut self, records: &mut [M]) -> usize {
        let mut count = 0;
        self.poll(records.len(), |record| {
            records[count] = *record;
            count += 1;
        })
    }

    /// Waits until a poll may give something, for at most `timeout`; says whether it may.
    pub fn wait(&self, timeout: Option<Duration>) -> bool {
        self.spin();
        let deadline = timeout.map(|timeout| Instant::now() + timeout);
        self.wait.until(deadline, &self.inlet.lot, || self.is_ready())
    }

    /// Counts this subscription among those that wait by spinning, from its first wait on. Where they become more than
    /// the cores they take each other's turns: gives how many there are, once per bus, and the control topic says so.
    pub fn spin(&self) -> Option<usize> {
        let first = self.wait.spins() && !self.inlet.spins.load(Ordering::Relaxed);
        if !first || self.inlet.spins.swap(true, Ordering::Relaxed) {
            return None;
        }
        self.hub.upgrade()?.crowd(self.inlet.id)
    }

    /// Whether a poll may give something: what is there may still be of another topic.
    pub fn is_ready(&self) -> bool {
        self.totals.pending > 0
            || self.inlet.arrivals() != self.arrivals
            || self.sources.iter().any(|source| source.consumer.is_ready())
    }

    /// A descriptor that becomes readable, once per burst, after [`Self::arm`].
    pub fn descriptor(&self) -> Result<i32> {
        self.inlet.signal.descriptor()
    }

    /// Clears the descriptor and asks for the next burst; says whether there is something already.
    pub fn arm(&self) -> bool {
        self.inlet.signal.clear();
        self.inlet.signal.arm();
        self.is_ready()
    }

    /// Compiles the patterns anew, after one was added.
    pub(super) fn renew_mask(&mut self) {
        self.mask = self.mask.renewed(lock(&self.inlet.patterns).clone());
    }

    /// Gates its publishers again where they detached it.
    pub fn rejoin(&mut self) {
        self.welcome();
        for source in &mut self.sources {
            source.connection.told.store(false, Ordering::Relaxed);
            self.totals.miss(source.consumer.rejoin());
        }
        self.settle();
    }

    /// Whether a publisher has detached it.
    pub fn is_detached(&mut self) -> bool {
        self.welcome();
        self.sources.iter().any(|source| source.consumer.is_detached())
    }

    /// Its number, as on the control topic.
    pub fn id(&self) -> u32 {
        self.inlet.id
    }

    /// What it counted.
    pub fn counts(&self) -> &Counts {
        &self.inlet.counts
    }

    pub(super) fn hub(&self) -> Option<Arc<Hub>> {
        self.hub.upgrade()
    }

    pub(super) const fn inlet(&self) -> &Arc<Inlet<M>> {
        &self.inlet
    }

    /// Leaves the bus because its reader failed, and says so on the control topic.
    pub fn fail(self, why: String) {
        *lock(&self.inlet.fault) = Some(why);
        if let Some(hub) = self.hub.upgrade() {
            hub.notify(Notice::Faulted, self.inlet.id, self.totals.passed);
        }
    }

    /// Takes in new rings, lets go of those that ended.
    fn welcome(&mut self) {
        let arrivals = self.inlet.arrivals();
        if arrivals != self.arrivals {
            self.arrivals = arrivals;
            self.sources.extend(self.inlet.take_arrivals());
        }
    }

    fn poll_source(&mut self, index: usize, max: usize, handle: &mut impl FnMut(&M)) -> usize {
        let (source, mask) = (&mut self.sources[index], &mut self.mask);
        self.totals.read(&mut source.consumer, max, |record| mask.accepts(record), handle)
    }

    /// Reads all rings to their ends into the table of newest records.
    fn drain_into(&mut self, conflation: &mut Conflation<M>) {
        let mask = &mut self.mask;
        for Source { consumer, latest, .. } in &mut self.sources {
            self.totals.conflate(
                consumer,
                conflation,
                |record| mask.accepts(record),
                |from, to, found| {
                    if let Some(latest) = latest {
                        latest.between(from, to, found);
                    }
                    0
                },
            );
        }
    }

    /// Publishes the counts, announces a detachment, and lets go of rings that ended.
    fn settle(&mut self) {
        self.totals.show(&self.inlet.counts);
        self.sources.retain_mut(|source| source.consumer.poll(0, |_| {}) != Poll::Closed);
    }
}

impl<M: Message> Drop for Subscription<M> {
    fn drop(&mut self) {
        self.inlet.close();
        if let Some(hub) = self.hub.upgrade() {
            hub.leave(&self.inlet);
        }
    }
}
