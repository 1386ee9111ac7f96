//! A file in memory, as references to atomics.

use std::fs::File;
use std::mem::{align_of, size_of};
use std::os::fd::AsRawFd;
use std::ptr::NonNull;

use super::super::control::{Control, Seat};
use super::super::sync::AtomicU64;
use super::layout::{Header, Name, PublisherPlace, SubscriberPlace};
use super::table::TableHead;
use crate::model::{Error, Result};

/// What may be looked at in shared memory.
///
/// # Safety
/// The type is `repr(C)`, holds nothing but atomics, and any bits are a valid value of it.
pub unsafe trait Shared {}

macro_rules! shared {
    ($($type:ty),+) => {$(
        // SAFETY: `repr(C)`, and every field, to the last, is an atomic integer.
        unsafe impl Shared for $type {}
    )+};
}
shared!(AtomicU64, Control, Header, PublisherPlace, Seat, SubscriberPlace, TableHead, Name);

/// A whole file, mapped for all who map it. Its size never changes: this code never truncates, and whoever does is not
/// one of us.
pub struct Mapping {
    address: NonNull<u8>,
    bytes: usize,
}

// SAFETY: the memory is reached through references to atomics only, which any thread may use.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps the first `bytes` of a file that has as many.
    pub fn new(file: &File, bytes: usize) -> Result<Self> {
        // SAFETY: a new mapping at an address of the kernel's choice touches nothing that is there.
        let address = unsafe {
            let access = libc::PROT_READ | libc::PROT_WRITE;
            libc::mmap(std::ptr::null_mut(), bytes, access, libc::MAP_SHARED, file.as_raw_fd(), 0)
        };
        if address == libc::MAP_FAILED {
            let error = std::io::Error::last_os_error();
            return Err(Error::Engine(format!("the system did not map {bytes} bytes of shared memory: {error}")));
        }
        let address = NonNull::new(address.cast()).expect("a mapping is never at address 0");
        Ok(Self { address, bytes })
    }

    /// `count` of these, from a byte on.
    pub fn slice<V: Shared>(&self, offset: usize, count: usize) -> &[V] {
        let inside = size_of::<V>().checked_mul(count).and_then(|size| size.checked_add(offset));
        assert!(inside.is_some_and(|end| end <= self.bytes), "the layout lies inside the file");
        assert!(offset.is_multiple_of(align_of::<V>()), "the layout aligns what it places");
        // SAFETY: inside the mapping and aligned (see above; the mapping begins on a page), which lasts until `self` is
        // dropped; only atomics, for which any bits are valid (`Shared`), so that others may write them meanwhile.
        unsafe { std::slice::from_raw_parts(self.address.add(offset).cast().as_ptr(), count) }
    }

    /// One of these, at a byte.
    pub fn at<V: Shared>(&self, offset: usize) -> &V {
        &self.slice(offset, 1)[0]
    }

    /// Brings pages in, so that the first lap of a ring does not wait for the kernel. Where it cannot, it does not.
    pub fn populate(&self, offset: usize, bytes: usize) {
        assert!(offset + bytes <= self.bytes, "the layout lies inside the file");
        // SAFETY: inside the mapping; the advice changes no byte.
        unsafe { libc::madvise(self.address.add(offset).as_ptr().cast(), bytes, libc::MADV_POPULATE_WRITE) };
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: mapped in `new` with this size; every reference into it borrows `self` or keeps what owns it.
        unsafe { libc::munmap(self.address.as_ptr().cast(), self.bytes) };
    }
}
