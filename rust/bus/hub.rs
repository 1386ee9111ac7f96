//! The bus: who publishes, who subscribes, and what connects them.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use super::catalog::{CONTROL, Catalog};
use super::conflation::check_notices;
use super::crew::Crew;
use super::dispatcher::Dispatcher;
use super::format::Format;
use super::handlers::{Action, Call, Compiled};
use super::inlet::{Inlet, lock};
use super::lane::Lanes;
use super::message::Message;
use super::metrics::{Meter, Metrics};
use super::outlet::Outlet;
use super::publisher::Publisher;
use super::ring::Ring;
use super::subscription::{Delivery, Subscription};
use super::sync::{AtomicU32, Ordering};
use super::topic::Pattern;
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

/// Publishers and subscriptions that find each other by topic. Cheap to clone. What it made goes on without it; only its
/// threads, which run handlers, end with the last handle.
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
    #[allow(dead_code, reason = "kept for its drop")]
    handles: Arc<Handles>,
}

/// All handles of a bus. Publishers keep the hub, and a handler may hold a publisher: without this its thread would keep
/// itself alive.
struct Handles(Arc<Hub>);

impl Drop for Handles {
    fn drop(&mut self) {
        self.0.crew.close();
    }
}

pub struct Hub {
    pub catalog: Arc<Catalog>,
    pub wait: Wait,
    capacity: u64,
    timeout: Duration,
    lanes: Lanes,
    crew: Crew,
    notices: Mutex<Option<Publisher>>,
    meter: Mutex<Meter>,
    ids: AtomicU32,
    cores: usize,
    crowded: AtomicBool,
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
            lanes: Lanes::default(),
            crew: Crew::default(),
            notices: Mutex::new(None),
            meter: Mutex::new(Meter::new(Instant::now())),
            ids: AtomicU32::new(0),
            cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            crowded: AtomicBool::new(false),
        };
        let hub = Arc::new(hub);
        let bus = Self { handles: Arc::new(Handles(Arc::clone(&hub))), hub };
        // The control publisher belongs to the hub and does not keep it alive.
        let notices: Publisher = bus.hub.open("control", NOTICES.min(capacity), None)?;
        *lock(&bus.hub.notices) = Some(notices);
        Ok(bus)
    }

    /// The numbers an instrument's events carry: `Event::instrument` and `Event::venue`, dense from 0.
    pub fn register(&self, instrument: &Instrument) -> Result<(u32, u8)> {
        self.hub.catalog.register(instrument.venue(), instrument.symbol())
    }

    /// The number of a user's topic: a record's `instrument` with a `kind` from 128. A new one carries Events.
    pub fn topic(&self, name: &str) -> Result<u32> {
        self.hub.catalog.intern(name)
    }

    /// The same for a topic that carries records of this format from now on. A `Config` error names both formats if it
    /// carries others.
    ///
    /// ```
    /// use quantum_core::bus::{Bus, Delivery, Format, RecordType, Wait};
    /// use quantum_core::model::Report;
    ///
    /// let bus = Bus::new(64, Wait::Adaptive)?;
    /// let instrument = bus.bind("desk.pnl", &Format::of(RecordType::Report))?;
    /// let mut rows = bus.subscribe_to::<Report>("desk.>", Delivery::default())?;
    /// let mut desk = bus.publisher_of::<Report>("desk.pnl")?;
    /// desk.publish(Report { kind: 128, instrument, position: 7, ..Report::default() })?;
    /// assert_eq!(rows.poll(8, |report| assert_eq!(report.position, 7)), 1);
    /// assert!(bus.publisher("desk.pnl").is_err()); // of Events
    /// # Ok::<(), quantum_core::model::Error>(())
    /// ```
    pub fn bind(&self, name: &str, format: &Format) -> Result<u32> {
        self.hub.catalog.bind(name, format)
    }

    /// What a publisher or subscription of this name has to do with: `wanted`, or what the user's topic of that name
    /// was bound to, or Events. A name that is exactly one topic of a user's is bound to what is wanted.
    pub fn format(&self, name: &str, wanted: Option<&Format>) -> Result<Format> {
        self.hub.catalog.settle(name, wanted, |name, format| self.hub.catalog.bind(name, format))
    }

    /// A publisher, with a ring of its own, of the Events of topics that are `prefix` or begin with `prefix.`.
    ///
    /// `md`, `md.<venue>` and `md.<venue>.<symbol>` publish market data, whose kind completes the topic; the last one
    /// registers the instrument. `scan` and `signal` are for hits and signals. Anything else is a topic of yours,
    /// interned here.
    pub fn publisher(&self, prefix: &str) -> Result<Publisher> {
        self.publisher_of(prefix)
    }

    /// A publisher of records of one type. A prefix that no topic of that type can have is a `Config` error.
    pub fn publisher_of<M: Message>(&self, prefix: &str) -> Result<Publisher<M>> {
        self.hub.catalog.claim(prefix, M::TYPE)?;
        self.hub.open(prefix, self.hub.capacity, Some(Arc::clone(&self.hub)))
    }

    /// A subscription to the Events that are published from now on.
    pub fn subscribe(&self, pattern: &str, delivery: Delivery) -> Result<Subscription> {
        self.subscribe_to(pattern, delivery)
    }

    /// A subscription to records of one type. A pattern that matches no topic of that type is a `Config` error.
    ///
    /// ```
    /// use quantum_core::bus::{Bus, Delivery, Wait};
    /// use quantum_core::model::{Bar, EventKind};
    ///
    /// let bus = Bus::new(64, Wait::Adaptive)?;
    /// let mut minutes = bus.subscribe_to::<Bar>("md.*.BTCUSDT.bar.1m", Delivery::default())?;
    /// let mut bars = bus.publisher_of::<Bar>("md.binance.BTCUSDT")?;
    /// bars.publish(Bar { kind: EventKind::Bar as u8, timeframe: 1, close: 61_800.1, ..Bar::default() })?;
    /// assert_eq!(minutes.poll(8, |bar| assert_eq!(bar.close, 61_800.1)), 1);
    /// # Ok::<(), quantum_core::model::Error>(())
    /// ```
    pub fn subscribe_to<M: Message>(&self, pattern: &str, delivery: Delivery) -> Result<Subscription<M>> {
        self.subscribe_from(pattern, delivery, Start::Latest)
    }

    /// A subscription that starts elsewhere on the rings that already carry a matching topic.
    pub fn subscribe_from<M: Message>(
        &self,
        pattern: &str,
        delivery: Delivery,
        start: Start,
    ) -> Result<Subscription<M>> {
        if let Delivery::Conflate(_) = delivery {
            check_notices(pattern)?;
        }
        let pattern = Pattern::parse(pattern)?;
        self.hub.catalog.check(&pattern, M::TYPE)?;
        self.hub.subscribe(vec![pattern], delivery, start)
    }

    /// Runs `call` for every matching record on one of the bus's own threads, eight handlers of a record type to a
    /// thread.
    pub fn handler<M: Message>(&self, pattern: &str, call: Call<M>) -> Result<()> {
        self.handle(pattern, Action::Closure(call))
    }

    /// The same for compiled code, called with a pointer to the record and the address `data`.
    ///
    /// # Safety
    /// `function` may be called with `data` on another thread until the bus is closed or the last handle of it dropped,
    /// and does not unwind.
    pub unsafe fn compiled_handler<M: Message>(&self, pattern: &str, function: Compiled<M>, data: usize) -> Result<()> {
        self.handle(pattern, Action::Compiled { function, data })
    }

    fn handle<M: Message>(&self, pattern: &str, action: Action<M>) -> Result<()> {
        let pattern = Pattern::parse(pattern)?;
        self.hub.catalog.check(&pattern, M::TYPE)?;
        M::dispatchers(&self.hub.crew).handle(pattern, action, || Dispatcher::of(self))
    }

    /// What happened so far.
    pub fn metrics(&self) -> Metrics {
        lock(&self.hub.meter).read(Instant::now(), self.hub.lanes.look(), self.hub.crew.metrics())
    }

    /// Stops the bus's own threads; handlers get nothing more.
    pub fn close(&self) {
        self.hub.crew.close();
    }
}

