//! Each check refuses at its limit, names its numbers, and nothing else stands in the way of a good order.

use super::{AdmittedReplace, Denied, Exposure, Limits, OpenOrder, Reference, RiskGate};
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

/// A buy of 1 at 100 of which 0.4 is executed.
const OPEN: OpenOrder = OpenOrder {
    instrument: 0,
    side: Side::Buy,
    order_type: OrderType::Limit,
    flags: 0,
    price: 1_000,
    qty: 1_000,
    cum_qty: 400,
    open_qty: 600,
};

fn replace(price: Option<i64>, qty: Option<i64>) -> Command {
    let flag = |given: bool, flag| if given { flag } else { 0 };
    Command {
        kind: CommandKind::Replace as u8,
        order_id: 7,
        flags: flag(price.is_some(), Command::NEW_PRICE) | flag(qty.is_some(), Command::NEW_QTY),
        price: price.unwrap_or(0),
        qty: qty.unwrap_or(0),
        given_price: price.unwrap_or(0) as f64 * 0.1,
        given_qty: qty.unwrap_or(0) as f64 * 0.001,
        ..Command::default()
    }
}

fn judged(limits: Limits, open: &OpenOrder, command: &Command, exposure: Exposure) -> Result<AdmittedReplace, Denied> {
    let gate = RiskGate::new(vec![limits.for_instrument(&instrument()).unwrap()]);
    gate.admit_replace(command, open, &instrument(), MARKET, exposure)
}

fn denied(limits: Limits, open: &OpenOrder, command: &Command, exposure: Exposure) -> (Reason, f64, f64) {
    let denied = judged(limits, open, command, exposure).unwrap_err();
    (denied.reason, denied.value, denied.limit)
}

/// With the order's own 0.6, 0.1 of another buy, and 0.4 held.
const AROUND: Exposure = Exposure { position: 400, open_buys: 700, open_sells: 0, open_orders: 2 };

#[test]
fn what_a_replace_leaves_out_stays() {
    let terms = |command| {
        let replace = judged(Limits::default(), &OPEN, &command, AROUND).unwrap();
        (replace.order_id(), replace.price(), replace.qty())
    };
    assert_eq!(terms(replace(Some(995), None)), (7, 995, 1_000));
    assert_eq!(terms(replace(None, Some(2_000))), (7, 1_000, 2_000));
    assert_eq!(terms(replace(Some(1_005), Some(50))), (7, 1_005, 50));
}

#[test]
fn a_replace_that_asks_for_more_meets_each_limit_as_a_new_order_would() {
    let max_qty = Limits { max_qty: Some(1.5), ..Limits::default() };
    assert!(judged(max_qty, &OPEN, &replace(None, Some(1_500)), AROUND).is_ok());
    assert_eq!(denied(max_qty, &OPEN, &replace(None, Some(1_510)), AROUND), (Reason::MaxQty, 1.51, 1.5));

    let max_notional = Limits { max_notional: Some(100.0), ..Limits::default() };
    assert!(judged(max_notional, &OPEN, &replace(Some(1_000), Some(1_000)), AROUND).is_ok());
    let (nearer, larger) = (replace(Some(1_005), None), replace(None, Some(1_010)));
    assert_eq!(denied(max_notional, &OPEN, &nearer, AROUND), (Reason::MaxNotional, 100.5, 100.0));
    assert_eq!(denied(max_notional, &OPEN, &larger, AROUND), (Reason::MaxNotional, 101.0, 100.0));

    let collar = Limits { collar_bps: Some(50.0), ..Limits::default() };
    assert!(judged(collar, &OPEN, &replace(Some(1_010), None), AROUND).is_ok());
    assert_eq!(denied(collar, &OPEN, &replace(Some(1_015), None), AROUND).0, Reason::Collar);
    let sell = OpenOrder { side: Side::Sell, ..OPEN };
    let sells = Exposure { position: -400, open_buys: 0, open_sells: 700, open_orders: 2 };
    assert!(judged(collar, &sell, &replace(Some(995), None), sells).is_ok());
    assert_eq!(denied(collar, &sell, &replace(Some(990), None), sells), (Reason::Collar, 100.0, 50.0));

    // 0.4 held + 0.1 of the other buy + what is left of the larger order, its own old 0.6 not counted again.
    let max_position = Limits { max_position: Some(2.0), ..Limits::default() };
    assert!(judged(max_position, &OPEN, &replace(None, Some(1_900)), AROUND).is_ok());
    assert_eq!(denied(max_position, &OPEN, &replace(None, Some(1_910)), AROUND), (Reason::MaxPosition, 2.01, 2.0));

    let max_open = Limits { max_open_orders: Some(2.0), ..Limits::default() };
    assert!(judged(max_open, &OPEN, &replace(Some(1_005), Some(1_500)), AROUND).is_ok());
}

