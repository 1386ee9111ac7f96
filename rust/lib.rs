//! Quantum Engine's native core.
//!
//! One 64-byte [`model::Event`] flows one way: feed → book → strategy → risk gate → router → venue, through one
//! single-threaded, deterministic engine. Modules import only downward:
//!
//! | layer | modules |
//! |---|---|
//! | 0 | [`clock`], [`model`], [`stats`] |
//! | 1 | [`bars`], [`book`], [`bus`], [`indicators`], [`ledger`] |
//! | 2 | [`feed`], [`risk`], [`scanner`] |
//! | 3 | [`orders`], [`venue`] |
//! | 4 | [`engine`] |
//! | 5 | [`backtest`] |

pub mod backtest;
pub mod bars;
pub mod book;
pub mod bus;
pub mod clock;
pub mod engine;
pub mod feed;
pub mod indicators;
pub mod ledger;
pub mod model;
pub mod orders;
pub mod risk;
pub mod scanner;
pub mod stats;
pub mod venue;

#[cfg(feature = "python")]
mod python;
