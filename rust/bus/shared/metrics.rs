//! What a shared bus did, as anybody who maps it can see.

use std::collections::HashMap;
use std::time::Instant;

use super::super::format::RecordType;
use super::super::message::Message;
use super::super::metrics::HandlerMetrics;
use super::super::record::Record;
use super::super::ring::Ring;
use super::super::sync::Ordering;
use super::layout::{ENDED, OPEN, PUBLISHERS, Place, VACANT};
use super::member::Member;
use crate::model::{Event, Report};

/// One publisher.
#[derive(Clone, Debug, PartialEq)]
pub struct PublisherMetrics {
    /// Its number, as on the control topic.
    pub id: u64,
    /// What its topics begin with.
    pub prefix: String,
    /// What it publishes.
    pub record: RecordType,
    /// Its process.
    pub pid: u64,
    /// Whether it can still publish; one that ended is listed until it is read.
    pub open: bool,
    /// Events published.
    pub published: u64,
    /// Events a second since the last look.
    pub rate_per_s: f64,
    /// Publications that were refused for want of room.
    pub refused: u64,
    /// Slots.
    pub capacity: u64,
    /// Share of the ring that the slowest gating subscription has not read, 0..1.
    pub utilisation_frac: f64,
    /// Events it had taken on and never published when its process died.
    pub unpublished: u64,
}

/// One subscription. `passed = delivered + filtered + skipped + lost + pending`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionMetrics {
    /// Its number, as on the control topic.
    pub id: u64,
    /// Its pattern.
    pub pattern: String,
    /// What it reads.
    pub record: RecordType,
    /// Its process.
    pub pid: u64,
    /// Its policy.
    pub policy: &'static str,
    /// Ring sequences it went past.
    pub passed: u64,
    /// Events it was given.
    pub delivered: u64,
    /// Events of other topics.
    pub filtered: u64,
    /// Events replaced by newer ones.
    pub skipped: u64,
    /// Events overwritten unread.
    pub lost: u64,
    /// Events read and not given out.
    pub pending: u64,
}

/// All of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Metrics {
    /// Events published by the publishers listed.
    pub messages: u64,
    /// Their rates together.
    pub rate_per_s: f64,
    /// Publishers open, or not read to their ends; the bus's own control topic is the first.
    pub publishers: Vec<PublisherMetrics>,
    /// Subscriptions.
    pub subscriptions: Vec<SubscriptionMetrics>,
    /// Handlers of this handle's process.
    pub handlers: Vec<HandlerMetrics>,
    /// Publishers whose process died, ever.
    pub publishers_died: u64,
    /// Subscriptions whose process died, ever.
    pub subscribers_died: u64,
    /// Events that publishers had taken on and never published when they died, ever.
    pub unpublished: u64,
}

/// Remembers the last look, for rates.
pub struct Meter {
    at: Instant,
    published: HashMap<u64, u64>,
}

impl Meter {
    /// Nothing seen.
    pub fn new(now: Instant) -> Self {
        Self { at: now, published: HashMap::new() }
    }

    /// Looks at everything.
    pub fn read(&mut self, now: Instant, member: &Member, handlers: Vec<HandlerMetrics>) -> Metrics {
        let seconds = (now - self.at).as_secs_f64().max(1e-9);
        let mut publishers: Vec<_> = (0..PUBLISHERS).filter_map(|index| publisher(member, index)).collect();
        for publisher in &mut publishers {
            let before = self.published.get(&publisher.id).copied().unwrap_or(0).min(publisher.published);
            publisher.rate_per_s = (publisher.published - before) as f64 / seconds;
        }
        self.at = now;
        self.published = publishers.iter().map(|publisher| (publisher.id, publisher.published)).collect();
        let header = member.header();
        Metrics {
            messages: publishers.iter().map(|publisher| publisher.published).sum(),
            rate_per_s: publishers.iter().map(|publisher| publisher.rate_per_s).sum(),
            publishers,
            subscriptions: subscriptions(member),
            handlers,
            publishers_died: header.publishers_died.load(Ordering::Relaxed),
            subscribers_died: header.subscribers_died.load(Ordering::Relaxed),
            unpublished: header.unpublished.load(Ordering::Relaxed),
        }
    }
}

fn who(place: &Place) -> (u64, String, u64) {
    (place.id.load(Ordering::Relaxed), place.name.get(), place.process().pid)
}

fn publisher(member: &Member, index: usize) -> Option<PublisherMetrics> {
    let publisher = &member.publishers()[index];
    let state = publisher.place.state();
    if state != OPEN && !(state == ENDED && member.is_read(index)) {
        return None;
    }
    let (id, prefix, pid) = who(&publisher.place);
    let record = publisher.place.record();
    let (refused, lag) = match record.words() {
        Event::WORDS => standing(&member.ring::<Event>(index)),
        _ => standing(&member.ring::<Report>(index)),
    };
    let capacity = member.layout.ring_capacity(index);
    Some(PublisherMetrics {
        id,
        prefix,
        record,
        pid,
        open: state == OPEN,
        published: member.last(index).saturating_sub(publisher.first.load(Ordering::Relaxed)),
        rate_per_s: 0.0,
        refused,
        capacity,
        utilisation_frac: (lag as f64 / capacity as f64).min(1.0),
        unpublished: publisher.unpublished.load(Ordering::Relaxed),
    })
}

fn standing<M: Message>(ring: &Ring<M>) -> (u64, u64) {
    (ring.refused(), ring.lag())
}

fn subscriptions(member: &Member) -> Vec<SubscriptionMetrics> {
    let here = member.subscribers().iter().filter(|subscriber| subscriber.place.state() != VACANT);
    here.map(|subscriber| {
        let (id, _, pid) = who(&subscriber.place);
        let counts = &subscriber.counts.0;
        SubscriptionMetrics {
            id,
            pattern: subscriber.patterns().join(" "),
            record: subscriber.place.record(),
            pid,
            policy: subscriber.delivery().name(),
            passed: counts.passed.load(Ordering::Relaxed),
            delivered: counts.delivered.load(Ordering::Relaxed),
            filtered: counts.filtered.load(Ordering::Relaxed),
            skipped: counts.skipped.load(Ordering::Relaxed),
            lost: counts.lost.load(Ordering::Relaxed),
            pending: counts.pending.load(Ordering::Relaxed),
        }
    })
    .collect()
}
