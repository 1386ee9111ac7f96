//! The simulated exchange conserves quantity, whatever the market does.

use std::sync::Arc;

use proptest::prelude::*;

use super::{Fees, FillRule, Form, Latency, QueueModel, Request, Shape, SimExchange, VenueModel};
use crate::model::{
    Command, CommandKind, Currency, Decimal, Event, EventKind, Instrument, InstrumentSpec, OrderType, Report,
    ReportKind, Side, TimeInForce,
};
use crate::risk::{AdmittedOrder, AdmittedReplace, Exposure, Limits, OpenOrder, Reference, RiskGate};

fn instrument() -> Arc<Instrument> {
    Arc::new(
        Instrument::new(InstrumentSpec {
            symbol: "TEST".into(),
            venue: String::new(),
            tick_size: Decimal::ONE,
            lot_size: Decimal::ONE,
            price_increment: None,
            qty_increment: None,
            currency: Currency::parse("USD").unwrap(),
            multiplier: Decimal::ONE,
            asset: String::new(),
            sector: String::new(),
        })
        .unwrap(),
    )
}

pub(super) fn exchange(fills: FillRule, queue: QueueModel) -> SimExchange {
    let fees = Fees { maker_bps: Decimal::parse("-1").unwrap(), taker_bps: Decimal::parse("5").unwrap() };
    let latency = Latency::default();
    SimExchange::new(instrument(), 0, 1, VenueModel { queue, latency, fees, fills, at_close: false, touch: false })
}

/// An order through the real gate, the only way to get one.
pub(super) fn order(
    id: u64,
    side: Side,
    price: Option<i64>,
    qty: i64,
    tif: TimeInForce,
    post_only: bool,
) -> AdmittedOrder {
    let command = Command {
        kind: CommandKind::Submit as u8,
        order_id: id,
        side: side as u8,
        order_type: if price.is_some() { OrderType::Limit as u8 } else { OrderType::Market as u8 },
        time_in_force: tif as u8,
        flags: if post_only { Command::POST_ONLY } else { 0 },
        price: price.unwrap_or(0),
        qty,
        ..Command::default()
    };
    let gate = RiskGate::new(vec![Limits::default().for_instrument(&instrument()).unwrap()]);
    let reference = Reference { bid: 1, ask: 1, stale: false };
    gate.admit(&command, &instrument(), reference, Exposure::default()).unwrap()
}

/// A replace through the real gate.
pub(super) fn replace(order_id: u64, side: Side, price: i64, qty: i64) -> Request {
    let command = Command {
        kind: CommandKind::Replace as u8,
        order_id,
        flags: Command::NEW_PRICE | Command::NEW_QTY,
        price,
        qty,
        ..Command::default()
    };
    let open = OpenOrder {
        instrument: 0,
        side,
        order_type: OrderType::Limit,
        flags: 0,
        price: 1,
        qty: 1,
        cum_qty: 0,
        open_qty: 1,
    };
    let gate = RiskGate::new(vec![Limits::default().for_instrument(&instrument()).unwrap()]);
    let reference = Reference { bid: 1, ask: 1, stale: false };
    let admitted: AdmittedReplace =
        gate.admit_replace(&command, &open, &instrument(), reference, Exposure::default()).unwrap();
    Request::Replace(admitted)
}

pub(super) fn level(side: Side, price: i64, qty: i64) -> Event {
    Event { kind: EventKind::LevelSet as u8, side: side as u8, price, qty, ..Event::default() }
}

pub(super) fn trade(side: Side, price: i64, qty: i64) -> Event {
    Event { kind: EventKind::Trade as u8, side: side as u8, price, qty, ..Event::default() }
}

pub(super) fn fills(exchange: &mut SimExchange) -> Vec<Report> {
    exchange.take_reports().filter(|report| report.is(ReportKind::Trade)).collect()
}

pub(super) fn kinds(exchange: &mut SimExchange) -> Vec<u8> {
    exchange.take_reports().map(|report| report.kind).collect()
}

