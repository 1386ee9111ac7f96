//! The records that travel, their units and the vocabulary of orders: what every other module speaks.
//!
//! Prices and quantities are integer counts of an [`Instrument`]'s increments, times are nanoseconds since the epoch
//! (UTC), money is [`Money`]. Nothing here allocates on a hot path or knows about files, clocks or strategies.

mod bar;
mod command;
mod decimal;
mod duration;
mod enums;
mod error;
mod event;
mod instrument;
mod money;
mod names;
mod pattern;
mod report;
mod timeframe;

pub use bar::Bar;
pub use command::{Command, CommandKind};
pub use decimal::Decimal;
pub use duration::parse_duration_ns;
pub use enums::{Liquidity, OrderState, OrderType, Reason, Side, TimeInForce};
pub use error::{Error, Result};
pub use event::{Event, EventKind, flags};
pub use instrument::{Currency, Increment, Instrument, InstrumentSpec};
pub use money::Money;
pub use pattern::{CUSTOM, PATTERNS, pattern_name};
pub use report::{Report, ReportKind};
pub use timeframe::{OTHER_TIMEFRAME, TIMEFRAMES};
