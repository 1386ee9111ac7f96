//! What the two sides of a ring share besides the slots: cursors, credit, and one seat per consumer.
//!
//! **Credit.** The producer may write every sequence up to a granted limit without looking at anybody. When it runs
//! out it announces a new upper bound, then looks at the seats, then takes no more than the slowest seat allows and
//! never more than half a ring ahead of what it published. A joining consumer does the mirror image: takes a seat
//! that allows nothing, then reads the bound. The two fences between make sure that one of them sees the other, so a
//! consumer can join at any sequence newer than `bound - capacity` while the ring runs.

use super::park::Lot;
use super::sync::{AtomicU32, AtomicU64, Ordering, fence, raise};

/// A gate that holds nobody back: an empty seat, or a reader that may be lapped.
pub const NOT_GATING: u64 = u64::MAX;
/// A gate that allows nothing, while its consumer finds out where to start.
pub const HOLD: u64 = 0;

/// A value on cache lines of its own; two, because the adjacent line is fetched along.
#[repr(C, align(128))]
pub struct Line<V>(pub V);

/// One consumer's place in the ring. All zero but the gate is a vacant seat.
#[repr(C, align(128))]
pub struct Seat {
    /// Last sequence consumed, or [`NOT_GATING`]. Written by the consumer, read by the producer and by dependents.
    pub gate: Line<AtomicU64>,
    /// Which occupant this is; 0 vacant.
    pub occupant: AtomicU64,
    /// 0, or the lag after which the producer stops waiting for this consumer.
    pub detach_after: AtomicU64,
    /// 0, or how long the producer waits for this consumer before it detaches it.
    pub patience_ns: AtomicU64,
    /// Where its occupant begins, for one that was seated by another process: the sequence before its first.
    pub start: AtomicU64,
    /// Records handed to the consumer.
    pub delivered: AtomicU64,
    /// Records overwritten before the consumer came.
    pub lost: AtomicU64,
    /// The consumer's name, zero-padded.
    pub name: [AtomicU64; 4],
}

impl Seat {
    /// A vacant seat.
    pub fn new() -> Self {
        let zero = || AtomicU64::new(0);
        Self {
            gate: Line(AtomicU64::new(NOT_GATING)),
            occupant: zero(),
            detach_after: zero(),
            patience_ns: zero(),
            start: zero(),
            delivered: zero(),
            lost: zero(),
            name: std::array::from_fn(|_| zero()),
        }
    }

    /// Sets when the producer stops waiting for this consumer; zeros for never.
    pub fn set_patience(&self, detach_after: u64, patience_ns: u64) {
        self.detach_after.store(detach_after, Ordering::Relaxed);
        self.patience_ns.store(patience_ns, Ordering::Relaxed);
    }

    /// Writes the first 32 bytes of `name`.
    pub fn set_name(&self, name: &str) {
        let mut bytes = [0; 32];
        let kept = name.len().min(32);
        bytes[..kept].copy_from_slice(&name.as_bytes()[..kept]);
        for (word, chunk) in self.name.iter().zip(bytes.chunks_exact(8)) {
            word.store(u64::from_le_bytes(chunk.try_into().expect("chunks of eight")), Ordering::Relaxed);
        }
    }

    /// The consumer's name.
    pub fn name(&self) -> String {
        let bytes: Vec<u8> = self.name.iter().flat_map(|word| word.load(Ordering::Relaxed).to_le_bytes()).collect();
        String::from_utf8_lossy(&bytes).trim_end_matches('\0').to_owned()
    }
}

/// The shared words of one ring, each group on its own lines.
#[repr(C)]
pub struct Control {
    /// How far the producer says it is.
    pub cursor: Line<Cursor>,
    /// Highest sequence claimed by one of many producers; in a shared mapping, taken on by the only one.
    pub claimed: Line<AtomicU64>,
    /// Highest sequence any producer may have been granted; announced before the seats are looked at.
    pub bound: Line<AtomicU64>,
    /// Highest sequence granted to the producers together (multi-producer rings).
    pub granted: Line<AtomicU64>,
    /// Parked consumers.
    pub lot: Line<Lot>,
    /// Seats that were ever taken: the others need no look.
    pub seats_used: AtomicU64,
    /// Occupants so far.
    pub occupants: AtomicU64,
    /// 1 once the publishing side is gone.
    pub closed: AtomicU32,
    /// Producers alive.
    pub producers: AtomicU32,
    /// Publications refused by `try_publish`.
    pub refused: AtomicU64,
    /// Consumers detached or reaped by the producer.
    pub detached: AtomicU64,
}

/// How far the one producer says it is. After a batch it says so at once, and readers need not look at the slots that it
/// writes next; after single records it says so now and then, and the slots know more.
#[repr(C)]
pub struct Cursor {
    /// Highest sequence known to be published.
    pub last: AtomicU64,
    /// 1 while nothing behind `last` is published, 0 where only the slots know.
    pub exact: AtomicU64,
}

impl Cursor {
    /// All up to `last` is published. Release pairs with the Acquire in `read`: all slots up to it are visible.
    #[inline]
    pub fn store(&self, last: u64) {
        self.last.store(last, Ordering::Release);
    }

