//! The ring: one or many producers on one side, a graph of consumers on the other.

use std::sync::Arc;
use std::time::Duration;

use super::consumer::Seated;
use super::control::NOT_GATING;
use super::join::Join;
use super::many::SharedProducer;
use super::producer::Producer;
use super::record::Record;
use super::region::{Region, Shape};
use super::sync::Ordering;
use crate::model::{Error, Result};

/// A ring of records. `PARKS` says whether consumers may sleep: publishing to a ring that only spins has neither
/// fence nor system call.
///
/// Cheap to clone; the memory lives until the last handle, producer and consumer is gone.
///
/// ```
/// use quantum_core::bus::{Poll, Ring};
/// use quantum_core::model::Event;
///
/// let ring: Ring<Event> = Ring::<Event>::builder(1024).build()?;
/// let mut journal = ring.join("journal").consumer()?;
/// let mut strategy = ring.join("strategy").after(&[&journal]).consumer()?;
/// let mut producer = ring.producer()?;
///
/// producer.publish(Event { price: 618_001, ..Event::default() })?;
/// assert_eq!(strategy.poll(32, |_| {}), Poll::Idle); // the journal comes first
/// assert_eq!(journal.poll(32, |_| {}), Poll::Ready(1));
/// assert_eq!(strategy.poll(32, |event| assert_eq!((event.sequence, event.price), (1, 618_001))), Poll::Ready(1));
/// # Ok::<(), quantum_core::model::Error>(())
/// ```
pub struct Ring<T: Record, const PARKS: bool = false> {
    pub(super) region: Arc<Region<T>>,
    timeout: Duration,
}

impl<T: Record, const PARKS: bool> Clone for Ring<T, PARKS> {
    fn clone(&self) -> Self {
        Self { region: Arc::clone(&self.region), timeout: self.timeout }
    }
}

/// What a ring is to be; see [`Ring::builder`].
#[derive(Clone, Copy, Debug)]
pub struct RingBuilder {
    shape: Shape,
    timeout: Duration,
}

impl RingBuilder {
    /// Lets readers that do not gate the producer join: [`super::Policy::Lossy`] and [`super::Policy::Detach`].
    #[must_use]
    pub const fn open(mut self) -> Self {
        self.shape.open = true;
        self
    }

    /// Many producers, each with a bounded claim, instead of one.
    #[must_use]
    pub const fn many_producers(mut self) -> Self {
        self.shape.many = true;
        self
    }

    /// Consumers that can be on the ring at once; 64 unless told, at most 4,096.
    #[must_use]
    pub const fn seats(mut self, seats: usize) -> Self {
        self.shape.seats = seats;
        self
    }

    /// The first record's sequence; 1 unless told.
    #[must_use]
    pub const fn first_sequence(mut self, first: u64) -> Self {
        self.shape.origin = first.saturating_sub(1);
        self
    }

    /// How long a publication may wait for the slowest consumer before it is an error; 10 seconds unless told.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The ring, its memory allocated and touched. A capacity that is not a power of two from 2 to 2^30 is an error.
    pub fn build<T: Record, const PARKS: bool>(self) -> Result<Ring<T, PARKS>> {
        Ok(Ring { region: Arc::new(Region::on_heap(self.shape)?), timeout: self.timeout })
    }
}

impl<T: Record, const PARKS: bool> Ring<T, PARKS> {
    /// Begins a ring of `capacity` slots.
    pub const fn builder(capacity: u64) -> RingBuilder {
        RingBuilder {
            shape: Shape { capacity, seats: 64, open: false, many: false, origin: 0 },
            timeout: Duration::from_secs(10),
        }
    }

    /// A ring over memory that is there already.
    pub(super) fn over(region: Region<T>, timeout: Duration) -> Self {
        Self { region: Arc::new(region), timeout }
    }

    /// Slots.
    pub fn capacity(&self) -> u64 {
        self.region.shape.capacity
    }

    /// The one producer. An error while there is another one, or if the ring is for many.
    pub fn producer(&self) -> Result<Producer<T, PARKS>> {
        let control = self.region.control();
        if self.region.shape.many {
            return Err(Error::Config("a ring for many producers is published to through shared_producer".into()));
        }
        // Acquire pairs with the Release in the last producer's drop: its publications and cursor are visible.
        if control.producers.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_err() {
            return Err(Error::Config(
                "the ring has its producer already; build it with many_producers for more".into(),
            ));
        }
        control.closed.store(0, Ordering::Relaxed);
        Ok(Producer::new(Arc::clone(&self.region), self.timeout))
    }

    /// One of many producers. An error if the ring is for one.
    pub fn shared_producer(&self) -> Result<SharedProducer<T, PARKS>> {
        if !self.region.shape.many {
            return Err(Error::Config("a ring for one producer is published to through producer".into()));
        }
        let control = self.region.control();
        control.producers.fetch_add(1, Ordering::Acquire);
        control.closed.store(0, Ordering::Relaxed);
        Ok(SharedProducer::new(Arc::clone(&self.region), self.timeout))
    }

    /// Begins a consumer with this name, which errors and metrics use.
    pub fn join(&self, name: &str) -> Join<T, PARKS> {
        Join::new(Arc::clone(&self.region), name)
    }

    /// Consumers on the ring that hold the producer back when they are slow.
    pub fn gating(&self) -> usize {
        let held = |seat: &&super::control::Seat| seat.gate.0.load(Ordering::Relaxed) != NOT_GATING;
        self.region.seats().iter().filter(held).count()
    }

    /// Whether this consumer holds the producer back when it is slow.
    pub(super) fn is_held_by(&self, seated: Seated) -> bool {
        let seat = &self.region.seats()[seated.index];
        let same = seat.occupant.load(Ordering::Relaxed) == seated.occupant;
        same && seat.gate.0.load(Ordering::Relaxed) != NOT_GATING
    }

    /// How far the slowest gating consumer is behind what was published, in records.
    pub fn lag(&self) -> u64 {
        let gates = self.region.seats().iter().map(|seat| seat.gate.0.load(Ordering::Relaxed));
        let published = self.published();
        gates.filter(|gate| *gate != NOT_GATING).map(|gate| published.saturating_sub(gate)).max().unwrap_or(0)
    }

    /// Publications that `try_publish` refused.
    pub fn refused(&self) -> u64 {
        self.region.control().refused.load(Ordering::Relaxed)
    }

    /// Highest sequence that may be published so far; exact once the producer is gone or quiet.
    pub fn published(&self) -> u64 {
        super::join::latest(&self.region)
    }
}

/// A record that found no room, given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full<V>(pub V);
