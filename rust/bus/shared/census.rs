//! Who lives. A place whose process is gone is cleared by whoever notices first: a publisher in whose way it is, a
//! reader that waits, anybody who comes or asks for metrics.

use std::time::Duration;

use super::super::control::Control;
use super::super::hub::Notice;
use super::super::sync::Ordering;
use super::layout::{ENDED, OPEN, OPENING, PUBLISHERS, Place, SUBSCRIBERS, VACANT};
use super::locks::Lock;
use super::member::{Door, Member};
use crate::clock::{Clock, Wall};
use crate::model::{Event, EventKind};

/// How far somebody of whom there is news had come.
#[derive(Clone, Copy, Debug, Default)]
pub struct End {
    /// Last sequence published, or count of sequences read.
    pub position: u64,
    /// Events a publisher published.
    pub published: u64,
    /// Events it had taken on and never published.
    pub unpublished: u64,
}

impl End {
    /// Of a reader.
    pub fn read(position: u64) -> Self {
        Self { position, ..Self::default() }
    }
}

/// Time between two looks at all places by one process that has nothing to do.
const SWEEP: Duration = Duration::from_millis(50);

impl Member {
    /// Whether whoever has the place lives. The kernel takes the lock back when the last descriptor of the file that
    /// took it is closed; a child of a dead owner may still have one, so the owner must be there as well.
    pub fn is_alive(&self, lock: Lock, place: &Place) -> bool {
        self.holds(lock) || (lock.is_taken(&self.file) && !place.process().is_gone(self.process))
    }

    /// Looks at all places, if it is some time since this process did.
    pub fn sweep_if_due(&self) {
        let now = self.began.elapsed().as_nanos() as u64;
        let due = self.swept_ns.load(Ordering::Relaxed) + SWEEP.as_nanos() as u64;
        if now >= due && !self.is_forked() {
            self.swept_ns.store(now, Ordering::Relaxed);
            if self.dead_publishers().next().is_some() || self.dead_subscribers().next().is_some() {
                // Somebody behind the door may be at it; there is a next time.
                if let Some(door) = self.try_enter() {
                    self.sweep(&door);
                }
            }
        }
    }

    /// Clears the places of all that are gone.
    pub fn sweep(&self, door: &Door<'_>) {
        self.dead_subscribers().for_each(|index| self.clear_subscriber(door, index));
        self.dead_publishers().for_each(|index| self.end_dead_publisher(door, index));
    }

    fn dead_publishers(&self) -> impl Iterator<Item = usize> {
        (1..PUBLISHERS).filter(|&index| {
            let place = &self.publishers()[index].place;
            matches!(place.state(), OPENING | OPEN) && !self.is_alive(Lock::Publisher(index), place)
        })
    }

    fn dead_subscribers(&self) -> impl Iterator<Item = usize> {
        (0..SUBSCRIBERS).filter(|&index| {
            let place = &self.subscribers()[index].place;
            place.state() != VACANT && !self.is_alive(Lock::Subscriber(index), place)
        })
    }

    /// Clears one subscription's place if its process is gone; says whether.
    pub fn bury_subscriber(&self, index: usize) -> bool {
        let is_dead = || {
            let place = &self.subscribers()[index].place;
            place.state() != VACANT && !self.is_alive(Lock::Subscriber(index), place)
        };
        // Asked again behind the door: another process may have been faster, and somebody new be there.
        is_dead() && self.try_enter().is_some_and(|door| is_dead() && self.told_and_cleared(&door, index))
    }

    fn told_and_cleared(&self, door: &Door<'_>, index: usize) -> bool {
        self.clear_subscriber(door, index);
        true
    }

    fn clear_subscriber(&self, door: &Door<'_>, index: usize) {
        let subscriber = &self.subscribers()[index];
        let id = subscriber.place.id.load(Ordering::Relaxed);
        self.vacate_seats(door, index, id);
        self.header().subscribers_died.fetch_add(1, Ordering::Relaxed);
        let end = End::read(subscriber.counts.0.passed.load(Ordering::Relaxed));
        self.notify(door, Notice::SubscriberDied, id, end);
        // Last: whoever is killed in between leaves the place to the next one, who may tell it twice.
        subscriber.place.state.store(VACANT, Ordering::Release);
        self.change(door);
    }

    /// Leaves all seats of a subscription.
    pub fn vacate_seats(&self, _: &Door<'_>, subscriber: usize, id: u64) {
        for ring in (0..PUBLISHERS).filter(|&ring| self.publishers()[ring].place.state() != VACANT) {
            let seat = &self.seats(ring)[subscriber];
            if seat.occupant.load(Ordering::Relaxed) == id {
                Control::vacate(seat);
            }
        }
    }

    fn end_dead_publisher(&self, door: &Door<'_>, index: usize) {
        let publisher = &self.publishers()[index];
        if publisher.place.state() == OPENING {
            // It never published; subscriptions it had seated are not told of it.
            self.vacate_ring(index);
            publisher.place.state.store(VACANT, Ordering::Release);
            return;
        }
        let last = self.last(index);
        // Taken on before the first of them was published, see `Publisher`: what is not there never will be.
        let unpublished = self.control(index).claimed.0.load(Ordering::Relaxed).saturating_sub(last);
        publisher.unpublished.store(unpublished, Ordering::Relaxed);
        self.header().unpublished.fetch_add(unpublished, Ordering::Relaxed);
        self.header().publishers_died.fetch_add(1, Ordering::Relaxed);
        let id = publisher.place.id.load(Ordering::Relaxed);
        self.notify(door, Notice::PublisherDied, id, self.end_of(index, last, unpublished));
        self.end_publisher(door, index);
    }

    /// How far a publisher came.
    pub fn end_of(&self, index: usize, last: u64, unpublished: u64) -> End {
        let first = self.publishers()[index].first.load(Ordering::Relaxed);
        End { position: last, published: last.saturating_sub(first), unpublished }
    }

    /// Says that nothing more comes from a publisher, and wakes its readers.
    pub fn end_publisher(&self, door: &Door<'_>, index: usize) {
        // Release pairs with the Acquire in `Consumer::poll`: what was published before it is all there is.
        self.control(index).closed.store(1, Ordering::Release);
        self.publishers()[index].place.state.store(ENDED, Ordering::Release);
        self.change(door);
        self.wake_readers(index);
    }

    /// Says something on the bus's own topic; refused and counted where a gating reader of that topic sleeps.
    pub fn notify(&self, _: &Door<'_>, notice: Notice, who: u64, end: End) {
        let event = Event {
            kind: EventKind::Control as u8,
            order_id: notice as u64,
            instrument: who as u32,
            venue_sequence: end.position,
            price: end.published as i64,
            qty: end.unpublished as i64,
            receive_ns: Wall.now_ns(),
            ..Event::default()
        };
        // A process that died with this ring's producer left its mark; the door says that there is none.
        self.control(0).producers.store(0, Ordering::Relaxed);
        if let Ok(producer) = self.ring::<Event>(0).producer() {
            let _ = producer.one_of_many_in_turn().try_publish(event);
        }
        self.wake_readers(0);
    }
}
