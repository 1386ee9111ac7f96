//! A subscription of a shared bus.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::conflation::Conflation;
use super::super::consumer::{Consumer, Poll, Seated};
use super::super::hub::Notice;
use super::super::inlet::Counts;
use super::super::join::{Policy, Start};
use super::super::mask::Mask;
use super::super::reading::Totals;
use super::super::subscription::Delivery;
use super::super::sync::Ordering;
use super::super::topic::Pattern;
use super::super::wait::Wait;
use super::census::End;
use super::layout::{ENDED, OPEN, PUBLISHERS, SubscriberPlace};
use super::member::Member;
use crate::model::{Error, Event, Result};

/// Longest wait between two looks for dead processes.
const LOOK: Duration = Duration::from_millis(100);
/// Polls that find nothing between two such looks of a reader that never waits.
const IDLE_POLLS: u32 = 256;

/// Reads events of the topics that match its pattern, from all publishers of all processes. Dropping it leaves the bus.
///
/// As with a [`super::super::Subscription`], events of one publisher come in its order, and a `Gap` event stands for
/// what a lossy reader missed.
pub struct Subscription {
    member: Arc<Member>,
    pattern: String,
    index: usize,
    id: u64,
    policy: Policy,
    wait: Wait,
    mask: Mask,
    sources: Vec<Source>,
    epoch: u64,
    conflation: Option<Conflation>,
    totals: Totals,
    turn: usize,
    idle: u32,
}

/// One ring it reads.
struct Source {
    publisher: usize,
    consumer: Consumer<Event>,
}

impl Subscription {
    pub(super) fn open(
        member: Arc<Member>,
        pattern: &Pattern,
        (delivery, wait): (Delivery, Wait),
        start: Start,
    ) -> Result<Self> {
        let (index, id) = member.open_subscriber(pattern, delivery, start)?;
        let (policy, conflation) = match delivery {
            Delivery::Gate(policy) => (policy, None),
            Delivery::Conflate(key) => (Policy::Lossy, Some(Conflation::new(key))),
        };
        let mask = Mask::new(Arc::clone(&member.catalog), vec![pattern.clone()]);
        let mut subscription = Self {
            member,
            pattern: pattern.to_string(),
            index,
            id,
            policy,
            wait,
            mask,
            sources: Vec::new(),
            epoch: 0,
            conflation,
            totals: Totals::default(),
            turn: 0,
            idle: 0,
        };
        subscription.welcome();
        Ok(subscription)
    }

    /// Hands up to `max` events to `handle` and says how many; never waits. An `Engine` error in a child of the process
    /// that subscribed.
    pub fn poll(&mut self, max: usize, mut handle: impl FnMut(&Event)) -> Result<usize> {
        self.member.check_process()?;
        if self.member.epoch() != self.epoch {
            self.welcome();
        }
        let (member, mask, totals) = (&self.member, &mut self.mask, &mut self.totals);
        // A name that is new to this process is taken in when its first event comes.
        let mut accepts =
            |event: &Event| mask.accepts(event) || (member.catch_up().unwrap_or(false) && mask.accepts(event));
        let (mut given, rings) = (0, self.sources.len());
        if let Some(conflation) = &mut self.conflation {
            for Source { publisher, consumer } in &mut self.sources {
                let table = member.table(*publisher);
                let last = |from, to, found: &mut Vec<Event>| table.between(from, to, found);
                totals.conflate(consumer, conflation, &mut accepts, last);
            }
            given = totals.give(conflation, max, &mut handle);
        } else {
            for step in 0..rings {
                let source = &mut self.sources[(self.turn + step) % rings];
                given += totals.read(&mut source.consumer, max - given, &mut accepts, &mut handle);
            }
        }
        self.turn = self.turn.wrapping_add(1);
        if given == 0 {
            self.rest();
        }
        self.totals.show(&self.place().counts.0);
        Ok(given)
    }

    /// Copies up to `events.len()` events to `events` and says how many; never waits, never allocates.
    pub fn read_into(&mut self, events: &mut [Event]) -> Result<usize> {
        let mut count = 0;
        self.poll(events.len(), |event| {
            events[count] = *event;
            count += 1;
        })
    }

