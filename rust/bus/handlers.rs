//! Handlers that share a thread: eight to a table, each with its own topics, latencies and fate.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use super::format::RecordType;
use super::inlet::lock;
use super::mask::Mask;
use super::message::Message;
use super::metrics::HandlerMetrics;
use super::sync::{AtomicU64, Ordering};
use super::topic::Pattern;
use super::worker::said;
use crate::clock::Stopwatch;
use crate::model::Event;
use crate::stats::Histogram;

/// What a handler does with a record; an `Err` is its last word.
pub type Call<M = Event> = Box<dyn FnMut(&M) -> std::result::Result<(), String> + Send>;

/// Compiled code as a handler: gets the record and the address it was registered with; anything but 0 is its last word.
pub type Compiled<M = Event> = extern "C" fn(*const M, *mut c_void) -> i32;

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
/// One call in this many is timed, the first among them: reading the clock twice takes longer than most handlers. A prime,
/// so that it falls into no rhythm of the records.
pub const TIMED_EVERY: u64 = 251;
/// What is known of a handler from outside.
pub struct Record {
    pattern: Pattern,
    calls: AtomicU64,
    latency_ticks: Mutex<Histogram>,
    fault: Mutex<Option<String>>,
}

impl Record {
    /// Of a handler that was not called yet.
    pub fn new(pattern: Pattern) -> Self {
        Self { pattern, calls: AtomicU64::new(0), latency_ticks: Mutex::default(), fault: Mutex::default() }
    }

    /// What it gets.
    pub const fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// Whether it has not failed.
    pub fn is_alive(&self) -> bool {
        lock(&self.fault).is_none()
    }

    /// What it did.
    pub fn metrics(&self, record: RecordType, ns_per_tick: f64) -> HandlerMetrics {
        HandlerMetrics {
            pattern: self.pattern.to_string(),
            record,
            calls: self.calls.load(Ordering::Relaxed),
            latency_ns: lock(&self.latency_ticks).summary().map(|ticks| ticks.scaled(ns_per_tick)),
            fault: lock(&self.fault).clone(),
        }
    }

    /// Makes a call that is timed.
    #[cold]
    fn time<V>(&self, stopwatch: Stopwatch, call: impl FnOnce() -> V) -> V {
        let begin = stopwatch.ticks();
        let value = call();
        let took = stopwatch.ticks() - begin;
        lock(&self.latency_ticks).record(took);
        value
    }
}

/// A handler in its place.
pub struct Handler<M> {
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

    /// Takes one in; there is a place.
    pub fn add(&mut self, handler: Handler<M>) {
        let place = self.places.iter_mut().find(|place| place.is_none());
        *place.expect("the dispatcher counts its handlers and sends no ninth") = Some(handler);
        self.arrived += 1;
    }

    /// Calls every handler that wants the record. One that panics or says no is taken out; the others go on. Gives how
    /// many failed.
    #[inline]
    pub fn dispatch(&mut self, message: &M) -> usize {
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

    /// The way to native code that is alone on its thread, which most is: no look at places and topics for each record.
    pub fn direct(&self) -> Option<Direct<'_, M>> {
        match &self.places[0] {
            Some(Handler { action: Action::Compiled { function, data }, record, calls, .. }) if self.arrived == 1 => {
                let data = std::ptr::with_exposed_provenance_mut(*data);
                Some(Direct { function: *function, data, record, stopwatch: self.stopwatch, calls: *calls, code: 0 })
            }
            _ => None,
        }
    }

    /// Takes over what [`Self::direct`] did; gives how many failed.
    pub fn settle(&mut self, (calls, code): (u64, i32)) -> usize {
        let Some(handler) = &mut self.places[0] else { return 0 };
        handler.calls = calls;
        handler.record.calls.store(calls, Ordering::Relaxed);
        if code == 0 {
            return 0;
        }
        handler.fail(returned(code));
        self.places[0] = None;
        1
    }

    /// Moves handlers to the front of the table.
    fn close_ranks(&mut self) {
        let left: Vec<Handler<M>> = self.places.iter_mut().filter_map(Option::take).collect();
        self.places.iter_mut().zip(left).for_each(|(place, handler)| *place = Some(handler));
    }
}

/// Native code that is alone on its thread, for one batch.
pub struct Direct<'h, M> {
    function: Compiled<M>,
    data: *mut c_void,
    record: &'h Record,
    stopwatch: Stopwatch,
    calls: u64,
    code: i32,
}

impl<M> Direct<'_, M> {
    /// Calls it, unless it has said its last word.
    #[inline]
    pub fn call(&mut self, message: &M) {
        if self.code != 0 {
            return;
        }
        self.calls += 1;
        self.code = if self.calls % TIMED_EVERY == 1 {
            self.record.time(self.stopwatch, || (self.function)(message, self.data))
        } else {
            (self.function)(message, self.data)
        };
    }

    /// Its calls so far, and its last word.
    pub const fn outcome(self) -> (u64, i32) {
        (self.calls, self.code)
    }
}

impl<M> Handler<M> {
    /// Not called yet.
    pub const fn new(mask: Mask, action: Action<M>, record: Arc<Record>) -> Self {
        Self { mask, action, record, calls: 0 }
    }

    /// Says whether the handler goes on; if not, its record says why.
    #[inline]
    fn run(&mut self, message: &M, stopwatch: Stopwatch) -> bool {
        self.calls += 1;
        self.record.calls.store(self.calls, Ordering::Relaxed);
        if self.calls % TIMED_EVERY != 1 {
            return self.call(message);
        }
        let record = Arc::clone(&self.record);
        record.time(stopwatch, || self.call(message))
    }

    #[inline]
    fn call(&mut self, message: &M) -> bool {
        match &mut self.action {
            Action::Compiled { function, data } => {
                match function(message, std::ptr::with_exposed_provenance_mut(*data)) {
                    0 => true,
                    code => self.fail(returned(code)),
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

#[cold]
fn returned(code: i32) -> String {
    format!("the compiled handler returned {code}")
}
