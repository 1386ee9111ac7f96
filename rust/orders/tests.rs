//! The order's invariants, on random lives.

use proptest::prelude::*;

use super::{OrderStore, Unapplied};
use crate::model::{Command, Money, OrderState, OrderType, Reason, Report, ReportKind, Side};

fn command(qty: i64) -> Command {
    Command { side: Side::Buy as u8, order_type: OrderType::Limit as u8, price: 100, qty, ..Command::default() }
}

fn submitted(qty: i64) -> OrderStore {
    let mut store = OrderStore::new(1);
    let id = store.create(&command(qty), 0);
    store.submit(id);
    store
}

fn report(kind: ReportKind) -> Report {
    Report { order_id: 1, kind: kind as u8, ..Report::default() }
}

fn fill(id: u64, price: i64, qty: i64) -> Report {
    let mut report = Report { execution_id: id, price, qty, ..report(ReportKind::Trade) };
    report.set_fee(Money(i128::from(qty) * 7));
    report
}

/// An acknowledgement, some fills and the acknowledgement of a cancel, in any order.
fn life() -> impl Strategy<Value = (i64, Vec<Report>, Vec<Report>)> {
    let fills = prop::collection::vec((1_i64..1_000, 1_i64..50), 0..6);
    fills.prop_flat_map(|fills| {
        let total: i64 = fills.iter().map(|fill| fill.1).sum();
        let mut reports = vec![report(ReportKind::New), report(ReportKind::Canceled)];
        reports.extend(fills.iter().enumerate().map(|(index, &(price, qty))| fill(index as u64 + 1, price, qty)));
        (total.max(1)..total + 20, Just(reports.clone()), Just(reports).prop_shuffle())
    })
}

proptest! {
    #[test]
    fn any_order_of_ack_fills_and_cancel_ends_the_same((qty, straight, shuffled) in life()) {
        let end = |reports: &[Report]| {
            let mut store = submitted(qty);
            for report in reports {
                store.apply(report).unwrap();
            }
            let order = store.get(1).unwrap();
            (order.cum_qty(), order.price_qty(), order.fees(), order.is_done(), order.state(), *store.aggregate(0))
        };
        prop_assert_eq!(end(&straight), end(&shuffled));
    }

    #[test]
    fn quantities_agree_after_every_report((qty, _, reports) in life()) {
        let mut store = submitted(qty);
        for report in &reports {
            store.apply(report).unwrap();
            let order = store.get(1).unwrap();
            let executed: i64 = order.executions().iter().map(|execution| execution.qty).sum();
            prop_assert_eq!(order.cum_qty(), executed);
            prop_assert_eq!(order.leaves_qty(), if order.is_done() { 0 } else { qty - executed });
            prop_assert_eq!(store.aggregate(0).open_buys, order.leaves_qty());
            prop_assert_eq!(store.aggregate(0).open_orders, u32::from(!order.is_done()));
            prop_assert_eq!(store.open().count(), usize::from(!order.is_done()));
        }
    }
}

#[test]
fn an_execution_counts_once_and_a_conflicting_one_not_at_all() {
    let mut store = submitted(10);
    store.apply(&fill(7, 100, 4)).unwrap();
    assert_eq!(store.apply(&fill(7, 100, 4)).unwrap_err(), Unapplied::DuplicateExecution);
    assert_eq!(store.apply(&fill(7, 101, 4)).unwrap_err(), Unapplied::ConflictingExecution);
    assert_eq!(store.get(1).unwrap().cum_qty(), 4);
    assert_eq!((store.oddities().duplicate_executions, store.oddities().conflicting_executions), (1, 1));
}

#[test]
fn money_counts_after_the_end_and_beyond_the_quantity() {
    let mut store = submitted(10);
    store.apply(&report(ReportKind::Canceled)).unwrap();
    store.apply(&fill(1, 100, 4)).unwrap();
    assert_eq!(store.get(1).unwrap().cum_qty(), 4);
    assert_eq!(store.get(1).unwrap().state(), OrderState::Canceled);
    store.apply(&fill(2, 100, 9)).unwrap();
    assert_eq!((store.oddities().late_executions, store.oddities().over_fills), (2, 1));
    assert_eq!(store.get(1).unwrap().leaves_qty(), 0);
}

#[test]
fn the_shown_state_follows_the_precedence() {
    let mut store = submitted(10);
    let state = |store: &OrderStore| store.get(1).unwrap().state();
    assert_eq!(state(&store), OrderState::Submitted);
    store.apply(&report(ReportKind::New)).unwrap();
    assert_eq!(state(&store), OrderState::New);
    store.apply(&fill(1, 100, 4)).unwrap();
    assert_eq!(state(&store), OrderState::PartiallyFilled);
    store.request_cancel(1).unwrap();
    assert_eq!(state(&store), OrderState::PendingCancel);
    assert_eq!(store.request_cancel(1), Err(Reason::RequestInFlight));
    store.apply(&fill(2, 100, 6)).unwrap();
    assert_eq!(state(&store), OrderState::Filled);
    store.apply(&report(ReportKind::CancelRejected)).unwrap();
    assert_eq!(state(&store), OrderState::Filled);
    assert_eq!(store.request_cancel(1), Err(Reason::UnknownOrder));
}

#[test]
fn reports_about_strangers_and_denied_orders_are_counted() {
    let mut store = OrderStore::new(1);
    let id = store.create(&command(1), 0);
    store.deny(id, Reason::MaxQty);
    assert_eq!(store.apply(&report(ReportKind::New)).unwrap_err(), Unapplied::Impossible);
    assert_eq!(store.apply(&Report { order_id: 9, ..fill(1, 1, 1) }).unwrap_err(), Unapplied::UnknownOrder);
    assert_eq!(store.apply(&Report { order_id: 0, ..fill(1, 1, 1) }).unwrap_err(), Unapplied::UnknownOrder);
    assert_eq!(store.oddities().impossible, 3);
    assert_eq!(store.get(1).unwrap().state(), OrderState::Denied);
}
