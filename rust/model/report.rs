//! The 128-byte report: what became of an order. A *fill* is a report of kind Trade, Bust, Correction or Liquidation.

use std::mem::size_of;

use super::{Money, OrderState, Reason};

/// What a [`Report`] tells (FIX `ExecType`, tag 150, by name).
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReportKind {
    /// The venue accepted the order.
    New = 1,
    /// The venue refused the order.
    Rejected = 2,
    /// Our gate refused the order.
    Denied = 3,
    /// An execution.
    Trade = 4,
    /// The order was canceled.
    Canceled = 5,
    /// The order was replaced: its price and quantity are the report's.
    Replaced = 6,
    /// The order ended by the venue's rules.
    Expired = 7,
    /// A cancel or replace request was refused; the order goes on, if it still lives.
    CancelRejected = 8,
    /// A stop's trigger was reached.
    Triggered = 9,
    /// An execution was taken back.
    Bust = 10,
    /// An execution was changed.
    Correction = 11,
    /// The venue closed a position.
    Liquidation = 12,
}

/// One step in an order's life.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Position in the run's log of reports, from 1.
    pub sequence: u64,
    /// When the venue did it.
    pub exchange_ns: i64,
    /// When we learnt of it.
    pub receive_ns: i64,
    /// Our order id.
    pub order_id: u64,
    /// Parent order, 0 none.
    pub parent_id: u64,
    /// The user's own id, 0 none.
    pub client_id: u64,
    /// The venue's execution id, unique per venue; 0 where nothing was executed.
    pub execution_id: u64,
    /// Execution price, else the order's limit.
    pub price: i64,
    /// Executed quantity, else the order's quantity.
    pub qty: i64,
    /// Executed so far, after this report.
    pub cum_qty: i64,
    /// Still working, after this report.
    pub leaves_qty: i64,
    /// Position in the instrument after this report, on the side that shows it.
    pub position: i64,
    /// Executions: the fee as the two halves of an `i128` of [`Money`]. Refusals: the number that was wrong and its
    /// limit, as the bits of two floats.
    pub detail: [u64; 2],
    /// Dense instrument number.
    pub instrument: u32,
    /// Venue number.
    pub venue: u8,
    /// [`ReportKind`].
    pub kind: u8,
    /// [`OrderState`] shown after this report.
    pub state: u8,
    /// [`super::Side`].
    pub side: u8,
    /// [`super::Liquidity`].
    pub liquidity: u8,
    /// [`Reason`].
    pub reason: u8,
    /// [`super::OrderType`].
    pub order_type: u8,
    /// [`super::TimeInForce`].
    pub time_in_force: u8,
    /// Command flags of the order.
    pub flags: u8,
    /// The request that was refused, [`super::CommandKind`] Cancel or Replace (FIX `CxlRejResponseTo`); else 0.
    pub request: u8,
    /// Not used, zero.
    pub spare: [u8; 2],
}

const _: () = assert!(size_of::<Report>() == 128);

impl Report {
    /// `kind` of the record that stands for reports a reader missed: `order_id` is the first lost sequence, `qty` how
    /// many, `instrument` `u32::MAX`. Never a [`ReportKind`].
    pub const GAP: u8 = 127;
    /// Whether it is of this kind.
    #[inline]
    pub const fn is(&self, kind: ReportKind) -> bool {
        self.kind == kind as u8
    }

    /// Whether it moves quantity and money.
    #[inline]
    pub const fn is_fill(&self) -> bool {
        matches!(self.kind, 4 | 10..=12)
    }

    /// The fee of an execution; negative is a rebate.
    #[inline]
    pub const fn fee(&self) -> Money {
        Money((self.detail[1] as i128) << 64 | self.detail[0] as i128)
    }

    /// Sets the fee of an execution.
    #[inline]
    pub const fn set_fee(&mut self, fee: Money) {
        self.detail = [fee.0 as u64, (fee.0 >> 64) as u64];
    }

    /// Sets why it was refused: the number that was wrong and its limit.
    #[inline]
    pub fn set_refusal(&mut self, reason: Reason, value: f64, limit: f64) {
        self.reason = reason as u8;
        self.detail = [value.to_bits(), limit.to_bits()];
    }

    /// Sets the shown state.
    #[inline]
    pub const fn set_state(&mut self, state: OrderState) {
        self.state = state as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fee_survives_its_two_halves() {
        for amount in [0, 1, -1, i128::MAX, i128::MIN, -353_536_555_000_000, 1 << 64, -(1 << 64)] {
            let mut report = Report::default();
            report.set_fee(Money(amount));
            assert_eq!(report.fee(), Money(amount));
        }
    }
}
