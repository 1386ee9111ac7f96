//! Venues: where admitted orders go. The simulated exchange matches them against a recorded market.

mod fees;
mod latency;
mod queue;
mod resting;
mod sim;

pub use fees::Fees;
pub use latency::{Latency, Link};
pub use queue::{Form, QueueModel, QueuePosition, Shape};
pub use sim::{FillRule, Request, SimExchange, VenueModel};

#[cfg(test)]
mod replace_tests;
#[cfg(test)]
mod tests;
