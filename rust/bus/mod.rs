//! The bus: rings of records between threads and processes.
//!
//! A [`Ring`] has one producer (or many, if it is built so) and any number of consumers, which form a graph, come and
//! go while it runs, and either hold the producer back or are told exactly what they missed. A record is its own slot:
//! the first word, `sequence`, is the commit word, stored last, so that a consumer that spins on it gets the data with
//! the same cache line.

#[cfg(not(loom))]
mod catalog;
#[cfg(not(loom))]
mod conflation;
mod consumer;
mod control;
#[cfg(not(loom))]
mod crew;
#[cfg(not(loom))]
mod dispatcher;
#[cfg(not(loom))]
mod ends;
#[cfg(not(loom))]
mod format;
#[cfg(not(loom))]
mod forms;
mod graph;
#[cfg(not(loom))]
mod handlers;
#[cfg(not(loom))]
mod hub;
#[cfg(not(loom))]
mod inlet;
mod join;
#[cfg(not(loom))]
mod lane;
#[cfg(any(test, not(loom)))]
mod latest;
mod many;
#[cfg(not(loom))]
mod mask;
#[cfg(not(loom))]
mod message;
#[cfg(not(loom))]
mod metrics;
#[cfg(not(loom))]
mod numbers;
#[cfg(not(loom))]
mod outlet;
mod park;
mod producer;
#[cfg(not(loom))]
mod publisher;
#[cfg(not(loom))]
mod reading;
mod record;
mod region;
mod ring;
#[cfg(all(target_os = "linux", not(loom)))]
pub mod shared;
#[cfg(not(loom))]
mod signal;
mod slots;
mod stall;
#[cfg(not(loom))]
mod subscription;
mod sync;
mod topic;
mod wait;
#[cfg(not(loom))]
mod worker;

#[cfg(all(test, loom))]
mod model;
#[cfg(all(test, not(loom)))]
mod tests;

#[cfg(not(loom))]
pub use conflation::Key;
pub use consumer::{Consumer, Poll};
#[cfg(not(loom))]
pub use ends::{Publish, Receive};
#[cfg(not(loom))]
pub use format::{Format, RecordType};
pub use graph::Graph;
#[cfg(not(loom))]
pub use handlers::{Call, Compiled};
#[cfg(not(loom))]
pub use hub::{Bus, Notice};
#[cfg(not(loom))]
pub use inlet::Counts;
pub use join::{Join, Policy, Start};
pub use many::{SharedClaim, SharedProducer};
#[cfg(not(loom))]
pub use message::Message;
#[cfg(not(loom))]
pub use metrics::{HandlerMetrics, Metrics, PublisherMetrics, SubscriptionMetrics};
pub use producer::{Claim, Producer};
#[cfg(not(loom))]
pub use publisher::Publisher;
pub use record::Record;
pub use ring::{Full, Ring, RingBuilder};
#[cfg(not(loom))]
pub use subscription::{Delivery, Subscription};
pub use topic::Pattern;
pub use wait::Wait;
#[cfg(not(loom))]
pub use worker::{State, Worker};
