//! All orders of a run by dense id, and what is open per instrument.

use super::order::{Order, Replacement, Unapplied};
use crate::model::{Command, Reason, Report, Side};

/// What is open in one instrument, quantity increments; a replace on its way counts with the larger quantity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Aggregate {
    /// Unexecuted quantity of open buys.
    pub open_buys: i64,
    /// Unexecuted quantity of open sells.
    pub open_sells: i64,
    /// Open orders.
    pub open_orders: u32,
}

/// What venues reported that should not happen; each is counted, none is lost silently.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Oddities {
    /// Executions of orders that were done: applied, because they are money.
    pub late_executions: u64,
    /// Executions beyond an order's quantity: applied, because they are money.
    pub over_fills: u64,
    /// Executions reported again: ignored.
    pub duplicate_executions: u64,
    /// Executions reported again with another content: ignored.
    pub conflicting_executions: u64,
    /// Reports about orders that are not ours, or that the order's state excludes: ignored.
    pub impossible: u64,
}

/// Orders by dense id from 1; the open ones are also listed in order of submission.
#[derive(Clone, Debug)]
pub struct OrderStore {
    orders: Vec<Order>,
    open: Vec<u64>,
    open_done: usize,
    aggregates: Vec<Aggregate>,
    oddities: Oddities,
}

impl OrderStore {
    /// A store for orders in `instruments` instruments.
    pub fn new(instruments: usize) -> Self {
        let aggregates = vec![Aggregate::default(); instruments];
        Self { orders: Vec::new(), open: Vec::new(), open_done: 0, aggregates, oddities: Oddities::default() }
    }

    /// The id the next order gets.
    #[inline]
    pub const fn next_id(&self) -> u64 {
        self.orders.len() as u64 + 1
    }

    /// Every order of the run, in order of creation.
    pub fn all(&self) -> &[Order] {
        &self.orders
    }

    /// The order with this id.
    #[inline]
    pub fn get(&self, id: u64) -> Option<&Order> {
        self.orders.get(usize::try_from(id).ok()?.checked_sub(1)?)
    }

    /// Open orders in order of submission.
    pub fn open(&self) -> impl Iterator<Item = &Order> + '_ {
        self.open.iter().filter_map(|&id| self.get(id)).filter(|order| !order.is_done())
    }

    /// The first open order at or after a place in that list, and the place after it; begin at 0.
    pub fn open_from(&self, place: usize) -> Option<(&Order, usize)> {
        let rest = self.open.get(place..)?.iter().zip(place + 1..);
        rest.filter_map(|(&id, after)| Some((self.get(id)?, after))).find(|(order, _)| !order.is_done())
    }

    /// What is open in an instrument.
    #[inline]
    pub fn aggregate(&self, instrument: u32) -> &Aggregate {
        &self.aggregates[instrument as usize]
    }

    /// Records what the strategy asked for, before the gate has seen it; returns its id.
    pub fn create(&mut self, command: &Command, now_ns: i64) -> u64 {
        let id = self.next_id();
        self.orders.push(Order::asked_for(id, command, now_ns));
        id
    }

    /// The gate refused the order.
    pub fn deny(&mut self, id: u64, reason: Reason) {
        if let Some(order) = self.get_mut(id) {
            order.denied(reason);
        }
    }

    /// The order is on its way; from now on it counts as open.
    pub fn submit(&mut self, id: u64) {
        let Some(order) = self.get_mut(id) else { return };
        order.submitted();
        let (instrument, side, open_qty) = (order.instrument, order.side, order.open_qty());
        self.open.push(id);
        self.change_open(instrument, side, open_qty, 1);
    }

    /// Notes a cancel request; says why not, where one cannot be sent.
    pub fn request_cancel(&mut self, id: u64) -> Result<(), Reason> {
        let order = self.get_mut(id).ok_or(Reason::UnknownOrder)?;
        if order.is_done() {
            return Err(Reason::UnknownOrder);
        }
        if order.is_pending_cancel() {
            return Err(Reason::RequestInFlight);
        }
        order.cancel_requested();
        Ok(())
    }

    /// Whether a replace can be sent now: not for an order that is unknown or done, nor while a request is on its way.
    pub fn replaceable(&self, id: u64) -> Result<&Order, Reason> {
        let order = self.get(id).filter(|order| !order.is_done()).ok_or(Reason::UnknownOrder)?;
        let in_flight = order.is_pending_cancel() || order.is_pending_replace();
        if in_flight { Err(Reason::RequestInFlight) } else { Ok(order) }
    }

    /// Notes a replace request of a [`Self::replaceable`] order; from now on the larger quantity counts as open.
    pub fn request_replace(&mut self, id: u64, asked: Replacement) {
        let Some(order) = self.get_mut(id) else { return };
        let before = order.open_qty();
        order.replace_requested(asked);
        let (instrument, side, change) = (order.instrument, order.side, order.open_qty() - before);
        self.change_open(instrument, side, change, 0);
    }

    /// What was odd so far.
    pub const fn oddities(&self) -> &Oddities {
        &self.oddities
    }

    /// Applies a venue's report and returns the order as it is now; a report that cannot be applied is counted.
    pub fn apply(&mut self, report: &Report) -> Result<&Order, Unapplied> {
        let index = usize::try_from(report.order_id).ok().and_then(|id| id.checked_sub(1));
        let Some(order) = index.and_then(|index| self.orders.get_mut(index)) else {
            self.oddities.impossible += 1;
            return Err(Unapplied::UnknownOrder);
        };
        let (was_done, open_before) = (order.is_done(), order.open_qty());
        if let Err(reason) = order.apply(report) {
            self.count(reason);
            return Err(reason);
        }
        let (instrument, side) = (order.instrument, order.side);
        let (is_done, change) = (order.is_done(), order.open_qty() - open_before);
        if report.is_fill() {
            self.oddities.late_executions += u64::from(was_done);
            self.oddities.over_fills += u64::from(order.cum_qty() > order.largest_qty());
        }
        let ended = is_done && !was_done;
        self.change_open(instrument, side, change, -i32::from(ended));
        if ended {
            self.open_done += 1;
            self.forget_done();
        }
        self.get(report.order_id).ok_or(Unapplied::UnknownOrder)
    }

    const fn count(&mut self, reason: Unapplied) {
        match reason {
            Unapplied::DuplicateExecution => self.oddities.duplicate_executions += 1,
            Unapplied::ConflictingExecution => self.oddities.conflicting_executions += 1,
            Unapplied::UnknownOrder | Unapplied::Overflow | Unapplied::Impossible => self.oddities.impossible += 1,
        }
    }

    fn get_mut(&mut self, id: u64) -> Option<&mut Order> {
        self.orders.get_mut(usize::try_from(id).ok()?.checked_sub(1)?)
    }

    fn change_open(&mut self, instrument: u32, side: Side, qty: i64, count: i32) {
        let aggregate = &mut self.aggregates[instrument as usize];
        let open = if side == Side::Buy { &mut aggregate.open_buys } else { &mut aggregate.open_sells };
        *open = open.saturating_add(qty);
        aggregate.open_orders = aggregate.open_orders.saturating_add_signed(count);
    }

    /// Drops finished orders from the open list once they are half of it: constant cost per order on average.
    fn forget_done(&mut self) {
        if self.open_done * 2 > self.open.len() {
            let orders = &self.orders;
            self.open.retain(|&id| !orders[id as usize - 1].is_done());
            self.open_done = 0;
        }
    }
}