#[derive(Clone, Debug)]
enum Step {
    Level(Side, i64, i64),
    Trade(Side, i64, i64),
    Order(Side, Option<i64>, i64, bool),
    Cancel(u64),
    Replace(u64, i64, i64),
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Buy), Just(Side::Sell)]
}

fn step() -> impl Strategy<Value = Step> {
    let price = 90_i64..110;
    prop_oneof![
        (side(), price.clone(), 0_i64..30).prop_map(|(side, price, qty)| Step::Level(side, price, qty)),
        (side(), price.clone(), 1_i64..30).prop_map(|(side, price, qty)| Step::Trade(side, price, qty)),
        (side(), prop::option::weighted(0.9, price.clone()), 1_i64..40, any::<bool>())
            .prop_map(|(side, price, qty, post)| Step::Order(side, price, qty, post && price.is_some())),
        (1_u64..40).prop_map(Step::Cancel),
        (1_u64..20, price, 1_i64..40).prop_map(|(id, price, qty)| Step::Replace(id, price, qty)),
    ]
}

proptest! {
    #[test]
    fn an_execution_never_exceeds_what_the_market_showed(
        steps in prop::collection::vec(step(), 1..120),
        averse in any::<bool>(),
    ) {
        let queue = if averse { QueueModel::RiskAverse } else { QueueModel::Probability(Shape::Power(2.0), Form::Split) };
        let mut exchange = exchange(FillRule::Partial, queue);
        // By id: side, quantity, executed.
        let mut orders = vec![(Side::Buy, 0, 0)];
        let mut position = 0;
        for step in steps {
            let most = match step {
                Step::Level(side, price, qty) => {
                    let arrived = qty - exchange.book().qty_at(side, price);
                    exchange.on_market(&level(side, price, qty)).unwrap();
                    arrived.max(0)
                }
                Step::Trade(side, price, qty) => {
                    exchange.on_market(&trade(side, price, qty)).unwrap();
                    qty
                }
                Step::Order(side, price, qty, post_only) => {
                    let shown = exchange.book().sweep(side, qty, price).filled;
                    orders.push((side, qty, 0));
                    let id = orders.len() as u64 - 1;
                    let order = order(id, side, price, qty, TimeInForce::Gtc, post_only);
                    exchange.on_request(&Request::New(order), 0).unwrap();
                    if post_only { 0 } else { shown }
                }
                Step::Cancel(id) => {
                    exchange.on_request(&Request::Cancel(id), 0).unwrap();
                    0
                }
                Step::Replace(id, price, qty) => {
                    let side = orders.get(id as usize).map_or(Side::Buy, |order| order.0);
                    let shown = exchange.book().sweep(side, i64::MAX, Some(price)).filled;
                    exchange.on_request(&replace(id, side, price, qty), 0).unwrap();
                    shown
                }
            };
            let mut total = 0;
            for report in exchange.take_reports().collect::<Vec<_>>() {
                let Some((_, qty, executed)) = orders.get_mut(report.order_id as usize) else { continue };
                if report.is(ReportKind::Trade) {
                    prop_assert!(report.qty > 0);
                    total += report.qty;
                    *executed += report.qty;
                    position += report.qty * Side::from_u8(report.side).unwrap().sign();
                } else if report.is(ReportKind::Replaced) {
                    *qty = report.qty;
                } else {
                    continue;
                }
                prop_assert_eq!((report.cum_qty, report.leaves_qty), (*executed, *qty - *executed));
                prop_assert!(report.leaves_qty >= 0);
            }
            prop_assert!(total <= most, "{} executed, {} shown", total, most);
        }
        prop_assert_eq!(position, exchange.position());
    }

    #[test]
    fn earlier_and_better_orders_execute_first(trades in prop::collection::vec(1_i64..12, 1..20)) {
        let mut exchange = exchange(FillRule::Partial, QueueModel::RiskAverse);
        exchange.on_market(&level(Side::Sell, 101, 5)).unwrap();
        for (id, price) in [(1, 101), (2, 101), (3, 100), (4, 102)] {
            let order = order(id, Side::Sell, Some(price), 10, TimeInForce::Gtc, true);
            exchange.on_request(&Request::New(order), 0).unwrap();
        }
        kinds(&mut exchange);
        let mut executed = [0_i64; 5];
        for qty in trades {
            exchange.on_market(&trade(Side::Buy, 102, qty)).unwrap();
            for fill in fills(&mut exchange) {
                executed[fill.order_id as usize] += fill.qty;
            }
            prop_assert!(executed[1] == 0 || executed[3] == 10);
            prop_assert!(executed[2] == 0 || executed[1] == 10);
            prop_assert!(executed[4] == 0 || executed[2] == 10);
        }
    }
}

