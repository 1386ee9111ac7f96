//! Quantum Engine's native core.
//!
//! One 64-byte [`model::Event`] flows one way: feed → book → strategy → risk gate → router → venue, through one
//! single-threaded, deterministic engine. Modules import only downward:
//!
//! | layer | modules |
//! |---|---|
//! | 0 | [`model`] [`clock`] [`stats`] |
//! | 2 | [`feed`] |

pub mod clock;
pub mod feed;
pub mod model;
pub mod stats;

#[cfg(feature = "python")]
mod python;
