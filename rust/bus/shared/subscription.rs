//! A subscription of a shared bus.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use super::super::conflation::Conflation;
use super::super::consumer::{Consumer, Poll, Seated};
use super::super::hub::Notice;
use super::super::inlet::Counts;
use super::super::inlet::lock;
use super::super::join::{Policy, Start};
use super::super::mask::Mask;
use super::super::message::Message;
use super::super::reading::Totals;
use super::super::subscription::Delivery;
use super::super::sync::Ordering;
use super::super::topic::Pattern;
use super::super::wait::Wait;
use super::alarm::Alarm;
use super::census::End;
use super::feed::Widening;
use super::layout::{ENDED, OPEN, PUBLISHERS, SubscriberPlace};
use super::member::Member;
use crate::model::{Event, Result};

/// Longest wait between two looks for dead processes.
const LOOK: Duration = Duration::from_millis(100);
/// Polls that find nothing between two such looks of a reader that never waits.
const IDLE_POLLS: u32 = 256;

/// Reads records of the topics that match its pattern, from all publishers of the type in all processes. Dropping it
/// leaves the bus.
///
/// As with a [`super::super::Subscription`], records of one publisher come in its order, and one that is made for it
/// stands for what a lossy reader missed.
pub struct Subscription<M: Message = Event> {
    pub(super) member: Arc<Member>,
    /// What it reads; handlers add to it.
    patterns: Arc<Mutex<Vec<Pattern>>>,
    index: usize,
    id: u64,
    policy: Policy,
    wait: Wait,
    mask: Mask,
    sources: Vec<Source<M>>,
    epoch: u64,
    conflation: Option<Conflation<M>>,
    totals: Totals,
    turn: usize,
    idle: u32,
    /// For event loops, once one has asked.
    alarm: OnceLock<Alarm>,
}

/// One ring it reads.
struct Source<M: Message> {
    publisher: usize,
    consumer: Consumer<M>,
}

impl<M: Message> Subscription<M> {
    pub(super) fn open(
        member: Arc<Member>,
        patterns: Vec<Pattern>,
        (delivery, wait): (Delivery, Wait),
        start: Start,
    ) -> Result<Self> {
        let (index, id) = member.open_subscriber(&patterns, M::TYPE, delivery, start)?;
        let (policy, conflation) = match delivery {
            Delivery::Gate(policy) => (policy, None),
            Delivery::Conflate(key) => (Policy::Lossy, Some(Conflation::new(key))),
        };
        let mask = Mask::new(Arc::clone(&member.catalog), patterns.clone());
        let mut subscription = Self {
            member,
            patterns: Arc::new(Mutex::new(patterns)),
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
            alarm: OnceLock::new(),
        };
        subscription.welcome();
        Ok(subscription)
    }

    /// Hands up to `max` records to `handle` and says how many; never waits. An `Engine` error in a child of the process
    /// that subscribed.
    pub fn poll(&mut self, max: usize, mut handle: impl FnMut(&M)) -> Result<usize> {
        self.member.check_process()?;
        if self.member.epoch() != self.epoch {
            self.welcome();
        }
        let (member, mask, totals) = (&self.member, &mut self.mask, &mut self.totals);
        // A name that is new to this process is taken in when its first record comes.
        let mut accepts =
            |record: &M| mask.accepts(record) || (member.catch_up().unwrap_or(false) && mask.accepts(record));
        let (mut given, rings) = (0, self.sources.len());
        if let Some(conflation) = &mut self.conflation {
            for Source { publisher, consumer } in &mut self.sources {
                let table = member.table(*publisher);
                let last = |from, to, found: &mut Vec<M>| table.between(from, to, found);
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

    /// Copies up to `records.len()` records to `records` and says how many; never waits, never allocates.
    pub fn read_into(&mut self, records: &mut [M]) -> Result<usize> {
        let mut count = 0;
        self.poll(records.len(), |record| {
            records[count] = *record;
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

    /// A descriptor that becomes readable, once per burst, after [`Self::arm`]. The first call starts a thread, which ends
    /// with the subscription.
    pub fn descriptor(&self) -> Result<i32> {
        self.member.check_process()?;
        if let Some(alarm) = self.alarm.get() {
            return alarm.descriptor();
        }
        let alarm = Alarm::start(Arc::clone(&self.member), self.index)?;
        self.alarm.get_or_init(|| alarm).descriptor()
    }

    /// Clears the descriptor and asks for the next burst; says whether there is something already.
    pub fn arm(&self) -> bool {
        if let Some(alarm) = self.alarm.get()
            && !self.member.is_forked()
        {
            alarm.arm();
        }
        self.is_ready()
    }

    /// Compiles the patterns anew, after they changed.
    pub(super) fn renew_mask(&mut self) {
        self.mask = self.mask.renewed(lock(&self.patterns).clone());
    }

    /// The way to add patterns while it is read.
    pub(super) fn intake(&self) -> Widening {
        let (member, patterns) = (Arc::clone(&self.member), Arc::clone(&self.patterns));
        Widening { member, index: self.index, id: self.id, patterns }
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

    fn source(&self, publisher: usize) -> Source<M> {
        let region = Arc::clone(&self.member.ring(publisher).region);
        let position = region.seats()[self.index].start.load(Ordering::Relaxed);
        let seated = Seated { index: self.index, occupant: self.id };
        let how = (self.policy, Wait::SpinHint);
        let consumer = Consumer::new(region, self.place().place.name.get(), seated, position, how, Vec::new());
        Source { publisher, consumer }
    }

    /// Nothing came: lets go of rings that ended and were read, and now and then looks who lives.
    fn rest(&mut self) {
        let publishers = self.member.publishers();
        // The state first: what its publisher published before it ended is there to be polled.
        let over = |source: &mut Source<M>| {
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

impl<M: Message> Drop for Subscription<M> {
    fn drop(&mut self) {
        let (sources, alarm) = (std::mem::take(&mut self.sources), self.alarm.take());
        if self.member.is_forked() {
            // The seats are the parent's, who goes on.
            std::mem::forget(sources);
            alarm.into_iter().for_each(Alarm::abandon);
            return;
        }
        // Before the place is another's: its thread counts among those who sleep there.
        drop(alarm);
        drop(sources);
        self.member.close_subscriber(self.index, self.id);
    }
}
