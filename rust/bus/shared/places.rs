//! Coming to the bus: a place in the directory, and a seat wherever somebody may have something to say.
//!
//! Who comes second makes the acquaintance: a publisher seats the subscriptions that are there, a subscription seats
//! itself at the publishers that are there, both behind the door. So a gating subscription misses nothing of a
//! publisher that comes later, in whichever process.

use super::super::control::Control;
use super::super::format::RecordType;
use super::super::hub::Notice;
use super::super::join::{Policy, Start, settle};
use super::super::message::Message;
use super::super::reading::Totals;
use super::super::record::Record;
use super::super::ring::Ring;
use super::super::subscription::Delivery;
use super::super::sync::{Ordering, fence};
use super::super::topic::Pattern;
use super::layout::{ENDED, OPEN, OPENING, PUBLISHERS, SUBSCRIBERS, VACANT};
use super::locks::Lock;
use super::member::{Door, Member};
use crate::model::{Error, Event, Report, Result};

impl Member {
    /// Takes a publisher's place for these topics; gives its number and the occupant's.
    pub fn open_publisher(&self, prefix: &str, record: RecordType) -> Result<(usize, u64)> {
        let door = self.enter()?;
        self.claim(&door, prefix, record)?;
        self.sweep(&door);
        let index = self.free_publisher()?;
        let made = self.furnish(index, record).and_then(|()| self.open_ring(&door, index, prefix, record));
        if made.is_err() {
            self.let_go(Lock::Publisher(index));
        }
        Ok((index, made?))
    }

    /// A place that nobody has, its lock taken.
    fn free_publisher(&self) -> Result<usize> {
        let mut waiting = 0;
        for index in 1..PUBLISHERS {
            match self.publishers()[index].place.state() {
                ENDED if self.is_read(index) => waiting += 1,
                // A child of a dead owner may hold the lock: then the next one.
                VACANT | ENDED if self.hold(Lock::Publisher(index)) => return Ok(index),
                _ => {}
            }
        }
        Err(Error::Config(format!(
            "shared bus {:?} has all its {} publishers; {waiting} of them are gone and not read to their ends",
            self.name,
            PUBLISHERS - 1
        )))
    }

    /// Whether somebody has a seat on the ring. Acquire pairs with the Release in `Control::vacate`: whoever left is
    /// done with the slots.
    pub fn is_read(&self, ring: usize) -> bool {
        self.seats(ring).iter().any(|seat| seat.occupant.load(Ordering::Acquire) != 0)
    }

    fn open_ring(&self, door: &Door<'_>, index: usize, prefix: &str, record: RecordType) -> Result<u64> {
        let (publisher, id) = (&self.publishers()[index], self.new_id(door));
        publisher.place.enter(id, self.process, prefix, record);
        publisher.place.state.store(OPENING, Ordering::Release);
        self.clear_ring(door, index, record);
        let last = self.last(index);
        publisher.first.store(last, Ordering::Relaxed);
        publisher.unpublished.store(0, Ordering::Relaxed);
        self.control(index).claimed.0.store(last, Ordering::Relaxed);
        let here = |&subscriber: &usize| self.subscribers()[subscriber].place.state() == OPEN;
        let wants = |&subscriber: &usize| self.may_read(subscriber, index);
        // Only memory may be missing; the latest sequence is always there.
        let seated = (0..SUBSCRIBERS)
            .filter(here)
            .filter(wants)
            .try_for_each(|subscriber| self.seat(door, index, subscriber, Start::Latest));
        if let Err(error) = seated {
            self.vacate_ring(index);
            publisher.place.state.store(VACANT, Ordering::Release);
            return Err(error);
        }
        publisher.place.state.store(OPEN, Ordering::Release);
        self.change(door);
        Ok(id)
    }

    fn may_read(&self, subscriber: usize, publisher: usize) -> bool {
        let (subscription, ring) = (&self.subscribers()[subscriber].place, &self.publishers()[publisher].place);
        if subscription.record() != ring.record() {
            return false;
        }
        // Notices are not versions of one thing, and their ring has no table.
        if publisher == 0 && self.subscribers()[subscriber].conflates() {
            return false;
        }
        let prefix = ring.name.get();
        let may = |text: &String| Pattern::parse(text).is_ok_and(|pattern| pattern.may_match_under(&prefix));
        self.subscribers()[subscriber].patterns().iter().any(may)
    }

    /// Seats a subscription at a publisher's ring.
    fn seat(&self, door: &Door<'_>, publisher: usize, subscriber: usize, start: Start) -> Result<()> {
        match self.publishers()[publisher].place.record().words() {
            Event::WORDS => self.seat_on(door, &self.ring::<Event>(publisher), (publisher, subscriber), start),
            _ => self.seat_on(door, &self.ring::<Report>(publisher), (publisher, subscriber), start),
        }
    }

