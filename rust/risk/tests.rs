//! Each check refuses at its limit, names its numbers, and nothing else stands in the way of a good order.

use super::{Denied, Exposure, Limits, Reference, RiskGate};
use crate::model::{Command, CommandKind, Currency, Decimal, Instrument, InstrumentSpec, OrderType, Reason, Side};

fn instrument() -> Instrument {
    Instrument::new(InstrumentSpec {
        symbol: "BTCUSDT".into(),
        venue: String::new(),
        tick_size: Decimal::parse("0.5").unwrap(),
        lot_size: Decimal::parse("0.01").unwrap(),
        price_increment: Some(Decimal::parse("0.1").unwrap()),
        qty_increment: Some(Decimal::parse("0.001").unwrap()),
        currency: Currency::parse("USDT").unwrap(),
        multiplier: Decimal::ONE,
        asset: String::new(),
        sector: String::new(),
    })
    .unwrap()
}

const MARKET: Reference = Reference { bid: 1_000, ask: 1_005, stale: false };

fn command(side: Side, price: i64, qty: i64) -> Command {
    Command {
        kind: CommandKind::Submit as u8,
        side: side as u8,
        order_type: if price == 0 { OrderType::Market as u8 } else { OrderType::Limit as u8 },
        time_in_force: 1,
        price,
        qty,
        given_price: price as f64 * 0.1,
        given_qty: qty as f64 * 0.001,
        ..Command::default()
    }
}

fn admit(limits: Limits, command: &Command, reference: Reference, exposure: Exposure) -> Result<(), Denied> {
    let gate = RiskGate::new(vec![limits.for_instrument(&instrument()).unwrap()]);
    gate.admit(command, &instrument(), reference, exposure).map(drop)
}

fn refused(limits: Limits, command: &Command, exposure: Exposure) -> (Reason, f64, f64) {
    let denied = admit(limits, command, MARKET, exposure).unwrap_err();
    (denied.reason, denied.value, denied.limit)
}

#[test]
fn each_limit_admits_up_to_itself_and_names_its_numbers_beyond() {
    let flat = Exposure::default();
    let max_qty = Limits { max_qty: Some(1.0), ..Limits::default() };
    assert_eq!(admit(max_qty, &command(Side::Buy, 1_000, 1_000), MARKET, flat), Ok(()));
    assert_eq!(refused(max_qty, &command(Side::Buy, 1_000, 1_010), flat), (Reason::MaxQty, 1.01, 1.0));

    let max_notional = Limits { max_notional: Some(100.0), ..Limits::default() };
    assert_eq!(admit(max_notional, &command(Side::Buy, 1_000, 1_000), MARKET, flat), Ok(()));
    assert_eq!(refused(max_notional, &command(Side::Buy, 1_005, 1_000), flat), (Reason::MaxNotional, 100.5, 100.0));
    assert_eq!(refused(max_notional, &command(Side::Buy, 0, 1_000), flat), (Reason::MaxNotional, 100.5, 100.0));

    let max_position = Limits { max_position: Some(2.0), ..Limits::default() };
    let held = Exposure { position: 500, open_buys: 500, open_sells: 70, open_orders: 3 };
    assert_eq!(admit(max_position, &command(Side::Buy, 1_000, 1_000), MARKET, held), Ok(()));
    assert_eq!(refused(max_position, &command(Side::Buy, 1_000, 1_010), held), (Reason::MaxPosition, 2.01, 2.0));
    assert_eq!(refused(max_position, &command(Side::Sell, 1_000, 2_500), held), (Reason::MaxPosition, 2.07, 2.0));

    let max_open = Limits { max_open_orders: Some(3.0), ..Limits::default() };
    assert_eq!(refused(max_open, &command(Side::Buy, 1_000, 10), held), (Reason::MaxOpenOrders, 4.0, 3.0));
}

