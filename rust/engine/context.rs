//! The strategy ABI: one function signature and one plain record.
//!
//! A strategy is `fn(*const Event, *mut Context) -> Status`. What the call is about is the event: its kind says which
//! callback (a `LevelSet` is a book change, a `Control` with [`Event::START`] the start of the run, …). Commands go
//! into the outbox and are carried out, in order, after the call returns.

use std::ffi::c_void;

use super::bars::{BarView, HitView, Subscription};
use super::native::{FUNCTIONS, Functions};
use super::views::{MarketView, Subject};
use super::world::World;
use crate::model::{
    Command, CommandKind, Error, Event, EventKind, Instrument, OrderType, Reason, Report, Result, Side, TimeInForce,
};
use crate::risk::Exposure;

/// Version of [`Context`]'s layout.
pub const ABI_VERSION: u32 = 3;

/// Commands a strategy may issue in one call.
pub const OUTBOX_CAPACITY: usize = 1024;

/// What a strategy's call returns: 0 to go on, anything else ends the run; the strategy keeps its own error.
pub type Status = i32;

/// A strategy's entry point.
pub type Entry = unsafe extern "C" fn(event: *const Event, context: *mut Context) -> Status;

/// The callbacks a strategy can define, in the order of [`CallbackMask`]'s bits.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callback {
    /// The run starts.
    Start = 0,
    /// A book message was applied.
    Book = 1,
    /// A trade.
    Trade = 2,
    /// A new best bid and ask.
    Quote = 3,
    /// A bar closed.
    Bar = 4,
    /// One of our orders changed.
    Order = 5,
    /// One of our orders was executed.
    Fill = 6,
    /// A timer fired.
    Timer = 7,
    /// The run ends.
    Stop = 8,
    /// The scanner saw a pattern.
    Hit = 9,
}

impl Callback {
    /// Every callback with the name of its Python method.
    pub const ALL: [(Self, &'static str); 10] = [
        (Self::Start, "on_start"),
        (Self::Book, "on_book"),
        (Self::Trade, "on_trade"),
        (Self::Quote, "on_quote"),
        (Self::Bar, "on_bar"),
        (Self::Order, "on_order"),
        (Self::Fill, "on_fill"),
        (Self::Timer, "on_timer"),
        (Self::Stop, "on_stop"),
        (Self::Hit, "on_hit"),
    ];

    /// Which callback an event is for.
    #[inline]
    pub const fn of(event: &Event) -> Option<Self> {
        if event.kind == EventKind::LevelSet as u8 {
            return Some(Self::Book);
        }
        match EventKind::from_u8(event.kind) {
            Some(EventKind::Clear | EventKind::Gap) => Some(Self::Book),
            Some(EventKind::Trade) => Some(Self::Trade),
            Some(EventKind::QuoteBid | EventKind::QuoteAsk) => Some(Self::Quote),
            Some(EventKind::Bar) => Some(Self::Bar),
            Some(EventKind::Hit) => Some(Self::Hit),
            Some(EventKind::Order) => Some(Self::Order),
            Some(EventKind::Fill) => Some(Self::Fill),
            Some(EventKind::Timer) => Some(Self::Timer),
            Some(EventKind::Control) if event.order_id == Event::START => Some(Self::Start),
            Some(EventKind::Control) if event.order_id == Event::STOP => Some(Self::Stop),
            _ => None,
        }
    }
}

/// A set of callbacks, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallbackMask(pub u32);

impl CallbackMask {
    /// Whether the callback is in the set.
    #[inline]
    pub const fn has(self, callback: Callback) -> bool {
        self.0 & (1 << callback as u32) != 0
    }

