//! The order's invariants, on random lives.

use proptest::prelude::*;

use super::{OrderStore, Replacement, Unapplied};
use crate::model::{Command, CommandKind, Money, OrderState, OrderType, Reason, Report, ReportKind, Side};

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

/// What a venue answers to an order, a replace and, where there is one, a cancel, all on their way at once.
#[derive(Clone, Debug)]
struct Exchange {
    qty: i64,
    asked: Replacement,
    canceled: bool,
    straight: Vec<Report>,
    shuffled: Vec<Report>,
}

fn refused(request: CommandKind) -> Report {
    Report { request: request as u8, reason: Reason::UnknownOrder as u8, ..report(ReportKind::CancelRejected) }
}

/// Plays the venue: fills before the replace arrives, the replace, fills after it, the cancel.
fn answers(qty: i64, asked: Replacement, lots: &[i64], before: usize, cancel: Option<bool>) -> Vec<Report> {
    let mut reports = vec![report(ReportKind::New)];
    let (mut total, mut cum) = (qty, 0);
    let take = |lot: i64, total: i64, cum: &mut i64, reports: &mut Vec<Report>| {
        let lot = lot.min(total - *cum);
        if lot > 0 {
            *cum += lot;
            reports.push(fill(reports.len() as u64, 100 + lot, lot));
        }
    };
    lots.iter().take(before).for_each(|&lot| take(lot, total, &mut cum, &mut reports));
    if cum == total || cancel == Some(true) {
        reports.push(refused(CommandKind::Replace));
    } else {
        total = asked.qty.max(cum);
        reports.push(Report { price: asked.price, qty: total, ..report(ReportKind::Replaced) });
    }
    lots.iter().skip(before).for_each(|&lot| take(lot, total, &mut cum, &mut reports));
    match cancel {
        Some(_) if cum < total => reports.push(report(ReportKind::Canceled)),
        Some(_) => reports.push(refused(CommandKind::Cancel)),
        None => {}
    }
    reports
}

fn exchange() -> impl Strategy<Value = Exchange> {
    let cancel = prop::option::of(any::<bool>());
    let lots = prop::collection::vec(1_i64..20, 0..5);
    (1_i64..60, 1_i64..60, 90_i64..110, lots, 0_usize..5, cancel).prop_flat_map(
        |(qty, new_qty, price, lots, before, cancel)| {
            let asked = Replacement { price, qty: new_qty };
            let straight = answers(qty, asked, &lots, before, cancel);
            let canceled = cancel.is_some();
            Just(straight.clone()).prop_shuffle().prop_map(move |shuffled| Exchange {
                qty,
                asked,
                canceled,
                straight: straight.clone(),
                shuffled,
            })
        },
    )
}

/// The store with an order, a replace and perhaps a cancel on their way.
fn asked(exchange: &Exchange) -> OrderStore {
    let mut store = submitted(exchange.qty);
    store.request_replace(1, exchange.asked);
    if exchange.canceled {
        store.request_cancel(1).unwrap();
    }
    store
}

