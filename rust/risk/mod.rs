//! The pre-trade gate: the only way from a strategy's wish to an order a venue accepts.

mod gate;
mod limits;

pub use gate::{AdmittedOrder, AdmittedReplace, Denied, Exposure, OpenOrder, Reference, RiskGate};
pub use limits::{InstrumentLimits, Limits};

#[cfg(test)]
mod tests;
