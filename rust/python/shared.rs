//! What a run's Python objects look at: the engine's world, and the call in progress while there is one.
//!
//! The engine runs with the GIL held and lends its world to Python only inside a callback or while it waits with the
//! GIL released, so whoever holds the GIL may read it. After the run the world moves in here and stays for handles
//! that outlive it.

use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, OnceLock};

use pyo3::prelude::*;

use super::errors::raise;
use crate::engine::{Context, World};
use crate::model::Instrument;

/// Shared by every Python object of one run.
pub struct Shared {
    /// By the run's numbers.
    pub instruments: Vec<Arc<Instrument>>,
    world: AtomicPtr<World>,
    context: AtomicPtr<Context>,
    kept: OnceLock<Box<World>>,
    /// Names of the patterns a hit may be of.
    pub patterns: Vec<String>,
    /// What `ctx.log` wrote: time and text.
    pub log: std::sync::Mutex<Vec<(i64, String)>>,
}

impl Shared {
    /// For a run that has not begun.
    pub fn new(instruments: Vec<Arc<Instrument>>, patterns: Vec<String>) -> Arc<Self> {
        Arc::new(Self {
            instruments,
            patterns,
            world: AtomicPtr::default(),
            context: AtomicPtr::default(),
            kept: OnceLock::new(),
            log: std::sync::Mutex::default(),
        })
    }

    /// A callback begins.
    pub fn enter(&self, context: *mut Context) {
        // SAFETY: the engine hands the adapter a context that is valid for the call.
        let world = unsafe { (*context).world };
        self.world.store(world.cast_mut(), Ordering::Relaxed);
        self.context.store(context, Ordering::Relaxed);
    }

    /// The callback ended.
    pub fn leave(&self) {
        self.context.store(std::ptr::null_mut(), Ordering::Relaxed);
    }

    /// The run ended: its world lives on here.
    pub fn keep(&self, world: World) {
        let kept = self.kept.get_or_init(|| Box::new(world));
        self.world.store(std::ptr::from_ref(&**kept).cast_mut(), Ordering::Relaxed);
        self.leave();
    }

    /// What is known. An error before the first callback.
    pub fn world(&self, py: Python<'_>) -> PyResult<&World> {
        let world = self.world.load(Ordering::Relaxed);
        // SAFETY: set by `enter` or `keep`; the engine's world stays where it is until `keep` replaces it, and the
        // engine changes it only while this thread does not hold the GIL (see the module's doc).
        unsafe { world.as_ref() }.ok_or_else(|| raise(py, "EngineError", "the run has not started yet"))
    }

    /// The call in progress. An error outside a callback.
    #[allow(clippy::mut_from_ref, reason = "the context belongs to the callback, of which there is one at a time")]
    pub fn context(&self, py: Python<'_>) -> PyResult<&mut Context> {
        let context = self.context.load(Ordering::Relaxed);
        let outside = || raise(py, "EngineError", "orders, timers and the clock are there inside a callback only");
        // SAFETY: non-null only between `enter` and `leave`, while the engine waits for the callback to return; each
        // binding takes it once and drops it before it returns, under the GIL.
        unsafe { context.as_mut() }.ok_or_else(outside)
    }
}
