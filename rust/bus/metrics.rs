//! What a bus did: messages, rates, how full its rings are, what was lost, how long handlers take.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::format::RecordType;
use super::inlet::{Inlet, lock};
use super::lane::Sight;
use super::message::Message;
use super::outlet::Outlet;
use crate::stats::Summary;

/// One publisher.
#[derive(Clone, Debug, PartialEq)]
pub struct PublisherMetrics {
    /// What its topics begin with.
    pub prefix: String,
    /// What it publishes.
    pub record: RecordType,
    /// Records published.
    pub published: u64,
    /// Records a second since the last look.
    pub rate_per_s: f64,
    /// Publications that `try_publish` gave back.
    pub refused: u64,
    /// Slots.
    pub capacity: u64,
    /// Share of the ring that the slowest gating subscription has not read, 0..1.
    pub utilisation_frac: f64,
    /// Topics seen.
    pub topics: usize,
}

/// One subscription. `passed = delivered + filtered + skipped + lost + pending`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionMetrics {
    /// Its number, as on the control topic.
    pub id: u32,
    /// Its pattern.
    pub pattern: String,
    /// What it reads.
    pub record: RecordType,
    /// Its policy.
    pub policy: &'static str,
    /// Ring sequences it went past.
    pub passed: u64,
    /// Records it was given.
    pub delivered: u64,
    /// Records of other topics.
    pub filtered: u64,
    /// Records replaced by newer ones.
    pub skipped: u64,
    /// Records overwritten unread.
    pub lost: u64,
    /// Records read and not given out.
    pub pending: u64,
    /// Why it failed.
    pub fault: Option<String>,
}

/// One handler; one call in [`super::handlers::TIMED_EVERY`] is timed.
#[derive(Clone, Debug, PartialEq)]
pub struct HandlerMetrics {
    /// Its pattern.
    pub pattern: String,
    /// What it is called with.
    pub record: RecordType,
    /// Records it was called with.
    pub calls: u64,
    /// How long the timed calls took; `None` before the first.
    pub latency_ns: Option<Summary>,
    /// Why it was taken out.
    pub fault: Option<String>,
}

/// All of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Metrics {
    /// Records published by the publishers alive.
    pub messages: u64,
    /// Their rates together.
    pub rate_per_s: f64,
    /// Publishers alive; the bus's own control topic is one.
    pub publishers: Vec<PublisherMetrics>,
    /// Subscriptions alive.
    pub subscriptions: Vec<SubscriptionMetrics>,
    /// Handlers.
    pub handlers: Vec<HandlerMetrics>,
}

/// Remembers the last look, for rates.
pub struct Meter {
    at: Instant,
    published: HashMap<usize, u64>,
}

impl Meter {
    /// Nothing seen.
    pub fn new(now: Instant) -> Self {
        Self { at: now, published: HashMap::new() }
    }

    /// Completes what was seen by rates.
    pub(super) fn read(&mut self, now: Instant, seen: Sight, handlers: Vec<HandlerMetrics>) -> Metrics {
        let seconds = (now - self.at).as_secs_f64().max(1e-9);
        let mut published = HashMap::new();
        let mut publishers = Vec::with_capacity(seen.publishers.len());
        for (key, mut publisher) in seen.publishers {
            let before = self.published.get(&key).copied().unwrap_or(0).min(publisher.published);
            publisher.rate_per_s = (publisher.published - before) as f64 / seconds;
            published.insert(key, publisher.published);
            publishers.push(publisher);
        }
        self.at = now;
        self.published = published;
        Metrics {
            messages: publishers.iter().map(|publisher| publisher.published).sum(),
            rate_per_s: publishers.iter().map(|publisher| publisher.rate_per_s).sum(),
            publishers,
            subscriptions: seen.subscriptions,
            handlers,
        }
    }
}

impl<M: Message> Outlet<M> {
    /// What it did; the rate is left to [`Meter`].
    pub fn metrics(&self) -> PublisherMetrics {
        let capacity = self.ring.capacity();
        PublisherMetrics {
            prefix: self.prefix.clone(),
            record: M::TYPE,
            published: self.ring.published(),
            rate_per_s: 0.0,
            refused: self.ring.refused(),
            capacity,
            utilisation_frac: (self.ring.lag() as f64 / capacity as f64).min(1.0),
            topics: lock(&self.topics).len(),
        }
    }
}

impl<M: Message> Inlet<M> {
    /// What it did.
    pub fn metrics(&self) -> SubscriptionMetrics {
        let counts = &self.counts;
        SubscriptionMetrics {
            id: self.id,
            pattern: lock(&self.patterns).iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            record: M::TYPE,
            policy: self.policy.name(),
            passed: counts.passed.load(Ordering::Relaxed),
            delivered: counts.delivered.load(Ordering::Relaxed),
            filtered: counts.filtered.load(Ordering::Relaxed),
            skipped: counts.skipped.load(Ordering::Relaxed),
            lost: counts.lost.load(Ordering::Relaxed),
            pending: counts.pending.load(Ordering::Relaxed),
            fault: lock(&self.fault).clone(),
        }
    }
}