    /// Whether `last` is all there is. Set after `last` was stored, cleared before the next slot is committed.
    #[inline]
    pub fn set_exact(&self, exact: bool) {
        // Release pairs with the Acquire in `read`: who sees it set also sees a `last` that was all.
        self.exact.store(u64::from(exact), Ordering::Release);
    }

    /// The last sequence, and whether that was all. A record whose publication happened before is never missed: its
    /// producer cleared `exact` or stored `last` before, and a load cannot give what was overwritten by then.
    #[inline]
    pub fn read(&self) -> (u64, bool) {
        // In this order, see `set_exact`.
        let exact = self.exact.load(Ordering::Acquire) != 0;
        (self.last.load(Ordering::Acquire), exact)
    }
}

/// A consumer in the producer's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Behind {
    /// Its seat.
    pub seat: usize,
    /// Its gate when it was seen.
    pub gate: u64,
}

impl Control {
    /// A ring whose first sequence will be `last + 1`.
    pub fn new(last: u64) -> Self {
        let at = |value| Line(AtomicU64::new(value));
        Self {
            cursor: Line(Cursor { last: AtomicU64::new(last), exact: AtomicU64::new(0) }),
            claimed: at(last),
            bound: at(last),
            granted: at(last),
            lot: Line(Lot::new()),
            seats_used: AtomicU64::new(0),
            occupants: AtomicU64::new(0),
            closed: AtomicU32::new(0),
            producers: AtomicU32::new(0),
            refused: AtomicU64::new(0),
            detached: AtomicU64::new(0),
        }
    }

    /// How far the producer may write for the slowest gating consumer, and who that is.
    fn slowest(&self, seats: &[Seat], capacity: u64) -> (u64, Option<Behind>) {
        let mut slowest = (u64::MAX, None);
        // Relaxed: the fence before the scan orders it against the increment in `join`.
        let used = self.seats_used.load(Ordering::Relaxed) as usize;
        for (number, seat) in seats.iter().take(used).enumerate() {
            // Acquire pairs with the consumer's Release store of the gate: what it read from the slots happened before
            // they are written again.
            let gate = seat.gate.0.load(Ordering::Acquire);
            if gate != NOT_GATING {
                let lag = seat.detach_after.load(Ordering::Relaxed);
                let room = if lag == 0 { capacity } else { lag };
                let limit = gate.saturating_add(room);
                if limit < slowest.0 {
                    slowest = (limit, Some(Behind { seat: number, gate }));
                }
            }
        }
        slowest
    }

    /// New credit for a producer that has published everything up to `published`: the highest sequence it may write,
    /// and who holds it back, if anybody does. Half a ring, or `need` where that is more.
    pub fn grant(&self, seats: &[Seat], capacity: u64, published: u64, need: u64) -> (u64, Option<Behind>) {
        let ahead = published.saturating_add((capacity / 2).max(need));
        let (limit, before) = self.slowest(seats, capacity);
        let bound = ahead.min(limit);
        // Release: a joiner that reads this bound also sees the cursor that was stored before it.
        raise(&self.bound.0, bound);
        // Pairs with the fence in `take`: either the second scan sees the joiner's HOLD, or the joiner sees this bound.
        fence(Ordering::SeqCst);
        let (limit, after) = self.slowest(seats, capacity);
        // No more than was announced, even if a consumer has moved between the two looks.
        if limit < ahead { (bound.min(limit), after) } else { (bound, before.filter(|_| bound < ahead)) }
    }

    /// Takes a vacant seat that holds the producer until its gate is set; `None` if all are taken. Gives the seat's
    /// number, its occupant's number, and the oldest position from which a reader is safe.
    pub fn seat(&self, seats: &[Seat], capacity: u64, gating: bool) -> Option<(usize, u64, u64)> {
        let occupant = self.occupants.fetch_add(1, Ordering::Relaxed) + 1;
        let vacant = |seat: &Seat| {
            // Acquire pairs with the Release store in `vacate`: the last occupant is done with the seat.
            seat.occupant.compare_exchange(0, occupant, Ordering::Acquire, Ordering::Relaxed).is_ok()
        };
        let index = seats.iter().position(vacant)?;
        Some((index, occupant, self.take(seats, index, capacity, gating)))
    }

    /// Readies a seat that has its occupant: one that gates holds the producer until its gate is set. Gives the oldest
    /// position from which a reader is safe.
    pub fn take(&self, seats: &[Seat], index: usize, capacity: u64, gating: bool) -> u64 {
        let seat = &seats[index];
        for word in [&seat.delivered, &seat.lost, &seat.detach_after, &seat.patience_ns] {
            word.store(0, Ordering::Relaxed);
        }
        if gating {
            seat.gate.0.store(HOLD, Ordering::Relaxed);
        }
        self.seats_used.fetch_max(index as u64 + 1, Ordering::Relaxed);
        // Pairs with the fence in `grant`.
        fence(Ordering::SeqCst);
        // Acquire pairs with the Release in `grant`.
        let bound = self.bound.0.load(Ordering::Acquire);
        bound.saturating_sub(capacity)
    }

    /// Gives a seat back.
    pub fn vacate(seat: &Seat) {
        // Release: the consumer's reads of the slots happen before the producer, which acquires the gate, writes them.
        seat.gate.0.store(NOT_GATING, Ordering::Release);
        // Release pairs with the Acquire in `seat`.
        seat.occupant.store(0, Ordering::Release);
    }
}
