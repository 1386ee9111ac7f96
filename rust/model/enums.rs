//! The vocabulary of orders, in FIX spelling where FIX has a word for it.

/// Buy or sell, bid or ask; 1 and 2 in records.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// Buy, bid.
    Buy = 1,
    /// Sell, ask.
    Sell = 2,
}

impl Side {
    /// The side with this number.
    #[inline]
    pub const fn from_u8(value: u8) -> Option<Self> {
        match value {
            1 => Some(Self::Buy),
            2 => Some(Self::Sell),
            _ => None,
        }
    }

    /// The other side.
    #[inline]
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }

    /// +1 for a buy, -1 for a sell.
    #[inline]
    pub const fn sign(self) -> i64 {
        match self {
            Self::Buy => 1,
            Self::Sell => -1,
        }
    }
}

/// `OrdType` (FIX tag 40). Post-only, Iceberg, TWAP and VWAP are flags and parents of these.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrderType {
    /// Executes against what is there; never rests.
    Market = 1,
    /// At the limit price or better.
    Limit = 2,
    /// Market once the trigger is reached.
    Stop = 3,
    /// Limit once the trigger is reached.
    StopLimit = 4,
}

/// `TimeInForce` (FIX tag 59).
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeInForce {
    /// Until the session's end.
    Day = 0,
    /// Until canceled.
    Gtc = 1,
    /// What cannot be executed at once is canceled.
    Ioc = 3,
    /// All at once or nothing.
    Fok = 4,
    /// Until a date.
    Gtd = 6,
}

/// The state an order shows, by FIX 4.4 precedence.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrderState {
    /// The strategy asked for it; the gate has not seen it.
    Created = 0,
    /// Refused by our own gate; it never left.
    Denied = 1,
    /// On its way to the venue.
    Submitted = 2,
    /// The answer is overdue.
    Unknown = 3,
    /// The venue has it, not yet working.
    PendingNew = 4,
    /// Working.
    New = 5,
    /// Working, partly executed.
    PartiallyFilled = 6,
    /// A cancel is on its way.
    PendingCancel = 7,
    /// A replace is on its way.
    PendingReplace = 8,
    /// A stop whose trigger was reached.
    Triggered = 9,
    /// Executed in full.
    Filled = 10,
    /// Canceled by request.
    Canceled = 11,
    /// Ended by the venue's rules (time in force, post-only, no liquidity).
    Expired = 12,
    /// Refused by the venue.
    Rejected = 13,
    /// Done for the day.
    DoneForDay = 14,
}

impl OrderState {
    /// The state's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "Created",
            Self::Denied => "Denied",
            Self::Submitted => "Submitted",
            Self::Unknown => "Unknown",
            Self::PendingNew => "PendingNew",
            Self::New => "New",
            Self::PartiallyFilled => "PartiallyFilled",
            Self::PendingCancel => "PendingCancel",
            Self::PendingReplace => "PendingReplace",
            Self::Triggered => "Triggered",
            Self::Filled => "Filled",
            Self::Canceled => "Canceled",
            Self::Expired => "Expired",
            Self::Rejected => "Rejected",
            Self::DoneForDay => "DoneForDay",
        }
    }
}

/// Who provided the liquidity of an execution.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Liquidity {
    /// Not an execution, or not known.
    None = 0,
    /// We were resting.
    Maker = 1,
    /// We took.
    Taker = 2,
}

/// Why an order or a request was refused, or why an order ended.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// No reason to give.
    None = 0,
    /// The strategy or the user asked for it.
    Requested = 1,
    /// No book yet: a price was NaN, or there is nothing to price a market order from.
    NoBook = 2,
    /// A number that is not finite.
    NotFinite = 3,
    /// The quantity is zero or negative.
    QtyNotPositive = 4,
    /// The quantity is not a multiple of the lot.
    QtyOffLot = 5,
    /// The price is not a multiple of the tick.
    PriceOffTick = 6,
    /// The price is zero or negative.
    PriceNotPositive = 7,
    /// Larger than what can be represented.
    OutOfRange = 8,
    /// The kill switch is set.
    Killed = 9,
    /// Above the largest quantity of an order.
    MaxQty = 10,
    /// Above the largest notional of an order.
    MaxNotional = 11,
    /// Too far from the reference price.
    Collar = 12,
    /// The reference price is stale or missing.
    StaleReference = 13,
    /// The worst-case position, open orders included, would pass its limit.
    MaxPosition = 14,
    /// Too many open orders.
    MaxOpenOrders = 15,
    /// The instrument is not enabled.
    InstrumentDisabled = 16,
    /// A type, time in force or option that the venue does not serve.
    Unsupported = 17,
    /// A post-only order would have taken.
    WouldTake = 18,
    /// Nothing (more) to execute against.
    NoLiquidity = 19,
    /// The order is not known, or done already.
    UnknownOrder = 20,
    /// A request for this order is already on its way.
    RequestInFlight = 21,
    /// The run ended.
    RunEnded = 22,
    /// A reduce-only order would do more than reduce the position.
    ReduceOnly = 23,
    /// The venue did not process the request, as venues do in a rush.
    VenueOverloaded = 24,
}

impl Reason {
    /// The reason with this number.
    pub fn from_u8(value: u8) -> Option<Self> {
        Self::ALL.get(usize::from(value)).copied()
    }

    /// What it says to a person.
    pub const fn text(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Requested => "requested",
            Self::NoBook => "no book yet",
            Self::NotFinite => "not a finite number",
            Self::QtyNotPositive => "quantity not positive",
            Self::QtyOffLot => "quantity off the lot",
            Self::PriceOffTick => "price off the tick",
            Self::PriceNotPositive => "price not positive",
            Self::OutOfRange => "out of range",
            Self::Killed => "kill switch is set",
            Self::MaxQty => "max quantity",
            Self::MaxNotional => "max notional",
            Self::Collar => "price collar",
            Self::StaleReference => "stale or missing reference price",
            Self::MaxPosition => "max position",
            Self::MaxOpenOrders => "max open orders",
            Self::InstrumentDisabled => "instrument not enabled",
            Self::Unsupported => "not supported by the venue",
            Self::WouldTake => "post-only order would take",
            Self::NoLiquidity => "nothing to execute against",
            Self::UnknownOrder => "unknown or finished order",
            Self::RequestInFlight => "request already in flight",
            Self::RunEnded => "run ended",
            Self::ReduceOnly => "reduce-only order beyond the position",
            Self::VenueOverloaded => "not processed by the venue",
        }
    }
}
