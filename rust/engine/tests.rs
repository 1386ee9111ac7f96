//! The engine with native strategies: what goes in, what comes out, and what it refuses.

use std::ffi::c_void;
use std::sync::Arc;

use super::{
    Callback, CallbackMask, Context, Engine, Entry, OUTBOX_CAPACITY, OrderRequest, ReplaceRequest, Status, Strategy,
    World,
};
use crate::model::{
    Command, CommandKind, Currency, Decimal, Event, EventKind, Instrument, InstrumentSpec, Money, OrderState, Reason,
    Report, ReportKind, Side, TimeInForce, flags,
};
use crate::risk::{Limits, RiskGate};
use crate::venue::Request;

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

/// What a test strategy does in a call.
type Act = fn(&Event, &mut Context);

/// What a test strategy does in each call, and what it saw.
struct Script {
    act: Act,
    seen: Vec<(u8, u64, i64)>,
}

// SAFETY: called by the engine only, with its event and context, and with the test's Script as the state.
unsafe extern "C" fn follow(event: *const Event, context: *mut Context) -> Status {
    // SAFETY: both are valid for the call, by the engine's contract.
    let (event, context) = unsafe { (&*event, &mut *context) };
    // SAFETY: the state is the test's Script, which outlives the engine.
    let script = unsafe { &mut *context.state.cast::<Script>() };
    script.seen.push((event.kind, event.order_id, context.now_ns));
    (script.act)(event, context);
    0
}

fn engine(script: &mut Script, callbacks: &[Callback], limits: Limits) -> Engine {
    let gate = RiskGate::new(vec![limits.for_instrument(&instrument()).unwrap()]);
    let wants = callbacks.iter().fold(CallbackMask::default(), |mask, &callback| mask.with(callback));
    let state = std::ptr::from_mut(script).cast::<c_void>();
    Engine::new(World::new(&[instrument()], Money::ZERO), gate, Strategy { entry: follow as Entry, state, wants })
}

fn level(side: Side, price: i64, qty: i64) -> Event {
    let kind = EventKind::LevelSet as u8;
    Event { kind, side: side as u8, price, qty, flags: flags::LAST, ..Event::default() }
}

fn buy(context: &mut Context, qty: f64, limit: Option<f64>) {
    let order = OrderRequest { instrument: 0, side: Side::Buy, qty, limit, time_in_force: TimeInForce::Gtc, flags: 0 };
    context.submit(&instrument(), &order);
}

#[test]
fn an_order_goes_from_the_outbox_through_the_gate_to_the_venue_and_its_fill_comes_back() {
    let mut script = Script {
        act: |event, context| {
            if event.is(EventKind::LevelSet) {
                buy(context, 2.0, Some(9.0));
            }
        },
        seen: vec![],
    };
    let mut engine = engine(&mut script, &[Callback::Book, Callback::Order, Callback::Fill], Limits::default());
    engine.start(0).unwrap();
    engine.on_market(&level(Side::Sell, 10, 5), 0, 7).unwrap();
    let requests: Vec<_> = engine.take_requests().collect();
    let [(0, Request::New(order))] = requests.as_slice() else { panic!("one new order, not {requests:?}") };
    assert_eq!((order.order_id(), order.price(), order.qty()), (1, 9, 2));
    let fill = Report {
        order_id: 1,
        kind: ReportKind::Trade as u8,
        execution_id: 1,
        side: 1,
        price: 9,
        qty: 2,
        ..Report::default()
    };
    engine.on_report(&fill, 9).unwrap();
    assert_eq!(engine.world().ledger.position(0).qty, 2);
    assert_eq!(engine.world().ledger.cash().to_f64(), -18.0);
    assert_eq!(engine.world().orders.get(1).unwrap().state(), OrderState::Filled);
    let kinds: Vec<_> = script.seen.iter().map(|seen| (seen.0, seen.2)).collect();
    let (book, order, fill) = (EventKind::LevelSet as u8, EventKind::Order as u8, EventKind::Fill as u8);
    assert_eq!(kinds, [(book, 7), (order, 9), (fill, 9)]);
}

