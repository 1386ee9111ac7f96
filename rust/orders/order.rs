//! One order's life: independent parts (life, quantities, pending requests) from which the shown state follows by
//! FIX 4.4 precedence.

use crate::model::{Command, CommandKind, Money, OrderState, OrderType, Reason, Report, ReportKind, Side, TimeInForce};

/// How far the order has come, without regard to requests in flight or quantities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Created,
    Submitted,
    Working,
    Denied,
    Rejected,
    Canceled,
    Expired,
    /// Executed in full.
    Filled,
}

/// A report that could not be applied, and why; the order is as before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unapplied {
    /// The same execution was applied before.
    DuplicateExecution,
    /// An execution with this id was applied before, with another price or quantity.
    ConflictingExecution,
    /// The order id is not ours.
    UnknownOrder,
    /// Quantities or money do not fit in their integers.
    Overflow,
    /// A report that an order in this state cannot get, such as an acknowledgement of a denied order.
    Impossible,
}

/// One execution of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Execution {
    /// The venue's id, unique per venue.
    pub id: u64,
    /// Price, increments.
    pub price: i64,
    /// Quantity, increments.
    pub qty: i64,
}

/// What a replace on its way asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// New limit price, increments.
    pub price: i64,
    /// New total quantity, executed part included, increments.
    pub qty: i64,
}

/// An order as we know it. Price and quantity are those the venue has confirmed, or the first ones.
#[derive(Clone, Debug)]
pub struct Order {
    /// Our id, dense from 1.
    pub id: u64,
    /// Dense instrument number.
    pub instrument: u32,
    /// Buy or sell.
    pub side: Side,
    /// Market, Limit, Stop or StopLimit.
    pub order_type: OrderType,
    /// Time in force.
    pub time_in_force: TimeInForce,
    /// Command flags.
    pub flags: u8,
    /// Limit price, increments; 0 for a market order.
    pub price: i64,
    /// Quantity, increments.
    pub qty: i64,
    /// When the strategy asked for it.
    pub created_ns: i64,
    /// When we learnt of its last change.
    pub updated_ns: i64,
    /// Why it was refused or ended.
    pub reason: Reason,
    cum_qty: i64,
    price_qty: i128,
    fees: Money,
    life: Life,
    pending_cancel: bool,
    pending_replace: Option<Replacement>,
    executions: Vec<Execution>,
}

impl Order {
    /// The order of a submit command, before the gate has seen it.
    pub fn asked_for(id: u64, command: &Command, now_ns: i64) -> Self {
        let order_type = match command.order_type {
            1 => OrderType::Market,
            3 => OrderType::Stop,
            4 => OrderType::StopLimit,
            _ => OrderType::Limit,
        };
        let time_in_force = match command.time_in_force {
            0 => TimeInForce::Day,
            3 => TimeInForce::Ioc,
            4 => TimeInForce::Fok,
            6 => TimeInForce::Gtd,
            _ => TimeInForce::Gtc,
        };
        Self {
            id,
            instrument: command.instrument,
            side: Side::from_u8(command.side).unwrap_or(Side::Buy),
            order_type,
            time_in_force,
            flags: command.flags,
            price: if order_type == OrderType::Market { 0 } else { command.price },
            qty: command.qty,
            created_ns: now_ns,
            updated_ns: now_ns,
            reason: Reason::None,
            cum_qty: 0,
            price_qty: 0,
            fees: Money::ZERO,
            life: Life::Created,
            pending_cancel: false,
            pending_replace: None,
            executions: Vec::new(),
        }
    }

    /// The shown state.
    pub const fn state(&self) -> OrderState {
        match self.life {
            Life::Denied => OrderState::Denied,
            Life::Filled => OrderState::Filled,
            Life::Canceled => OrderState::Canceled,
            Life::Expired => OrderState::Expired,
            Life::Rejected => OrderState::Rejected,
            _ if self.pending_cancel => OrderState::PendingCancel,
            _ if self.pending_replace.is_some() => OrderState::PendingReplace,
            _ if self.cum_qty > 0 => OrderState::PartiallyFilled,
            Life::Working => OrderState::New,
            Life::Submitted => OrderState::Submitted,
            Life::Created => OrderState::Created,
        }
    }

    /// Whether nothing can happen to it any more, but late executions.
    pub const fn is_done(&self) -> bool {
        matches!(self.life, Life::Denied | Life::Filled | Life::Canceled | Life::Expired | Life::Rejected)
    }

    /// Whether the venue has it working and no cancel is on its way.
    pub const fn is_cancelable(&self) -> bool {
        matches!(self.life, Life::Working) && !self.pending_cancel
    }

    /// Whether a cancel is on its way.
    pub const fn is_pending_cancel(&self) -> bool {
        self.pending_cancel
    }

    /// Whether a replace may be asked for: it may rest and no request is on its way.
    pub fn is_replaceable(&self) -> bool {
        let rests = self.order_type != OrderType::Market;
        rests && !self.is_done() && !self.pending_cancel && self.pending_replace.is_none()
    }

    /// Whether a replace is on its way.
    pub const fn is_pending_replace(&self) -> bool {
        self.pending_replace.is_some()
    }

