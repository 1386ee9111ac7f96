//! The threads that run a bus's handlers: eight handlers to a thread, started when they are needed.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::Start;
use super::handlers::{Action, Handler, Handlers, INLINE, Record};
use super::hub::{Bus, Hub, Notice};
use super::inlet::{Inlet, lock};
use super::mask::Mask;
use super::message::Message;
use super::metrics::HandlerMetrics;
use super::subscription::{Delivery, Subscription};
use super::sync::{AtomicU64, Ordering};
use super::topic::Pattern;
use crate::clock::Stopwatch;
use crate::model::{Error, Result};

/// Records between two looks at new handlers and at the stop flag.
const BATCH: usize = 1024;
const LOOK: Duration = Duration::from_millis(20);
/// Longest wait for a thread, which may be in a handler, to take a new handler in.
const ARRIVAL: Duration = Duration::from_secs(1);

/// What a dispatcher's thread reads.
pub trait Feed<M>: Send + 'static {
    /// Hands up to `max` records to `handle` and says how many; never waits.
    fn poll(&mut self, max: usize, handle: impl FnMut(&M)) -> usize;
    /// Waits until a poll may give something, for at most `timeout`.
    fn wait(&self, timeout: Duration);
    /// Compiles the patterns anew, after they changed.
    fn renew_mask(&mut self);
    /// Says on the control topic that a handler failed.
    fn tell_fault(&self);
}

/// A feed as whoever adds handlers sees it.
pub trait Intake: Send + Sync {
    /// Has the feed read these patterns, at most [`INLINE`], from what is published now on.
    fn widen(&self, patterns: Vec<Pattern>) -> Result<()>;
    /// One handler's topics.
    fn mask(&self, pattern: &Pattern) -> Mask;
    /// Wakes the feed's thread.
    fn wake(&self);
}

impl<M: Message> Feed<M> for Subscription<M> {
    fn poll(&mut self, max: usize, handle: impl FnMut(&M)) -> usize {
        Self::poll(self, max, handle)
    }
    fn wait(&self, timeout: Duration) {
        Self::wait(self, Some(timeout));
    }
    fn renew_mask(&mut self) {
        Self::renew_mask(self);
    }
    fn tell_fault(&self) {
        if let Some(hub) = self.hub() {
            hub.notify(Notice::Faulted, self.id(), 0);
        }
    }
}

/// The way to a subscription of this process's memory.
struct Own<M: Message> {
    hub: Weak<Hub>,
    inlet: Arc<Inlet<M>>,
    nothing: Mask,
}

impl<M: Message> Intake for Own<M> {
    fn widen(&self, patterns: Vec<Pattern>) -> Result<()> {
        *lock(&self.inlet.patterns) = patterns;
        self.hub.upgrade().map_or(Ok(()), |hub| hub.connect_all(&self.inlet, Start::Latest))
    }
    fn mask(&self, pattern: &Pattern) -> Mask {
        self.nothing.renewed(vec![pattern.clone()])
    }
    fn wake(&self) {
        self.inlet.wake();
    }
}

/// A bus's threads that run handlers of one record type.
pub struct Dispatchers<M: Message> {
    all: Mutex<Vec<Dispatcher<M>>>,
}

impl<M: Message> Default for Dispatchers<M> {
    fn default() -> Self {
        Self { all: Mutex::default() }
    }
}

impl<M: Message> Dispatchers<M> {
    /// Adds a handler to a thread that has room, or to a new one; it gets what is published after this returns.
    pub fn handle(
        &self,
        pattern: Pattern,
        action: Action<M>,
        start: impl FnOnce() -> Result<Dispatcher<M>>,
    ) -> Result<()> {
        let mut all = lock(&self.all);
        if let Some(free) = all.iter().find(|dispatcher| dispatcher.has_room()) {
            return free.add(pattern, action);
        }
        let dispatcher = start()?;
        dispatcher.add(pattern, action)?;
        all.push(dispatcher);
        Ok(())
    }

    /// What the handlers did.
    pub fn metrics(&self) -> Vec<HandlerMetrics> {
        lock(&self.all).iter().flat_map(Dispatcher::metrics).collect()
    }

    /// Stops the threads; handlers get nothing more.
    pub fn close(&self) {
        let all = std::mem::take(&mut *lock(&self.all));
        drop(all);
    }
}

/// A thread that runs handlers.
pub struct Dispatcher<M: Message> {
    shared: Arc<Shared<M>>,
    intake: Box<dyn Intake>,
    thread: Option<JoinHandle<()>>,
    /// The process it runs in: in a fork's child there is no thread.
    process: u32,
    records: Mutex<Vec<Arc<Record>>>,
}

struct Shared<M> {
    arrivals: Mutex<Vec<Handler<M>>>,
    changed: AtomicBool,
    stop: AtomicBool,
    handlers: AtomicU64,
}

