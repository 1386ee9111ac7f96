//! One hit: a pattern seen at the close of a bar.

use std::mem::size_of;

pub use crate::model::PATTERNS;

/// What was seen, in the order in which hits of one bar are reported.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pattern {
    /// A first close beyond the channel of the last bars.
    Breakout,
    /// A bar with far more volume than usual.
    VolumeAnomaly,
    /// A gap between the wicks of the first and third of three candles.
    FairValueGap,
    /// A close beyond the last confirmed pivot: break of structure, or change of character.
    ChochBos,
    /// The candle a structure break came from.
    OrderBlock,
    /// A wick through old pivots that closes back inside.
    LiquiditySweep,
    /// One-sided money flow, or a gap between bodies or whole bars.
    Imbalance,
}

/// What sort of its pattern a hit is.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Of a breakout: by the close.
    Close,
    /// Of a volume anomaly: by the logarithm's z-score.
    LogZ,
    /// Of a zone: it came to be.
    Formed,
    /// Break of structure: in the direction of the trend.
    Bos,
    /// Change of character: against the trend.
    Choch,
    /// A sweep of highs.
    BuySide,
    /// A sweep of lows.
    SellSide,
    /// An imbalance of money flow.
    Flow,
    /// A gap between whole bars.
    Gap,
    /// A gap between bodies whose wicks overlap.
    Vi,
    /// Of a pattern the user made.
    Custom,
}

/// Names by number.
pub const KINDS: [&str; 11] =
    ["close", "log_z", "formed", "BOS", "CHoCH", "buy_side", "sell_side", "flow", "gap", "vi", "custom"];

/// A pattern seen at the close of bar `t`, from bars up to `t` alone.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hit {
    /// Start of bar `t`, ns.
    pub time: i64,
    /// Lower end of its zone or level, NaN if it has none.
    pub lo: f64,
    /// Upper end of its zone or level, NaN if it has none.
    pub hi: f64,
    /// Strength, 0 to 1.
    pub confidence: f64,
    /// Dense number of the instrument.
    pub instrument: u32,
    /// Number of the bar it was known at, in the instrument's own bars.
    pub t: u32,
    /// Number of the bar it comes from.
    pub origin: u32,
    /// [`Pattern`], or 7 and up for custom ones.
    pub pattern: u8,
    /// [`Kind`].
    pub kind: u8,
    /// 1 up, -1 down, 0 neither.
    pub direction: i8,
    /// Nothing.
    pub padding: u8,
}

const _: () = assert!(size_of::<Hit>() == 48);
