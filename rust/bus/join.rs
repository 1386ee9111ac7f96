//! How a consumer comes to a ring, before or while it runs.

use std::sync::Arc;
use std::time::Duration;

use super::consumer::{Consumer, Seated};
use super::control::{Control, NOT_GATING, Seat};
use super::record::Record;
use super::region::Region;
use super::sync::Ordering;
use super::wait::Wait;
use crate::model::{Error, Result};

/// What happens when a consumer is slower than the producer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// The producer waits: nothing is lost.
    #[default]
    Block,
    /// The producer does not wait; the reader gets a [`super::Poll::Gap`] for what it missed. Open rings only.
    Lossy,
    /// The producer waits until the lag would pass `after` records (0: the ring's size) or the consumer has not moved
    /// for `patience` while it waits; from then on the consumer is lossy. Open rings only.
    Detach {
        /// Largest lag.
        after: u64,
        /// Longest standstill; zero for no limit.
        patience: Duration,
    },
}

/// Where a consumer begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// With what is published after it joined.
    #[default]
    Latest,
    /// With the oldest record that is safe from the producer: up to a ring's worth, at least half of that on a ring
    /// nobody holds back.
    Oldest,
    /// With this sequence; an error if it is gone or not published yet.
    Sequence(u64),
}

impl Start {
    /// Reads `latest`, `oldest` or a sequence's number.
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "latest" => Ok(Self::Latest),
            "oldest" => Ok(Self::Oldest),
            _ => text.parse().map(Self::Sequence).map_err(|_| {
                Error::Config(format!("start must be \"latest\", \"oldest\" or the number of a sequence, not {text:?}"))
            }),
        }
    }
}

/// A consumer to be; see [`super::Ring::join`].
#[derive(Clone)]
pub struct Join<T: Record, const PARKS: bool> {
    region: Arc<Region<T>>,
    name: String,
    after: Vec<Seated>,
    start: Start,
    policy: Policy,
    wait: Wait,
    mistake: Option<Error>,
}

impl<T: Record, const PARKS: bool> Join<T, PARKS> {
    pub(super) fn new(region: Arc<Region<T>>, name: &str) -> Self {
        let wait = if PARKS { Wait::Adaptive } else { Wait::SpinHint };
        Self {
            region,
            name: name.into(),
            after: Vec::new(),
            start: Start::default(),
            policy: Policy::default(),
            wait,
            mistake: None,
        }
    }

    /// Reads a record only once these consumers are done with it. They must be on the same ring and gate it.
    #[must_use]
    pub fn after(mut self, consumers: &[&Consumer<T, PARKS>]) -> Self {
        for consumer in consumers {
            if !Arc::ptr_eq(consumer.region(), &self.region) || !consumer.is_gating() {
                self.mistake = Some(Error::Config(format!(
                    "consumer {:?} can only come after gating consumers of its own ring, and {:?} is not one",
                    self.name,
                    consumer.name()
                )));
            }
            self.after.push(consumer.seated());
        }
        self
    }

    /// Where to begin; [`Start::Latest`] unless told.
    #[must_use]
    pub const fn from(mut self, start: Start) -> Self {
        self.start = start;
        self
    }

    /// What to do when slow; [`Policy::Block`] unless told.
    #[must_use]
    pub const fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// How to wait; `Adaptive` on a ring that parks, `SpinHint` on one that does not.
    #[must_use]
    pub const fn wait(mut self, wait: Wait) -> Self {
        self.wait = wait;
        self
    }

    /// Joins, to be polled by the caller.
    pub fn consumer(self) -> Result<Consumer<T, PARKS>> {
        self.check()?;
        let region = &*self.region;
        let gating = self.policy != Policy::Lossy;
        let control = region.control();
        let (index, occupant, oldest) =
            control.seat(region.seats(), region.shape.capacity, gating).ok_or_else(|| {
                Error::Config(format!("all {} seats of the ring are taken; build it with more", region.shape.seats))
            })?;
        let seat = &region.seats()[index];
        seat.set_name(&self.name);
        let position = match settle(region, seat, oldest, self.start, self.policy) {
            Ok(position) => position,
            Err(error) => {
                Control::vacate(seat);
                return Err(error);
            }
        };
        let seated = Seated { index, occupant };
        Ok(Consumer::new(self.region, self.name, seated, position, (self.policy, self.wait), self.after))
    }

    fn check(&self) -> Result<()> {
        if let Some(mistake) = &self.mistake {
            return Err(mistake.clone());
        }
        if self.policy != Policy::Block && !self.region.shape.open {
            return Err(Error::Config(format!(
                "consumer {:?} may be lapped, so its ring must be built open(); policy Block needs no such ring",
                self.name
            )));
        }
        if self.wait.parks() && !PARKS {
            return Err(Error::Config(format!(
                "{:?} parks, and this ring's publishers do not wake anybody; use Ring<_, true> or a spinning wait",
                self.wait
            )));
        }
        Ok(())
    }
}

/// Finds where the occupant of a seat that was taken begins, and lets its gate say so. Gives the sequence before its
/// first one.
pub fn settle<T: Record>(region: &Region<T>, seat: &Seat, oldest: u64, start: Start, policy: Policy) -> Result<u64> {
    let position = position(region, start, oldest.max(region.shape.origin))?;
    if policy != Policy::Lossy {
        // Release, as every store of a gate; the producer may now go on.
        seat.gate.0.store(position, Ordering::Release);
    }
    if let Policy::Detach { after, patience } = policy {
        // Only now: the producer must not detach a consumer that still finds out where it starts.
        seat.set_patience(after.min(region.shape.capacity), patience.as_nanos() as u64);
    }
    Ok(position)
}

/// The last position before the first record to read.
fn position<T: Record>(region: &Region<T>, start: Start, oldest: u64) -> Result<u64> {
    let newest = latest(region).max(oldest);
    match start {
        Start::Latest => Ok(newest),
        Start::Oldest => Ok(oldest),
        Start::Sequence(first) if first > oldest && first <= newest + 1 => Ok(first - 1),
        Start::Sequence(first) => Err(Error::Config(format!(
            "the ring can be read from sequence {} to {}, not from {first}",
            oldest + 1,
            newest + 1
        ))),
    }
}

/// Highest sequence published; with many producers, claimed.
pub fn latest<T: Record>(region: &Region<T>) -> u64 {
    latest_from(region, 0)
}

/// The same for one who knows that everything up to `known` is published.
pub fn latest_from<T: Record>(region: &Region<T>, known: u64) -> u64 {
    let control = region.control();
    if region.shape.many {
        return control.claimed.0.load(Ordering::Acquire);
    }
    // The cursor may be late; the slots know of what it has not told yet.
    let mut last = control.cursor.0.read().0.max(known);
    while region.slots.committed(last + 1) == last + 1 {
        last += 1;
    }
    last
}

/// Whether a gate holds the producer.
pub const fn holds(gate: u64) -> bool {
    gate != NOT_GATING
}
