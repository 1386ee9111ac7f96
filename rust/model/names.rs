//! Every value of the enums with its name, so that a table of reports can be read without a second list.

use super::{Liquidity, OrderState, OrderType, Reason, ReportKind, Side, TimeInForce};

impl Side {
    /// Every side.
    pub const ALL: [Self; 2] = [Self::Buy, Self::Sell];
}

impl OrderType {
    /// Every type.
    pub const ALL: [Self; 4] = [Self::Market, Self::Limit, Self::Stop, Self::StopLimit];
}

impl TimeInForce {
    /// Every time in force.
    pub const ALL: [Self; 5] = [Self::Day, Self::Gtc, Self::Ioc, Self::Fok, Self::Gtd];
}

impl Liquidity {
    /// Every kind of liquidity.
    pub const ALL: [Self; 3] = [Self::None, Self::Maker, Self::Taker];
}

impl ReportKind {
    /// Every kind of report.
    pub const ALL: [Self; 12] = [
        Self::New,
        Self::Rejected,
        Self::Denied,
        Self::Trade,
        Self::Canceled,
        Self::Replaced,
        Self::Expired,
        Self::CancelRejected,
        Self::Triggered,
        Self::Bust,
        Self::Correction,
        Self::Liquidation,
    ];
}

impl OrderState {
    /// Every state.
    pub const ALL: [Self; 15] = [
        Self::Created,
        Self::Denied,
        Self::Submitted,
        Self::Unknown,
        Self::PendingNew,
        Self::New,
        Self::PartiallyFilled,
        Self::PendingCancel,
        Self::PendingReplace,
        Self::Triggered,
        Self::Filled,
        Self::Canceled,
        Self::Expired,
        Self::Rejected,
        Self::DoneForDay,
    ];
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 25] = [
        Self::None,
        Self::Requested,
        Self::NoBook,
        Self::NotFinite,
        Self::QtyNotPositive,
        Self::QtyOffLot,
        Self::PriceOffTick,
        Self::PriceNotPositive,
        Self::OutOfRange,
        Self::Killed,
        Self::MaxQty,
        Self::MaxNotional,
        Self::Collar,
        Self::StaleReference,
        Self::MaxPosition,
        Self::MaxOpenOrders,
        Self::InstrumentDisabled,
        Self::Unsupported,
        Self::WouldTake,
        Self::NoLiquidity,
        Self::UnknownOrder,
        Self::RequestInFlight,
        Self::RunEnded,
        Self::ReduceOnly,
        Self::VenueOverloaded,
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_in_the_order_of_their_numbers() {
        assert!(OrderState::ALL.iter().enumerate().all(|(number, state)| *state as usize == number));
        assert!(Reason::ALL.iter().enumerate().all(|(number, reason)| *reason as usize == number));
        assert!(ReportKind::ALL.iter().enumerate().all(|(number, kind)| *kind as usize == number + 1));
        assert!(Liquidity::ALL.iter().enumerate().all(|(number, liquidity)| *liquidity as usize == number));
    }
}
