//! Replay: recordings through the engine against simulated exchanges, on a simulated clock.

mod plan;
mod replay;
mod samples;
mod source;

pub use plan::Plan;
pub use replay::{Backtest, Outcome, Progress, Setup};
pub use samples::Samples;
pub use source::Source;