    /// The set with one more.
    #[must_use]
    pub const fn with(self, callback: Callback) -> Self {
        Self(self.0 | 1 << callback as u32)
    }
}

/// A strategy as the engine sees it.
#[derive(Clone, Copy, Debug)]
pub struct Strategy {
    /// Its function.
    pub entry: Entry,
    /// Its own state, handed back in [`Context::state`].
    pub state: *mut c_void,
    /// The callbacks it wants.
    pub wants: CallbackMask,
}

/// What a strategy sees and writes during one call.
#[repr(C)]
#[derive(Debug)]
pub struct Context {
    /// [`ABI_VERSION`].
    pub abi: u32,
    /// The call's instrument, [`Context::NO_INSTRUMENT`] where there is none to mean.
    pub instrument: u32,
    /// The strategy's time, ns.
    pub now_ns: i64,
    /// What is known: books, orders, positions, cash. Read only, valid during the call.
    pub world: *const World,
    /// The report behind an Order or Fill event, else null.
    pub report: *const Report,
    /// The strategy's own state.
    pub state: *mut c_void,
    /// Id that the next submitted order gets.
    pub next_order_id: u64,
    /// Commands written so far.
    pub outbox_len: u32,
    /// Commands that found the outbox full.
    pub outbox_overflow: u32,
    /// The call's instrument, up to date; null where there is none to mean.
    pub market: *mut MarketView,
    /// Every instrument by number; [`super::Functions::market`] brings one up to date.
    pub markets: *mut MarketView,
    /// What the call is about: the trade, quote, order or fill.
    pub subject: Subject,
    /// What the strategy may call.
    pub functions: *const Functions,
    /// The bar of an `on_bar` call.
    pub bar: *const BarView,
    /// The hit of an `on_hit` call.
    pub hit: *const HitView,
    /// Bars asked for in this call.
    pub subscriptions: Vec<Subscription>,
    /// Why a function of [`super::Functions`] failed; it ends the run when the strategy returns a status for it.
    pub failure: Option<Error>,
    /// The commands.
    pub outbox: [Command; OUTBOX_CAPACITY],
}

/// An order in the user's terms: floats in units.
#[derive(Clone, Copy, Debug)]
pub struct OrderRequest {
    /// Dense instrument number.
    pub instrument: u32,
    /// Buy or sell.
    pub side: Side,
    /// Quantity in units.
    pub qty: f64,
    /// Limit price; `None` for a market order.
    pub limit: Option<f64>,
    /// Time in force.
    pub time_in_force: TimeInForce,
    /// Command flags.
    pub flags: u8,
}

/// A change of an order in the user's terms: floats in units, at least one of them.
#[derive(Clone, Copy, Debug)]
pub struct ReplaceRequest {
    /// The order.
    pub order_id: u64,
    /// New total quantity, executed part included; `None` keeps it.
    pub qty: Option<f64>,
    /// New limit price; `None` keeps it.
    pub limit: Option<f64>,
}

impl Context {
    /// `instrument` when the call is about none.
    pub const NO_INSTRUMENT: u32 = u32::MAX;

    /// An empty context.
    #[allow(clippy::large_stack_arrays, reason = "made once a run, and moved to the heap at once")]
    pub(super) fn new() -> Box<Self> {
        Box::new(Self {
            abi: ABI_VERSION,
            instrument: Self::NO_INSTRUMENT,
            now_ns: 0,
            world: std::ptr::null(),
            report: std::ptr::null(),
            state: std::ptr::null_mut(),
            next_order_id: 1,
            outbox_len: 0,
            outbox_overflow: 0,
            market: std::ptr::null_mut(),
            markets: std::ptr::null_mut(),
            subject: Subject::NONE,
            functions: &raw const FUNCTIONS,
            bar: std::ptr::null(),
            hit: std::ptr::null(),
            subscriptions: Vec::new(),
            failure: None,
            outbox: [Command::default(); OUTBOX_CAPACITY],
        })
    }

    /// Asks for an order; returns its id. `None` when the outbox is full: the run ends with that as its error.
    pub fn submit(&mut self, instrument: &Instrument, request: &OrderRequest) -> Option<u64> {
        let command = submit_command(instrument, request, self.next_order_id);
        self.push(command)?;
        self.next_order_id += 1;
        Some(command.order_id)
    }

    /// Asks for a market order that brings the position to zero, open orders of that side counted in: its id, none where
    /// nothing is left to close.
    pub fn close(&mut self, instrument: &Instrument, number: u32, exposure: Exposure) -> Option<Option<u64>> {
        let side = if exposure.position > 0 { Side::Sell } else { Side::Buy };
        let qty = exposure.reducible(side);
        if qty == 0 {
            return Some(None);
        }
        let request = OrderRequest {
            instrument: number,
            side,
            qty: instrument.qty().to_f64(qty),
            limit: None,
            time_in_force: TimeInForce::Gtc,
            flags: Command::REDUCE_ONLY,
        };
        self.submit(instrument, &request).map(Some)
    }

