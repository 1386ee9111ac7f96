//! A descriptor for event loops, of a subscription whose publishers are in other processes and cannot raise it.
//!
//! One thread of this process sleeps where the subscription's reader would, while it is armed, and writes the descriptor when
//! it is woken: once per burst. Who never asks for a descriptor has no such thread.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::super::inlet::lock;
use super::super::park::Lot;
use super::super::signal::Signal;
use super::member::Member;
use crate::model::{Error, Result};

/// Longest sleep between two looks for dead processes.
const LOOK: Duration = Duration::from_millis(100);

/// See the module. Dropping it ends the thread.
pub struct Alarm {
    bell: Arc<Bell>,
    thread: Option<JoinHandle<()>>,
}

struct Bell {
    member: Arc<Member>,
    place: usize,
    signal: Signal,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// What its place of sleep said when it was armed; armed, it is counted there among the sleepers.
    armed: Option<u32>,
    stop: bool,
}

impl Alarm {
    /// A thread that is not armed, for a subscription's place.
    pub fn start(member: Arc<Member>, place: usize) -> Result<Self> {
        let (state, changed) = (Mutex::default(), Condvar::new());
        let bell = Arc::new(Bell { member, place, signal: Signal::new(), state, changed });
        bell.signal.descriptor()?;
        let mine = Arc::clone(&bell);
        let thread = std::thread::Builder::new()
            .name("bus descriptor".into())
            .spawn(move || mine.watch())
            .map_err(|error| Error::Engine(format!("no thread for a descriptor: {error}")))?;
        Ok(Self { bell, thread: Some(thread) })
    }

    /// The descriptor.
    pub fn descriptor(&self) -> Result<i32> {
        self.bell.signal.descriptor()
    }

    /// Clears the descriptor and asks for the next burst. The caller looks at its rings once more before it waits: what is
    /// published after that look finds a sleeper.
    pub fn arm(&self) {
        let bell = &self.bell;
        let mut state = lock(&bell.state);
        bell.signal.clear();
        // The fence in `enroll` is before the caller's look.
        let epoch = bell.lot().enroll();
        if state.armed.replace(epoch).is_some() {
            bell.lot().leave();
        } else {
            bell.changed.notify_one();
        }
    }

    /// Leaves the thread and its descriptor to the parent of a fork.
    pub fn abandon(mut self) {
        std::mem::forget(self.thread.take());
        std::mem::forget(self);
    }
}

impl Bell {
    fn lot(&self) -> &Lot {
        &self.member.subscribers()[self.place].lot.0
    }

    /// What the thread does.
    fn watch(&self) {
        let mut state = lock(&self.state);
        while !state.stop {
            let Some(epoch) = state.armed else {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            drop(state);
            if !self.lot().doze(epoch, LOOK) {
                // A publisher that died before it woke its readers is told of, and they are woken.
                self.member.sweep_if_due();
            }
            state = lock(&self.state);
            // Asked again: its owner may have read meanwhile, and armed it anew.
            if state.armed.is_some_and(|epoch| self.lot().has_woken(epoch)) {
                state.armed = None;
                self.lot().leave();
                self.signal.arm();
                self.signal.raise();
            }
        }
        if state.armed.take().is_some() {
            self.lot().leave();
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        lock(&self.bell.state).stop = true;
        self.bell.changed.notify_one();
        self.bell.lot().wake();
        if let Some(thread) = self.thread.take() {
            // A panic of its loop would be a defect and ends only this thread.
            let _ = thread.join();
        }
    }
}
