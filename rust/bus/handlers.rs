//! Handlers that share a thread: eight to a table, each with its own topics, latencies and fate.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use super::hub::{Bus, Hub, Notice};
use super::inlet::lock;
use super::mask::Mask;
use super::message::Message;
use super::metrics::HandlerMetrics;
use super::subscription::{Delivery, Subscription};
use super::sync::{AtomicU64, Ordering};
use super::topic::Pattern;
use super::worker::said;
use crate::clock::Stopwatch;
use crate::model::{Error, Event, Result};
use crate::stats::Histogram;

/// What a handler does with a record; an `Err` is its last word.
pub type Call<M = Event> = Box<dyn FnMut(&M) -> std::result::Result<(), String> + Send>;

/// Compiled code as a handler: gets the record and the address it was registered with; anything but 0 is its last word.
pub type Compiled<M = Event> = extern "C" fn(*const M, *mut std::ffi::c_void) -> i32;

/// Either of them.
pub enum Action<M> {
    /// Rust, or Python behind it.
    Closure(Call<M>),
    /// Native code.
    Compiled {
        /// Its address.
        function: Compiled<M>,
        /// What it is called with.
        data: usize,
    },
}

/// Handlers of one thread.
pub const INLINE: usize = 8;
/// One call in this many is timed: reading the clock twice takes longer than most handlers.
pub const TIMED_EVERY: u64 = 64;
/// Records between two looks at new handlers and at the stop flag.
const BATCH: usize = 1024;
const LOOK: Duration = Duration::from_millis(20);

/// What is known of a handler from outside.
pub struct Record {
    pattern: String,
    calls: AtomicU64,
    latency_ticks: Mutex<Histogram>,
    fault: Mutex<Option<String>>,
}

struct Handler<M> {
    mask: Mask,
    action: Action<M>,
    record: Arc<Record>,
    calls: u64,
}

/// Up to eight handlers in line. Dispatching allocates nothing.
pub struct Handlers<M> {
    places: [Option<Handler<M>>; INLINE],
    stopwatch: Stopwatch,
    /// How many there ever were. The first one, alone, wants all that its subscription lets through.
    arrived: usize,
}

impl<M: Message> Handlers<M> {
    /// No handlers.
    pub fn new() -> Self {
        Self { places: [const { None }; INLINE], stopwatch: Stopwatch::new(), arrived: 0 }
    }

    fn add(&mut self, handler: Handler<M>) {
        let place = self.places.iter_mut().find(|place| place.is_none());
        *place.expect("the dispatcher counts its handlers and sends no ninth") = Some(handler);
        self.arrived += 1;
    }

    /// Calls every handler that wants the record. One that panics or says no is taken out; the others go on. Gives how
    /// many failed.
    #[inline]
    fn dispatch(&mut self, message: &M) -> usize {
        let mut failed = 0;
        let alone = self.arrived == 1;
        for place in &mut self.places {
            let Some(handler) = place else { break };
            if (alone || handler.mask.accepts(message)) && !handler.run(message, self.stopwatch) {
                *place = None;
                failed += 1;
            }
        }
        if failed > 0 {
            self.close_ranks();
        }
        failed
    }

    /// Moves handlers to the front of the table.
    fn close_ranks(&mut self) {
        let left: Vec<Handler<M>> = self.places.iter_mut().filter_map(Option::take).collect();
        self.places.iter_mut().zip(left).for_each(|(place, handler)| *place = Some(handler));
    }
}

impl<M> Handler<M> {
    /// Says whether the handler goes on; if not, its record says why.
    #[inline]
    fn run(&mut self, message: &M, stopwatch: Stopwatch) -> bool {
        self.calls += 1;
        self.record.calls.store(self.calls, Ordering::Relaxed);
        if self.calls % TIMED_EVERY != 1 {
            return self.call(message);
        }
        let begin = stopwatch.ticks();
        let goes_on = self.call(message);
        let took = stopwatch.ticks() - begin;
        lock(&self.record.latency_ticks).record(took);
        goes_on
    }

    #[inline]
    fn call(&mut self, message: &M) -> bool {
        match &mut self.action {
            Action::Compiled { function, data } => {
                match function(message, std::ptr::with_exposed_provenance_mut(*data)) {
                    0 => true,
                    code => self.fail(format!("the compiled handler returned {code}")),
                }
            }
            Action::Closure(call) => match catch_unwind(AssertUnwindSafe(|| call(message))) {
                Ok(Ok(())) => true,
                Ok(Err(why)) => self.fail(why),
                Err(panic) => self.fail(said(&*panic)),
            },
        }
    }

