//! Bytes in, events out.

mod sample;

pub use sample::{SAMPLE_NOTICE, SampleSpec, sample};