#[test]
fn a_denied_order_is_told_at_once_and_never_leaves() {
    let limits = Limits { max_qty: Some(1.0), ..Limits::default() };
    let mut script = Script {
        act: |event, context| {
            if event.is(EventKind::LevelSet) {
                buy(context, 2.0, Some(9.0));
            }
        },
        seen: vec![],
    };
    let mut engine = engine(&mut script, &[Callback::Book, Callback::Order], limits);
    engine.start(0).unwrap();
    engine.on_market(&level(Side::Sell, 10, 5), 0, 7).unwrap();
    assert!(!engine.has_requests());
    assert_eq!(engine.reports().len(), 1);
    assert_eq!(engine.reports()[0].state, OrderState::Denied as u8);
    assert_eq!(script.seen.len(), 2);
}

#[test]
fn a_message_is_told_at_its_last_event_only() {
    let mut script = Script { act: |_, _| {}, seen: vec![] };
    let mut engine = engine(&mut script, &[Callback::Book], Limits::default());
    engine.start(0).unwrap();
    engine.on_market(&Event { flags: 0, ..level(Side::Buy, 9, 5) }, 0, 7).unwrap();
    engine.on_market(&level(Side::Sell, 10, 5), 0, 7).unwrap();
    assert_eq!(script.seen.len(), 1);
}

#[test]
#[cfg_attr(miri, ignore = "a hundred thousand calls")]
fn a_strategy_that_answers_itself_for_ever_is_stopped() {
    let mut script = Script { act: |_, context| buy(context, -1.0, None), seen: vec![] };
    let mut engine = engine(&mut script, &[Callback::Start, Callback::Order], Limits::default());
    let error = engine.start(3).unwrap_err();
    assert!(error.message().contains("for ever") && error.message().contains('3'), "{error}");
}

#[test]
fn more_commands_than_the_outbox_holds_end_the_run() {
    let mut script = Script {
        act: |_, context| (0..=OUTBOX_CAPACITY).for_each(|_| _ = context.cancel_all(Command::ALL_INSTRUMENTS)),
        seen: vec![],
    };
    let mut engine = engine(&mut script, &[Callback::Start], Limits::default());
    let error = engine.start(0).unwrap_err();
    assert!(error.message().contains("1025") && error.message().contains("1024"), "{error}");
}

#[test]
fn commands_that_cannot_be_are_errors_with_their_numbers() {
    let submit = CommandKind::Submit as u8;
    let act: [(Act, &str); 4] = [
        (
            |_, context| raw(context, Command { kind: CommandKind::Submit as u8, order_id: 7, ..Command::default() }),
            "7",
        ),
        (|_, context| raw(context, Command { kind: 1, order_id: 1, instrument: 3, ..Command::default() }), "3"),
        (|_, context| raw(context, Command { kind: CommandKind::Timer as u8, qty: -5, ..Command::default() }), "-5"),
        (|_, context| raw(context, Command { kind: 99, ..Command::default() }), "99"),
    ];
    assert_eq!(submit, 1);
    for (act, number) in act {
        let mut script = Script { act, seen: vec![] };
        let mut engine = engine(&mut script, &[Callback::Start], Limits::default());
        let error = engine.start(0).unwrap_err();
        assert!(error.message().contains(&format!("not {number}")), "{error}");
    }
}

fn raw(context: &mut Context, command: Command) {
    context.outbox[0] = command;
    context.outbox_len = 1;
}

#[test]
fn orders_after_the_end_are_denied() {
    let mut script = Script { act: |_, context| buy(context, 1.0, Some(1.0)), seen: vec![] };
    let mut engine = engine(&mut script, &[Callback::Book, Callback::Stop], Limits::default());
    engine.start(0).unwrap();
    engine.close();
    engine.on_market(&level(Side::Sell, 10, 5), 0, 7).unwrap();
    assert!(!engine.has_requests());
    assert_eq!(engine.world().orders.get(1).unwrap().state(), OrderState::Denied);
    // Those of `on_stop` still go out; then nothing is told any more.
    engine.stop().unwrap();
    assert_eq!(engine.take_requests().count(), 1);
    engine.on_market(&level(Side::Sell, 10, 6), 0, 8).unwrap();
    assert!(!engine.has_requests());
}

fn change(context: &mut Context, order_id: u64, qty: Option<f64>, limit: Option<f64>) {
    context.replace(Some(&instrument()), &ReplaceRequest { order_id, qty, limit }).unwrap();
}

