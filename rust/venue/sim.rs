//! The simulated exchange of one instrument: the recorded market on one side, our own orders on the other.
//!
//! The recording cannot react to us, so two fill rules are offered. `Partial` conserves quantity: every unit that the
//! recording shows arriving at or trading through our price executes at most one unit of ours, and a taker sweeps the
//! levels that are there. `Whole` is hftbacktest's rule: an order that is reached fills in full at its price, a taker
//! in full at the best price.
//!
//! Under both, and whatever the queue model, a replaced order keeps its place in the queue only when its quantity
//! shrinks at the same price; else it arrives as a new order does.

mod bars;
mod replace;

use std::sync::Arc;

use self::bars::BarMarket;
use super::fees::Fees;
use super::latency::Latency;
use super::queue::{QueueModel, QueuePosition};
use super::resting::{Resting, RestingSide};
use crate::book::Book;
use crate::model::{
    CommandKind, Error, Event, EventKind, Instrument, Liquidity, OrderState, OrderType, Reason, Report, ReportKind,
    Result, Side, TimeInForce,
};
use crate::risk::{AdmittedOrder, AdmittedReplace};

/// How much of an order a reached price executes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FillRule {
    /// Quantity is conserved exactly, across levels.
    Partial,
    /// All of it at once (hftbacktest's rule).
    Whole,
}

/// Everything that is modelled about a venue.
#[derive(Clone, Debug, PartialEq)]
pub struct VenueModel {
    /// Place in the queue.
    pub queue: QueueModel,
    /// Travel times.
    pub latency: Latency,
    /// Costs.
    pub fees: Fees,
    /// Fill rule.
    pub fills: FillRule,
    /// On bars: orders sent at the end of a bar meet its close, not the next open.
    pub at_close: bool,
    /// On bars: a limit that is touched executes, not only one that is gone through.
    pub touch: bool,
}

/// What travels to the venue.
#[derive(Clone, Copy, Debug)]
pub enum Request {
    /// A new order.
    New(AdmittedOrder),
    /// Cancel this order.
    Cancel(u64),
    /// Change an order's price, quantity or both.
    Replace(AdmittedReplace),
}

/// One instrument's exchange.
#[derive(Clone, Debug)]
pub struct SimExchange {
    instrument: Arc<Instrument>,
    number: u32,
    venue: u8,
    model: VenueModel,
    qty_unit: f64,
    book: Book,
    bars: Option<BarMarket>,
    bids: RestingSide,
    asks: RestingSide,
    executions: u64,
    position: i64,
    reports: Vec<Report>,
}

impl SimExchange {
    /// An exchange for `instrument`, which is `number` in the run and listed on venue `venue`.
    pub fn new(instrument: Arc<Instrument>, number: u32, venue: u8, model: VenueModel) -> Self {
        Self {
            book: Book::with_grid(instrument.tick()),
            bars: None,
            qty_unit: instrument.qty().to_f64(1),
            instrument,
            number,
            venue,
            model,
            bids: RestingSide::new(Side::Buy),
            asks: RestingSide::new(Side::Sell),
            executions: 0,
            position: 0,
            reports: Vec::new(),
        }
    }

    /// The same for data that are bars.
    #[must_use]
    pub fn of_bars(self) -> Self {
        Self { bars: Some(BarMarket::new()), ..self }
    }

    /// What is modelled.
    pub const fn model(&self) -> &VenueModel {
        &self.model
    }

    /// The exchange's book, our orders not in it.
    pub const fn book(&self) -> &Book {
        &self.book
    }

    /// Sum of our executions, quantity increments.
    pub const fn position(&self) -> i64 {
        self.position
    }

    /// Whether any of our orders rests here.
    #[inline]
    pub fn has_orders(&self) -> bool {
        !self.bids.is_empty() || !self.asks.is_empty() || self.bars.as_ref().is_some_and(BarMarket::has_waiting)
    }

    /// Whether reports wait to be taken.
    #[inline]
    pub fn has_reports(&self) -> bool {
        !self.reports.is_empty()
    }

