//! Locks on single bytes of the mapping's file, which the kernel takes back when their holder dies.
//!
//! They are locks of the open file ("open file description"), not of the process: two handles in one process see each
//! other's, and closing one does not lose the locks of the other. The bytes lie far beyond the end of the file.

use std::fs::File;
use std::os::fd::AsRawFd;

use super::layout::PUBLISHERS;

/// What can be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// The right to change the directory.
    Door,
    /// A publisher's place.
    Publisher(usize),
    /// A subscription's place.
    Subscriber(usize),
}

impl Lock {
    /// Dense from 0.
    pub const fn number(self) -> usize {
        match self {
            Self::Door => 0,
            Self::Publisher(index) => 1 + index,
            Self::Subscriber(index) => 1 + PUBLISHERS + index,
        }
    }

    fn request(self, kind: libc::c_int) -> libc::flock {
        // SAFETY: a plain record of numbers, for which zeros are valid.
        let mut request: libc::flock = unsafe { std::mem::zeroed() };
        request.l_type = kind as libc::c_short;
        request.l_whence = libc::SEEK_SET as libc::c_short;
        request.l_start = (1 << 50) + self.number() as libc::off_t;
        request.l_len = 1;
        request
    }

    fn set(self, file: &File, kind: libc::c_int) -> bool {
        let request = self.request(kind);
        // SAFETY: the descriptor is open while `file` lives, and the record is read during the call only.
        unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_SETLK, &raw const request) == 0 }
    }

    /// Takes it, unless another open file has it.
    pub fn take(self, file: &File) -> bool {
        self.set(file, libc::F_WRLCK)
    }

    /// Gives it back.
    pub fn release(self, file: &File) {
        self.set(file, libc::F_UNLCK);
    }

    /// Whether another open file has it. Where the system cannot say, it has.
    pub fn is_taken(self, file: &File) -> bool {
        let mut request = self.request(libc::F_WRLCK);
        // SAFETY: the descriptor is open while `file` lives, and the record is written during the call only.
        let answer = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_GETLK, &raw mut request) };
        answer != 0 || libc::c_int::from(request.l_type) != libc::F_UNLCK
    }
}
