//! A publisher: one thread's ring, and the check that every event belongs to its topics.

use std::sync::{Arc, Weak};

use super::Start;
use super::catalog::{Catalog, USER};
use super::hub::{Hub, Notice};
use super::inlet::{Inlet, lock};
use super::latest::{Latest, MAX_TOPICS};
use super::outlet::{Connection, Outlet};
use super::producer::Producer;
use super::ring::Full;
use super::subscription::Delivery;
use super::sync::{Ordering, fence};
use crate::model::{Error, Event, Result};

/// Publishes events under one prefix. Dropping it, or [`Publisher::close`], ends it for its subscriptions.
pub struct Publisher {
    hub: Weak<Hub>,
    catalog: Arc<Catalog>,
    outlet: Arc<Outlet>,
    producer: Option<Producer<Event>>,
    /// Number of each topic published so far, plus one, by instrument and kind.
    market: Vec<[u32; 32]>,
    /// The same by user topic.
    user: Vec<u32>,
    topics: u32,
    /// Who reads the ring and may be asleep.
    connections: Vec<Arc<Connection>>,
    latest: Option<Arc<Latest<Event>>>,
    detached: u64,
}

impl Publisher {
    pub(super) const fn new(
        hub: Weak<Hub>,
        catalog: Arc<Catalog>,
        outlet: Arc<Outlet>,
        producer: Producer<Event>,
    ) -> Self {
        Self {
            hub,
            catalog,
            outlet,
            producer: Some(producer),
            market: Vec::new(),
            user: Vec::new(),
            topics: 0,
            connections: Vec::new(),
            latest: None,
            detached: 0,
        }
    }

    /// What its topics begin with.
    pub fn prefix(&self) -> &str {
        &self.outlet.prefix
    }

    /// Publishes one event and gives its sequence. An event that does not belong to the prefix is a `Data` error, a
    /// subscription that gates and does not read for the bus's timeout an `Engine` error that names it.
    #[inline]
    pub fn publish(&mut self, event: Event) -> Result<u64> {
        let topic = self.admit(&event)?;
        let sequence = self.put(topic, event)?;
        self.wake();
        Ok(sequence)
    }

    /// Publishes one event if no subscription is in the way, gives it back otherwise.
    pub fn try_publish(&mut self, event: Event) -> Result<std::result::Result<u64, Full<Event>>> {
        let topic = self.admit(&event)?;
        let tried = self.open()?.try_publish(event);
        if let (Ok(sequence), Some(latest)) = (tried, &self.latest) {
            latest.keep(topic, sequence, &event);
        }
        self.wake();
        Ok(tried)
    }

    /// Publishes all events in order and gives the last sequence. All are checked before the first is published; if
    /// time runs out, [`Self::published`] says how many were.
    pub fn publish_batch(&mut self, events: &[Event]) -> Result<u64> {
        for event in events {
            self.admit(event)?;
        }
        if self.latest.is_none() {
            let mut rest = events;
            while !rest.is_empty() {
                rest = &rest[self.open()?.publish_some(rest)?..];
                // After each part, or a reader that sleeps would leave no room for the next.
                self.wake();
            }
            return self.open().map(|producer| producer.published());
        }
        for event in events {
            let topic = self.admit(event)?;
            self.put(topic, *event)?;
        }
        self.wake();
        Ok(self.published())
    }

    /// Publishes as many of the events as there is room for, and says how many; all are checked first.
    pub fn try_publish_batch(&mut self, events: &[Event]) -> Result<usize> {
        for event in events {
            self.admit(event)?;
        }
        let mut done = 0;
        if self.latest.is_none() {
            done = self.open()?.try_publish_batch(events);
        } else {
            // One by one: a batch that laps a conflating reader must not be ahead of the table it falls back on.
            while let Some(event) = events.get(done)
                && self.try_publish(*event)?.is_ok()
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
        if let Some(hub) = self.hub.upgrade() {
            hub.forget(&self.outlet);
            hub.notify(Notice::Closed, u32::MAX, self.outlet.ring.published());
        }
    }

    /// A notice of the bus itself: never waits.
    pub(super) fn announce(&mut self, event: Event) {
        if let Ok(producer) = self.open() {
            // Refused where a gating reader of the control topic sleeps; the ring counts it.
            let _ = producer.try_publish(event);
        }
        fence(Ordering::SeqCst);
        lock(&self.outlet.connections).iter().for_each(|connection| connection.inlet.wake_after_fence());
    }

    fn open(&mut self) -> Result<&mut Producer<Event>> {
        let prefix = &self.outlet.prefix;
        self.producer.as_mut().ok_or_else(|| Error::Engine(format!("publisher {prefix:?} is closed")))
    }

    /// Puts an admitted event into the ring and the table of last records.
    #[inline]
    fn put(&mut self, topic: usize, event: Event) -> Result<u64> {
        let sequence = self.open()?.publish(event)?;
        if let Some(latest) = &self.latest {
            latest.keep(topic, sequence, &event);
        }
        Ok(sequence)
    }

    /// The number of the event's topic here, checked the first time the topic is seen.
    #[inline]
    fn admit(&mut self, event: &Event) -> Result<usize> {
        // Acquire pairs with the Release in `Outlet::call`.
        if self.outlet.attention.load(Ordering::Acquire) != 0 {
            self.refresh()?;
        }
        let number = event.instrument as usize;
        let known = if event.kind < 32 {
            self.market.get(number).map_or(0, |kinds| kinds[event.kind as usize])
        } else {
            self.user.get(number).copied().unwrap_or(0)
        };
        if known != 0 { Ok(known as usize - 1) } else { self.meet(event) }
    }

    /// A topic seen for the first time: must belong here; subscriptions that want it join before it is published.
    #[cold]
    fn meet(&mut self, event: &Event) -> Result<usize> {
        let name = self.catalog.name(event)?;
        let prefix = &self.outlet.prefix;
        let belongs = name.strip_prefix(prefix.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        if !belongs {
            return Err(Error::Data(format!("an event of topic {name:?} does not belong to publisher {prefix:?}")));
        }
        if self.topics as usize == MAX_TOPICS {
            return Err(Error::Data(format!("publisher {prefix:?} has its {MAX_TOPICS} topics already")));
        }
        lock(&self.outlet.topics).push(name.clone());
        self.connect(|inlet| inlet.wants(&name))?;
        self.topics += 1;
        let number = event.instrument as usize;
        if event.kind < USER {
            self.market.resize(self.market.len().max(number + 1), [0; 32]);
            self.market[number][event.kind as usize] = self.topics;
        } else {
            self.user.resize(self.user.len().max(number + 1), 0);
            self.user[number] = self.topics;
        }
        Ok(self.topics as usize - 1)
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
    fn connect(&mut self, wants: impl Fn(&Inlet) -> bool) -> Result<()> {
        if let Some(hub) = self.hub.upgrade() {
            let (outlet, latest) = (&self.outlet, &mut self.latest);
            hub.each_inlet(|inlet| {
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
        let Some(hub) = self.hub.upgrade() else { return };
        for Connection { inlet, seated, told } in self.connections.iter().map(|connection| &**connection) {
            let detaches = matches!(inlet.policy, Delivery::Gate(super::Policy::Detach { .. }));
            if detaches && !self.outlet.ring.is_held_by(*seated) && !told.swap(true, Ordering::Relaxed) {
                hub.notify(Notice::Detached, inlet.id, inlet.counts.passed.load(Ordering::Relaxed));
            }
        }
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.close();
    }
}
