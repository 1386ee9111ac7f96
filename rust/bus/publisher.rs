//! A publisher: one thread's ring, and the check that every record belongs to its topics.

use std::sync::Arc;

use super::Start;
use super::catalog::Catalog;
use super::hub::{Hub, Notice};
use super::inlet::{Inlet, lock};
use super::latest::{Latest, MAX_TOPICS};
use super::message::Message;
use super::numbers::Numbers;
use super::outlet::{Connection, Outlet};
use super::producer::Producer;
use super::ring::Full;
use super::subscription::Delivery;
use super::sync::{Ordering, fence};
use crate::model::{Error, Event, Result};

/// Publishes records of one type under one prefix. Dropping it, or [`Publisher::close`], ends it for its subscriptions.
pub struct Publisher<M: Message = Event> {
    /// `None` for the bus's own.
    hub: Option<Arc<Hub>>,
    catalog: Arc<Catalog>,
    outlet: Arc<Outlet<M>>,
    producer: Option<Producer<M>>,
    /// Topics published so far.
    topics: Numbers,
    /// Who reads the ring and may be asleep.
    connections: Vec<Arc<Connection<M>>>,
    latest: Option<Arc<Latest<M>>>,
    detached: u64,
}

impl<M: Message> Publisher<M> {
    pub(super) fn new(
        hub: Option<Arc<Hub>>,
        catalog: Arc<Catalog>,
        outlet: Arc<Outlet<M>>,
        producer: Producer<M>,
    ) -> Self {
        Self {
            hub,
            catalog,
            outlet,
            producer: Some(producer),
            topics: Numbers::default(),
            connections: Vec::new(),
            latest: None,
            detached: 0,
        }
    }

    /// What its topics begin with.
    pub fn prefix(&self) -> &str {
        &self.outlet.prefix
    }

    /// Publishes one record and gives its sequence. One that does not belong to the prefix is a `Data` error, a
    /// subscription that gates and does not read for the bus's timeout an `Engine` error that names it.
    #[inline]
    pub fn publish(&mut self, record: M) -> Result<u64> {
        let topic = self.admit(&record)?;
        let sequence = self.put(topic, record)?;
        self.wake();
        Ok(sequence)
    }

    /// Publishes one record if no subscription is in the way, gives it back otherwise.
    pub fn try_publish(&mut self, record: M) -> Result<std::result::Result<u64, Full<M>>> {
        let topic = self.admit(&record)?;
        let tried = self.open()?.try_publish(record);
        if let (Ok(sequence), Some(latest)) = (tried, &self.latest) {
            latest.keep(topic, sequence, &record);
        }
        self.wake();
        Ok(tried)
    }

    /// Publishes all records in order and gives the last sequence. All are checked before the first is published; if
    /// time runs out, [`Self::published`] says how many were.
    pub fn publish_batch(&mut self, records: &[M]) -> Result<u64> {
        for record in records {
            self.admit(record)?;
        }
        if self.latest.is_none() {
            let mut rest = records;
            while !rest.is_empty() {
                rest = &rest[self.open()?.publish_some(rest)?..];
                // After each part, or a reader that sleeps would leave no room for the next.
                self.wake();
            }
            return self.open().map(|producer| producer.published());
        }
        for record in records {
            let topic = self.admit(record)?;
            self.put(topic, *record)?;
        }
        self.wake();
        Ok(self.published())
    }

    /// Publishes as many of the records as there is room for, and says how many; all are checked first.
    pub fn try_publish_batch(&mut self, records: &[M]) -> Result<usize> {
        for record in records {
            self.admit(record)?;
        }
        let mut done = 0;
        if self.latest.is_none() {
            done = self.open()?.try_publish_batch(records);
        } else {
            // One by one: a batch that laps a conflating reader must not be ahead of the table it falls back on.
            while let Some(record) = records.get(done)
                && self.try_publish(*record)?.is_ok()
            {
                done += 1;
            }
        }
        self.wake();
        Ok(done)
    }

    /// Last sequence published.
    pub fn published(&self) -> u64 {
        self.producer.as_ref().map_or_else(|| self.outlet.ring.published(), Producer::published)
    }

    /// Subscriptions connected to it.
    pub fn subscriptions(&self) -> usize {
        lock(&self.outlet.connections).len()
    }

    /// Ends it; publishing afterwards is an `Engine` error.
    pub fn close(&mut self) {
        if self.producer.take().is_none() {
            return;
        }
        // The ring is closed by now; those that sleep must look.
        lock(&self.outlet.connections).iter().for_each(|connection| connection.inlet.wake());
        if let Some(hub) = &self.hub {
            hub.forget(&self.outlet);
            hub.notify(Notice::Closed, u32::MAX, self.outlet.ring.published());
        }
    }

