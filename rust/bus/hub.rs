//! The bus: who publishes, who subscribes, and what connects them.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use super::catalog::{CONTROL, Catalog};
use super::handlers::{Action, Call, Compiled, Dispatcher, Dispatchers};
use super::inlet::{Inlet, lock};
use super::metrics::{Meter, Metrics};
use super::outlet::Outlet;
use super::publisher::Publisher;
use super::ring::Ring;
use super::subscription::{Delivery, Subscription};
use super::sync::{AtomicU32, Ordering};
use super::topic::{Pattern, check_topic};
use super::{Start, Wait};
use crate::clock::{Clock, Wall};
use crate::model::{Event, EventKind, Instrument, Result};

/// Subscriptions that can read one publisher's ring.
const SEATS: usize = 512;
/// Slots of the control topic's ring.
const NOTICES: u64 = 1024;

/// `Event::order_id` of what the bus says on `control.bus`; `instrument` is the subscription's number, and
/// `venue_sequence` how far it had read.
#[repr(u64)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A subscription was taken out of gating.
    Detached = 100,
    /// A handler or reader failed; its subscription is closed.
    Faulted = 101,
    /// A publisher is gone.
    Closed = 102,
    /// A publisher's process died; `instrument` is the publisher's number, `venue_sequence` the last sequence it
    /// published, `price` how many events it published, `qty` how many it had taken on and never published. Shared
    /// mappings only.
    PublisherDied = 103,
    /// A subscription's process died: it holds nobody any more. Shared mappings only.
    SubscriberDied = 104,
    /// More subscriptions wait by spinning than the machine has cores; `venue_sequence` is how many. Said once.
    Crowded = 105,
}

/// Publishers and subscriptions that find each other by topic. Cheap to clone.
///
/// ```
/// use quantum_core::bus::{Bus, Delivery, Wait};
/// use quantum_core::model::{Event, EventKind};
///
/// let bus = Bus::new(1024, Wait::Adaptive)?;
/// let mut publisher = bus.publisher("md.binance.BTCUSDT")?;
/// let mut trades = bus.subscribe("md.*.BTCUSDT.trade", Delivery::default())?;
/// publisher.publish(Event { kind: EventKind::Trade as u8, price: 618_001, ..Event::default() })?;
/// publisher.publish(Event { kind: EventKind::QuoteBid as u8, ..Event::default() })?;
///
/// let mut batch = [Event::default(); 16];
/// assert_eq!(trades.read_into(&mut batch), 1);
/// assert_eq!(batch[0].price, 618_001);
/// # Ok::<(), quantum_core::model::Error>(())
/// ```
#[derive(Clone)]
pub struct Bus {
    pub(super) hub: Arc<Hub>,
}

pub(super) struct Hub {
    pub catalog: Arc<Catalog>,
    pub wait: Wait,
    capacity: u64,
    timeout: Duration,
    members: Mutex<Members>,
    notices: Mutex<Option<Publisher>>,
    dispatchers: Dispatchers,
    meter: Mutex<Meter>,
    ids: AtomicU32,
    cores: usize,
    crowded: AtomicBool,
}

#[derive(Default)]
struct Members {
    outlets: Vec<Arc<Outlet>>,
    inlets: Vec<Weak<Inlet>>,
}

impl Bus {
    /// A bus whose publishers have rings of `capacity` slots, and whose subscriptions wait like this.
    pub fn new(capacity: u64, wait: Wait) -> Result<Self> {
        Self::with_timeout(capacity, wait, Duration::from_secs(10))
    }

