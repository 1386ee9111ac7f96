//! Which process this is, and whether another one is certainly gone.

use std::os::unix::fs::MetadataExt;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

/// A process: its number, when it began, and in which space of numbers it has that number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub pid: u64,
    /// When it began, in clock ticks since the system did; 0 if that cannot be known.
    pub born: u64,
    /// Its namespace of process numbers; containers that share a mapping have different ones.
    pub space: u64,
}

impl Process {
    /// This one.
    pub fn own() -> Self {
        let space = std::fs::metadata("/proc/self/ns/pid").map_or(0, |namespace| namespace.ino());
        Self { pid: u64::from(std::process::id()), born: born("self").ok().flatten().unwrap_or(0), space }
    }

    /// Whether it is certain that the process is gone. A number of another namespace says nothing, nor does a system
    /// without `/proc`.
    pub fn is_gone(self, own: Self) -> bool {
        if self.space != own.space || self.born == 0 || own.born == 0 {
            return false;
        }
        match born(&self.pid.to_string()) {
            Ok(Some(born)) => born != self.born,
            // Without its first thread a process may still run: ask the lock.
            Ok(None) => false,
            Err(error) => error.kind() == std::io::ErrorKind::NotFound,
        }
    }
}

/// When a process began; `None` for one whose first thread has ended.
fn born(pid: &str) -> std::io::Result<Option<u64>> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name in parentheses may hold anything; after it, fields are separated by spaces and start with the third.
    let fields = text.rsplit_once(')').map_or("", |(_, fields)| fields);
    let mut fields = fields.split_whitespace();
    if matches!(fields.next(), Some("Z" | "X")) {
        return Ok(None);
    }
    Ok(fields.nth(18).and_then(|ticks| ticks.parse().ok()))
}

/// How often this process came to be by a fork of one that had this counter.
static FORKS: AtomicU32 = AtomicU32::new(0);

extern "C" fn forked() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

/// The counter of forks. What was opened under another number belongs to the parent.
#[inline]
pub fn forks() -> u32 {
    // Relaxed: the child starts with the one thread that wrote it.
    FORKS.load(Ordering::Relaxed)
}

/// Counts forks from now on.
pub fn watch_forks() {
    static ONCE: Once = Once::new();
    // SAFETY: `forked` only adds to an atomic, which a child may do between fork and anything else. Where there is no
    // memory for it, forks go unnoticed, as before the call.
    ONCE.call_once(|| unsafe {
        libc::pthread_atfork(None, None, Some(forked));
    });
}