impl<M: Message> Dispatcher<M> {
    /// A thread without handlers, on a bus of this process's memory.
    pub(super) fn of(bus: &Bus) -> Result<Self> {
        let subscription: Subscription<M> = bus.hub.subscribe(Vec::new(), Delivery::default(), Start::Latest)?;
        let nothing = Mask::new(Arc::clone(&bus.hub.catalog), Vec::new());
        let own = Own { hub: Arc::downgrade(&bus.hub), inlet: Arc::clone(subscription.inlet()), nothing };
        Self::start(subscription, Box::new(own))
    }

    /// A thread without handlers.
    pub fn start(feed: impl Feed<M>, intake: Box<dyn Intake>) -> Result<Self> {
        let (arrivals, changed, stop) = (Mutex::default(), AtomicBool::new(false), AtomicBool::new(false));
        let shared = Arc::new(Shared { arrivals, changed, stop, handlers: AtomicU64::new(0) });
        let mine = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("bus handlers".into())
            .spawn(move || run(&mine, feed))
            .map_err(|error| Error::Engine(format!("no thread for handlers: {error}")))?;
        let (thread, process) = (Some(thread), std::process::id());
        Ok(Self { shared, intake, thread, process, records: Mutex::default() })
    }

    /// Whether it takes another handler.
    pub fn has_room(&self) -> bool {
        self.shared.handlers.load(Ordering::Relaxed) < INLINE as u64
    }

    /// Adds a handler; it gets what is published after this returns.
    fn add(&self, pattern: Pattern, action: Action<M>) -> Result<()> {
        let mut records = lock(&self.records);
        let alive = records.iter().filter(|record| record.is_alive());
        self.intake.widen(alive.map(|record| record.pattern().clone()).chain([pattern.clone()]).collect())?;
        let mask = self.intake.mask(&pattern);
        let record = Arc::new(Record::new(pattern));
        records.push(Arc::clone(&record));
        drop(records);
        self.shared.handlers.fetch_add(1, Ordering::Relaxed);
        lock(&self.shared.arrivals).push(Handler::new(mask, action, record));
        // Release pairs with the Acquire in `run`.
        self.shared.changed.store(true, Ordering::Release);
        self.intake.wake();
        self.wait_for_arrival();
        Ok(())
    }

    /// Until the thread knows the new handler, it filters with the old patterns.
    fn wait_for_arrival(&self) {
        let deadline = Instant::now() + ARRIVAL;
        let is_own = self.thread.as_ref().is_some_and(|thread| thread.thread().id() == std::thread::current().id());
        while !is_own && self.shared.changed.load(Ordering::Acquire) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_micros(20));
        }
    }

    /// What its handlers did.
    pub fn metrics(&self) -> Vec<HandlerMetrics> {
        let ns_per_tick = Stopwatch::new().ns_per_tick();
        lock(&self.records).iter().map(|record| record.metrics(M::TYPE, ns_per_tick)).collect()
    }
}

impl<M: Message> Drop for Dispatcher<M> {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            // The thread is the parent's, who goes on.
            std::mem::forget(self.thread.take());
            return;
        }
        self.shared.stop.store(true, Ordering::Relaxed);
        self.intake.wake();
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            // Handlers' panics are caught; a panic of the loop itself would be a defect and ends only this thread.
            let _ = thread.join();
        }
    }
}

fn run<M: Message>(shared: &Shared<M>, mut feed: impl Feed<M>) {
    let mut handlers = Handlers::new();
    while !shared.stop.load(Ordering::Relaxed) {
        if shared.changed.load(Ordering::Acquire) {
            let arrived = std::mem::take(&mut *lock(&shared.arrivals));
            for handler in arrived {
                handlers.add(handler);
            }
            feed.renew_mask();
            // Release pairs with the Acquire in `wait_for_arrival`. One handler comes at a time, see `Dispatchers`.
            shared.changed.store(false, Ordering::Release);
        }
        let (polled, failed) = poll(&mut handlers, &mut feed);
        if polled == 0 {
            feed.wait(LOOK);
        }
        if failed > 0 {
            shared.handlers.fetch_sub(failed as u64, Ordering::Relaxed);
            feed.tell_fault();
        }
    }
}

/// One batch; gives how many records there were and how many handlers failed.
fn poll<M: Message>(handlers: &mut Handlers<M>, feed: &mut impl Feed<M>) -> (usize, usize) {
    if let Some(mut direct) = handlers.direct() {
        let polled = feed.poll(BATCH, |message| direct.call(message));
        let outcome = direct.outcome();
        return (polled, handlers.settle(outcome));
    }
    let mut failed = 0;
    let polled = feed.poll(BATCH, |message| failed += handlers.dispatch(message));
    (polled, failed)
}
