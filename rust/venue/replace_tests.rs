//! What a replace does to an order's place, quantity and price at the simulated exchange.

use super::tests::{exchange, fills, kinds, level, order, replace, trade};
use super::{FillRule, Form, QueueModel, Request, Shape, SimExchange};
use crate::model::{CommandKind, Event, EventKind, Liquidity, Reason, Report, ReportKind, Side, TimeInForce};

const MODELS: [QueueModel; 5] = [
    QueueModel::RiskAverse,
    QueueModel::Probability(Shape::Power(2.0), Form::Split),
    QueueModel::Probability(Shape::Power(3.0), Form::Front),
    QueueModel::Probability(Shape::Log, Form::Split),
    QueueModel::Probability(Shape::Log, Form::Total),
];

/// A bid of 10 at 99 behind 20 of others, of which 15 have traded since: 5 are ahead of it.
fn queued(fills: FillRule, queue: QueueModel) -> SimExchange {
    let mut exchange = exchange(fills, queue);
    exchange.on_market(&level(Side::Buy, 99, 20)).unwrap();
    exchange.on_market(&level(Side::Sell, 101, 20)).unwrap();
    exchange.on_request(&Request::New(order(1, Side::Buy, Some(99), 10, TimeInForce::Gtc, true)), 0).unwrap();
    exchange.on_market(&trade(Side::Sell, 99, 15)).unwrap();
    kinds(&mut exchange);
    exchange
}

/// How much must trade at 99, one lot a trade, before the first execution.
fn lots_to_first_fill(exchange: &mut SimExchange) -> usize {
    (1..100)
        .find(|_| {
            exchange.on_market(&trade(Side::Sell, 99, 1)).unwrap();
            exchange.take_reports().any(|report| report.is(ReportKind::Trade))
        })
        .unwrap()
}

#[test]
fn a_smaller_quantity_at_the_same_price_keeps_the_place_and_any_other_change_loses_it() {
    for fills in [FillRule::Partial, FillRule::Whole] {
        for queue in MODELS {
            let after = |changes: &[(i64, i64)]| {
                let mut exchange = queued(fills, queue);
                for &(price, qty) in changes {
                    exchange.on_request(&replace(1, Side::Buy, price, qty), 0).unwrap();
                    assert_eq!(kinds(&mut exchange), [ReportKind::Replaced as u8]);
                }
                lots_to_first_fill(&mut exchange)
            };
            assert_eq!(after(&[]), 6, "{queue:?}");
            assert_eq!(after(&[(99, 10)]), 6, "{queue:?}");
            assert_eq!(after(&[(99, 4)]), 6, "{queue:?}");
            assert_eq!(after(&[(99, 9), (99, 3)]), 6, "{queue:?}");
            assert_eq!(after(&[(99, 11)]), 21, "{queue:?}");
            assert_eq!(after(&[(98, 10), (99, 10)]), 21, "{queue:?}");
            assert_eq!(after(&[(98, 4), (99, 4)]), 21, "{queue:?}");
        }
    }
}

#[test]
fn a_kept_place_moves_on_as_if_nothing_had_happened() {
    for queue in MODELS {
        let [mut left, mut shrunk] = [queued(FillRule::Whole, queue), queued(FillRule::Whole, queue)];
        shrunk.on_request(&replace(1, Side::Buy, 99, 4), 0).unwrap();
        for exchange in [&mut left, &mut shrunk] {
            for qty in [9, 4, 12, 3] {
                exchange.on_market(&level(Side::Buy, 99, qty)).unwrap();
            }
        }
        assert_eq!(lots_to_first_fill(&mut left), lots_to_first_fill(&mut shrunk), "{queue:?}");
    }
}

#[test]
fn an_order_that_loses_its_place_queues_behind_our_others_at_its_price() {
    let mut exchange = exchange(FillRule::Partial, QueueModel::RiskAverse);
    for (id, price) in [(1, 99), (2, 99), (3, 98)] {
        let resting = order(id, Side::Buy, Some(price), 5, TimeInForce::Gtc, false);
        exchange.on_request(&Request::New(resting), 0).unwrap();
    }
    exchange.on_request(&replace(1, Side::Buy, 99, 6), 0).unwrap();
    exchange.on_request(&replace(3, Side::Buy, 99, 5), 0).unwrap();
    exchange.on_market(&trade(Side::Sell, 99, 100)).unwrap();
    let order_ids: Vec<u64> = fills(&mut exchange).iter().map(|fill| fill.order_id).collect();
    assert_eq!(order_ids, [2, 1, 3]);
}