    /// Asks to cancel one order.
    pub fn cancel(&mut self, order_id: u64) -> Option<()> {
        self.push(Command { kind: CommandKind::Cancel as u8, order_id, ..Command::default() })
    }

    /// Asks to change an order. `instrument` is the order's, `None` where the order is not known: the answer says so.
    pub fn replace(&mut self, instrument: Option<&Instrument>, request: &ReplaceRequest) -> Result<()> {
        if request.qty.is_none() && request.limit.is_none() {
            return Err(Error::Config("replace needs qty, limit or both".into()));
        }
        let full = || Error::Engine(format!("more than {OUTBOX_CAPACITY} commands in one callback"));
        self.push(replace_command(instrument, request)).ok_or_else(full)
    }

    /// Asks to cancel every open order of an instrument, or of all ([`Command::ALL_INSTRUMENTS`]).
    pub fn cancel_all(&mut self, instrument: u32) -> Option<()> {
        self.push(Command { kind: CommandKind::CancelAll as u8, instrument, ..Command::default() })
    }

    /// Asks for a repeating timer; `period_ns` is positive.
    pub fn every(&mut self, period_ns: i64) -> Option<()> {
        self.push(Command { kind: CommandKind::Timer as u8, qty: period_ns, ..Command::default() })
    }

    /// The submit command of this call that asked for order `id`.
    pub fn submitted(&self, id: u64) -> Option<&Command> {
        let asked = &self.outbox[..self.outbox_len as usize];
        asked.iter().find(|command| command.kind == CommandKind::Submit as u8 && command.order_id == id)
    }

    fn push(&mut self, command: Command) -> Option<()> {
        let Some(slot) = self.outbox.get_mut(self.outbox_len as usize) else {
            self.outbox_overflow += 1;
            return None;
        };
        *slot = command;
        self.outbox_len += 1;
        Some(())
    }
}

/// The one conversion from units to increments. A number that does not fit is kept as given, with the reason.
fn submit_command(instrument: &Instrument, request: &OrderRequest, order_id: u64) -> Command {
    let mut command = Command {
        kind: CommandKind::Submit as u8,
        order_id,
        instrument: request.instrument,
        venue: Command::ROUTER,
        side: request.side as u8,
        order_type: OrderType::Market as u8,
        time_in_force: request.time_in_force as u8,
        flags: request.flags,
        given_qty: request.qty,
        given_price: request.limit.unwrap_or(0.0),
        ..Command::default()
    };
    set_qty(&mut command, instrument, request.qty);
    if let Some(limit) = request.limit {
        command.order_type = OrderType::Limit as u8;
        set_price(&mut command, instrument, limit);
    }
    command
}

/// The same for a replace.
fn replace_command(instrument: Option<&Instrument>, request: &ReplaceRequest) -> Command {
    let mut command = Command {
        kind: CommandKind::Replace as u8,
        order_id: request.order_id,
        venue: Command::ROUTER,
        given_qty: request.qty.unwrap_or(0.0),
        given_price: request.limit.unwrap_or(0.0),
        ..Command::default()
    };
    let Some(instrument) = instrument else { return command };
    if let Some(qty) = request.qty {
        command.flags |= Command::NEW_QTY;
        set_qty(&mut command, instrument, qty);
    }
    if let Some(limit) = request.limit {
        command.flags |= Command::NEW_PRICE;
        set_price(&mut command, instrument, limit);
    }
    command
}

/// A quantity in units as a count, or why it has none.
fn set_qty(command: &mut Command, instrument: &Instrument, qty: f64) {
    match instrument.qty().exact(qty) {
        Ok(qty) => command.qty = qty,
        Err(Reason::PriceOffTick) => command.refusal = Reason::QtyOffLot as u8,
        Err(reason) => command.refusal = reason as u8,
    }
}

/// A limit in units as a count, or why it has none; a refusal of the quantity stands.
fn set_price(command: &mut Command, instrument: &Instrument, limit: f64) {
    match instrument.price().exact(limit) {
        Ok(price) => command.price = price,
        Err(_) if command.refusal != 0 => {}
        Err(_) if limit.is_nan() => command.refusal = Reason::NoBook as u8,
        Err(reason) => command.refusal = reason as u8,
    }
}