    /// The same, with the longest time a publication may wait for a slow subscription.
    pub fn with_timeout(capacity: u64, wait: Wait, timeout: Duration) -> Result<Self> {
        // Checked here, so that a wrong capacity fails before the first publisher.
        super::region::check_capacity(capacity)?;
        let hub = Hub {
            catalog: Arc::default(),
            wait,
            capacity,
            timeout,
            members: Mutex::default(),
            notices: Mutex::new(None),
            dispatchers: Dispatchers::default(),
            meter: Mutex::new(Meter::new(Instant::now())),
            ids: AtomicU32::new(0),
            cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            crowded: AtomicBool::new(false),
        };
        let bus = Self { hub: Arc::new(hub) };
        // The control publisher belongs to the hub and must not keep it alive, so it holds no strong reference.
        let notices = bus.hub.open("control", NOTICES.min(capacity), Weak::new())?;
        *lock(&bus.hub.notices) = Some(notices);
        Ok(bus)
    }

    /// The numbers an instrument's events carry: `Event::instrument` and `Event::venue`, dense from 0.
    pub fn register(&self, instrument: &Instrument) -> Result<(u32, u8)> {
        self.hub.catalog.register(instrument.venue(), instrument.symbol())
    }

    /// The number of a user's topic: `Event::instrument` with an `Event::kind` from 128.
    pub fn topic(&self, name: &str) -> Result<u32> {
        self.hub.catalog.intern(name)
    }

    /// A publisher, with a ring of its own, of the topics that are `prefix` or begin with `prefix.`.
    ///
    /// `md`, `md.<venue>` and `md.<venue>.<symbol>` publish market data, whose kind completes the topic; the last one
    /// registers the instrument. Anything else is a topic of yours, interned here.
    pub fn publisher(&self, prefix: &str) -> Result<Publisher> {
        check_topic(prefix)?;
        let tokens: Vec<&str> = prefix.split('.').collect();
        match tokens[..] {
            ["md", venue, symbol] => {
                self.hub.catalog.register(venue, symbol)?;
            }
            ["md", ..] => {}
            _ => {
                self.hub.catalog.intern(prefix)?;
            }
        }
        self.hub.open(prefix, self.hub.capacity, Arc::downgrade(&self.hub))
    }

    /// A subscription to what is published from now on.
    pub fn subscribe(&self, pattern: &str, delivery: Delivery) -> Result<Subscription> {
        self.subscribe_from(pattern, delivery, Start::Latest)
    }

    /// A subscription that starts elsewhere on the rings that already carry a matching topic.
    pub fn subscribe_from(&self, pattern: &str, delivery: Delivery, start: Start) -> Result<Subscription> {
        self.hub.subscribe(vec![Pattern::parse(pattern)?], delivery, start)
    }

    /// Runs `call` for every matching event on one of the bus's own threads, eight handlers to a thread.
    pub fn handler(&self, pattern: &str, call: Call) -> Result<()> {
        self.handle(pattern, Action::Closure(call))
    }

    /// The same for compiled code, called with a pointer to the event and the address `data`.
    ///
    /// # Safety
    /// `function` may be called with `data` on another thread until the bus is closed or the last handle of it dropped,
    /// and does not unwind.
    pub unsafe fn compiled_handler(&self, pattern: &str, function: Compiled, data: usize) -> Result<()> {
        self.handle(pattern, Action::Compiled { function, data })
    }

    fn handle(&self, pattern: &str, action: Action) -> Result<()> {
        self.hub.dispatchers.handle(pattern, action, || Dispatcher::of(self))
    }

    /// What happened so far.
    pub fn metrics(&self) -> Metrics {
        let (outlets, inlets) = self.hub.members();
        let handlers = self.hub.dispatchers.metrics();
        lock(&self.hub.meter).read(Instant::now(), &outlets, &inlets, handlers)
    }

    /// Stops the bus's own threads; handlers get no more events.
    pub fn close(&self) {
        self.hub.dispatchers.close();
    }
}

