//! A publisher of a shared bus.

use std::collections::HashSet;
use std::sync::Arc;

use super::super::control::NOT_GATING;
use super::super::hub::Notice;
use super::super::join::Policy;
use super::super::mask::Mask;
use super::super::message::Message;
use super::super::numbers::Numbers;
use super::super::producer::Producer;
use super::super::ring::Ring;
use super::super::sync::{Ordering, fence};
use super::super::topic::Pattern;
use super::census::End;
use super::member::Member;
use super::table::TOPICS;
use crate::model::{Error, Event, Result};

/// Publishes records of one type under one prefix, through a ring of its own. Dropping it, or [`Publisher::close`], ends it for its
/// subscriptions once they have read the rest.
pub struct Publisher<M: Message = Event> {
    member: Arc<Member>,
    prefix: String,
    index: usize,
    ring: Ring<M>,
    producer: Option<Producer<M>>,
    /// The prefix as patterns.
    mask: Mask,
    /// Places of those who read the ring and may be asleep, as of the epoch.
    readers: Vec<usize>,
    epoch: u64,
    /// While one of them conflates: where each topic's last record is kept.
    numbers: Option<Numbers>,
    detached: u64,
    /// Subscriptions whose detachment was told.
    told: HashSet<u64>,
}

impl<M: Message> Publisher<M> {
    pub(super) fn open(member: Arc<Member>, prefix: &str) -> Result<Self> {
        let patterns = vec![Pattern::parse(prefix)?, Pattern::parse(&format!("{prefix}.>"))?];
        let (index, _) = member.open_publisher(prefix, M::TYPE)?;
        let ring = member.ring(index);
        let producer = ring.producer()?;
        let mask = Mask::new(Arc::clone(&member.catalog), patterns);
        let mut publisher = Self {
            member,
            prefix: prefix.to_owned(),
            index,
            ring,
            producer: Some(producer),
            mask,
            readers: Vec::new(),
            epoch: 0,
            numbers: None,
            detached: 0,
            told: HashSet::new(),
        };
        publisher.look();
        Ok(publisher)
    }

    /// What its topics begin with.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Publishes all records in order and gives the last sequence. All are checked before the first is published: one
    /// that does not belong to the prefix is a `Data` error. A subscription that gates and does not read for the bus's
    /// timeout is an `Engine` error that names it; [`Self::published`] says how many were published. While a subscription
    /// conflates, a publisher has 16,384 topics, and one more is a `Data` error, too.
    pub fn publish(&mut self, records: &[M]) -> Result<u64> {
        self.publish_batch(records)
    }

    /// As [`Self::publish`].
    pub fn publish_batch(&mut self, records: &[M]) -> Result<u64> {
        self.admit(records)?;
        let mut rest = records;
        self.take_on(records.len());
        while !rest.is_empty() {
            // At most half a ring: no more than what a grant allows. After each part, or a reader that sleeps would leave
            // no room for the next.
            let part = self.producer()?.publish_some(rest).and_then(|count| {
                let (done, left) = rest.split_at(count);
                rest = left;
                self.follow(done, left)
            });
            if let Err(error) = part {
                self.take_on(0);
                return Err(error);
            }
        }
        Ok(self.published())
    }

    /// Publishes as many of the records as there is room for, and says how many; all are checked first.
    pub fn try_publish_batch(&mut self, records: &[M]) -> Result<usize> {
        let done = self.begin_batch(records)?;
        self.take_on(0);
        if done < records.len() {
            // Who is in the way may be dead.
            self.member.sweep_if_due();
        }
        Ok(done)
    }

    /// The same for a batch whose rest follows by [`Self::publish_batch`]: if this process dies in between, others count
    /// the rest as taken on.
    pub fn begin_batch(&mut self, records: &[M]) -> Result<usize> {
        self.admit(records)?;
        self.take_on(records.len());
        // Half a ring at a time, see `table`.
        let half = (self.member.layout.capacity / 2) as usize;
        let mut done = 0;
        while done < records.len() {
            let part = &records[done..records.len().min(done + half)];
            let count = self.producer()?.try_publish_batch(part);
            done += count;
            self.follow(&part[..count], &records[done..])?;
            if count < part.len() {
                // The ring has counted the rest of the part as refused.
                let untried = records.len() - done - (part.len() - count);
                self.member.control(self.index).refused.fetch_add(untried as u64, Ordering::Relaxed);
                break;
            }
        }
        Ok(done)
    }

    /// Last sequence published. The first one of a publisher is 1, or follows the last one of the publisher that had
    /// its ring before.
    pub fn published(&self) -> u64 {
        self.producer.as_ref().map_or_else(|| self.ring.published(), Producer::published)
    }

    /// Subscriptions with a seat on its ring.
    pub fn subscriptions(&self) -> usize {
        self.member.seats(self.index).iter().filter(|seat| seat.occupant.load(Ordering::Relaxed) != 0).count()
    }

    /// Ends it; publishing afterwards is an `Engine` error.
    pub fn close(&mut self) {
        let Some(producer) = self.producer.take() else { return };
        if self.member.is_forked() {
            // The ring is the parent's, who goes on.
            std::mem::forget(producer);
            return;
        }
        let last = producer.published();
        drop(producer);
        self.member.close_publisher(self.index, last);
    }

