//! A consumer on a thread of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

use super::consumer::{Consumer, Poll};
use super::record::Record;
use crate::model::{Error, Result};

/// Records handed over between two looks at the stop flag.
const BATCH: usize = 256;
/// Longest wait between two looks at the stop flag.
const LOOK: Duration = Duration::from_millis(20);

/// How a managed thread ended, or that it did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It runs.
    Running,
    /// It was stopped, or the ring closed.
    Stopped,
    /// Its handler panicked with these words; it has left the ring and holds nobody back.
    Faulted(String),
}

/// A managed consumer thread. Dropping it stops the thread and waits for it.
///
/// ```
/// use std::sync::atomic::{AtomicI64, Ordering};
/// use std::sync::Arc;
/// use quantum_core::bus::{Ring, Worker};
/// use quantum_core::model::Event;
///
/// let ring: Ring<Event, true> = Ring::<Event>::builder(256).build()?;
/// let sum = Arc::new(AtomicI64::new(0));
/// let total = Arc::clone(&sum);
/// let worker = Worker::spawn(ring.join("sum").consumer()?, None, move |event| {
///     total.fetch_add(event.qty, Ordering::Relaxed);
/// })?;
/// let mut producer = ring.producer()?;
/// for qty in 1..=1000 {
///     producer.publish(Event { qty, ..Event::default() })?;
/// }
/// drop(producer);
/// worker.join();
/// assert_eq!(sum.load(Ordering::Relaxed), 500_500);
/// # Ok::<(), quantum_core::model::Error>(())
/// ```
pub struct Worker {
    thread: Option<JoinHandle<()>>,
    stop: Arc<AtomicBool>,
    end: Arc<OnceLock<State>>,
}

impl Worker {
    /// Runs `handle` for every record, on a new thread, pinned to a core if one is named.
    pub fn spawn<T: Record, const PARKS: bool>(
        mut consumer: Consumer<T, PARKS>,
        core: Option<usize>,
        mut handle: impl FnMut(&T) + Send + 'static,
    ) -> Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let end = Arc::new(OnceLock::new());
        let (told, ended) = (Arc::clone(&stop), Arc::clone(&end));
        let name = consumer.name().to_owned();
        if let Some(core) = core {
            check_core(core)?;
        }
        let body = move || {
            if let Some(core) = core {
                pin(core);
            }
            let run = catch_unwind(AssertUnwindSafe(|| run(&mut consumer, &told, &mut handle)));
            let state = run.map_or_else(|panic| State::Faulted(said(&*panic)), |()| State::Stopped);
            // The answer first, then the seat: who sees the consumer gone can ask why.
            let _ = ended.set(state);
            drop(consumer);
        };
        let thread = std::thread::Builder::new().name(name);
        let thread = thread.spawn(body).map_err(|error| Error::Engine(format!("no thread for a consumer: {error}")))?;
        Ok(Self { thread: Some(thread), stop, end })
    }

    /// How it is.
    pub fn state(&self) -> State {
        self.end.get().cloned().unwrap_or(State::Running)
    }

    /// Waits until the ring closes (or the handler panics) and says how it ended.
    pub fn join(mut self) -> State {
        self.wait();
        self.state()
    }

    /// Stops after the batch in hand and says how it ended.
    pub fn stop(self) -> State {
        self.stop.store(true, Ordering::Relaxed);
        self.join()
    }

    fn wait(&mut self) {
        if let Some(thread) = self.thread.take() {
            // The body catches the handler's panic; one of its own would be a defect, and the state says Running.
            let _ = thread.join();
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.wait();
    }
}

fn run<T: Record, const PARKS: bool>(
    consumer: &mut Consumer<T, PARKS>,
    stop: &AtomicBool,
    handle: &mut impl FnMut(&T),
) {
    while !stop.load(Ordering::Relaxed) {
        match consumer.poll(BATCH, &mut *handle) {
            Poll::Ready(_) | Poll::Gap { .. } => {}
            Poll::Idle => {
                consumer.wait(Some(LOOK));
            }
            Poll::Closed => return,
        }
    }
}

/// What a panic said.
pub fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let said = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    said.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".into())
}

fn check_core(core: usize) -> Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    if core >= cores {
        return Err(Error::Config(format!("core must be from 0 to {}, not {core}", cores - 1)));
    }
    Ok(())
}

/// Keeps the calling thread on one core, where the system can.
fn pin(core: usize) {
    #[cfg(all(target_os = "linux", not(miri)))]
    // SAFETY: a zeroed cpu_set_t is an empty set, `core` is below the set's size (checked against the machine), and
    // the call only reads the set.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(core, &mut set);
        libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const set);
    }
    #[cfg(any(not(target_os = "linux"), miri))]
    let _ = core;
}