    /// Waits until a poll may give something, for at most `timeout`; says whether it may.
    pub fn wait(&self, timeout: Option<Duration>) -> bool {
        let deadline = timeout.map(|timeout| Instant::now() + timeout);
        loop {
            let look = Instant::now() + LOOK;
            let until = deadline.map_or(look, |deadline| deadline.min(look));
            if self.wait.until(Some(until), &self.place().lot.0, || self.is_ready()) {
                return true;
            }
            self.member.sweep_if_due();
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return self.is_ready();
            }
        }
    }

    /// Whether a poll may give something: what is there may still be of another topic.
    pub fn is_ready(&self) -> bool {
        self.totals.pending > 0
            || self.sources.iter().any(|source| source.consumer.is_ready())
            || self.member.epoch() != self.epoch
    }

    /// An `Engine` error: an event loop polls, because a descriptor cannot be raised from another process.
    pub fn descriptor(&self) -> Result<i32> {
        let pattern = &self.pattern;
        Err(Error::Engine(format!("subscription {pattern:?} of a shared bus has no descriptor; poll it")))
    }

    /// Whether there is something already; there is nothing to arm.
    pub fn arm(&self) -> bool {
        self.is_ready()
    }

    /// Gates its publishers again where they detached it.
    pub fn rejoin(&mut self) {
        if self.member.is_forked() {
            return;
        }
        self.welcome();
        for source in &mut self.sources {
            self.totals.miss(source.consumer.rejoin());
        }
        self.totals.show(&self.place().counts.0);
    }

    /// Whether a publisher has detached it.
    pub fn is_detached(&mut self) -> bool {
        self.welcome();
        self.sources.iter().any(|source| source.consumer.is_detached())
    }

    /// Its number, as on the control topic.
    pub const fn id(&self) -> u32 {
        self.id as u32
    }

    /// What it counted.
    pub fn counts(&self) -> &Counts {
        &self.place().counts.0
    }

    /// Leaves the bus because its reader failed, and says so on the control topic; why stays in this process.
    pub fn fail(self, _why: String) {
        if let Ok(door) = self.member.enter() {
            self.member.notify(&door, Notice::Faulted, self.id, End::read(self.totals.passed));
        }
    }

    fn place(&self) -> &SubscriberPlace {
        &self.member.subscribers()[self.index]
    }

    /// Takes the seats that publishers, or our own coming, have made ready.
    #[cold]
    fn welcome(&mut self) {
        self.epoch = self.member.epoch();
        for publisher in 0..PUBLISHERS {
            // Acquire pairs with the Release in `Member::seat`; then the state: where a publisher is about to seat us,
            // it says so, and we come again when it is open.
            let occupant = self.member.seats(publisher)[self.index].occupant.load(Ordering::Acquire);
            let here = matches!(self.member.publishers()[publisher].place.state(), OPEN | ENDED);
            if here && occupant == self.id && self.sources.iter().all(|source| source.publisher != publisher) {
                self.sources.push(self.source(publisher));
            }
        }
    }

    fn source(&self, publisher: usize) -> Source {
        let region = Arc::clone(&self.member.ring(publisher).region);
        let position = region.seats()[self.index].start.load(Ordering::Relaxed);
        let seated = Seated { index: self.index, occupant: self.id };
        let how = (self.policy, Wait::SpinHint);
        let consumer = Consumer::new(region, self.pattern.clone(), seated, position, how, Vec::new());
        Source { publisher, consumer }
    }

    /// Nothing came: lets go of rings that ended and were read, and now and then looks who lives.
    fn rest(&mut self) {
        let publishers = self.member.publishers();
        // The state first: what its publisher published before it ended is there to be polled.
        let over = |source: &mut Source| {
            publishers[source.publisher].place.state() == ENDED && source.consumer.poll(0, |_| {}) == Poll::Closed
        };
        self.sources.retain_mut(|source| !over(source));
        self.idle += 1;
        if self.idle == IDLE_POLLS {
            self.idle = 0;
            self.member.sweep_if_due();
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let sources = std::mem::take(&mut self.sources);
        if self.member.is_forked() {
            // The seats are the parent's, who goes on.
            std::mem::forget(sources);
            return;
        }
        drop(sources);
        self.member.close_subscriber(self.index, self.id);
    }
}
