//! The 128-byte command: what a strategy, or a parent order's schedule, asks for.

use std::mem::size_of;

/// What a [`Command`] asks for.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CommandKind {
    /// A new order.
    Submit = 1,
    /// Cancel `order_id`.
    Cancel = 2,
    /// Change price, quantity or both of `order_id`; [`Command::flags`] say which. `qty` is the new total.
    Replace = 3,
    /// Cancel every open order of `instrument`, or all where it is [`Command::ALL_INSTRUMENTS`].
    CancelAll = 4,
    /// A repeating timer of `qty` nanoseconds.
    Timer = 5,
}

impl CommandKind {
    /// The kind with this number.
    pub const fn from_u8(value: u8) -> Option<Self> {
        match value {
            1 => Some(Self::Submit),
            2 => Some(Self::Cancel),
            3 => Some(Self::Replace),
            4 => Some(Self::CancelAll),
            5 => Some(Self::Timer),
            _ => None,
        }
    }
}

/// A request of the strategy. Prices and quantities count increments; the `given_*` floats are what the user passed,
/// so that a refusal can name both numbers.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Command {
    /// Ring sequence.
    pub sequence: u64,
    /// The order it is about; for a submit the new order's id.
    pub order_id: u64,
    /// Parent order, 0 none.
    pub parent_id: u64,
    /// The user's own id, 0 none.
    pub client_id: u64,
    /// Limit price.
    pub price: i64,
    /// Trigger price.
    pub stop: i64,
    /// Quantity, or a timer's period in ns.
    pub qty: i64,
    /// Shown quantity, 0 all.
    pub display: i64,
    /// Expiry for GTD, ns; 0 none.
    pub expire_ns: i64,
    /// The price as the user passed it.
    pub given_price: f64,
    /// The quantity as the user passed it.
    pub given_qty: f64,
    /// Parameters of schedules.
    pub params: [u64; 2],
    /// Dense instrument number.
    pub instrument: u32,
    /// Venue number; [`Command::ROUTER`] lets the router choose.
    pub venue: u8,
    /// [`CommandKind`].
    pub kind: u8,
    /// [`super::Side`].
    pub side: u8,
    /// [`super::OrderType`].
    pub order_type: u8,
    /// [`super::TimeInForce`].
    pub time_in_force: u8,
    /// [`Command::POST_ONLY`], [`Command::REDUCE_ONLY`]; of a replace [`Command::NEW_PRICE`], [`Command::NEW_QTY`].
    pub flags: u8,
    /// Trigger source of a stop.
    pub trigger: u8,
    /// A [`super::Reason`] found while converting the user's numbers; 0 none. The gate refuses with it.
    pub refusal: u8,
    /// Not used, zero.
    pub spare: [u32; 3],
}

const _: () = assert!(size_of::<Command>() == 128);

impl Command {
    /// `kind` of the record that stands for commands a reader missed: `order_id` is the first lost sequence, `qty` how
    /// many, `instrument` `u32::MAX`. Never a [`CommandKind`].
    pub const GAP: u8 = 127;
    /// `venue` value that lets the router choose.
    pub const ROUTER: u8 = 255;
    /// `instrument` value that means every instrument.
    pub const ALL_INSTRUMENTS: u32 = u32::MAX;
    /// Flag: refuse instead of taking liquidity.
    pub const POST_ONLY: u8 = 1;
    /// Flag: may only reduce the position.
    pub const REDUCE_ONLY: u8 = 2;
    /// Flag of a replace: the price changes.
    pub const NEW_PRICE: u8 = 4;
    /// Flag of a replace: the quantity changes.
    pub const NEW_QTY: u8 = 8;
}
