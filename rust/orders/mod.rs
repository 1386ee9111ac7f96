//! Order truth: one state machine per order, and the dense store that the engine reads by id.

mod order;
mod store;

pub use order::{Execution, Order, Replacement, Unapplied};
pub use store::{Aggregate, Oddities, OrderStore};

#[cfg(test)]
mod tests;