proptest! {
    #[test]
    fn any_order_of_answers_to_a_replace_ends_the_same(exchange in exchange()) {
        let end = |reports: &[Report]| {
            let mut store = asked(&exchange);
            for report in reports {
                store.apply(report).unwrap();
            }
            let order = store.get(1).unwrap();
            let terms = (order.price, order.qty, order.is_pending_replace());
            let money = (order.cum_qty(), order.price_qty(), order.fees());
            let oddities = (store.oddities().over_fills, store.oddities().impossible);
            (terms, money, order.leaves_qty(), order.state(), *store.aggregate(0), oddities)
        };
        let straight = end(&exchange.straight);
        prop_assert_eq!(straight, end(&exchange.shuffled));
        prop_assert_eq!(straight.5, (0, 0));
        prop_assert!(!straight.0.2);
    }

    #[test]
    fn what_may_still_execute_is_reserved_until_the_answer_to_a_replace(exchange in exchange()) {
        let mut store = asked(&exchange);
        for (at, report) in exchange.shuffled.iter().enumerate() {
            let to_come: i64 =
                exchange.shuffled[at..].iter().filter(|report| report.is_fill()).map(|report| report.qty).sum();
            let order = store.get(1).unwrap();
            prop_assert!(order.state() == OrderState::Canceled || order.open_qty() >= to_come);
            prop_assert_eq!(store.aggregate(0).open_buys, order.open_qty());
            store.apply(report).unwrap();
            let order = store.get(1).unwrap();
            let executed: i64 = order.executions().iter().map(|execution| execution.qty).sum();
            prop_assert_eq!(order.cum_qty(), executed);
            prop_assert_eq!(order.leaves_qty(), if order.is_done() { 0 } else { (order.qty - executed).max(0) });
            prop_assert_eq!(store.aggregate(0).open_buys, order.open_qty());
            prop_assert_eq!(store.aggregate(0).open_orders, u32::from(!order.is_done()));
            if !order.is_pending_replace() {
                prop_assert_eq!(order.open_qty(), order.leaves_qty());
            }
        }
    }

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

fn replacement(price: i64, qty: i64) -> Replacement {
    Replacement { price, qty }
}

fn replaced(price: i64, qty: i64) -> Report {
    Report { price, qty, ..report(ReportKind::Replaced) }
}

#[test]
fn a_replace_on_its_way_is_shown_below_a_cancel_and_above_the_rest() {
    let mut store = submitted(10);
    let state = |store: &OrderStore| store.get(1).unwrap().state();
    store.request_replace(1, replacement(101, 8));
    assert_eq!(state(&store), OrderState::PendingReplace);
    store.apply(&report(ReportKind::New)).unwrap();
    store.apply(&fill(1, 100, 4)).unwrap();
    assert_eq!(state(&store), OrderState::PendingReplace);
    assert_eq!(store.replaceable(1).map(|order| order.id), Err(Reason::RequestInFlight));
    assert!(!store.get(1).unwrap().is_replaceable());
    store.request_cancel(1).unwrap();
    assert_eq!(state(&store), OrderState::PendingCancel);
    store.apply(&replaced(101, 8)).unwrap();
    assert_eq!(state(&store), OrderState::PendingCancel);
    assert_eq!(store.replaceable(1).map(|order| order.id), Err(Reason::RequestInFlight));
    store.apply(&refused(CommandKind::Cancel)).unwrap();
    let order = store.replaceable(1).unwrap();
    assert_eq!((order.state(), order.price, order.qty, order.leaves_qty()), (OrderState::PartiallyFilled, 101, 8, 4));
}

#[test]
fn until_the_answer_the_larger_quantity_is_reserved_and_the_old_one_is_shown() {
    for (asked, reserved) in [(15, 15), (6, 10)] {
        let mut store = submitted(10);
        store.request_replace(1, replacement(100, asked));
        assert_eq!((store.aggregate(0).open_buys, store.get(1).unwrap().leaves_qty()), (reserved, 10));
        let mut taken = store.clone();
        taken.apply(&replaced(100, asked)).unwrap();
        assert_eq!(taken.aggregate(0).open_buys, asked);
        store.apply(&refused(CommandKind::Replace)).unwrap();
        assert_eq!(store.aggregate(0).open_buys, 10);
        assert_eq!(store.get(1).unwrap().qty, 10);
    }
}

#[test]
fn an_order_executed_in_full_while_it_may_have_grown_is_done_only_with_the_answer() {
    let mut store = submitted(10);
    store.request_replace(1, replacement(100, 15));
    store.apply(&fill(1, 100, 10)).unwrap();
    let order = store.get(1).unwrap();
    assert_eq!((order.state(), order.leaves_qty(), order.open_qty()), (OrderState::PendingReplace, 0, 5));
    let mut grown = store.clone();
    grown.apply(&replaced(100, 15)).unwrap();
    assert_eq!((grown.get(1).unwrap().state(), grown.aggregate(0).open_buys), (OrderState::PartiallyFilled, 5));
    store.apply(&refused(CommandKind::Replace)).unwrap();
    assert_eq!((store.get(1).unwrap().state(), store.aggregate(0).open_orders), (OrderState::Filled, 0));
}

#[test]
fn a_replace_below_what_is_executed_ends_the_order_filled() {
    let mut store = submitted(10);
    store.apply(&fill(1, 100, 6)).unwrap();
    store.request_replace(1, replacement(100, 2));
    store.apply(&replaced(100, 6)).unwrap();
    let order = store.get(1).unwrap();
    assert_eq!((order.state(), order.qty, order.cum_qty(), order.leaves_qty()), (OrderState::Filled, 6, 6, 0));
    assert_eq!(store.aggregate(0), &super::Aggregate::default());
}

#[test]
fn answers_to_a_replace_that_nobody_asked_for_are_counted_and_change_nothing() {
    let mut store = submitted(10);
    store.apply(&report(ReportKind::New)).unwrap();
    assert_eq!(store.apply(&replaced(101, 5)).unwrap_err(), Unapplied::Impossible);
    assert_eq!(store.apply(&refused(CommandKind::Replace)).unwrap_err(), Unapplied::Impossible);
    store.request_replace(1, replacement(100, 12));
    assert_eq!(store.apply(&replaced(100, 13)).unwrap_err(), Unapplied::Impossible);
    assert_eq!(store.apply(&replaced(100, 0)).unwrap_err(), Unapplied::Impossible);
    let order = store.get(1).unwrap();
    assert_eq!((order.price, order.qty, order.state()), (100, 10, OrderState::PendingReplace));
    assert_eq!(store.oddities().impossible, 4);
}
