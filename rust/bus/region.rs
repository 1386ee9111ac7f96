//! The memory of one ring: control words, seats and slots, on the heap or in a shared mapping.

use std::ptr::NonNull;
use std::sync::Arc;

use super::control::{Control, Seat};
use super::record::Record;
use super::slots::Slots;
use super::sync::AtomicU64;
use crate::model::{Error, Result};

/// Largest ring in slots; 2^30 Events are 64 GiB, more is a slip of the pen.
pub const MAX_CAPACITY: u64 = 1 << 30;

/// What a ring is made to be; fixed for its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Slots, a power of two.
    pub capacity: u64,
    /// Consumers that can be on the ring at once.
    pub seats: usize,
    /// Whether readers may be lapped.
    pub open: bool,
    /// Whether many producers may claim.
    pub many: bool,
    /// Sequence before the first one.
    pub origin: u64,
}

impl Shape {
    /// Checks the numbers.
    pub fn check(&self) -> Result<()> {
        check_capacity(self.capacity)?;
        if !(1..=4096).contains(&self.seats) {
            return Err(Error::Config(format!("seats must be from 1 to 4096, not {}", self.seats)));
        }
        Ok(())
    }
}

/// A ring's size in slots.
pub fn check_capacity(capacity: u64) -> Result<()> {
    if !(2..=MAX_CAPACITY).contains(&capacity) || !capacity.is_power_of_two() {
        return Err(Error::Config(format!("capacity must be a power of two from 2 to {MAX_CAPACITY}, not {capacity}")));
    }
    Ok(())
}

/// Control, seats and slots of one ring, and whatever keeps them in memory.
pub struct Region<T> {
    control: NonNull<Control>,
    seats: NonNull<[Seat]>,
    /// The slots.
    pub slots: Slots<T>,
    /// What the ring was made to be.
    pub shape: Shape,
    memory: Memory,
}

// SAFETY: everything the pointers lead to is atomics, or payload under the protocol of `slots`, which hands records
// of `T: Record` (Send + Sync) between threads.
unsafe impl<T: Record> Send for Region<T> {}
// SAFETY: as above.
unsafe impl<T: Record> Sync for Region<T> {}

impl<T: Record> Region<T> {
    /// A ring on the heap, every page of it touched.
    pub fn on_heap(shape: Shape) -> Result<Self> {
        shape.check()?;
        let control = leak(Box::new(Control::new(shape.origin)));
        let seats: Box<[Seat]> = (0..shape.seats).map(|_| Seat::new()).collect();
        let seats = leak(seats);
        let blocks = leak(blocks(shape.capacity as usize * T::WORDS));
        // SAFETY: as many initialised words as slots need, freed by `Memory` with the region; `Block` aligns them.
        let slots = unsafe { Slots::new(blocks.cast(), shape.capacity) };
        Ok(Self { control, seats, slots, shape, memory: Memory::Heap(Heap { control, seats, blocks }) })
    }

    /// A ring whose words are elsewhere, in memory that `keeper` keeps.
    ///
    /// # Safety
    /// The pointers lead to a control, `shape.seats` seats and `shape.capacity * T::WORDS` words, aligned, disjoint and
    /// initialised, that live as long as `keeper` and are used by nobody but the rings of this folder.
    pub unsafe fn over(
        control: NonNull<Control>,
        seats: NonNull<[Seat]>,
        words: NonNull<AtomicU64>,
        shape: Shape,
        keeper: Arc<dyn Keeper>,
    ) -> Self {
        // SAFETY: as many initialised words as slots need, for as long as the region lives (see above).
        let slots = unsafe { Slots::new(words, shape.capacity) };
        Self { control, seats, slots, shape, memory: Memory::Elsewhere(keeper) }
    }

    /// Whether the consumer in this seat turned out to be gone with its process; then the seat has been cleared.
    pub fn reap(&self, seat: usize) -> bool {
        match &self.memory {
            Memory::Heap(_) => false,
            Memory::Elsewhere(keeper) => keeper.reap(seat),
        }
    }

    /// The shared words.
    #[inline]
    pub fn control(&self) -> &Control {
        // SAFETY: `memory` keeps it, and it is only ever used through shared references to atomics.
        unsafe { self.control.as_ref() }
    }

    /// The seats.
    #[inline]
    pub fn seats(&self) -> &[Seat] {
        // SAFETY: as in `control`.
        unsafe { self.seats.as_ref() }
    }
}

/// Two cache lines of slots.
#[cfg(not(loom))]
#[repr(C, align(128))]
struct Block([AtomicU64; 16]);
#[cfg(loom)]
struct Block(#[allow(dead_code, reason = "reached by pointer")] AtomicU64);

#[cfg(not(loom))]
fn blocks(words: usize) -> Box<[Block]> {
    (0..words.div_ceil(16)).map(|_| Block([const { AtomicU64::new(0) }; 16])).collect()
}
#[cfg(loom)]
fn blocks(words: usize) -> Box<[Block]> {
    (0..words).map(|_| Block(AtomicU64::new(0))).collect()
}

fn leak<V: ?Sized>(value: Box<V>) -> NonNull<V> {
    // Not `Box::leak`: a reference would claim uniqueness or freeze what others write.
    NonNull::new(Box::into_raw(value)).expect("a box is never null")
}

/// What keeps a region in memory.
enum Memory {
    Heap(#[allow(dead_code, reason = "kept for its drop")] Heap),
    Elsewhere(Arc<dyn Keeper>),
}

/// Keeps memory that several processes use, and knows which of them live.
pub trait Keeper: Send + Sync {
    /// Clears the seat of a consumer whose process is gone; says whether it was.
    fn reap(&self, seat: usize) -> bool;
}

struct Heap {
    control: NonNull<Control>,
    seats: NonNull<[Seat]>,
    blocks: NonNull<[Block]>,
}

impl Drop for Heap {
    fn drop(&mut self) {
        // SAFETY: the three come from `Box::into_raw` in `on_heap`, are freed once, here, and the region that owns this
        // goes with its last user.
        unsafe {
            drop(Box::from_raw(self.control.as_ptr()));
            drop(Box::from_raw(self.seats.as_ptr()));
            drop(Box::from_raw(self.blocks.as_ptr()));
        }
    }
}