#[test]
fn a_market_order_sweeps_the_levels_and_the_rest_expires() {
    let mut exchange = exchange(FillRule::Partial, QueueModel::RiskAverse);
    for (price, qty) in [(101, 3), (103, 4)] {
        exchange.on_market(&level(Side::Sell, price, qty)).unwrap();
    }
    let market = order(1, Side::Buy, None, 10, TimeInForce::Gtc, false);
    exchange.on_request(&Request::New(market), 5).unwrap();
    let reports: Vec<Report> = exchange.take_reports().collect();
    let shape: Vec<_> =
        reports.iter().map(|report| (report.kind, report.price, report.qty, report.leaves_qty)).collect();
    assert_eq!(shape, [(1, 0, 10, 10), (4, 101, 3, 7), (4, 103, 4, 3), (7, 0, 10, 3)]);
    assert_eq!(reports[1].fee().to_f64(), 101.0 * 3.0 * 5e-4);
    assert_eq!(exchange.position(), 7);
}

#[test]
fn the_whole_rule_fills_everything_at_the_best_price() {
    let mut exchange = exchange(FillRule::Whole, QueueModel::RiskAverse);
    exchange.on_market(&level(Side::Sell, 101, 3)).unwrap();
    let market = order(1, Side::Buy, None, 10, TimeInForce::Gtc, false);
    exchange.on_request(&Request::New(market), 0).unwrap();
    let fills = fills(&mut exchange);
    assert_eq!((fills.len(), fills[0].price, fills[0].qty), (1, 101, 10));
}

#[test]
fn post_only_ioc_and_fok_do_what_their_names_say() {
    let mut exchange = exchange(FillRule::Partial, QueueModel::RiskAverse);
    exchange.on_market(&level(Side::Sell, 101, 3)).unwrap();
    let mut send = |order| {
        exchange.on_request(&Request::New(order), 0).unwrap();
        kinds(&mut exchange)
    };
    assert_eq!(send(order(1, Side::Buy, Some(101), 5, TimeInForce::Gtc, true)), [ReportKind::Rejected as u8]);
    assert_eq!(send(order(2, Side::Buy, Some(101), 5, TimeInForce::Ioc, false)), [1, 4, 7]);
    assert_eq!(send(order(3, Side::Buy, Some(101), 5, TimeInForce::Fok, false)), [1, 7]);
    assert_eq!(send(order(4, Side::Buy, Some(101), 3, TimeInForce::Fok, false)), [1, 4]);
    assert_eq!(send(order(5, Side::Buy, Some(100), 3, TimeInForce::Ioc, false)), [1, 7]);
    assert_eq!(send(order(6, Side::Buy, None, 3, TimeInForce::Gtc, false)), [1, 4]);
}

#[test]
fn a_market_order_into_an_empty_book_expires() {
    let mut exchange = exchange(FillRule::Whole, QueueModel::RiskAverse);
    exchange.on_request(&Request::New(order(1, Side::Sell, None, 5, TimeInForce::Gtc, false)), 0).unwrap();
    assert_eq!(kinds(&mut exchange), [1, 7]);
}

#[test]
fn canceling_what_is_not_there_is_refused() {
    let mut exchange = exchange(FillRule::Partial, QueueModel::RiskAverse);
    exchange.on_request(&Request::New(order(1, Side::Buy, Some(99), 5, TimeInForce::Gtc, false)), 0).unwrap();
    exchange.on_request(&Request::Cancel(1), 1).unwrap();
    exchange.on_request(&Request::Cancel(1), 2).unwrap();
    assert_eq!(kinds(&mut exchange), [1, 5, 8]);
}
