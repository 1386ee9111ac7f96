//! What the strategy asks for, on its way out: through the gate to the venue, or back as our own refusal.

use super::core::Engine;
use crate::model::{Command, CommandKind, Reason, Report, ReportKind};
use crate::orders::{Order, Replacement};
use crate::risk::{AdmittedReplace, Denied, OpenOrder};
use crate::venue::Request;

impl Engine {
    /// Carries out one command of the outbox.
    pub(super) fn carry_out(&mut self, command: &Command) {
        match command.kind {
            k if k == CommandKind::Submit as u8 => self.submit(command),
            k if k == CommandKind::Cancel as u8 => self.cancel(command.order_id),
            k if k == CommandKind::Replace as u8 => self.replace(command),
            k if k == CommandKind::CancelAll as u8 => self.cancel_all(command.instrument),
            _ => _ = self.timers.add(self.origin_ns, self.now_ns, command.qty),
        }
    }

    fn submit(&mut self, command: &Command) {
        let id = self.world.orders.create(command, self.now_ns);
        let number = command.instrument;
        let market = &self.world.markets[number as usize];
        let verdict = if self.closed {
            Err(refusal(Reason::RunEnded))
        } else {
            self.gate.admit(command, &market.instrument, market.reference(), self.world.exposure(number))
        };
        match verdict {
            Ok(order) => {
                self.world.orders.submit(id);
                self.requests.push((number, Request::New(order)));
            }
            Err(denied) => {
                self.world.orders.deny(id, denied.reason);
                let mut report = self.own_report(id, ReportKind::Denied);
                report.set_refusal(denied.reason, denied.value, denied.limit);
                self.answers.push(report);
            }
        }
    }

    fn cancel(&mut self, id: u64) {
        match self.world.orders.request_cancel(id) {
            Ok(()) => {
                let instrument = self.world.orders.get(id).map_or(0, |order| order.instrument);
                self.requests.push((instrument, Request::Cancel(id)));
            }
            Err(reason) => self.refuse(id, CommandKind::Cancel, refusal(reason)),
        }
    }

    fn cancel_all(&mut self, instrument: u32) {
        let of_instrument = |number| instrument == Command::ALL_INSTRUMENTS || number == instrument;
        let orders = self.world.orders.open().filter(|order| of_instrument(order.instrument));
        let ids: Vec<u64> = orders.filter(|order| !order.is_pending_cancel()).map(|order| order.id).collect();
        for id in ids {
            self.cancel(id);
        }
    }

    fn replace(&mut self, command: &Command) {
        let id = command.order_id;
        match self.judge_replace(command) {
            Ok((instrument, replace)) => {
                let asked = Replacement { price: replace.price(), qty: replace.qty() };
                self.world.orders.request_replace(id, asked);
                self.requests.push((instrument, Request::Replace(replace)));
            }
            Err(denied) => self.refuse(id, CommandKind::Replace, denied),
        }
    }

    /// Whether a replace may leave: the order can be replaced now, and the gate admits it.
    fn judge_replace(&self, command: &Command) -> Result<(u32, AdmittedReplace), Denied> {
        let order = self.world.orders.replaceable(command.order_id).map_err(refusal)?;
        if self.closed {
            return Err(refusal(Reason::RunEnded));
        }
        let number = order.instrument;
        let (market, exposure) = (&self.world.markets[number as usize], self.world.exposure(number));
        let open = open_order(order);
        let replace = self.gate.admit_replace(command, &open, &market.instrument, market.reference(), exposure)?;
        Ok((number, replace))
    }

    /// Answers a request ourselves: the order goes on as if it had not been made.
    fn refuse(&mut self, id: u64, request: CommandKind, denied: Denied) {
        let mut report = self.own_report(id, ReportKind::CancelRejected);
        report.set_refusal(denied.reason, denied.value, denied.limit);
        report.request = request as u8;
        self.answers.push(report);
    }

    /// A report that we make ourselves, about an order that may be unknown.
    fn own_report(&self, id: u64, kind: ReportKind) -> Report {
        let mut report = Report {
            exchange_ns: self.now_ns,
            receive_ns: self.now_ns,
            order_id: id,
            kind: kind as u8,
            ..Report::default()
        };
        if let Some(order) = self.world.orders.get(id) {
            describe(&mut report, order);
            (report.cum_qty, report.leaves_qty) = (order.cum_qty(), order.leaves_qty());
            report.set_state(order.state());
        }
        report
    }
}

/// Says in a report which order it is about, as it stands.
pub(super) fn describe(report: &mut Report, order: &Order) {
    report.instrument = order.instrument;
    report.side = order.side as u8;
    report.order_type = order.order_type as u8;
    report.time_in_force = order.time_in_force as u8;
    report.flags = order.flags;
    (report.price, report.qty) = (order.price, order.qty);
}

/// A refusal with no number to name.
const fn refusal(reason: Reason) -> Denied {
    Denied { reason, value: f64::NAN, limit: f64::NAN }
}

/// What the gate must know of an order to judge its replacement.
fn open_order(order: &Order) -> OpenOrder {
    OpenOrder {
        instrument: order.instrument,
        side: order.side,
        order_type: order.order_type,
        flags: order.flags,
        price: order.price,
        qty: order.qty,
        cum_qty: order.cum_qty(),
        open_qty: order.open_qty(),
    }
}