    fn producer(&mut self) -> Result<&mut Producer<M>> {
        let prefix = &self.prefix;
        self.producer.as_mut().ok_or_else(|| Error::Engine(format!("publisher {prefix:?} is closed")))
    }

    /// Says how many more records are about to be published, so that, if this process dies, others can tell how many
    /// never were. Relaxed: the commit of each of them comes after it with Release, so whoever sees one sees this.
    #[inline]
    fn take_on(&self, count: usize) {
        let last = self.published() + count as u64;
        self.member.control(self.index).claimed.0.store(last, Ordering::Relaxed);
    }

    /// Checks that the records belong here.
    #[inline]
    fn admit(&mut self, records: &[M]) -> Result<()> {
        self.member.check_process()?;
        self.producer()?;
        if records.iter().any(|record| !self.mask.accepts(record)) {
            self.admit_new(records)?;
        }
        if self.member.epoch() != self.epoch {
            self.look();
        }
        if self.numbers.is_some() { self.number(records) } else { Ok(()) }
    }

    /// Gives topics that are new their places in the table.
    fn number(&mut self, records: &[M]) -> Result<()> {
        let Some(numbers) = &mut self.numbers else { return Ok(()) };
        let is_more = |record: &&M| numbers.within(*record, TOPICS).is_none();
        let Some(record) = records.iter().find(is_more) else { return Ok(()) };
        let (name, prefix) = (self.member.catalog.name(record)?, &self.prefix);
        Err(Error::Data(format!(
            "publisher {prefix:?} has {TOPICS} topics, and topic {name:?} would be one more: while a subscription of a \
             shared bus conflates, the last record of each of at most {TOPICS} topics of a publisher is kept"
        )))
    }

    /// The same once more, with the names other processes may have given meanwhile.
    #[cold]
    fn admit_new(&mut self, records: &[M]) -> Result<()> {
        self.member.catch_up()?;
        let Some(record) = records.iter().find(|record| !self.mask.accepts(*record)) else { return Ok(()) };
        let (name, prefix) = (self.member.catalog.name(record)?, &self.prefix);
        Err(Error::Data(format!("{} of topic {name:?} does not belong to publisher {prefix:?}", M::WHAT)))
    }

    /// What has to be done when a part of a batch is published: wakes its readers, sees who came, and keeps the last of
    /// each topic for those who conflate. Then, and not before, more may be published.
    #[inline]
    fn follow(&mut self, part: &[M], rest: &[M]) -> Result<()> {
        let kept = self.numbers.is_some();
        self.wake();
        let Some(numbers) = &mut self.numbers else { return Ok(()) };
        let (table, first) = (self.member.table(self.index), self.producer.as_ref().map_or(1, Producer::published) + 1);
        for (sequence, record) in (first - part.len() as u64..).zip(part) {
            match numbers.within(record, TOPICS) {
                Some(number) => table.keep(number, sequence, record),
                None => table.lack(sequence),
            }
        }
        // A reader came within the batch, whose topics nobody has counted.
        if kept { Ok(()) } else { self.number(rest).inspect_err(|_| self.take_on(0)) }
    }

    /// Wakes subscriptions that sleep, and tells of those that were detached.
    #[inline]
    fn wake(&mut self) {
        // Pairs with the fences in `Lot::sleep` and `Member::begin_after_all`: we see the sleeper or newcomer, or it sees
        // the publication.
        fence(Ordering::SeqCst);
        if self.member.epoch() != self.epoch {
            self.look();
        }
        for &reader in &self.readers {
            self.member.subscribers()[reader].lot.0.wake_after_fence();
        }
        let detached = self.producer.as_ref().map_or(0, Producer::detached);
        if detached != self.detached {
            self.tell_detached(detached);
        }
    }

    /// Who reads the ring.
    #[cold]
    fn look(&mut self) {
        self.epoch = self.member.epoch();
        let seats = self.member.seats(self.index).iter().enumerate();
        self.readers.clear();
        self.readers.extend(seats.filter(|(_, seat)| seat.occupant.load(Ordering::Relaxed) != 0).map(|(at, _)| at));
        let conflated = self.readers.iter().any(|&reader| self.member.subscribers()[reader].conflates());
        if !conflated {
            self.numbers = None;
        } else if self.numbers.is_none() {
            self.member.table(self.index).begin();
            self.numbers = Some(Numbers::default());
        }
    }

    #[cold]
    fn tell_detached(&mut self, detached: u64) {
        // Busy: the next publication tells.
        let Some(door) = self.member.try_enter() else { return };
        self.detached = detached;
        for &reader in &self.readers {
            let (seat, subscriber) = (&self.member.seats(self.index)[reader], &self.member.subscribers()[reader]);
            let id = seat.occupant.load(Ordering::Relaxed);
            let may = id != 0 && matches!(subscriber.policy(), Policy::Detach { .. });
            if !may || seat.gate.0.load(Ordering::Relaxed) != NOT_GATING {
                self.told.remove(&id);
            } else if self.told.insert(id) {
                let passed = subscriber.counts.0.passed.load(Ordering::Relaxed);
                self.member.notify(&door, Notice::Detached, id, End::read(passed));
            }
        }
    }
}

impl<M: Message> Drop for Publisher<M> {
    fn drop(&mut self) {
        self.close();
    }
}
