//! Properties of the ring on real threads; Miri runs the same tests with smaller counts.

mod many;
mod policies;
mod records;
mod single;
mod topics;

use super::Record;

/// A 16-byte slot: 8 bytes of payload.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Small {
    sequence: u64,
    value: u64,
}

/// A 64-byte slot whose words can be checked against each other.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Hashed {
    sequence: u64,
    producer: u64,
    count: u64,
    hash: [u64; 5],
}

impl Hashed {
    fn new(producer: u64, count: u64) -> Self {
        let mut state = producer.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ count;
        let hash = std::array::from_fn(|_| {
            state = (state ^ (state >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9).wrapping_add(1);
            state
        });
        Self { sequence: 0, producer, count, hash }
    }

    fn assert_whole(&self) {
        assert_eq!(Self { sequence: self.sequence, ..Self::new(self.producer, self.count) }, *self, "torn record");
    }
}

macro_rules! record {
    ($($record:ty),+) => {$(
        // SAFETY: `repr(C)` of 8-byte integers, `sequence` first, no padding, any bits are valid.
        unsafe impl Record for $record {
            fn sequence(&self) -> u64 {
                self.sequence
            }
            fn set_sequence(&mut self, sequence: u64) {
                self.sequence = sequence;
            }
        }
    )+};
}
record!(Small, Hashed);

/// `full` messages, a tenth without optimisation, fewer under Miri.
const fn count(full: u64) -> u64 {
    let count = if cfg!(debug_assertions) { full / 10 } else { full };
    if cfg!(miri) && count > 100 { 100 } else { count }
}

/// Ring sizes to try; the largest would take Miri an hour.
const fn sizes() -> &'static [u64] {
    if cfg!(miri) { &[2, 4, 64] } else { &[2, 4, 64, 65_536] }
}

fn small(value: u64) -> Small {
    Small { sequence: 0, value }
}
