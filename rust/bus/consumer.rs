//! A consumer of a ring, polled by its thread.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::control::{Control, HOLD, NOT_GATING, Seat};
use super::join::{Policy, holds, latest, latest_from};
use super::record::Record;
use super::region::Region;
use super::slots::{Peek, Slots};
use super::sync::{Ordering, fence, spin_hint};
use super::wait::Wait;

/// A poll that gives this many records says that the producer is at full speed. Loom's batches are small.
const RICH: usize = if cfg!(loom) { 1 } else { 16 };
/// So does a wait that is over within this many looks, some 40 ns: a reader that looks at every slot as it is written
/// holds its producer up, and would never get a rich poll.
const QUICK: u32 = 16;
/// Pauses before [`Consumer::wait`] looks again at a producer at full speed, some 0.4 µs: a look at a slot that is being
/// written takes its line away from the producer and back, which costs both more than these pauses. A single record of
/// 64 bytes then takes 3.6 ns near and not 5.1 (8 pauses: 4.2), and records that come one by one lose nothing.
const HEAD_START: u32 = 16;

/// Who sits where: a seat and the number of its occupant.
#[derive(Clone, Copy, Debug)]
pub struct Seated {
    pub(super) index: usize,
    pub(super) occupant: u64,
}

/// What a look at the ring gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Poll {
    /// This many records, at least one.
    Ready(usize),
    /// The producer lapped this reader: the sequences from the first to the last are lost to it.
    Gap {
        /// First lost sequence.
        from: u64,
        /// Last lost sequence.
        to: u64,
    },
    /// Nothing new.
    Idle,
    /// Nothing new, and the publishing side is gone.
    Closed,
}

/// Reads a ring in its own time. Dropping it leaves the ring.
#[allow(clippy::struct_excessive_bools, reason = "four independent facts, each read on the hot path")]
pub struct Consumer<T: Record, const PARKS: bool = false> {
    region: Arc<Region<T>>,
    name: String,
    seated: Seated,
    /// Next sequence to read.
    next: u64,
    gating: bool,
    policy: Policy,
    wait: Wait,
    after: Vec<Seated>,
    /// Whether the producer publishes in batches, so that the cursor says all there is.
    by_cursor: bool,
    /// Whether the producer is at full speed, as far as the last poll and the wait before it can say.
    rich: bool,
    /// Whether the last wait was over within [`QUICK`] looks, without a head start.
    quick: bool,
    delivered: u64,
    lost: u64,
    /// Where a record that may be overwritten is copied to.
    copy: T,
}

impl<T: Record, const PARKS: bool> Consumer<T, PARKS> {
    pub(super) fn new(
        region: Arc<Region<T>>,
        name: String,
        seated: Seated,
        position: u64,
        (policy, wait): (Policy, Wait),
        after: Vec<Seated>,
    ) -> Self {
        // SAFETY: any bits are a valid record, zeros among them.
        let copy = unsafe { std::mem::zeroed() };
        let gating = policy != Policy::Lossy;
        let next = position + 1;
        Self {
            region,
            name,
            seated,
            next,
            gating,
            policy,
            wait,
            after,
            by_cursor: false,
            rich: false,
            quick: false,
            delivered: 0,
            lost: 0,
            copy,
        }
    }

    /// Hands up to `max` records to `handle`, in order, and lets the producer have their slots.
    ///
    /// If `handle` panics, its record counts as delivered and the consumer can go on.
    #[inline]
    pub fn poll(&mut self, max: usize, mut handle: impl FnMut(&T)) -> Poll {
        let first = self.next;
        let end = self.end(max);
        let lapped = if self.policy == Policy::Block {
            self.poll_in_place(end, &mut handle);
            false
        } else {
            self.poll_copies(end, &mut handle)
        };
        self.finish(first, lapped)
    }

    /// Copies up to `records.len()` records to `records`, as [`Self::poll`] would hand them over.
    pub fn read_into(&mut self, records: &mut [T]) -> Poll {
        let mut count = 0;
        // The handler is called at most `records.len()` times.
        self.poll(records.len(), |record| {
            records[count] = *record;
            count += 1;
        })
    }

    /// Waits until there is something to [`Self::poll`], a gap and the end included, for at most `timeout`.
    pub fn wait(&mut self, timeout: Option<Duration>) -> bool {
        let head_start = std::mem::take(&mut self.rich);
        if head_start {
            (0..HEAD_START).for_each(|_| spin_hint());
        }
        let deadline = timeout.map(|timeout| Instant::now() + timeout);
        let looks = Cell::new(0_u32);
        let ready = self.wait.until(deadline, &self.region.control().lot.0, || {
            looks.set(looks.get().saturating_add(1));
            self.is_ready()
        });
        self.quick = ready && !head_start && looks.get() <= QUICK;
        ready
    }