    #[cold]
    fn fail(&self, why: String) -> bool {
        *lock(&self.record.fault) = Some(why);
        false
    }
}

/// A thread that runs handlers.
pub struct Dispatcher<M: Message> {
    shared: Arc<Shared<M>>,
    thread: Option<JoinHandle<()>>,
    records: Mutex<Vec<Arc<Record>>>,
}

struct Shared<M: Message> {
    arrivals: Mutex<Vec<Handler<M>>>,
    changed: AtomicBool,
    stop: AtomicBool,
    handlers: AtomicU64,
    inlet: Mutex<Option<Arc<super::inlet::Inlet<M>>>>,
}

impl<M: Message> Dispatcher<M> {
    /// A thread without handlers.
    pub(super) fn start(bus: &Bus) -> Result<Self> {
        let shared = Arc::new(Shared {
            arrivals: Mutex::default(),
            changed: AtomicBool::new(false),
            stop: AtomicBool::new(false),
            handlers: AtomicU64::new(0),
            inlet: Mutex::new(None),
        });
        let subscription: Subscription<M> = bus.hub.subscribe(Vec::new(), Delivery::default(), super::Start::Latest)?;
        *lock(&shared.inlet) = Some(Arc::clone(subscription.inlet()));
        let (mine, hub) = (Arc::clone(&shared), Arc::downgrade(&bus.hub));
        let thread = std::thread::Builder::new()
            .name("bus handlers".into())
            .spawn(move || run(&mine, &hub, subscription))
            .map_err(|error| Error::Engine(format!("no thread for handlers: {error}")))?;
        Ok(Self { shared, thread: Some(thread), records: Mutex::default() })
    }

    /// Whether it takes another handler.
    pub fn has_room(&self) -> bool {
        self.shared.handlers.load(Ordering::Relaxed) < INLINE as u64
    }

    /// Adds a handler; it gets what is published after this returns.
    pub(super) fn add(&self, hub: &Arc<Hub>, pattern: Pattern, action: Action<M>) -> Result<()> {
        let record = Arc::new(Record {
            pattern: pattern.to_string(),
            calls: AtomicU64::new(0),
            latency_ticks: Mutex::default(),
            fault: Mutex::default(),
        });
        let mask = Mask::new(Arc::clone(&hub.catalog), vec![pattern.clone()]);
        lock(&self.records).push(Arc::clone(&record));
        self.shared.handlers.fetch_add(1, Ordering::Relaxed);
        lock(&self.shared.arrivals).push(Handler { mask, action, record, calls: 0 });
        // Release pairs with the Acquire in `run`.
        self.shared.changed.store(true, Ordering::Release);
        let inlet = lock(&self.shared.inlet).clone().expect("set when the dispatcher started");
        lock(&inlet.patterns).push(pattern);
        hub.connect_all(&inlet, super::Start::Latest)?;
        inlet.wake();
        Ok(())
    }

    /// What its handlers did.
    pub fn metrics(&self) -> Vec<HandlerMetrics> {
        let ns_per_tick = Stopwatch::new().ns_per_tick();
        let of = |record: &Arc<Record>| HandlerMetrics {
            pattern: record.pattern.clone(),
            calls: record.calls.load(Ordering::Relaxed),
            latency_ns: lock(&record.latency_ticks).summary().map(|ticks| ticks.scaled(ns_per_tick)),
            fault: lock(&record.fault).clone(),
        };
        lock(&self.records).iter().map(of).collect()
    }
}

impl<M: Message> Drop for Dispatcher<M> {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(inlet) = &*lock(&self.shared.inlet) {
            inlet.wake();
        }
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            // Handlers' panics are caught; a panic of the loop itself would be a defect and ends only this thread.
            let _ = thread.join();
        }
    }
}

fn run<M: Message>(shared: &Shared<M>, hub: &std::sync::Weak<Hub>, mut subscription: Subscription<M>) {
    let mut handlers = Handlers::new();
    while !shared.stop.load(Ordering::Relaxed) {
        if shared.changed.swap(false, Ordering::Acquire) {
            let arrived = std::mem::take(&mut *lock(&shared.arrivals));
            for handler in arrived {
                handlers.add(handler);
            }
            subscription.renew_mask();
        }
        let mut failed = 0;
        if subscription.poll(BATCH, |message| failed += handlers.dispatch(message)) == 0 {
            subscription.wait(Some(LOOK));
        }
        if failed > 0 {
            shared.handlers.fetch_sub(failed as u64, Ordering::Relaxed);
            if let Some(hub) = hub.upgrade() {
                hub.notify(Notice::Faulted, subscription.id(), 0);
            }
        }
    }
}
