//! The bus: rings of records between threads and processes.
//!
//! A [`Ring`] has one producer (or many, if it is built so) and any number of consumers, which form a graph, come and
//! go while it runs, and either hold the producer back or are told exactly what they missed. A record is its own slot:
//! the first word, `sequence`, is the commit word, stored last, so that a consumer that spins on it gets the data with
//! the same cache line.

mod consumer;
mod control;
mod graph;
mod join;
mod many;
mod park;
mod producer;
mod record;
mod region;
mod ring;
mod slots;
mod stall;
mod sync;
mod wait;
#[cfg(not(loom))]
mod worker;

#[cfg(all(test, loom))]
mod model;
#[cfg(all(test, not(loom)))]
mod tests;

pub use consumer::{Consumer, Poll};
pub use graph::Graph;
pub use join::{Join, Policy, Start};
pub use many::{SharedClaim, SharedProducer};
pub use producer::{Claim, Producer};
pub use record::Record;
pub use ring::{Full, Ring, RingBuilder};
pub use wait::Wait;
#[cfg(not(loom))]
pub use worker::{State, Worker};
