//! Venues: where admitted orders go. The simulated exchange matches them against a recorded market.

mod fees;
mod jitter;
mod latency;
mod link;
mod queue;
mod resting;
mod series;
mod sim;

pub use fees::Fees;
pub use jitter::{Distribution, Jitter};
pub use latency::{Delay, Departure, Latency};
pub use link::Link;
pub use queue::{Form, QueueModel, QueuePosition, Shape};
pub use series::{Series, Travel};
pub use sim::{FillRule, Request, SimExchange, VenueModel};

#[cfg(test)]
mod replace_tests;
#[cfg(test)]
mod tests;