impl Hub {
    pub(super) fn subscribe<M: Message>(
        self: &Arc<Self>,
        patterns: Vec<Pattern>,
        delivery: Delivery,
        start: Start,
    ) -> Result<Subscription<M>> {
        let id = self.ids.fetch_add(1, Ordering::Relaxed);
        let name = patterns.first().map_or_else(|| format!("handlers {id}"), ToString::to_string);
        let inlet = Arc::new(Inlet::new(id, name, patterns.clone(), delivery));
        lock(&M::lane(&self.lanes).members).inlets.push(Arc::downgrade(&inlet));
        self.connect_all(&inlet, start)?;
        Ok(Subscription::new(
            Arc::downgrade(self),
            self.wait,
            inlet,
            super::mask::Mask::new(Arc::clone(&self.catalog), patterns),
        ))
    }

    /// Connects a subscription to the rings that already carry what it wants, and tells the other publishers.
    pub(super) fn connect_all<M: Message>(&self, inlet: &Arc<Inlet<M>>, start: Start) -> Result<()> {
        let members = lock(&M::lane(&self.lanes).members);
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
    pub(super) fn each_inlet<M: Message>(&self, mut join: impl FnMut(&Arc<Inlet<M>>) -> Result<()>) -> Result<()> {
        let members = lock(&M::lane(&self.lanes).members);
        members.inlets.iter().filter_map(Weak::upgrade).try_for_each(|inlet| join(&inlet))
    }

    pub(super) fn forget<M: Message>(&self, outlet: &Arc<Outlet<M>>) {
        lock(&M::lane(&self.lanes).members).outlets.retain(|known| !Arc::ptr_eq(known, outlet));
    }

    /// A subscription is gone: publishers need not wake it any more.
    pub(super) fn leave<M: Message>(&self, inlet: &Arc<Inlet<M>>) {
        let mut members = lock(&M::lane(&self.lanes).members);
        members.inlets.retain(|known| known.strong_count() > 0 && !std::ptr::eq(known.as_ptr(), Arc::as_ptr(inlet)));
        for outlet in &members.outlets {
            lock(&outlet.connections).retain(|known| !Arc::ptr_eq(&known.inlet, inlet));
            outlet.call();
        }
    }

    /// A subscription began to spin: says so once if they are now more than the cores, and how many.
    pub(super) fn crowd(&self, subscription: u32) -> Option<usize> {
        let spinners = self.lanes.look().spinning;
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

    fn open<M: Message>(self: &Arc<Self>, prefix: &str, capacity: u64, hub: Option<Arc<Self>>) -> Result<Publisher<M>> {
        let ring = Ring::<M>::builder(capacity).open().seats(SEATS).timeout(self.timeout).build()?;
        let producer = ring.producer()?;
        let outlet = Arc::new(Outlet::new(prefix.to_owned(), ring));
        lock(&M::lane(&self.lanes).members).outlets.push(Arc::clone(&outlet));
        if prefix == "control" {
            lock(&outlet.topics).push(CONTROL.into());
        }
        Ok(Publisher::new(hub, Arc::clone(&self.catalog), outlet, producer))
    }
}
