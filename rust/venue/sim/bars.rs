//! A market of bars: four prices in time instead of a book.
//!
//! Between two of its prices a market goes through every price on the way, so a resting limit order executes when the
//! way goes through its price (or touches it, on request), at its price; after a gap at the open. A quarter of the bar's
//! volume is what each price offers to resting orders; who takes gets all of it at the price of the moment. While no bar
//! is open there is no price: market orders wait for the next open, unless fills at the close of the bar that was just
//! seen are asked for.

use super::{FillRule, SimExchange};
use crate::feed::path_step;
use crate::model::{Event, Liquidity, Result, Side};
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

    /// What an order that takes now pays; `None` while no bar is open. `at_close`: at the end of a bar still its close.
    pub(super) fn price(&self, at_close: bool, now_ns: i64) -> Option<i64> {
        if at_close && self.close != 0 && (self.step == CLOSE || self.just_opened(now_ns)) {
            Some(self.close)
        } else if self.step == CLOSE {
            None
        } else {
            Some(self.last)
        }
    }

    /// Whether a bar opens at this very moment.
    const fn just_opened(&self, now_ns: i64) -> bool {
        self.step == 0 && now_ns == self.time_ns
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

    /// A taking order executes at the price of the moment, or waits for the next one.
    pub(super) fn take_at_bars(&mut self, order: &AdmittedOrder, qty: i64, now_ns: i64) -> Result<()> {
        let Some(bars) = &mut self.bars else { return Ok(()) };
        if let Some(price) = bars.price(self.model.at_close, now_ns) {
            return self.execute(order, (price, qty), 0, Liquidity::Taker, now_ns);
        }
        bars.waiting.push(*order);
        Ok(())
    }

    /// Executes a resting order that came for the close of a bar and was there when the next one, just now, opened.
    pub(super) fn execute_opened(&mut self, side: Side, now_ns: i64) -> Result<()> {
        let opened = self.model.at_close && self.bars.as_ref().is_some_and(|bars| bars.just_opened(now_ns));
        if opened { self.execute_passed(side, true, now_ns) } else { Ok(()) }
    }
}