#[test]
fn a_replace_below_what_is_executed_ends_the_order_there() {
    let mut exchange = queued(FillRule::Partial, QueueModel::RiskAverse);
    exchange.on_market(&trade(Side::Sell, 99, 12)).unwrap();
    assert_eq!(fills(&mut exchange).iter().map(|fill| fill.qty).sum::<i64>(), 7);
    exchange.on_request(&replace(1, Side::Buy, 120, 3), 0).unwrap();
    let report = exchange.take_reports().next().unwrap();
    assert_eq!((report.kind, report.qty, report.cum_qty, report.leaves_qty), (6, 7, 7, 0));
    assert!(!exchange.has_orders());
    exchange.on_request(&replace(1, Side::Buy, 99, 20), 0).unwrap();
    let report = exchange.take_reports().next().unwrap();
    assert_eq!((report.kind, report.request), (ReportKind::CancelRejected as u8, CommandKind::Replace as u8));
    assert_eq!(report.reason, Reason::UnknownOrder as u8);
}

#[test]
fn a_new_price_that_crosses_takes_and_what_is_left_rests_at_it() {
    let mut exchange = exchange(FillRule::Partial, QueueModel::RiskAverse);
    exchange.on_market(&level(Side::Sell, 101, 6)).unwrap();
    exchange.on_market(&level(Side::Sell, 102, 2)).unwrap();
    exchange.on_request(&Request::New(order(1, Side::Buy, Some(99), 10, TimeInForce::Gtc, false)), 0).unwrap();
    exchange.on_market(&trade(Side::Sell, 99, 2)).unwrap();
    assert_eq!(kinds(&mut exchange), [1, 4]);
    exchange.on_request(&replace(1, Side::Buy, 102, 12), 7).unwrap();
    let reports: Vec<Report> = exchange.take_reports().collect();
    let shape: Vec<_> =
        reports.iter().map(|report| (report.kind, report.price, report.qty, report.leaves_qty)).collect();
    assert_eq!(shape, [(6, 102, 12, 10), (4, 101, 6, 4), (4, 102, 2, 2)]);
    assert!(reports[1..].iter().all(|report| report.liquidity == Liquidity::Taker as u8));
    exchange.on_market(&trade(Side::Sell, 102, 5)).unwrap();
    let last = fills(&mut exchange).pop().unwrap();
    assert_eq!((last.price, last.qty, last.cum_qty, last.leaves_qty), (102, 2, 12, 0));
}

#[test]
fn under_the_whole_rule_a_new_price_that_crosses_takes_all_at_the_best_price() {
    let mut exchange = exchange(FillRule::Whole, QueueModel::RiskAverse);
    exchange.on_market(&level(Side::Sell, 101, 6)).unwrap();
    exchange.on_request(&Request::New(order(1, Side::Buy, Some(99), 10, TimeInForce::Gtc, false)), 0).unwrap();
    exchange.on_request(&replace(1, Side::Buy, 105, 12), 7).unwrap();
    let fill = fills(&mut exchange).pop().unwrap();
    assert_eq!((fill.price, fill.qty, fill.leaves_qty), (101, 12, 0));
    assert!(!exchange.has_orders());
}

#[test]
fn a_refused_replace_leaves_the_order_its_terms_and_its_place() {
    let mut exchange = queued(FillRule::Partial, QueueModel::RiskAverse);
    exchange.on_request(&replace(1, Side::Buy, 101, 4), 3).unwrap();
    let report = exchange.take_reports().next().unwrap();
    assert_eq!((report.kind, report.reason), (ReportKind::CancelRejected as u8, Reason::WouldTake as u8));
    assert_eq!(report.detail.map(f64::from_bits), [101.0, 101.0]);
    assert_eq!((report.price, report.qty, report.leaves_qty), (99, 10, 10));
    let gap = Event { kind: EventKind::Gap as u8, ..Event::default() };
    let mut stale = exchange.clone();
    stale.on_market(&gap).unwrap();
    stale.on_request(&replace(1, Side::Buy, 98, 10), 3).unwrap();
    let report = stale.take_reports().next().unwrap();
    assert_eq!((report.kind, report.reason), (ReportKind::CancelRejected as u8, Reason::StaleReference as u8));
    stale.on_request(&replace(1, Side::Buy, 99, 3), 3).unwrap();
    assert_eq!(kinds(&mut stale), [ReportKind::Replaced as u8]);
    assert_eq!(lots_to_first_fill(&mut exchange), 6);
}
