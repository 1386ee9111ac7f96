//! The 64-byte event: one cache line, the only thing that flows through the system.

use std::mem::{offset_of, size_of};

/// Bits of [`Event::flags`].
pub mod flags {
    /// Last event of a venue's message or packet: books publish here.
    pub const LAST: u8 = 1;
    /// Part of a snapshot.
    pub const SNAPSHOT: u8 = 2;
    /// Made by us, not by a venue.
    pub const SYNTHETIC: u8 = 4;
    /// A time in the event is estimated.
    pub const ESTIMATED_TIME: u8 = 8;
    /// Seen by the exchange's side of a simulation only.
    pub const EXCHANGE_ONLY: u8 = 16;
    /// Seen by the strategy's side of a simulation only.
    pub const LOCAL_ONLY: u8 = 32;
}

/// What an [`Event`] says; see `docs/records.md` for the meaning of price, quantity and id in each.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// A trade; `side` is the aggressor's.
    Trade = 1,
    /// A level's new total quantity; 0 deletes it.
    LevelSet = 2,
    /// Best bid. A two-sided quote is two events with one `venue_sequence`, `LAST` on the second.
    QuoteBid = 3,
    /// Best ask.
    QuoteAsk = 4,
    /// A resting order appears.
    OrderAdd = 5,
    /// A resting order changes; priority is lost if the price changes or the size grows.
    OrderModify = 6,
    /// Part of a resting order is removed.
    OrderCancel = 7,
    /// The rest of a resting order is removed.
    OrderDelete = 8,
    /// A resting order is executed.
    OrderExecute = 9,
    /// Side 0: the book is void, a snapshot follows. Side 1 or 2: that side is void from the best through `price`
    /// (all of it where `price` is 0).
    Clear = 10,
    /// Messages are missing; the book is stale until the next snapshot.
    Gap = 11,
    /// Session phase.
    Status = 12,
    /// Mark price.
    Mark = 13,
    /// Index price.
    Index = 14,
    /// Funding rate, counts of 1e-9.
    Funding = 15,
    /// Open interest.
    OpenInterest = 16,
    /// A timer of the strategy fired; `order_id` is the timer's id.
    Timer = 17,
    /// A control input; `order_id` is one of [`Event::START`], [`Event::STOP`].
    Control = 18,
    /// A [`super::Bar`] record with the kind at the same offset.
    Bar = 19,
    /// One of the strategy's orders changed; the full [`super::Report`] is in the Context.
    Order = 20,
    /// One of the strategy's orders was executed.
    Fill = 21,
    /// From the scanner; see [`Event::hit`].
    Hit = 22,
    /// From the signal engine.
    Signal = 23,
}

impl EventKind {
    /// The kind with this number, `None` for numbers without one (128 and above belong to users).
    pub const fn from_u8(value: u8) -> Option<Self> {
        const KINDS: [EventKind; 23] = [
            EventKind::Trade,
            EventKind::LevelSet,
            EventKind::QuoteBid,
            EventKind::QuoteAsk,
            EventKind::OrderAdd,
            EventKind::OrderModify,
            EventKind::OrderCancel,
            EventKind::OrderDelete,
            EventKind::OrderExecute,
            EventKind::Clear,
            EventKind::Gap,
            EventKind::Status,
            EventKind::Mark,
            EventKind::Index,
            EventKind::Funding,
            EventKind::OpenInterest,
            EventKind::Timer,
            EventKind::Control,
            EventKind::Bar,
            EventKind::Order,
            EventKind::Fill,
            EventKind::Hit,
            EventKind::Signal,
        ];
        if value == 0 || value as usize > KINDS.len() { None } else { Some(KINDS[value as usize - 1]) }
    }
}

/// One market event or engine input. Plain data, little-endian, 64 bytes; `sequence` first, because it is the commit
/// word of the ring it travels through.
///
/// `price` and `qty` count the instrument's increments, times are nanoseconds since the epoch. In a recording
/// `instrument` is the index in the recording's own list; the engine renumbers it densely over all sources of a run.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// Ring sequence, 1-based; 0 before publication.
    pub sequence: u64,
    /// The venue's transaction time.
    pub exchange_ns: i64,
    /// Our capture time; may lie before `exchange_ns`, clocks differ.
    pub receive_ns: i64,
    /// Count of `price_increment`.
    pub price: i64,
    /// Count of `qty_increment`.
    pub qty: i64,
    /// Order, trade, timer or control id, or an order count: see [`EventKind`].
    pub order_id: u64,
    /// The venue's own sequence or update id.
    pub venue_sequence: u64,
    /// Dense instrument number.
    pub instrument: u32,
    /// Venue number.
    pub venue: u8,
    /// An [`EventKind`], or a user's kind from 128.
    pub kind: u8,
    /// 0 none, 1 buy or bid, 2 sell or ask.
    pub side: u8,
    /// [`flags`].
    pub flags: u8,
}

const _: () = assert!(size_of::<Event>() == 64 && offset_of!(Event, kind) == 61 && offset_of!(Event, instrument) == 56);

impl Event {
    /// `order_id` of the Control event that starts a run.
    pub const START: u64 = 1;
    /// `order_id` of the Control event that ends a run.
    pub const STOP: u64 = 2;

    /// Whether `kind` is this one.
    #[inline]
    pub const fn is(&self, kind: EventKind) -> bool {
        self.kind == kind as u8
    }

    /// Whether any of these flag bits is set.
    #[inline]
    pub const fn has(&self, bits: u8) -> bool {
        self.flags & bits != 0
    }
}