impl Hub {
    pub(super) fn subscribe(
        self: &Arc<Self>,
        patterns: Vec<Pattern>,
        delivery: Delivery,
        start: Start,
    ) -> Result<Subscription> {
        let id = self.ids.fetch_add(1, Ordering::Relaxed);
        let name = patterns.first().map_or_else(|| format!("handlers {id}"), ToString::to_string);
        let inlet = Arc::new(Inlet::new(id, name, patterns.clone(), delivery));
        lock(&self.members).inlets.push(Arc::downgrade(&inlet));
        self.connect_all(&inlet, start)?;
        Ok(Subscription::new(
            Arc::downgrade(self),
            self.wait,
            inlet,
            super::mask::Mask::new(Arc::clone(&self.catalog), patterns),
        ))
    }

    /// Connects a subscription to the rings that already carry what it wants, and tells the other publishers.
    pub(super) fn connect_all(&self, inlet: &Arc<Inlet>, start: Start) -> Result<()> {
        let members = lock(&self.members);
        for outlet in &members.outlets {
            // A conflating reader needs the publisher's table of last records, which only its thread can begin.
            if !matches!(inlet.policy, Delivery::Conflate(_)) && outlet.carries_for(inlet) && !outlet.has(inlet) {
                outlet.connect(inlet, start, None)?;
            }
            outlet.call();
        }
        Ok(())
    }

    /// Runs `join` for every subscription while none comes or goes.
    pub(super) fn each_inlet(&self, mut join: impl FnMut(&Arc<Inlet>) -> Result<()>) -> Result<()> {
        let members = lock(&self.members);
        members.inlets.iter().filter_map(Weak::upgrade).try_for_each(|inlet| join(&inlet))
    }

    pub(super) fn forget(&self, outlet: &Arc<Outlet>) {
        lock(&self.members).outlets.retain(|known| !Arc::ptr_eq(known, outlet));
    }

    /// A subscription is gone: publishers need not wake it any more.
    pub(super) fn leave(&self, inlet: &Arc<Inlet>) {
        let mut members = lock(&self.members);
        members.inlets.retain(|known| known.strong_count() > 0 && !std::ptr::eq(known.as_ptr(), Arc::as_ptr(inlet)));
        for outlet in &members.outlets {
            lock(&outlet.connections).retain(|known| !Arc::ptr_eq(&known.inlet, inlet));
            outlet.call();
        }
    }

    /// A subscription began to spin: says so once if they are now more than the cores, and how many.
    pub(super) fn crowd(&self, subscription: u32) -> Option<usize> {
        let spinners = self.members().1.iter().filter(|inlet| inlet.spins.load(Ordering::Relaxed)).count();
        if spinners <= self.cores || self.crowded.swap(true, Ordering::Relaxed) {
            return None;
        }
        self.notify(Notice::Crowded, subscription, spinners as u64);
        Some(spinners)
    }

    /// Says on the control topic what happened; dropped and counted if that ring is full.
    pub(super) fn notify(&self, notice: Notice, subscription: u32, position: u64) {
        let event = Event {
            kind: EventKind::Control as u8,
            order_id: notice as u64,
            instrument: subscription,
            venue_sequence: position,
            receive_ns: Wall.now_ns(),
            ..Event::default()
        };
        let mut notices = lock(&self.notices);
        if let Some(publisher) = &mut *notices {
            publisher.announce(event);
        }
    }

    fn open(self: &Arc<Self>, prefix: &str, capacity: u64, hub: Weak<Self>) -> Result<Publisher> {
        let ring = Ring::<Event>::builder(capacity).open().seats(SEATS).timeout(self.timeout).build()?;
        let producer = ring.producer()?;
        let outlet = Arc::new(Outlet::new(prefix.to_owned(), ring));
        lock(&self.members).outlets.push(Arc::clone(&outlet));
        if prefix == "control" {
            lock(&outlet.topics).push(CONTROL.into());
        }
        Ok(Publisher::new(hub, Arc::clone(&self.catalog), outlet, producer))
    }

    fn members(&self) -> (Vec<Arc<Outlet>>, Vec<Arc<Inlet>>) {
        let members = lock(&self.members);
        (members.outlets.clone(), members.inlets.iter().filter_map(Weak::upgrade).collect())
    }
}