    /// Executed quantity.
    pub const fn cum_qty(&self) -> i64 {
        self.cum_qty
    }

    /// Quantity that may still execute: 0 when done.
    pub const fn leaves_qty(&self) -> i64 {
        if self.is_done() || self.cum_qty >= self.qty { 0 } else { self.qty - self.cum_qty }
    }

    /// Quantity that must be reckoned with: what may still execute whether or not a replace on its way is accepted.
    pub fn open_qty(&self) -> i64 {
        if self.is_done() { 0 } else { (self.largest_qty() - self.cum_qty).max(0) }
    }

    /// The larger of the confirmed quantity and the one a replace on its way asks for.
    pub fn largest_qty(&self) -> i64 {
        self.pending_replace.map_or(self.qty, |asked| asked.qty.max(self.qty))
    }

    /// Sum of price times quantity over its executions, increments.
    pub const fn price_qty(&self) -> i128 {
        self.price_qty
    }

    /// Its executions, by id.
    pub fn executions(&self) -> &[Execution] {
        &self.executions
    }

    /// Fees of its executions.
    pub const fn fees(&self) -> Money {
        self.fees
    }

    /// It passed the gate and is on its way.
    pub(super) const fn submitted(&mut self) {
        self.life = Life::Submitted;
    }

    /// The gate refused it.
    pub(super) const fn denied(&mut self, reason: Reason) {
        self.life = Life::Denied;
        self.reason = reason;
    }

    /// A cancel request left.
    pub(super) const fn cancel_requested(&mut self) {
        self.pending_cancel = true;
    }

    /// A replace request left.
    pub(super) const fn replace_requested(&mut self, asked: Replacement) {
        self.pending_replace = Some(asked);
    }

    /// Applies what the venue says. Executions count in every state, and so does the answer to a replace; a finished
    /// order absorbs everything else.
    pub(super) fn apply(&mut self, report: &Report) -> Result<(), Unapplied> {
        if matches!(self.life, Life::Denied | Life::Created) {
            return Err(Unapplied::Impossible);
        }
        if report.is(ReportKind::Trade) {
            self.execute(report)?;
        } else if report.is(ReportKind::New) {
            if self.life == Life::Submitted {
                self.life = Life::Working;
            }
        } else if report.is(ReportKind::Replaced) {
            self.replaced(report)?;
        } else if report.is(ReportKind::CancelRejected) {
            self.refused(report)?;
        } else if !self.is_done() {
            self.life = match report.kind {
                k if k == ReportKind::Rejected as u8 => Life::Rejected,
                k if k == ReportKind::Canceled as u8 => Life::Canceled,
                k if k == ReportKind::Expired as u8 => Life::Expired,
                _ => return Err(Unapplied::Impossible),
            };
            self.pending_cancel = false;
            self.reason = reason_of(report);
        }
        self.updated_ns = report.receive_ns;
        Ok(())
    }

    /// One execution: applied once by its id, in any order, and recorded even when it over-fills or comes after the
    /// end, because it is money.
    fn execute(&mut self, report: &Report) -> Result<(), Unapplied> {
        let execution = Execution { id: report.execution_id, price: report.price, qty: report.qty };
        let at = match self.executions.binary_search_by_key(&execution.id, |known| known.id) {
            Ok(at) if self.executions[at] == execution => return Err(Unapplied::DuplicateExecution),
            Ok(_) => return Err(Unapplied::ConflictingExecution),
            Err(at) => at,
        };
        let product = i128::from(report.price) * i128::from(report.qty);
        let cum_qty = self.cum_qty.checked_add(report.qty).ok_or(Unapplied::Overflow)?;
        self.price_qty = self.price_qty.checked_add(product).ok_or(Unapplied::Overflow)?;
        self.cum_qty = cum_qty;
        self.fees += report.fee();
        self.executions.insert(at, execution);
        if self.life == Life::Submitted {
            self.life = Life::Working;
        }
        self.end_if_filled();
        Ok(())
    }

    /// The venue took the replace that is on its way.
    fn replaced(&mut self, report: &Report) -> Result<(), Unapplied> {
        if self.pending_replace.is_none() || report.qty <= 0 || report.qty > self.largest_qty().max(self.cum_qty) {
            return Err(Unapplied::Impossible);
        }
        self.pending_replace = None;
        (self.price, self.qty) = (report.price, report.qty);
        if self.life == Life::Submitted {
            self.life = Life::Working;
        }
        self.end_if_filled();
        Ok(())
    }

    /// The venue refused a request: the order goes on as if it had not been made.
    fn refused(&mut self, report: &Report) -> Result<(), Unapplied> {
        if report.request != CommandKind::Replace as u8 {
            self.pending_cancel = false;
            return Ok(());
        }
        self.pending_replace.take().ok_or(Unapplied::Impossible)?;
        self.end_if_filled();
        Ok(())
    }

    /// Executed in full, unless a replace on its way may have made it larger: only its answer tells.
    fn end_if_filled(&mut self) {
        if self.cum_qty >= self.largest_qty() {
            self.life = Life::Filled;
            self.pending_cancel = false;
        }
    }
}

/// The reason in a report, by number.
fn reason_of(report: &Report) -> Reason {
    Reason::from_u8(report.reason).unwrap_or(Reason::None)
}