    fn seat_on<M: Message>(
        &self,
        door: &Door<'_>,
        ring: &Ring<M>,
        (publisher, subscriber): (usize, usize),
        start: Start,
    ) -> Result<()> {
        let (region, who) = (&*ring.region, &self.subscribers()[subscriber]);
        if who.conflates() {
            // Before the publisher, who will write there, can know of the reader.
            self.furnish_table(door, publisher)?;
        }
        let (policy, seat) = (who.policy(), &region.seats()[subscriber]);
        // First the occupant: if this process dies, the seat is known to be the subscription's. Release pairs with the
        // Acquire in `Subscription::welcome`: who sees it also sees that the ring is not open yet, or that it is.
        seat.occupant.store(who.place.id.load(Ordering::Relaxed), Ordering::Release);
        seat.set_name(&who.place.name.get());
        let gating = policy != Policy::Lossy;
        let oldest = region.control().take(region.seats(), subscriber, region.shape.capacity, gating);
        match settle(region, seat, oldest, start, policy) {
            Ok(position) => {
                seat.start.store(position, Ordering::Relaxed);
                Ok(())
            }
            Err(error) => {
                Control::vacate(seat);
                Err(error)
            }
        }
    }

    /// Takes a subscription's place and its seats; gives its number and the occupant's.
    pub fn open_subscriber(
        &self,
        patterns: &[Pattern],
        record: RecordType,
        delivery: Delivery,
        start: Start,
    ) -> Result<(usize, u64)> {
        let door = self.enter()?;
        self.sweep(&door);
        let free =
            |&index: &usize| self.subscribers()[index].place.state() == VACANT && self.hold(Lock::Subscriber(index));
        let index = (0..SUBSCRIBERS).find(free).ok_or_else(|| {
            Error::Config(format!("shared bus {:?} has all its {SUBSCRIBERS} subscriptions", self.name))
        })?;
        let (subscriber, id) = (&self.subscribers()[index], self.new_id(&door));
        let name = patterns.first().map_or_else(|| format!("handlers {id}"), ToString::to_string);
        subscriber.place.enter(id, self.process, &name, record);
        subscriber.set_patterns(patterns);
        subscriber.set_delivery(delivery);
        subscriber.lot.0.reset();
        Totals::default().show(&subscriber.counts.0);
        // Before the first seat: if this process dies, the seats are found by the place.
        subscriber.place.state.store(OPEN, Ordering::Release);
        let open = |&ring: &usize| self.publishers()[ring].place.state() == OPEN && self.may_read(index, ring);
        let seated = (0..PUBLISHERS).filter(open).try_for_each(|ring| self.seat(&door, ring, index, start));
        if let Err(error) = seated {
            self.leave(&door, index, id);
            return Err(error);
        }
        self.change(&door);
        if subscriber.conflates() {
            self.begin_after_all(index, id);
        }
        Ok((index, id))
    }

    /// Has a subscription read other patterns, on rings that are new to it from now on.
    pub fn read_patterns(&self, index: usize, id: u64, patterns: &[Pattern]) -> Result<()> {
        let door = self.enter()?;
        self.subscribers()[index].set_patterns(patterns);
        let open = |&ring: &usize| self.publishers()[ring].place.state() == OPEN && self.may_read(index, ring);
        let is_new = |&ring: &usize| self.seats(ring)[index].occupant.load(Ordering::Relaxed) != id;
        let mut rings = (0..PUBLISHERS).filter(open).filter(is_new);
        rings.try_for_each(|ring| self.seat(&door, ring, index, Start::Latest))?;
        self.change(&door);
        Ok(())
    }

    /// Has a subscription that conflates begin after what is published now, when all publishers can know of it: what
    /// comes later is in their tables before it is overwritten.
    fn begin_after_all(&self, subscriber: usize, id: u64) {
        // Pairs with the fence in `Publisher::wake`: either its look sees the change before, or we find here what it had
        // published by then: the cursor says so, because slots may have been given to later sequences. See `table`.
        fence(Ordering::SeqCst);
        for publisher in 0..PUBLISHERS {
            let seat = &self.seats(publisher)[subscriber];
            if self.publishers()[publisher].place.state() == OPEN && seat.occupant.load(Ordering::Relaxed) == id {
                let first = seat.start.load(Ordering::Relaxed);
                seat.start.store(first.max(self.last(publisher)), Ordering::Relaxed);
            }
        }
    }

    /// A subscription goes.
    pub fn close_subscriber(&self, index: usize, id: u64) {
        match self.enter() {
            Ok(door) => self.leave(&door, index, id),
            // Without its lock it counts as dead, and others clear the place.
            Err(_) => self.let_go(Lock::Subscriber(index)),
        }
    }

    fn leave(&self, door: &Door<'_>, index: usize, id: u64) {
        self.vacate_seats(door, index, id);
        self.subscribers()[index].place.state.store(VACANT, Ordering::Release);
        self.change(door);
        self.let_go(Lock::Subscriber(index));
    }

    /// A publisher goes, having published up to `last`.
    pub fn close_publisher(&self, index: usize, last: u64) {
        if let Ok(door) = self.enter() {
            let id = self.publishers()[index].place.id.load(Ordering::Relaxed);
            self.notify(&door, Notice::Closed, id, self.end_of(index, last, 0));
            self.end_publisher(&door, index);
            self.let_go(Lock::Publisher(index));
        } else {
            // As above.
            self.let_go(Lock::Publisher(index));
        }
    }
}