#[test]
fn a_reducing_replace_passes_every_limit_but_not_the_kill_switch() {
    let tight = Limits {
        max_qty: Some(0.01),
        max_notional: Some(1.0),
        collar_bps: Some(0.001),
        max_position: Some(0.01),
        max_open_orders: Some(1.0),
    };
    let stale = Reference { stale: true, ..MARKET };
    let mut gate = RiskGate::new(vec![tight.for_instrument(&instrument()).unwrap()]);
    let sell = OpenOrder { side: Side::Sell, ..OPEN };
    for command in [replace(None, Some(990)), replace(None, Some(10)), replace(Some(995), None)] {
        assert!(gate.admit_replace(&command, &OPEN, &instrument(), stale, AROUND).is_ok());
    }
    let away = replace(Some(1_100), Some(1_000));
    assert!(gate.admit_replace(&away, &sell, &instrument(), stale, AROUND).is_ok());
    // It also reduces where all that is left of it closes a position.
    let long = Exposure { position: 900, open_buys: 0, open_sells: 600, open_orders: 1 };
    assert!(gate.admit_replace(&replace(Some(900), Some(1_300)), &sell, &instrument(), stale, long).is_ok());
    let beyond = gate.admit_replace(&replace(Some(900), Some(1_310)), &sell, &instrument(), MARKET, long);
    assert_eq!(beyond.unwrap_err().reason, Reason::MaxQty);
    let nearer = gate.admit_replace(&replace(Some(1_005), None), &OPEN, &instrument(), stale, AROUND);
    assert_eq!(nearer.unwrap_err().reason, Reason::StaleReference);
    gate.kill();
    let killed = gate.admit_replace(&replace(None, Some(10)), &OPEN, &instrument(), MARKET, AROUND);
    assert_eq!(killed.unwrap_err().reason, Reason::Killed);
}

#[test]
fn a_replace_must_have_a_form() {
    let none = Limits::default();
    assert_eq!(denied(none, &OPEN, &replace(Some(1_001), None), AROUND).0, Reason::PriceOffTick);
    assert_eq!(denied(none, &OPEN, &replace(None, Some(1_001)), AROUND).0, Reason::QtyOffLot);
    assert_eq!(denied(none, &OPEN, &replace(None, Some(0)), AROUND), (Reason::QtyNotPositive, 0.0, 0.0));
    assert_eq!(denied(none, &OPEN, &replace(Some(-5), None), AROUND).0, Reason::PriceNotPositive);
    let nan = Command { refusal: Reason::NoBook as u8, ..replace(Some(0), None) };
    assert_eq!(denied(none, &OPEN, &nan, AROUND).0, Reason::NoBook);
    let market = OpenOrder { order_type: OrderType::Market, price: 0, ..OPEN };
    assert_eq!(denied(none, &market, &replace(None, Some(500)), AROUND).0, Reason::Unsupported);
    let reducing = OpenOrder { side: Side::Sell, flags: Command::REDUCE_ONLY, cum_qty: 0, open_qty: 1_000, ..OPEN };
    let long = Exposure { position: 1_000, open_buys: 0, open_sells: 1_000, open_orders: 1 };
    assert!(judged(none, &reducing, &replace(Some(995), Some(1_000)), long).is_ok());
    assert_eq!(denied(none, &reducing, &replace(None, Some(1_010)), long), (Reason::ReduceOnly, 1.01, 1.0));
}
