//! The built-in market: order flow that was never traded, for when there is no recording at hand.
//!
//! Limit orders, market orders and cancels arrive as independent Poisson processes at a price-time book, as in the
//! zero-intelligence models of Smith, Farmer, Gillemot and Krishnamurthy (2003) and Cont, Stoikov and Talreja (2010).
//! A latent value that wanders slowly tilts which side arrives, so that prices move and a market maker meets informed
//! flow. What comes out has the form of a recording: a snapshot, then a trade print per execution, the levels that
//! each message changed and the best bid and ask, with both clocks. The same specification gives the same bytes on
//! every machine; every event carries the SYNTHETIC flag, and [`SAMPLE_NOTICE`] belongs in every report on it.
//!
//! ```
//! use quantum_core::feed::{SampleSpec, sample};
//! use quantum_core::model::{EventKind, flags};
//!
//! let spec = SampleSpec { seed: 7, duration_ns: 10_000_000_000, ..SampleSpec::default() };
//! let (instrument, events) = sample(&spec)?;
//! assert_eq!((instrument.symbol(), instrument.venue()), ("SAMPLE", "sample"));
//! assert!(events[0].is(EventKind::Clear) && events.iter().all(|event| event.has(flags::SYNTHETIC)));
//! assert_eq!(events, sample(&spec)?.1);
//! # Ok::<(), quantum_core::model::Error>(())
//! ```

mod fifo;
mod flow;
mod spec;
mod tape;
#[cfg(test)]
mod tests;

pub use spec::{SAMPLE_NOTICE, SampleSpec};

use crate::model::{Event, Instrument, Result};
use flow::Flow;
use tape::Tape;

/// The instrument and the events of a synthetic market, in the order of both clocks.
///
/// # Errors
/// `Config` if the specification is out of range, naming the value and the range.
pub fn sample(spec: &SampleSpec) -> Result<(Instrument, Vec<Event>)> {
    spec.check()?;
    let instrument = spec::instrument()?;
    let mut flow = Flow::new(spec);
    flow.warm_up();
    let mut tape = Tape::new(spec);
    tape.snapshot(flow.book());
    while let Some(step) = flow.next(spec.duration_ns) {
        tape.write(step.at_ns, step.changes, step.book);
    }
    Ok((instrument, tape.into_events()))
}
