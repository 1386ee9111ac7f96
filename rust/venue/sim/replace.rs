//! Replaces at the simulated exchange.

use super::SimExchange;
use crate::model::{CommandKind, Reason, ReportKind, Result};
use crate::risk::AdmittedReplace;

impl SimExchange {
    /// A replace. A smaller quantity at the same price keeps the order's place in the queue; any other change is judged
    /// and queued as a new order is. At or below what is executed the order ends there, Filled. A refused one leaves the
    /// order as it was.
    pub(super) fn on_replace(&mut self, asked: &AdmittedReplace, now_ns: i64) -> Result<()> {
        let id = asked.order_id();
        let Some(resting) = self.bids.get_mut(id).or_else(|| self.asks.get_mut(id)) else {
            let report = self.request_refused(id, CommandKind::Replace, Reason::UnknownOrder, now_ns);
            self.reports.push(report);
            return Ok(());
        };
        let (old, old_leaves) = (resting.order, resting.leaves_qty);
        let executed = old.qty() - old_leaves;
        let order = asked.applied(&old, asked.qty().max(executed));
        let leaves_qty = order.qty() - executed;
        let replaced = ReportKind::Replaced;
        if leaves_qty > 0 && order.price() == old.price() && order.qty() <= old.qty() {
            (resting.order, resting.leaves_qty) = (order, leaves_qty);
            self.reports.push(self.report(&order, replaced, leaves_qty, now_ns));
            return Ok(());
        }
        let touch = self.touch_taken(&order, now_ns);
        if leaves_qty > 0 && (self.book.is_stale() || touch.is_some_and(|_| order.post_only())) {
            let mut report = self.report(&old, ReportKind::CancelRejected, old_leaves, now_ns);
            report.request = CommandKind::Replace as u8;
            match touch {
                Some(touch) if !self.book.is_stale() => self.set_would_take(&mut report, order.price(), touch),
                _ => report.set_refusal(Reason::StaleReference, f64::NAN, f64::NAN),
            }
            self.reports.push(report);
            return Ok(());
        }
        self.own(order.side()).remove(id);
        self.reports.push(self.report(&order, replaced, leaves_qty, now_ns));
        if leaves_qty > 0 { self.enter(&order, leaves_qty, touch.is_some(), now_ns) } else { Ok(()) }
    }
}
