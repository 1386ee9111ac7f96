//! A process's handle of a shared bus.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::super::handlers::{Action, Call, Compiled, Dispatcher, Dispatchers};
use super::super::inlet::lock;
use super::super::join::Start;
use super::super::subscription::Delivery;
use super::super::topic::Pattern;
use super::super::wait::Wait;
use super::file;
use super::member::Member;
use super::metrics::{Meter, Metrics};
use super::publisher::Publisher;
use super::subscription::Subscription;
use crate::model::{Error, Instrument, Result};

/// Publishers and subscriptions of several processes that find each other by topic. Cheap to clone.
///
/// The mapping stays, whoever comes and goes, until [`Bus::unlink`] takes its name away or the machine stops.
#[derive(Clone)]
pub struct Bus {
    member: Arc<Member>,
    wait: Wait,
    meter: Arc<Mutex<Meter>>,
    dispatchers: Arc<Dispatchers>,
}

impl Bus {
    /// Attaches to the bus of this name, or makes it with rings of `capacity` slots, 65,536 unless told. A `Data`
    /// error says what was found where it should be and is no bus of this user and version; a `Config` error that the
    /// name or capacity makes no sense or is not the one of the bus that is there.
    pub fn open(name: &str, capacity: Option<u64>) -> Result<Self> {
        Self::with_timeout(name, capacity, Wait::Adaptive, Duration::from_secs(10))
    }

    /// The same with how subscriptions of this handle wait, and how long its publications may wait for a slow one.
    pub fn with_timeout(name: &str, capacity: Option<u64>, wait: Wait, timeout: Duration) -> Result<Self> {
        let member = Member::open(name, capacity, timeout)?;
        member.sweep_if_due();
        Ok(Self { member, wait, meter: Arc::new(Mutex::new(Meter::new(Instant::now()))), dispatchers: Arc::default() })
    }

    /// Takes the bus's name away; says whether there was one. Whoever has it open keeps it, whoever opens the name next
    /// makes another one. The memory is given back when the last process lets go.
    pub fn unlink(name: &str) -> Result<bool> {
        file::unlink(&file::path(name)?)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.member.name
    }

    /// Slots of each publisher's ring.
    pub fn capacity(&self) -> u64 {
        self.member.layout.capacity
    }

    /// The numbers an instrument's events carry, the same in all processes, dense from 0.
    pub fn register(&self, instrument: &Instrument) -> Result<(u32, u8)> {
        self.member.register(instrument.venue(), instrument.symbol())
    }

    /// The number of a user's topic, the same in all processes.
    pub fn topic(&self, name: &str) -> Result<u32> {
        self.member.intern(name)
    }

    /// A publisher, with a ring of its own, of the topics that are `prefix` or begin with `prefix.`.
    pub fn publisher(&self, prefix: &str) -> Result<Publisher> {
        Publisher::open(Arc::clone(&self.member), prefix)
    }

    /// A subscription to what is published from now on.
    pub fn subscribe(&self, pattern: &str, delivery: Delivery) -> Result<Subscription> {
        self.subscribe_from(pattern, delivery, Start::Latest)
    }

    /// A subscription that starts elsewhere on the rings that are there. One that conflates starts with what is
    /// published from now on, and does not read the bus's own notices: anything else is a `Config` error.
    pub fn subscribe_from(&self, pattern: &str, delivery: Delivery, start: Start) -> Result<Subscription> {
        if let Delivery::Conflate(_) = delivery {
            check_conflation(pattern, start)?;
        }
        let pattern = Pattern::parse(pattern)?;
        Subscription::open(Arc::clone(&self.member), vec![pattern], (delivery, self.wait), start)
    }

    /// Runs `call` for every matching event, of whichever process, on a thread of this handle and its clones, eight handlers
    /// to a thread.
    pub fn handler(&self, pattern: &str, call: Call) -> Result<()> {
        self.handle(pattern, Action::Closure(call))
    }

    /// The same for compiled code, called with a pointer to the event and the address `data`.
    ///
    /// # Safety
    /// `function` may be called with `data` on another thread until the bus is closed or the last clone of this handle
    /// dropped, and does not unwind.
    pub unsafe fn compiled_handler(&self, pattern: &str, function: Compiled, data: usize) -> Result<()> {
        self.handle(pattern, Action::Compiled { function, data })
    }

    fn handle(&self, pattern: &str, action: Action) -> Result<()> {
        self.member.check_process()?;
        self.dispatchers.handle(pattern, action, || {
            let how = (Delivery::default(), self.wait);
            let feed = Subscription::open(Arc::clone(&self.member), Vec::new(), how, Start::Latest)?;
            let intake = Box::new(feed.intake());
            Dispatcher::start(feed, intake)
        })
    }

    /// What happened so far, in all processes; handlers are this handle's.
    pub fn metrics(&self) -> Metrics {
        self.member.sweep_if_due();
        lock(&self.meter).read(Instant::now(), &self.member, self.dispatchers.metrics())
    }

    /// Stops this handle's threads; handlers get no more events.
    pub fn close(&self) {
        self.dispatchers.close();
    }
}

/// What a subscription that conflates cannot have.
fn check_conflation(pattern: &str, start: Start) -> Result<()> {
    if start != Start::Latest {
        return Err(Error::Config(
            "policy \"conflate\" starts at \"latest\": the last events of before it came are not kept".into(),
        ));
    }
    if pattern.split('.').next() == Some("control") {
        return Err(Error::Config(format!(
            "pattern {pattern:?} with policy \"conflate\": notices are not versions of one thing; read them \"lossy\""
        )));
    }
    Ok(())
}
