//! One of the strategy's orders as it is shown to the strategy: numbers in units, states and types by number. An order
//! that the engine has not seen yet, because the call that asked for it has not returned, is `Created`.

use std::borrow::Cow;

use super::context::Context;
use super::world::World;
use crate::model::{Command, Instrument, OrderType};
use crate::orders::Order;

/// A number of an order.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderNumber {
    /// Limit price; NaN for a market order.
    Price = 0,
    /// Quantity asked for, in units.
    Qty = 1,
    /// Quantity executed, in units.
    Filled = 2,
    /// Quantity that may still execute, in units; 0 when done.
    Leaves = 3,
    /// Average price of its executions; NaN before the first.
    AveragePrice = 4,
}

impl OrderNumber {
    /// Every number with its name, in order.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Price, "price"),
        (Self::Qty, "qty"),
        (Self::Filled, "filled"),
        (Self::Leaves, "leaves"),
        (Self::AveragePrice, "average_price"),
    ];
}

/// A property of an order that is one of a few.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderCode {
    /// [`crate::model::OrderState`].
    State = 0,
    /// Place in [`TYPE_NAMES`], from 1; 0 not known yet.
    Type = 1,
    /// 1 buy, 2 sell, 0 not known yet.
    Side = 2,
    /// Whether it may still execute.
    IsOpen = 3,
    /// Whether the venue has it working and no cancel is on its way.
    IsCancelable = 4,
    /// [`crate::model::Reason`].
    Reason = 5,
    /// Whether a replace may be asked for: it may rest and no request is on its way.
    IsReplaceable = 6,
}

impl OrderCode {
    /// Every code with its name, in order.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::State, "state"),
        (Self::Type, "type"),
        (Self::Side, "side"),
        (Self::IsOpen, "is_open"),
        (Self::IsCancelable, "is_cancelable"),
        (Self::Reason, "reason"),
        (Self::IsReplaceable, "is_replaceable"),
    ];
}

/// The user's names of order types with their flags.
pub const TYPE_NAMES: [&str; 5] = ["Market", "Limit", "PostOnly", "Stop", "StopLimit"];

/// The user's name of a type and its flags.
pub fn type_name(order: &Order) -> &'static str {
    TYPE_NAMES[type_place(order)]
}

const fn type_place(order: &Order) -> usize {
    match order.order_type {
        OrderType::Market => 0,
        OrderType::Limit if order.flags & Command::POST_ONLY != 0 => 2,
        OrderType::Limit => 1,
        OrderType::Stop => 3,
        OrderType::StopLimit => 4,
    }
}

/// The order `id` as the engine knows it, or as it stands in the outbox of the call that asked for it.
pub fn order_of<'a>(context: &Context, world: &'a World, id: u64) -> Option<Cow<'a, Order>> {
    let known = world.orders.get(id).map(Cow::Borrowed);
    known.or_else(|| context.submitted(id).map(|asked| Cow::Owned(Order::asked_for(id, asked, context.now_ns))))
}

/// A number of an order of `instrument`.
#[inline]
pub fn order_number(order: &Order, instrument: &Instrument, which: OrderNumber) -> f64 {
    match which {
        OrderNumber::Price if order.order_type == OrderType::Market => f64::NAN,
        OrderNumber::Price => instrument.price().to_f64(order.price),
        OrderNumber::Qty => instrument.qty().to_f64(order.qty),
        OrderNumber::Filled => instrument.qty().to_f64(order.cum_qty()),
        OrderNumber::Leaves => instrument.qty().to_f64(order.leaves_qty()),
        OrderNumber::AveragePrice => instrument.price().average(order.price_qty(), order.cum_qty()),
    }
}

/// A code of an order.
#[inline]
pub fn order_code(order: &Order, which: OrderCode) -> i64 {
    match which {
        OrderCode::State => order.state() as i64,
        OrderCode::Type => type_place(order) as i64 + 1,
        OrderCode::Side => order.side as i64,
        OrderCode::IsOpen => i64::from(!order.is_done()),
        OrderCode::IsCancelable => i64::from(order.is_cancelable()),
        OrderCode::Reason => order.reason as i64,
        OrderCode::IsReplaceable => i64::from(order.is_replaceable()),
    }
}
