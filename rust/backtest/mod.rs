//! Replay: recordings through the engine against simulated exchanges, on a simulated clock.

mod agenda;
mod compute;
mod messages;
mod order;
mod plan;
mod replay;
mod samples;
mod source;
mod wires;

pub use compute::{Compute, Workload};
pub use plan::Plan;
pub use replay::{Backtest, Outcome, Progress, Setup};
pub use samples::Samples;
pub use source::Source;

#[cfg(test)]
mod tests;
