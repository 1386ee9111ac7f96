//! Raw Binance recordings, spot and futures: lines of `<receive time in ns> <message>`.

mod clocks;
mod decoder;
mod depth;
mod listing;
mod message;
#[cfg(test)]
mod mutation;

pub use decoder::Decoder;
pub use message::{Content, Levels, Message};
