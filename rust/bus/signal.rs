//! A wake-up for event loops: one per burst, as a readable file descriptor.

use std::sync::OnceLock;

use super::sync::{AtomicU32, Ordering};
use crate::model::{Error, Result};

/// An eventfd that is written once between two [`Signal::arm`]s; where there is none, a signal cannot be opened and the
/// caller polls.
pub struct Signal {
    armed: AtomicU32,
    descriptor: OnceLock<i32>,
}

impl Signal {
    /// Not opened yet: raising it costs one load.
    pub const fn new() -> Self {
        Self { armed: AtomicU32::new(0), descriptor: OnceLock::new() }
    }

    /// Asks for the next wake-up. The caller looks at its rings once more before it waits.
    pub fn arm(&self) {
        self.armed.store(1, Ordering::Relaxed);
        // Pairs with the publisher's fence after its publication: it sees us armed, or we see what it published.
        super::sync::fence(Ordering::SeqCst);
    }

    /// Makes the descriptor readable if it is armed.
    #[inline]
    pub fn raise(&self) {
        if self.armed.load(Ordering::Relaxed) != 0 {
            self.write();
        }
    }

    #[cfg(target_os = "linux")]
    #[cold]
    fn write(&self) {
        if self.armed.swap(0, Ordering::Relaxed) != 0
            && let Some(&descriptor) = self.descriptor.get()
        {
            let one = 1_u64;
            // SAFETY: the descriptor is open until `self` drops; eight bytes are read from `one`.
            unsafe { libc::write(descriptor, (&raw const one).cast(), 8) };
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn write(&self) {}

    /// The descriptor, opened at the first call.
    #[cfg(target_os = "linux")]
    pub fn descriptor(&self) -> Result<i32> {
        let descriptor = *self.descriptor.get_or_init(|| {
            // SAFETY: no pointers; a failure is a negative number.
            unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) }
        });
        if descriptor < 0 {
            return Err(Error::Engine("the system gave no eventfd; too many open files?".into()));
        }
        Ok(descriptor)
    }

    /// There is none on this system.
    #[cfg(not(target_os = "linux"))]
    pub fn descriptor(&self) -> Result<i32> {
        Err(Error::Engine("this system has no eventfd; poll the subscription instead".into()))
    }

    /// Makes the descriptor unreadable again.
    pub fn clear(&self) {
        #[cfg(target_os = "linux")]
        if let Some(&descriptor) = self.descriptor.get() {
            let mut count = 0_u64;
            // SAFETY: the descriptor is open until `self` drops and does not block; eight bytes are written to `count`.
            unsafe { libc::read(descriptor, (&raw mut count).cast(), 8) };
        }
    }
}

impl Drop for Signal {
    fn drop(&mut self) {
        #[cfg(target_os = "linux")]
        if let Some(&descriptor) = self.descriptor.get()
            && descriptor >= 0
        {
            // SAFETY: opened by `descriptor`, closed once, here.
            unsafe { libc::close(descriptor) };
        }
    }
}
