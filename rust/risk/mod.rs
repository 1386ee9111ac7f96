//! The pre-trade gate: the only way from a strategy's wish to an order a venue accepts.

mod gate;
mod limits;

pub use gate::{AdmittedOrder, Denied, Exposure, Reference, RiskGate};
pub use limits::{InstrumentLimits, Limits};

#[cfg(test)]
mod tests;