/// The refusals so far: order, request, reason, number, limit.
fn refusals(engine: &Engine) -> Vec<(u64, u8, Reason, f64, f64)> {
    let refused = engine.reports().iter().filter(|report| report.is(ReportKind::CancelRejected));
    let told = |report: &Report| {
        let [value, limit] = report.detail.map(f64::from_bits);
        (report.order_id, report.request, Reason::from_u8(report.reason).unwrap(), value, limit)
    };
    refused.map(told).collect()
}

#[test]
fn a_replace_leaves_behind_its_order_and_a_second_one_is_refused_while_a_cancel_is_not() {
    let mut script = Script {
        act: |event, context| {
            if event.is(EventKind::LevelSet) {
                buy(context, 2.0, Some(9.0));
                change(context, 1, Some(5.0), None);
                change(context, 1, None, Some(8.0));
                context.cancel(1);
                change(context, 1, None, Some(8.0));
                change(context, 7, None, Some(8.0));
            }
        },
        seen: vec![],
    };
    let mut engine = engine(&mut script, &[Callback::Book], Limits::default());
    engine.start(0).unwrap();
    engine.on_market(&level(Side::Sell, 10, 5), 0, 7).unwrap();
    let requests: Vec<_> = engine.take_requests().map(|(_, request)| request).collect();
    let [Request::New(_), Request::Replace(replace), Request::Cancel(1)] = requests.as_slice() else {
        panic!("an order, a replace and a cancel, not {requests:?}")
    };
    assert_eq!((replace.order_id(), replace.price(), replace.qty()), (1, 9, 5));
    assert_eq!(engine.world().exposure(0).open_buys, 5);
    assert_eq!(engine.world().orders.get(1).unwrap().state(), OrderState::PendingCancel);
    let reasons: Vec<_> = refusals(&engine).iter().map(|refusal| (refusal.0, refusal.1, refusal.2)).collect();
    let replace = CommandKind::Replace as u8;
    let (in_flight, unknown) = (Reason::RequestInFlight, Reason::UnknownOrder);
    assert_eq!(reasons, [(1, replace, in_flight), (1, replace, in_flight), (7, replace, unknown)]);
}

#[test]
fn a_denied_replace_names_its_numbers_and_the_order_goes_on() {
    let limits = Limits { max_position: Some(6.0), ..Limits::default() };
    let mut script = Script {
        act: |event, context| {
            if event.is(EventKind::LevelSet) {
                buy(context, 2.0, Some(9.0));
                buy(context, 3.0, Some(8.0));
                change(context, 1, Some(4.0), None);
                change(context, 1, Some(3.0), None);
            }
        },
        seen: vec![],
    };
    let mut engine = engine(&mut script, &[Callback::Book, Callback::Order], limits);
    engine.start(0).unwrap();
    engine.on_market(&level(Side::Sell, 10, 5), 0, 7).unwrap();
    assert_eq!(refusals(&engine), [(1, CommandKind::Replace as u8, Reason::MaxPosition, 7.0, 6.0)]);
    assert_eq!(engine.take_requests().count(), 3);
    assert_eq!(engine.world().exposure(0).open_buys, 6);
    let order = engine.world().orders.get(1).unwrap();
    assert_eq!((order.state(), order.qty), (OrderState::PendingReplace, 2));
    assert_eq!(script.seen.len(), 2);
}

#[test]
fn a_replace_after_the_end_is_refused() {
    let mut script = Script {
        act: |event, context| match event.order_id {
            Event::START => buy(context, 2.0, Some(9.0)),
            _ => change(context, 1, Some(1.0), None),
        },
        seen: vec![],
    };
    let mut engine = engine(&mut script, &[Callback::Start, Callback::Book], Limits::default());
    engine.start(0).unwrap();
    engine.close();
    engine.on_market(&level(Side::Sell, 10, 5), 0, 7).unwrap();
    assert_eq!(engine.take_requests().count(), 1);
    assert_eq!(refusals(&engine)[0].2, Reason::RunEnded);
}

#[test]
fn a_replace_of_nothing_is_a_mistake() {
    let mut context = Context::new();
    let error = context.replace(None, &ReplaceRequest { order_id: 1, qty: None, limit: None }).unwrap_err();
    assert!(error.message().contains("qty, limit or both"), "{error}");
    assert_eq!(context.outbox_len, 0);
}
