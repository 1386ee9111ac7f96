//! The side of a publisher that subscriptions see: its ring, its topics, and who is connected.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use super::consumer::Seated;
use super::inlet::{Inlet, Source, lock};
use super::latest::Latest;
use super::message::Message;
use super::ring::Ring;
use super::subscription::Delivery;
use super::sync::{AtomicU32, Ordering};
use super::{Policy, Start, Wait};
use crate::model::Result;

/// A subscription on a ring.
pub struct Connection<M: Message> {
    /// Whose it is.
    pub inlet: Arc<Inlet<M>>,
    /// Where it sits.
    pub seated: Seated,
    /// Whether its detachment was announced.
    pub told: AtomicBool,
}

/// See the module.
pub struct Outlet<M: Message> {
    /// What its topics begin with.
    pub prefix: String,
    /// Its ring; any policy can join.
    pub ring: Ring<M>,
    /// Names of the topics published so far.
    pub topics: Mutex<Vec<String>>,
    /// Who reads the ring.
    pub connections: Mutex<Vec<Arc<Connection<M>>>>,
    /// 1 if subscriptions changed since the publisher looked.
    pub attention: AtomicU32,
}

impl<M: Message> Outlet<M> {
    /// A ring nobody reads.
    pub fn new(prefix: String, ring: Ring<M>) -> Self {
        let attention = AtomicU32::new(1);
        Self { prefix, ring, topics: Mutex::default(), connections: Mutex::default(), attention }
    }

    /// Asks the publisher to look at the subscriptions before it publishes again.
    pub fn call(&self) {
        // Release pairs with the publisher's Acquire load.
        self.attention.store(1, Ordering::Release);
    }

    /// Whether the subscription reads this ring.
    pub fn has(&self, inlet: &Arc<Inlet<M>>) -> bool {
        lock(&self.connections).iter().any(|known| Arc::ptr_eq(&known.inlet, inlet))
    }

    /// Whether the ring has carried something that the subscription wants.
    pub fn carries_for(&self, inlet: &Inlet<M>) -> bool {
        lock(&self.topics).iter().any(|topic| inlet.wants(topic))
    }

    /// Connects a subscription to the ring. Called under the bus's lock.
    pub fn connect(
        self: &Arc<Self>,
        inlet: &Arc<Inlet<M>>,
        start: Start,
        latest: Option<Arc<Latest<M>>>,
    ) -> Result<()> {
        let policy = match inlet.policy {
            Delivery::Gate(policy) => policy,
            Delivery::Conflate(_) => Policy::Lossy,
        };
        let join = self.ring.join(&inlet.name).policy(policy).from(start).wait(Wait::SpinHint);
        let consumer = join.consumer()?;
        let connection =
            Arc::new(Connection { inlet: Arc::clone(inlet), seated: consumer.seated(), told: AtomicBool::new(false) });
        lock(&self.connections).push(Arc::clone(&connection));
        let source = Source { consumer, latest, connection };
        inlet.deliver(source);
        Ok(())
    }
}