    /// Takes the reports made since the last call.
    pub fn take_reports(&mut self) -> std::vec::Drain<'_, Report> {
        self.reports.drain(..)
    }

    /// One event of the exchange's market: a level of its book where we have no order and that reaches none of ours, most
    /// of the time.
    #[inline]
    pub fn on_market(&mut self, event: &Event) -> Result<()> {
        let Some(side) = Side::from_u8(event.side).filter(|_| event.is(EventKind::LevelSet)) else {
            return self.on_other(event);
        };
        let before = self.book.set_level(side, event.price, event.qty);
        let (own, opposite) = match side {
            Side::Buy => (&self.bids, &self.asks),
            Side::Sell => (&self.asks, &self.bids),
        };
        if own.may_be_at(event.price) || event.qty > 0 && opposite.reaches(event.price) {
            return self.on_level(side, before, event);
        }
        Ok(())
    }

    /// Any other event than a change of a level.
    fn on_other(&mut self, event: &Event) -> Result<()> {
        if event.is(EventKind::Trade) {
            match Side::from_u8(event.side) {
                Some(side) => self.on_trade(side, event),
                None => self.on_path(event),
            }
        } else {
            if !event.is(EventKind::LevelSet) {
                self.book.apply(event);
            }
            Ok(())
        }
    }

    /// A request arrives.
    pub fn on_request(&mut self, request: &Request, now_ns: i64) -> Result<()> {
        match request {
            Request::New(order) => self.on_new(order, now_ns),
            Request::Cancel(order_id) => {
                self.on_cancel(*order_id, now_ns);
                Ok(())
            }
            Request::Replace(asked) => self.on_replace(asked, now_ns),
        }
    }

    /// A level that held `before` has changed; orders of ours may be there, or be reached from the other side.
    fn on_level(&mut self, side: Side, before: i64, event: &Event) -> Result<()> {
        let own = if side == Side::Buy { &mut self.bids } else { &mut self.asks };
        for resting in own.at_price(event.price) {
            resting.place.on_level(self.model.queue, before, event.qty, self.qty_unit);
        }
        let opposite = if side == Side::Buy { &self.asks } else { &self.bids };
        if event.qty > 0 && opposite.reaches(event.price) {
            let arrived = (event.qty - before).max(0);
            return self.execute_reached(side.opposite(), event.price, arrived, event.exchange_ns);
        }
        Ok(())
    }

    #[inline]
    fn on_trade(&mut self, aggressor: Side, event: &Event) -> Result<()> {
        let own = if aggressor == Side::Buy { &self.asks } else { &self.bids };
        if own.reaches(event.price) { self.execute_traded(aggressor.opposite(), event) } else { Ok(()) }
    }

    /// Opposite quantity showed up at `price`: it executes our orders that it reaches, at their prices.
    fn execute_reached(&mut self, side: Side, price: i64, arrived: i64, now_ns: i64) -> Result<()> {
        let mut pool = if self.model.fills == FillRule::Whole { i64::MAX } else { arrived };
        let count = self.own(side).count_through(price);
        for index in 0..count {
            let resting = &mut self.own(side).first(count)[index];
            let qty = resting.leaves_qty.min(pool);
            if qty == 0 {
                break;
            }
            pool -= qty;
            self.fill_resting(side, index, qty, now_ns)?;
        }
        self.own(side).remove_filled(count);
        Ok(())
    }

    /// A trade executes our orders at better prices, then those at its price whose queue it went past.
    fn execute_traded(&mut self, side: Side, trade: &Event) -> Result<()> {
        let whole = self.model.fills == FillRule::Whole;
        let lot = self.instrument.lot();
        let mut pool = trade.qty;
        let mut at_price = 0;
        let count = self.own(side).count_through(trade.price);
        for index in 0..count {
            let resting = &mut self.own(side).first(count)[index];
            let reached = if resting.order.price() == trade.price {
                resting.place.on_trade(if whole { trade.qty } else { pool + at_price });
                resting.place.take_overshoot(lot)
            } else {
                i64::MAX
            };
            let qty = match (whole, reached) {
                (true, 0) => 0,
                (true, _) => resting.leaves_qty,
                (false, i64::MAX) => resting.leaves_qty.min(pool),
                (false, past) => resting.leaves_qty.min((past - at_price).max(0)).min(pool),
            };
            if qty > 0 {
                pool = if whole { pool } else { pool - qty };
                at_price += if reached == i64::MAX { 0 } else { qty };
                self.fill_resting(side, index, qty, trade.exchange_ns)?;
            }
        }
        self.own(side).remove_filled(count);
        Ok(())
    }

    fn on_new(&mut self, order: &AdmittedOrder, now_ns: i64) -> Result<()> {
        if self.book.is_stale() {
            let mut report = self.report(order, ReportKind::Rejected, order.qty(), now_ns);
            report.reason = Reason::StaleReference as u8;
            self.reports.push(report);
            return Ok(());
        }
        let touch = self.touch_taken(order, now_ns);
        if let Some(touch) = touch.filter(|_| order.post_only()) {
            let mut report = self.report(order, ReportKind::Rejected, order.qty(), now_ns);
            self.set_would_take(&mut report, order.price(), touch);
            self.reports.push(report);
            return Ok(());
        }
        let new = self.report(order, ReportKind::New, order.qty(), now_ns);
        self.reports.push(new);
        self.enter(order, order.qty(), touch.is_some(), now_ns)
    }

    /// The best opposite price, if an order like this arriving now would take it.
    fn touch_taken(&self, order: &AdmittedOrder, now_ns: i64) -> Option<i64> {
        let best = match (&self.bars, order.side()) {
            (Some(bars), _) => bars.price(self.model.at_close, now_ns),
            (None, Side::Buy) => self.book.best_ask().map(|best| best.price),
            (None, Side::Sell) => self.book.best_bid().map(|best| best.price),
        };
        let market = order.order_type() == OrderType::Market;
        best.filter(|touch| market || (order.price() - touch) * order.side().sign() >= 0)
    }

    /// Says in a refusal that a post-only order at `price` would take `touch`.
    fn set_would_take(&self, report: &mut Report, price: i64, touch: i64) {
        let units = |price| self.instrument.price().to_f64(price);
        report.set_refusal(Reason::WouldTake, units(price), units(touch));
    }

    /// `qty` of an order arrives: it takes what it can, the rest queues behind all of its price, or expires.
    fn enter(&mut self, order: &AdmittedOrder, qty: i64, takes: bool, now_ns: i64) -> Result<()> {
        if self.bars.is_some() && (takes || order.order_type() == OrderType::Market) {
            return self.take_at_bars(order, qty, now_ns);
        }
        let leaves_qty = if takes { self.take(order, qty, now_ns)? } else { qty };
        if leaves_qty == 0 {
            return Ok(());
        }
        if order.order_type() == OrderType::Market || order.time_in_force() != TimeInForce::Gtc {
            let mut report = self.report(order, ReportKind::Expired, leaves_qty, now_ns);
            report.reason = Reason::NoLiquidity as u8;
            self.reports.push(report);
            return Ok(());
        }
        let place = QueuePosition::behind(self.book.qty_at(order.side(), order.price()));
        self.own(order.side()).insert(Resting { order: *order, leaves_qty, place });
        self.execute_opened(order.side(), now_ns)
    }

    /// Executes `qty` of a taking order; returns what is left of it.
    fn take(&mut self, order: &AdmittedOrder, qty: i64, now_ns: i64) -> Result<i64> {
        let limit = if order.order_type() == OrderType::Market { None } else { Some(order.price()) };
        let opposite = order.side().opposite();
        let whole = self.model.fills == FillRule::Whole;
        if !whole && order.time_in_force() == TimeInForce::Fok {
            let sweep = self.book.sweep(order.side(), qty, limit);
            if sweep.filled < qty {
                return Ok(qty);
            }
        }
        let within = |price: i64| limit.is_none_or(|limit| (limit - price) * order.side().sign() >= 0);
        let mut leaves_qty = qty;
        let mut fills = Vec::new();
        for level in self.book.levels(opposite).take_while(|level| within(level.price)) {
            let taken = if whole { leaves_qty } else { leaves_qty.min(level.qty) };
            fills.push((level.price, taken));
            leaves_qty -= taken;
            if leaves_qty == 0 {
                break;
            }
        }
        let mut after = qty;
        for (price, taken) in fills {
            after -= taken;
            self.execute(order, (price, taken), after, Liquidity::Taker, now_ns)?;
        }
        Ok(leaves_qty)
    }

    fn on_cancel(&mut self, order_id: u64, now_ns: i64) {
        let found = self.bids.remove(order_id).or_else(|| self.asks.remove(order_id));
        let found = found.or_else(|| self.bars.as_mut().and_then(|bars| bars.cancel(order_id)));
        let report = if let Some(resting) = found {
            let mut report = self.report(&resting.order, ReportKind::Canceled, 0, now_ns);
            report.cum_qty = resting.order.qty() - resting.leaves_qty;
            report.reason = Reason::Requested as u8;
            report
        } else {
            self.request_refused(order_id, CommandKind::Cancel, Reason::UnknownOrder, now_ns)
        };
        self.reports.push(report);
    }

    /// What the venue's gateway answers to a request that never gets to the exchange.
    pub fn refusal(&self, request: &Request, now_ns: i64) -> Report {
        let reason = Reason::VenueOverloaded;
        match request {
            Request::New(order) => {
                let mut report = self.report(order, ReportKind::Rejected, order.qty(), now_ns);
                report.reason = reason as u8;
                report
            }
            Request::Cancel(order_id) => self.request_refused(*order_id, CommandKind::Cancel, reason, now_ns),
            Request::Replace(asked) => self.request_refused(asked.order_id(), CommandKind::Replace, reason, now_ns),
        }
    }

    /// The answer to a request about an order that is not carried out.
    fn request_refused(&self, order_id: u64, request: CommandKind, reason: Reason, now_ns: i64) -> Report {
        let mut report = Report {
            exchange_ns: now_ns,
            order_id,
            instrument: self.number,
            venue: self.venue,
            kind: ReportKind::CancelRejected as u8,
            request: request as u8,
            ..Report::default()
        };
        report.set_refusal(reason, f64::NAN, f64::NAN);
        report
    }

    fn own(&mut self, side: Side) -> &mut RestingSide {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }

    /// Executes `qty` of the resting order at `index`, at its price.
    fn fill_resting(&mut self, side: Side, index: usize, qty: i64, now_ns: i64) -> Result<()> {
        let resting = &mut self.own(side).first(index + 1)[index];
        resting.leaves_qty -= qty;
        let (order, leaves_qty) = (resting.order, resting.leaves_qty);
        self.execute(&order, (order.price(), qty), leaves_qty, Liquidity::Maker, now_ns)
    }

    /// Books one execution and reports it.
    fn execute(
        &mut self,
        order: &AdmittedOrder,
        fill: (i64, i64),
        leaves_qty: i64,
        liquidity: Liquidity,
        now_ns: i64,
    ) -> Result<()> {
        let (price, qty) = fill;
        let fee = self.model.fees.of(&self.instrument, price, qty, liquidity).ok_or_else(|| {
            Error::Engine(format!("the fee of {qty} x {price} increments of {} overflows", self.instrument.symbol()))
        })?;
        self.executions += 1;
        self.position += order.side().sign() * qty;
        let mut report = self.report(order, ReportKind::Trade, leaves_qty, now_ns);
        report.execution_id = (u64::from(self.number) + 1) << 40 | self.executions;
        (report.price, report.qty) = fill;
        report.liquidity = liquidity as u8;
        report.set_fee(fee);
        report.set_state(if leaves_qty == 0 { OrderState::Filled } else { OrderState::PartiallyFilled });
        self.reports.push(report);
        Ok(())
    }

    /// The report of a step in an order's life, `leaves_qty` of it being left.
    fn report(&self, order: &AdmittedOrder, kind: ReportKind, leaves_qty: i64, now_ns: i64) -> Report {
        Report {
            exchange_ns: now_ns,
            order_id: order.order_id(),
            price: order.price(),
            qty: order.qty(),
            cum_qty: order.qty() - leaves_qty,
            leaves_qty,
            instrument: self.number,
            venue: self.venue,
            kind: kind as u8,
            side: order.side() as u8,
            order_type: order.order_type() as u8,
            time_in_force: order.time_in_force() as u8,
            flags: order.flags(),
            ..Report::default()
        }
    }
}
