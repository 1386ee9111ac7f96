//! Time, as a seam: what time it is, and how long something took.
//!
//! [`Clock`] says what time it is: [`Wall`] in paper and live trading, [`Simulated`] in a backtest, where time moves
//! only as inputs arrive. [`Stopwatch`] measures short durations with the cheapest counter the machine has; it never
//! decides anything, so a run does not depend on it.
//!
//! ```
//! use quantum_core::clock::{Clock, Simulated, Wall};
//!
//! fn age_ns(clock: &impl Clock, since_ns: i64) -> i64 {
//!     clock.now_ns() - since_ns
//! }
//!
//! let clock = Simulated::at(1_000);
//! clock.set(1_250);
//! assert_eq!(age_ns(&clock, 1_000), 250);
//! assert!(Wall.now_ns() > 1_700_000_000_000_000_000);
//! ```

mod stopwatch;
mod time;

pub use stopwatch::Stopwatch;
pub use time::{Clock, Simulated, Wall};
