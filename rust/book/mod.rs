//! The L2 price book: what rests at each price, as the venue tells it, always current and never repaired.
//!
//! A [`Book`] obeys events: `LevelSet` replaces a level, `Clear` voids, `Gap` makes it stale until a snapshot heals it.
//! Sync rules and checksums are the feed's business; publishing at the end of a message is the consumer's. Prices and
//! quantities are counts of the instrument's increments; [`analytics`] turns them into what an analyst reads.
//!
//! Each side is a ladder: a dense window of prices around the market with a bitmap of the occupied ones, so that a
//! level is one memory access and the next level one bit scan, and a sorted spill for the far and the odd prices. The
//! window starts at 64 prices, follows the market and grows with the traffic, so ten thousand idle books cost little
//! and no price can ask for more memory than its own level.
//!
//! ```
//! use quantum_core::book::{Book, Level};
//! use quantum_core::model::Side;
//!
//! let mut book = Book::new();
//! book.set_level(Side::Buy, 618_000, 1_500);
//! book.set_level(Side::Sell, 618_001, 900);
//! book.set_level(Side::Sell, 618_004, 2_000);
//! assert_eq!(book.best_bid(), Some(Level { price: 618_000, qty: 1_500 }));
//! let sweep = book.sweep(Side::Buy, 1_000, None);
//! assert_eq!((sweep.filled, sweep.worst, sweep.levels), (1_000, 618_004, 2));
//! ```

pub mod analytics;
mod band;
mod condition;
mod l2;
mod ladder;
mod occupancy;
mod replay;

pub use condition::{BookState, Counters, MissingEvents};
pub use l2::{Book, Level, Sweep};
pub use replay::{Replay, View};
