//! What a ring can carry.

use std::mem::size_of;

use crate::model::{Bar, Command, Event, Report};

/// A plain record whose first field is the ring's commit word.
///
/// # Safety
/// The type is `repr(C)` with `sequence: u64` first, its size is a multiple of 8, it has no padding bytes, and every
/// bit pattern is a valid value. Slots are copied word by word and may, in another process, come from anywhere.
pub unsafe trait Record: Copy + Send + Sync + 'static {
    /// 64-bit words of the record, the commit word included.
    const WORDS: usize = size_of::<Self>() / 8;

    /// The sequence the record was published under; 0 before.
    fn sequence(&self) -> u64;
    /// Sets the commit word of a private copy.
    fn set_sequence(&mut self, sequence: u64);
}

macro_rules! implement {
    ($($record:ty),+) => {$(
        const _: () = assert!(std::mem::offset_of!($record, sequence) == 0 && size_of::<$record>() % 8 == 0);
        // SAFETY: `repr(C)` of integers and floats that fill the size without padding (64 or 128 bytes, asserted
        // where the record is defined), valid for any bits.
        unsafe impl Record for $record {
            #[inline]
            fn sequence(&self) -> u64 {
                self.sequence
            }
            #[inline]
            fn set_sequence(&mut self, sequence: u64) {
                self.sequence = sequence;
            }
        }
    )+};
}

implement!(Event, Bar, Command, Report);
