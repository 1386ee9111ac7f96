//! The 64-byte bar.

use std::mem::{offset_of, size_of};

/// Open, high, low, close and volume of one interval; left label, left-closed. As an input its time is its *end*.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bar {
    /// Ring sequence.
    pub sequence: u64,
    /// Start of the interval, ns.
    pub open_ns: i64,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Traded quantity.
    pub volume: f64,
    /// Dense instrument number.
    pub instrument: u32,
    /// Timeframe number.
    pub timeframe: u8,
    /// Always [`super::EventKind::Bar`], at the same offset as in an Event.
    pub kind: u8,
    /// Number of trades, saturating.
    pub trades: u16,
}

const _: () = assert!(size_of::<Bar>() == 64 && offset_of!(Bar, kind) == offset_of!(super::Event, kind));