    /// A notice of the bus itself: never waits.
    pub(super) fn announce(&mut self, notice: M) {
        if let Ok(producer) = self.open() {
            // Refused where a gating reader of the control topic sleeps; the ring counts it.
            let _ = producer.try_publish(notice);
        }
        fence(Ordering::SeqCst);
        lock(&self.outlet.connections).iter().for_each(|connection| connection.inlet.wake_after_fence());
    }

    fn open(&mut self) -> Result<&mut Producer<M>> {
        let prefix = &self.outlet.prefix;
        self.producer.as_mut().ok_or_else(|| Error::Engine(format!("publisher {prefix:?} is closed")))
    }

    /// Puts an admitted record into the ring and the table of last records.
    #[inline]
    fn put(&mut self, topic: usize, record: M) -> Result<u64> {
        let sequence = self.open()?.publish(record)?;
        if let Some(latest) = &self.latest {
            latest.keep(topic, sequence, &record);
        }
        Ok(sequence)
    }

    /// The number of the record's topic here, checked the first time the topic is seen.
    #[inline]
    fn admit(&mut self, record: &M) -> Result<usize> {
        // Acquire pairs with the Release in `Outlet::call`.
        if self.outlet.attention.load(Ordering::Acquire) != 0 {
            self.refresh()?;
        }
        let known = self.topics.of(record);
        if known != 0 { Ok(known as usize - 1) } else { self.meet(record) }
    }

    /// A topic seen for the first time: must belong here; subscriptions that want it join before it is published.
    #[cold]
    fn meet(&mut self, record: &M) -> Result<usize> {
        let name = self.catalog.name(record)?;
        let prefix = &self.outlet.prefix;
        let belongs = name.strip_prefix(prefix.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        if !belongs {
            return Err(Error::Data(format!("{} of topic {name:?} does not belong to publisher {prefix:?}", M::WHAT)));
        }
        if self.topics.count() as usize == MAX_TOPICS {
            return Err(Error::Data(format!("publisher {prefix:?} has its {MAX_TOPICS} topics already")));
        }
        if self.topics.is_new_name(record) {
            lock(&self.outlet.topics).push(name.clone());
        }
        self.connect(|inlet| inlet.wants(&name))?;
        Ok(self.topics.add(record) as usize - 1)
    }

    /// Subscriptions came or went: connects those that want a topic of ours.
    #[cold]
    fn refresh(&mut self) -> Result<()> {
        self.outlet.attention.store(0, Ordering::Relaxed);
        // The members' lock orders this: whoever called before is among them, whoever comes later calls again.
        fence(Ordering::SeqCst);
        let outlet = Arc::clone(&self.outlet);
        self.connect(|inlet| outlet.carries_for(inlet))
    }

    /// Connects the subscriptions that want something of ours and are not connected yet.
    fn connect(&mut self, wants: impl Fn(&Inlet<M>) -> bool) -> Result<()> {
        if let Some(hub) = &self.hub {
            let (outlet, latest) = (&self.outlet, &mut self.latest);
            hub.each_inlet::<M>(|inlet| {
                if !wants(inlet) || outlet.has(inlet) {
                    return Ok(());
                }
                let table = matches!(inlet.policy, Delivery::Conflate(_))
                    .then(|| Arc::clone(latest.get_or_insert_with(|| Arc::new(Latest::new()))));
                outlet.connect(inlet, Start::Latest, table)
            })?;
        }
        self.connections.clone_from(&lock(&self.outlet.connections));
        Ok(())
    }

    /// Wakes subscriptions that sleep, and tells of those that were detached.
    #[inline]
    fn wake(&mut self) {
        if self.connections.is_empty() {
            return;
        }
        // Pairs with the fences in `Lot::sleep` and `Signal::arm`.
        fence(Ordering::SeqCst);
        for connection in &self.connections {
            connection.inlet.wake_after_fence();
        }
        let detached = self.producer.as_ref().map_or(0, Producer::detached);
        if detached != self.detached {
            self.detached = detached;
            self.tell_detached();
        }
    }

    #[cold]
    fn tell_detached(&self) {
        let Some(hub) = &self.hub else { return };
        for Connection { inlet, seated, told } in self.connections.iter().map(|connection| &**connection) {
            let detaches = matches!(inlet.policy, Delivery::Gate(super::Policy::Detach { .. }));
            if detaches && !self.outlet.ring.is_held_by(*seated) && !told.swap(true, Ordering::Relaxed) {
                hub.notify(Notice::Detached, inlet.id, inlet.counts.passed.load(Ordering::Relaxed));
            }
        }
    }
}

impl<M: Message> Drop for Publisher<M> {
    fn drop(&mut self) {
        self.close();
    }
}
