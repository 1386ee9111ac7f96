//! The atomics the bus is written in: the standard library's, or loom's when the protocol is being model-checked
//! (`RUSTFLAGS="--cfg loom" cargo test --release --lib bus::model`).

#[cfg(loom)]
pub use loom::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};
#[cfg(not(loom))]
pub use std::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};

/// Raises a word to `value`, if it is below, with Release. What `fetch_max` is on x86; in this form `ThreadSanitizer` sees it,
/// which knows no atomic maximum and reported readers that had synchronised through one as racing.
#[inline]
pub fn raise(word: &AtomicU64, value: u64) {
    let mut found = word.load(Ordering::Relaxed);
    // Even a word that is high enough is written once: whoever acquires it must see what this thread did before.
    while let Err(now) = word.compare_exchange_weak(found, found.max(value), Ordering::Release, Ordering::Relaxed) {
        found = now;
    }
}

/// Says to the core that this is a spin; under loom, to the scheduler.
#[inline]
pub fn spin_hint() {
    #[cfg(loom)]
    loom::thread::yield_now();
    #[cfg(not(loom))]
    std::hint::spin_loop();
}

/// Gives the core to another thread.
#[inline]
pub fn yield_now() {
    #[cfg(loom)]
    loom::thread::yield_now();
    #[cfg(not(loom))]
    std::thread::yield_now();
}
