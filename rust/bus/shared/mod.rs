//! The bus over a shared mapping: publishers and subscriptions of several processes on one machine.
//!
//! The rings are the ones of [`super::Ring`], laid into a file that every process maps. What is new here is who may use
//! which ring: a directory of places for publishers and subscriptions, changed by one process at a time behind a lock
//! of the kernel, which lets go of it when the process dies. Publishing and reading never take that lock. Whoever meets
//! a place whose process is gone clears it, so a `kill -9` costs the others some milliseconds and no record.
//!
//! ```
//! use quantum_core::bus::{Delivery, Policy, shared::Bus};
//! use quantum_core::model::{Event, EventKind};
//!
//! let name = format!("doc-{}", std::process::id());
//! let bus = Bus::open(&name, Some(1024))?; // another process does the same
//! let mut trades = bus.subscribe("md.*.BTCUSDT.trade", Delivery::Gate(Policy::Lossy))?;
//! let mut publisher = bus.publisher("md.binance.BTCUSDT")?;
//! publisher.publish(&[Event { kind: EventKind::Trade as u8, price: 618_001, ..Event::default() }])?;
//!
//! let mut batch = [Event::default(); 16];
//! assert_eq!(trades.read_into(&mut batch)?, 1);
//! assert_eq!(batch[0].price, 618_001);
//! assert!(Bus::unlink(&name)?);
//! # Ok::<(), quantum_core::model::Error>(())
//! ```

mod alarm;
mod bus;
mod census;
mod feed;
mod file;
mod layout;
mod locks;
mod mapping;
mod member;
mod metrics;
mod names;
mod places;
mod process;
mod publisher;
mod subscription;
mod table;
#[cfg(all(test, not(miri)))]
mod tests;

pub use bus::Bus;
pub use metrics::{Metrics, PublisherMetrics, SubscriptionMetrics};
pub use publisher::Publisher;
pub use subscription::Subscription;
