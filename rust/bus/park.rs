//! Where a consumer sleeps when it has spun long enough: a counter of sleepers and an epoch to sleep on.
//!
//! The epoch word is a futex on Linux, so that it works between processes; elsewhere a sleeper looks again after a
//! short nap.

use std::time::Duration;

use super::sync::{AtomicU32, Ordering, fence};

/// Sleeping places of one ring. All zero is a valid, empty one.
#[repr(C)]
pub struct Lot {
    sleepers: AtomicU32,
    epoch: AtomicU32,
    #[cfg(loom)]
    model: (loom::sync::Mutex<()>, loom::sync::Condvar),
}

impl Lot {
    /// Nobody sleeps.
    pub fn new() -> Self {
        Self {
            sleepers: AtomicU32::new(0),
            epoch: AtomicU32::new(0),
            #[cfg(loom)]
            model: (loom::sync::Mutex::new(()), loom::sync::Condvar::new()),
        }
    }

    /// Forgets sleepers whose process is gone.
    pub fn reset(&self) {
        self.sleepers.store(0, Ordering::Relaxed);
    }

    /// Sleeps until woken or for `at_most`, unless `ready` says that there is something to do.
    pub fn sleep(&self, at_most: Duration, ready: impl Fn() -> bool) {
        let epoch = self.enroll();
        if !ready() {
            self.wait(epoch, at_most);
        }
        self.leave();
    }

    /// Counts among the sleepers whoever will sleep on the epoch that this gives, unless a look afterwards says that there
    /// is something to do.
    pub fn enroll(&self) -> u32 {
        // Acquire pairs with the Release increment in `wake_sleepers`: an epoch read here is the newest one whose publication
        // `ready`, or the look, may miss.
        let epoch = self.epoch.load(Ordering::Acquire);
        self.sleepers.fetch_add(1, Ordering::Relaxed);
        // Pairs with the fence in `wake`: either the publisher sees the sleeper, or `ready` sees the publication.
        fence(Ordering::SeqCst);
        epoch
    }

    /// Takes one of the sleepers away.
    pub fn leave(&self) {
        self.sleepers.fetch_sub(1, Ordering::Relaxed);
    }

    /// Sleeps on an epoch until woken or for at most `at_most`; says whether somebody woke.
    #[cfg(all(target_os = "linux", not(loom)))]
    pub fn doze(&self, epoch: u32, at_most: Duration) -> bool {
        self.wait(epoch, at_most);
        self.has_woken(epoch)
    }

    /// Whether sleepers were woken since the epoch. Acquire pairs with the Release in `wake_sleepers`.
    #[cfg(all(target_os = "linux", not(loom)))]
    pub fn has_woken(&self, epoch: u32) -> bool {
        self.epoch.load(Ordering::Acquire) != epoch
    }

    /// Wakes all sleepers if the caller has passed a sequentially consistent fence since it published.
    #[inline]
    pub fn wake_after_fence(&self) {
        if self.sleepers.load(Ordering::Relaxed) > 0 {
            self.wake_sleepers();
        }
    }

    /// Wakes all sleepers; called after every publication to a ring that parks.
    #[inline]
    pub fn wake(&self) {
        // Pairs with the fence in `enroll`, see there.
        fence(Ordering::SeqCst);
        self.wake_after_fence();
    }

    #[cold]
    fn wake_sleepers(&self) {
        // Release pairs with the Acquire load in `enroll`; a sleeper that read the old epoch does not fall asleep.
        self.epoch.fetch_add(1, Ordering::Release);
        self.notify();
    }

    #[cfg(loom)]
    fn wait(&self, epoch: u32, _at_most: Duration) {
        let mut held = self.model.0.lock().expect("no model thread panics with the lock");
        while self.epoch.load(Ordering::Relaxed) == epoch {
            held = self.model.1.wait(held).expect("no model thread panics with the lock");
        }
    }

    #[cfg(loom)]
    fn notify(&self) {
        drop(self.model.0.lock().expect("no model thread panics with the lock"));
        self.model.1.notify_all();
    }

    #[cfg(all(not(loom), target_os = "linux", not(miri)))]
    fn wait(&self, epoch: u32, at_most: Duration) {
        let timeout = libc::timespec {
            tv_sec: at_most.as_secs().min(86_400).cast_signed(),
            tv_nsec: i64::from(at_most.subsec_nanos()),
        };
        // SAFETY: the word lives as long as `self`; FUTEX_WAIT only compares it with `epoch` and sleeps, and every
        // way it can return (woken, changed, timed out, interrupted) is followed by a new look at the ring.
        unsafe {
            libc::syscall(libc::SYS_futex, self.epoch.as_ptr(), libc::FUTEX_WAIT, epoch, &raw const timeout);
        }
    }

    #[cfg(all(not(loom), target_os = "linux", not(miri)))]
    fn notify(&self) {
        // SAFETY: the word lives as long as `self`; FUTEX_WAKE does not touch it.
        unsafe {
            libc::syscall(libc::SYS_futex, self.epoch.as_ptr(), libc::FUTEX_WAKE, i32::MAX);
        }
    }

    #[cfg(all(not(loom), any(not(target_os = "linux"), miri)))]
    fn wait(&self, epoch: u32, at_most: Duration) {
        let deadline = std::time::Instant::now() + at_most;
        while self.epoch.load(Ordering::Relaxed) == epoch && std::time::Instant::now() < deadline {
            std::thread::sleep(Duration::from_micros(50).min(at_most));
        }
    }

    #[cfg(all(not(loom), any(not(target_os = "linux"), miri)))]
    #[allow(clippy::unused_self, reason = "the sleeper looks at the epoch by itself")]
    fn notify(&self) {}
}

impl Default for Lot {
    fn default() -> Self {
        Self::new()
    }
}