    /// Whether a poll would give something.
    #[inline]
    pub fn is_ready(&self) -> bool {
        let (covered, slots_know) = if self.by_cursor { self.look() } else { (0, true) };
        let ready = self.next <= covered
            || slots_know && {
                let found = self.region.slots.committed(self.next);
                found == self.next || Slots::<T>::is_void(found, self.next)
            };
        if ready {
            return self.next <= self.horizon();
        }
        // Acquire pairs with the Release store when the last producer drops.
        self.is_lapped() || self.region.control().closed.load(Ordering::Acquire) != 0
    }

    /// The name it joined under.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Records handed over.
    pub const fn delivered(&self) -> u64 {
        self.delivered
    }

    /// Records overwritten before they were read.
    pub const fn lost(&self) -> u64 {
        self.lost
    }

    /// Last sequence handed over or lost.
    pub const fn position(&self) -> u64 {
        self.next - 1
    }

    /// Highest sequence that is published by now, read or not.
    pub fn newest(&self) -> u64 {
        latest_from(&self.region, self.next - 1)
    }

    /// Whether the producer took it out of gating; it reads on as a lossy consumer.
    pub fn is_detached(&self) -> bool {
        matches!(self.policy, Policy::Detach { .. })
            && !(self.gating && holds(self.seat().gate.0.load(Ordering::Relaxed)))
    }

    /// Gates the producer again after having been detached, and says what was overwritten meanwhile, if anything.
    pub fn rejoin(&mut self) -> Poll {
        let Policy::Detach { after, patience } = self.policy else { return Poll::Idle };
        if !self.is_detached() {
            return Poll::Idle;
        }
        let control = self.region.control();
        // While the gate holds, nobody detaches it.
        self.seat().set_patience(0, 0);
        self.seat().gate.0.store(HOLD, Ordering::Relaxed);
        // Pairs with the fence in `Control::grant`, as in `Control::seat`.
        fence(Ordering::SeqCst);
        let safe = control.bound.0.load(Ordering::Acquire).saturating_sub(self.region.shape.capacity);
        let gap = if safe >= self.next { self.skip_to(safe) } else { Poll::Idle };
        self.gating = true;
        self.seat().gate.0.store(self.next - 1, Ordering::Release);
        self.seat().set_patience(after.min(self.region.shape.capacity), patience.as_nanos() as u64);
        gap
    }

    pub(super) const fn region(&self) -> &Arc<Region<T>> {
        &self.region
    }

    pub(super) const fn seated(&self) -> Seated {
        self.seated
    }

    pub(super) const fn is_gating(&self) -> bool {
        self.gating
    }

    /// Reads records where they are: this consumer's gate keeps the producer away from them.
    #[inline]
    fn poll_in_place(&mut self, end: u64, handle: &mut impl FnMut(&T)) {
        let slots = self.region.slots;
        let many = self.region.shape.many;
        let (covered, slots_know) = if self.by_cursor { self.look() } else { (0, true) };
        self.by_cursor = !slots_know;
        let mut place = Place { next: self.next, delivered: self.delivered, of: self };
        let covered_end = end.min(covered.saturating_add(1));
        while place.next < covered_end {
            // SAFETY: the cursor was acquired, and our gate is below the sequence until `finish`.
            hand_over(unsafe { slots.get(place.step()) }, handle);
        }
        while slots_know && place.next < end {
            let found = slots.committed(place.next);
            if found == place.next {
                // SAFETY: the commit word was acquired, and our gate is below the sequence until `finish`.
                hand_over(unsafe { slots.get(place.step()) }, handle);
            } else if many && Slots::<T>::is_void(found, place.next) {
                place.next += 1;
            } else {
                return;
            }
        }
    }

    /// How far the producer says it is, and whether the slots may know of more: a look at a slot that is being written
    /// takes its line away from the producer.
    #[inline]
    fn look(&self) -> (u64, bool) {
        let control = self.region.control();
        let (last, exact) = control.cursor.0.read();
        // A producer that is gone may have left more than its cursor says. Acquire pairs with the Release store of who
        // closes the ring.
        (last, !exact || control.closed.load(Ordering::Acquire) != 0)
    }

    /// Reads records through a copy; says whether the producer lapped us.
    fn poll_copies(&mut self, end: u64, handle: &mut impl FnMut(&T)) -> bool {
        let slots = self.region.slots;
        while self.next < end {
            match slots.read_open(self.next, &mut self.copy) {
                Peek::Whole => {
                    self.next += 1;
                    self.delivered += 1;
                    handle(&self.copy);
                }
                Peek::Void => self.next += 1,
                Peek::Pending => return self.is_lapped(),
                Peek::Lapped => return true,
            }
        }
        false
    }

