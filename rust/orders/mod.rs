//! Order truth: one state machine per order, and the dense store that the engine reads by id.

mod order;
mod store;

pub use order::{Order, Unapplied};
pub use store::{Aggregate, OrderStore};
