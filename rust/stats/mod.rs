//! Small streaming statistics that the whole engine leans on: random numbers that repeat to the bit, a latency
//! histogram, moments and drawdown.
//!
//! Each is a plain state with one verb (`record`, `push`), bounded memory and no allocation after construction, so it
//! can sit on a hot path; the ones that make sense in parallel also `merge`. None of them knows what it counts.

mod drawdown;
mod histogram;
mod moments;
mod rng;

pub use drawdown::{Drawdown, DrawdownEpisode};
pub use histogram::{Histogram, Summary};
pub use moments::Moments;
pub use rng::Rng;