#[test]
fn the_collar_holds_back_what_reaches_through_the_far_touch() {
    let collar = Limits { collar_bps: Some(50.0), ..Limits::default() };
    let flat = Exposure::default();
    assert_eq!(admit(collar, &command(Side::Buy, 1_010, 10), MARKET, flat), Ok(()));
    assert_eq!(admit(collar, &command(Side::Buy, 500, 10), MARKET, flat), Ok(()));
    assert_eq!(refused(collar, &command(Side::Buy, 1_015, 10), flat).0, Reason::Collar);
    assert_eq!(admit(collar, &command(Side::Sell, 995, 10), MARKET, flat), Ok(()));
    assert_eq!(refused(collar, &command(Side::Sell, 990, 10), flat), (Reason::Collar, 100.0, 50.0));
    let no_ask = Reference { ask: 0, ..MARKET };
    let denied = admit(collar, &command(Side::Buy, 1_000, 10), no_ask, flat).unwrap_err();
    assert_eq!(denied.reason, Reason::StaleReference);
}

#[test]
fn form_is_checked_before_any_limit() {
    let flat = Exposure::default();
    let none = Limits::default();
    assert_eq!(refused(none, &command(Side::Buy, 1_001, 10), flat).0, Reason::PriceOffTick);
    assert_eq!(refused(none, &command(Side::Buy, 1_000, 11), flat).0, Reason::QtyOffLot);
    assert_eq!(refused(none, &command(Side::Buy, 1_000, 0), flat), (Reason::QtyNotPositive, 0.0, 0.0));
    assert_eq!(refused(none, &command(Side::Buy, -5, 10), flat), (Reason::PriceNotPositive, -0.5, 0.0));
    let stop = Command { order_type: OrderType::Stop as u8, ..command(Side::Buy, 1_000, 10) };
    assert_eq!(refused(none, &stop, flat).0, Reason::Unsupported);
    let converted = Command { refusal: Reason::NotFinite as u8, given_qty: f64::INFINITY, ..command(Side::Buy, 0, 0) };
    assert_eq!(refused(none, &converted, flat).1, f64::INFINITY);
    let huge = Command { qty: i64::MAX / 10 * 10, ..command(Side::Buy, i64::MAX / 5 * 5, 0) };
    assert!(matches!(refused(none, &huge, flat).0, Reason::MaxNotional | Reason::OutOfRange));
}

#[test]
fn without_a_book_nothing_can_be_priced_from_it() {
    let empty = Reference::default();
    let market = command(Side::Buy, 0, 10);
    let denied = admit(Limits::default(), &market, empty, Exposure::default()).unwrap_err();
    assert_eq!(denied.reason, Reason::NoBook);
    let priced_from_nan = Command { refusal: Reason::NoBook as u8, ..command(Side::Buy, 1_000, 10) };
    let denied = admit(Limits::default(), &priced_from_nan, empty, Exposure::default()).unwrap_err();
    assert_eq!(denied.reason, Reason::NoBook);
    let stale = Reference { stale: true, ..MARKET };
    let limit = command(Side::Buy, 1_000, 10);
    let denied = admit(Limits::default(), &limit, stale, Exposure::default()).unwrap_err();
    assert_eq!(denied.reason, Reason::StaleReference);
}

#[test]
fn a_reducing_order_passes_every_limit_but_not_the_kill_switch() {
    let tight = Limits {
        max_qty: Some(0.01),
        max_notional: Some(1.0),
        collar_bps: Some(1.0),
        max_position: Some(0.01),
        max_open_orders: Some(1.0),
    };
    let long = Exposure { position: 1_000, open_buys: 0, open_sells: 400, open_orders: 9 };
    let stale = Reference { stale: true, ..MARKET };
    assert_eq!(admit(tight, &command(Side::Sell, 500, 600), stale, long), Ok(()));
    assert_eq!(refused(tight, &command(Side::Sell, 500, 610), long).0, Reason::MaxQty);
    let mut gate = RiskGate::new(vec![tight.for_instrument(&instrument()).unwrap()]);
    gate.kill();
    let denied = gate.admit(&command(Side::Sell, 500, 600), &instrument(), MARKET, long).unwrap_err();
    assert_eq!(denied.reason, Reason::Killed);
}

#[test]
fn a_limit_that_is_no_limit_is_refused_by_name() {
    for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = Limits { max_position: Some(wrong), ..Limits::default() }.check().unwrap_err();
        assert!(error.message().contains("max_position"), "{error}");
    }
}
