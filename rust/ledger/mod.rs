//! What we own: one position per instrument and the cash of the run, as the sum of executions and nothing else.

mod position;

pub use position::{Ledger, Position};