    /// Tells the producer how far we are, and sums up.
    fn finish(&mut self, first: u64, lapped: bool) -> Poll {
        let moved = self.next - first;
        if moved >= RICH as u64 && !self.by_cursor {
            // Perhaps batches. A look at the cursor takes its line away from a producer that stores it for every record, as
            // one of a shared bus does, and halves what it publishes.
            self.by_cursor = !self.look().1;
        }
        if moved == 0 {
            return if lapped { self.jump() } else { self.idle() };
        }
        let before = self.seat().delivered.load(Ordering::Relaxed);
        self.seat().delivered.store(self.delivered, Ordering::Relaxed);
        self.advance(first - 1);
        if PARKS {
            // Those that come after us may be asleep.
            self.region.control().lot.0.wake();
        }
        match (self.delivered - before) as usize {
            0 => Poll::Idle,
            count => {
                self.rich = count >= RICH || self.quick;
                self.quick = false;
                Poll::Ready(count)
            }
        }
    }

    /// Moves the gate from `held` to where we are.
    fn advance(&mut self, held: u64) {
        if !self.gating {
            return;
        }
        let gate = &self.seat().gate.0;
        if self.policy == Policy::Block {
            // Release: our reads of the slots happen before the producer, which acquires the gate, writes them.
            gate.store(self.next - 1, Ordering::Release);
            return;
        }
        // Fails if the producer detached us; Release as above.
        if gate.compare_exchange(held, self.next - 1, Ordering::Release, Ordering::Relaxed).is_err() {
            self.gating = false;
        }
    }

    /// Whether the slot of the next record has been given to a later one.
    fn is_lapped(&self) -> bool {
        // Acquire pairs with the Release in `grant`.
        let bound = self.region.control().bound.0.load(Ordering::Acquire);
        self.policy != Policy::Block && bound.saturating_sub(self.region.shape.capacity) >= self.next
    }

    /// Skips what was overwritten.
    fn jump(&mut self) -> Poll {
        let bound = self.region.control().bound.0.load(Ordering::Acquire);
        let safe = bound.saturating_sub(self.region.shape.capacity);
        if safe < self.next {
            // The overwriting store was seen before the bound that allowed it; the next poll sees both.
            return Poll::Idle;
        }
        let held = self.next - 1;
        let gap = self.skip_to(safe);
        self.advance(held);
        gap
    }

    /// Counts everything up to `last` as lost.
    fn skip_to(&mut self, last: u64) -> Poll {
        let (from, to) = (self.next, last);
        self.next = to + 1;
        self.lost += self.next - from;
        self.seat().lost.store(self.lost, Ordering::Relaxed);
        Poll::Gap { from, to }
    }

    fn idle(&self) -> Poll {
        // Acquire pairs with the Release store when the last producer drops: `latest` is final after it.
        let closed = self.region.control().closed.load(Ordering::Acquire) != 0;
        if closed && self.next > latest(&self.region) { Poll::Closed } else { Poll::Idle }
    }

    /// One past the last sequence this poll may read.
    #[inline]
    fn end(&self, max: usize) -> u64 {
        let wanted = self.next.saturating_add(max as u64);
        if self.after.is_empty() { wanted } else { wanted.min(self.horizon().saturating_add(1)) }
    }

    /// The last sequence that everyone we come after is done with. One that left or failed holds nobody.
    fn horizon(&self) -> u64 {
        let done = |upstream: &Seated| {
            let seat = &self.region.seats()[upstream.index];
            // Acquire pairs with the upstream's Release store: what it did with the record happened before.
            let gate = seat.gate.0.load(Ordering::Acquire);
            // Acquire pairs with the Release store in `vacate`: if it left, all that it did happened before.
            let same = seat.occupant.load(Ordering::Acquire) == upstream.occupant;
            if same && holds(gate) { gate } else { NOT_GATING }
        };
        self.after.iter().map(done).min().unwrap_or(NOT_GATING)
    }

    fn seat(&self) -> &Seat {
        &self.region.seats()[self.seated.index]
    }
}

/// Where a poll is, in registers while it runs, and written back when it ends, also by a panic of the handler.
struct Place<'c, T: Record, const PARKS: bool> {
    of: &'c mut Consumer<T, PARKS>,
    next: u64,
    delivered: u64,
}

impl<T: Record, const PARKS: bool> Place<'_, T, PARKS> {
    /// Counts the next record as delivered and gives its sequence.
    #[inline]
    const fn step(&mut self) -> u64 {
        let sequence = self.next;
        self.next += 1;
        self.delivered += 1;
        sequence
    }
}

impl<T: Record, const PARKS: bool> Drop for Place<'_, T, PARKS> {
    #[inline]
    fn drop(&mut self) {
        (self.of.next, self.of.delivered) = (self.next, self.delivered);
    }
}

/// Loom's slots give copies.
#[cfg(not(loom))]
#[inline]
fn hand_over<T>(record: &T, handle: &mut impl FnMut(&T)) {
    handle(record);
}
#[cfg(loom)]
fn hand_over<T>(record: T, handle: &mut impl FnMut(&T)) {
    handle(&record);
}

impl<T: Record, const PARKS: bool> Drop for Consumer<T, PARKS> {
    fn drop(&mut self) {
        Control::vacate(self.seat());
        if PARKS {
            self.region.control().lot.0.wake();
        }
    }
}
