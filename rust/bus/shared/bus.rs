//! A process's handle of a shared bus.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::super::conflation::check_notices;
use super::super::crew::Crew;
use super::super::dispatcher::Dispatcher;
use super::super::format::Format;
use super::super::handlers::{Action, Call, Compiled};
use super::super::inlet::lock;
use super::super::join::Start;
use super::super::message::Message;
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
    crew: Arc<Crew>,
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
        Ok(Self { member, wait, meter: Arc::new(Mutex::new(Meter::new(Instant::now()))), crew: Arc::default() })
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

    /// The number of a user's topic, the same in all processes. A new one carries Events.
    pub fn topic(&self, name: &str) -> Result<u32> {
        self.member.intern(name)
    }

    /// See [`super::super::Bus::bind`]; what a topic carries is the same in all processes.
    pub fn bind(&self, name: &str, format: &Format) -> Result<u32> {
        self.member.bind(name, format)
    }

    /// See [`super::super::Bus::format`].
    pub fn format(&self, name: &str, wanted: Option<&Format>) -> Result<Format> {
        self.member.catch_up()?;
        self.member.catalog.settle(name, wanted, |name, format| self.member.bind(name, format))
    }

    /// A publisher, with a ring of its own, of the Events of topics that are `prefix` or begin with `prefix.`.
    pub fn publisher(&self, prefix: &str) -> Result<Publisher> {
        self.publisher_of(prefix)
    }

    /// A publisher of records of one type. A prefix that no topic of that type can have is a `Config` error.
    pub fn publisher_of<M: Message>(&self, prefix: &str) -> Result<Publisher<M>> {
        Publisher::open(Arc::clone(&self.member), prefix)
    }

    /// A subscription to the Events that are published from now on.
    pub fn subscribe(&self, pattern: &str, delivery: Delivery) -> Result<Subscription> {
        self.subscribe_to(pattern, delivery)
    }

    /// A subscription to records of one type. A pattern that matches no topic of that type is a `Config` error.
    pub fn subscribe_to<M: Message>(&self, pattern: &str, delivery: Delivery) -> Result<Subscription<M>> {
        self.subscribe_from(pattern, delivery, Start::Latest)
    }

    /// A subscription that starts elsewhere on the rings that are there. One that conflates starts with what is
    /// published from now on, and does not read the bus's own notices: anything else is a `Config` error.
    pub fn subscribe_from<M: Message>(
        &self,
        pattern: &str,
        delivery: Delivery,
        start: Start,
    ) -> Result<Subscription<M>> {
        if let Delivery::Conflate(_) = delivery {
            check_conflation(pattern, start)?;
        }
        let pattern = self.pattern::<M>(pattern)?;
        Subscription::open(Arc::clone(&self.member), vec![pattern], (delivery, self.wait), start)
    }

    /// Runs `call` for every matching record, of whichever process, on a thread of this handle and its clones, eight handlers
    /// of a record type to a thread.
    pub fn handler<M: Message>(&self, pattern: &str, call: Call<M>) -> Result<()> {
        self.handle(pattern, Action::Closure(call))
    }

    /// The same for compiled code, called with a pointer to the record and the address `data`.
    ///
    /// # Safety
    /// `function` may be called with `data` on another thread until the bus is closed or the last clone of this handle
    /// dropped, and does not unwind.
    pub unsafe fn compiled_handler<M: Message>(&self, pattern: &str, function: Compiled<M>, data: usize) -> Result<()> {
        self.handle(pattern, Action::Compiled { function, data })
    }

    /// A pattern that some topic of the record type may match.
    fn pattern<M: Message>(&self, text: &str) -> Result<Pattern> {
        let pattern = Pattern::parse(text)?;
        self.member.catch_up()?;
        self.member.catalog.check(&pattern, M::TYPE)?;
        Ok(pattern)
    }

    fn handle<M: Message>(&self, pattern: &str, action: Action<M>) -> Result<()> {
        self.member.check_process()?;
        let pattern = self.pattern::<M>(pattern)?;
        M::dispatchers(&self.crew).handle(pattern, action, || {
            let how = (Delivery::default(), self.wait);
            let feed = Subscription::<M>::open(Arc::clone(&self.member), Vec::new(), how, Start::Latest)?;
            let intake = Box::new(feed.intake());
            Dispatcher::start(feed, intake)
        })
    }

    /// What happened so far, in all processes; handlers are this handle's.
    pub fn metrics(&self) -> Metrics {
        self.member.sweep_if_due();
        lock(&self.meter).read(Instant::now(), &self.member, self.crew.metrics())
    }

    /// Stops this handle's threads; handlers get nothing more.
    pub fn close(&self) {
        self.crew.close();
    }
}

/// What a subscription that conflates cannot have.
fn check_conflation(pattern: &str, start: Start) -> Result<()> {
    if start != Start::Latest {
        return Err(Error::Config(
            "policy \"conflate\" starts at \"latest\": the last events of before it came are not kept".into(),
        ));
    }
    check_notices(pattern)
}
