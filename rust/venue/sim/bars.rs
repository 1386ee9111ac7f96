//! A market of bars: four prices in time instead of a book.
//!
//! Between two of its prices a market goes through every price on the way, so a resting limit order executes when the
//! way goes through its price (or touches it, on request), at its price; after a gap at the open. A quarter of the bar's
//! volume is what each price offers to resting orders; who takes gets all of it at the price of the moment. While no bar
//! is open there is no price: market orders wait for the next open, unless fills at the close of the bar that was just
//! seen are asked for.

use super::{FillRule, SimExchange};
use crate::feed::path_step;
use crate::model::{Event, Liquidity, OrderType, Reason, ReportKind, Result, Side, TimeInForce};
use crate::risk::AdmittedOrder;
use crate::venue::queue::QueuePosition;
use crate::venue::resting::Resting;

/// Which of a bar's prices a path ends with.
const CLOSE: u64 = 3;

/// Where a market of bars stands.
#[derive(Clone, Debug)]
pub(super) struct BarMarket {
    /// The price of the moment, 0 before the first.
    last: i64,
    /// Close of the last bar that is over, 0 before the first.
    close: i64,
    /// Which of its bar's four prices `last` is; [`CLOSE`] while no bar is open.
    step: u64,
    /// When that was.
    time_ns: i64,
    /// What is left of the quarter's volume for resting orders.
    pool: i64,
    /// Market orders that wait for the next open.
    waiting: Vec<AdmittedOrder>,
}

impl BarMarket {
    pub(super) const fn new() -> Self {
        Self { last: 0, close: 0, step: CLOSE, time_ns: i64::MIN, pool: 0, waiting: Vec::new() }
    }

    /// Whether any order waits.
    pub(super) const fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Takes out a waiting order.
    pub(super) fn cancel(&mut self, order_id: u64) -> Option<Resting> {
        let at = self.waiting.iter().position(|order| order.order_id() == order_id)?;
        let order = self.waiting.remove(at);
        Some(Resting { order, leaves_qty: order.qty(), place: QueuePosition::behind(0) })
    }

    /// Whether an order that arrives now still meets the close of the bar that is just over.
    const fn meets_close(&self, now_ns: i64) -> bool {
        self.close != 0 && (self.step == CLOSE || self.step == 0 && now_ns == self.time_ns)
    }
}

impl SimExchange {
    /// The next of the four prices of a bar.
    pub(super) fn on_path(&mut self, event: &Event) -> Result<()> {
        let Some(bars) = &mut self.bars else { return Ok(()) };
        let step = path_step(event);
        if step == CLOSE {
            bars.close = event.price;
        }
        (bars.last, bars.step, bars.time_ns, bars.pool) = (event.price, step, event.exchange_ns, event.qty);
        for order in std::mem::take(&mut bars.waiting) {
            self.execute(&order, (event.price, order.qty()), 0, Liquidity::Taker, event.exchange_ns)?;
        }
        self.execute_passed(Side::Buy, step == 0, event.exchange_ns)?;
        self.execute_passed(Side::Sell, step == 0, event.exchange_ns)
    }

    /// Executes the resting orders that the way to the price of the moment went through: at their prices, or at that
    /// price after a jump.
    fn execute_passed(&mut self, side: Side, jumped: bool, now_ns: i64) -> Result<()> {
        if self.own(side).is_empty() {
            return Ok(());
        }
        let Some(bars) = &self.bars else { return Ok(()) };
        let reached = if self.model.touch { bars.last } else { bars.last + side.sign() };
        let (last, whole) = (bars.last, self.model.fills == FillRule::Whole);
        let mut pool = if whole { i64::MAX } else { bars.pool };
        let count = self.own(side).count_through(reached);
        for index in 0..count {
            let resting = &mut self.own(side).first(count)[index];
            let qty = resting.leaves_qty.min(pool);
            if qty == 0 {
                break;
            }
            resting.leaves_qty -= qty;
            let (order, leaves_qty) = (resting.order, resting.leaves_qty);
            let price = if jumped { last } else { order.price() };
            pool -= qty;
            self.execute(&order, (price, qty), leaves_qty, Liquidity::Maker, now_ns)?;
        }
        self.own(side).remove_filled(count);
        if let Some(bars) = self.bars.as_mut().filter(|_| !whole) {
            bars.pool = pool;
        }
        Ok(())
    }

    /// An order arrives at a market of bars.
    pub(super) fn on_new_at_bars(&mut self, order: &AdmittedOrder, now_ns: i64) -> Result<()> {
        let Some(bars) = &mut self.bars else { return Ok(()) };
        let at_close = self.model.at_close && bars.meets_close(now_ns);
        let price = match (at_close, bars.step) {
            (true, _) => Some(bars.close),
            (false, CLOSE) => None,
            (false, _) => Some(bars.last),
        };
        let market = order.order_type() == OrderType::Market;
        let crosses = |price: &i64| market || (order.price() - price) * order.side().sign() >= 0;
        let taken = price.filter(crosses);
        if let Some(price) = taken.filter(|_| order.post_only()) {
            self.reject_taking(order, price, now_ns);
            return Ok(());
        }
        if market && taken.is_none() {
            bars.waiting.push(*order);
        }
        let new = self.report(order, ReportKind::New, order.qty(), now_ns);
        self.reports.push(new);
        if let Some(price) = taken {
            return self.execute(order, (price, order.qty()), 0, Liquidity::Taker, now_ns);
        }
        if market {
            return Ok(());
        }
        if order.time_in_force() != TimeInForce::Gtc {
            let mut report = self.report(order, ReportKind::Expired, order.qty(), now_ns);
            report.reason = Reason::NoLiquidity as u8;
            self.reports.push(report);
            return Ok(());
        }
        let place = QueuePosition::behind(0);
        self.own(order.side()).insert(Resting { order: *order, leaves_qty: order.qty(), place });
        // An order for the close of the last bar is there when the next one opens.
        if at_close && now_ns == self.bars.as_ref().map_or(i64::MIN, |bars| bars.time_ns) {
            self.execute_opened(order.side(), now_ns)?;
        }
        Ok(())
    }

    /// Executes what the open that has just been, if it was one, went through.
    fn execute_opened(&mut self, side: Side, now_ns: i64) -> Result<()> {
        if self.bars.as_ref().is_some_and(|bars| bars.step == 0) {
            self.execute_passed(side, true, now_ns)
        } else {
            Ok(())
        }
    }
}
