//! What the bus keeps for each record type: its publishers and its subscriptions.

use std::sync::{Arc, Mutex, Weak};

use super::inlet::{Inlet, lock};
use super::message::Message;
use super::metrics::{PublisherMetrics, SubscriptionMetrics};
use super::outlet::Outlet;
use super::sync::Ordering;
use crate::model::{Bar, Command, Event, Report};

/// One lane for each record type: rings of one never meet subscriptions of another.
#[derive(Default)]
pub struct Lanes {
    pub events: Lane<Event>,
    pub bars: Lane<Bar>,
    pub commands: Lane<Command>,
    pub reports: Lane<Report>,
}

/// See the module.
pub struct Lane<M: Message> {
    /// Who is there; locked while somebody comes or goes.
    pub members: Mutex<Members<M>>,
}

impl<M: Message> Default for Lane<M> {
    fn default() -> Self {
        Self { members: Mutex::default() }
    }
}

/// Publishers and subscriptions of one record type.
pub struct Members<M: Message> {
    pub outlets: Vec<Arc<Outlet<M>>>,
    pub inlets: Vec<Weak<Inlet<M>>>,
}

impl<M: Message> Default for Members<M> {
    fn default() -> Self {
        Self { outlets: Vec::new(), inlets: Vec::new() }
    }
}

impl<M: Message> Lane<M> {
    fn look(&self, seen: &mut Sight) {
        let members = lock(&self.members);
        let outlets = members.outlets.clone();
        let inlets: Vec<_> = members.inlets.iter().filter_map(Weak::upgrade).collect();
        drop(members);
        // An outlet is known by its address while it is there.
        seen.publishers.extend(outlets.iter().map(|outlet| (Arc::as_ptr(outlet) as usize, outlet.metrics())));
        seen.subscriptions.extend(inlets.iter().map(|inlet| inlet.metrics()));
        seen.spinning += inlets.iter().filter(|inlet| inlet.spins.load(Ordering::Relaxed)).count();
    }
}

/// What all lanes show.
#[derive(Default)]
pub struct Sight {
    /// Publishers, each with a number of its own.
    pub publishers: Vec<(usize, PublisherMetrics)>,
    /// Subscriptions, in the order in which they came.
    pub subscriptions: Vec<SubscriptionMetrics>,
    /// How many subscriptions have waited by spinning.
    pub spinning: usize,
}

impl Lanes {
    /// Looks at all of them.
    pub fn look(&self) -> Sight {
        let mut seen = Sight::default();
        self.events.look(&mut seen);
        self.bars.look(&mut seen);
        self.commands.look(&mut seen);
        self.reports.look(&mut seen);
        seen.subscriptions.sort_by_key(|subscription| subscription.id);
        seen
    }
}
