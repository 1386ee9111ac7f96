//! The engine's transitions: market data, order reports and timers in; requests to the venue out.

use super::bars::{BarDesk, ScanRules};
use super::context::{Callback, CallbackMask, Context, OUTBOX_CAPACITY, Status, Strategy};
use super::requests::describe;
use super::timers::Timers;
use super::views::MarketView;
use super::world::{Market, World};
use crate::model::{Command, CommandKind, Error, Event, EventKind, Report, ReportKind, Result, Side, flags};
use crate::risk::RiskGate;
use crate::venue::Request;

/// Most strategy calls without time moving on: more is a strategy that answers itself for ever.
const CALLS_PER_INSTANT: u32 = 100_000;

/// The engine of one strategy.
#[derive(Debug)]
pub struct Engine {
    pub(super) world: World,
    pub(super) gate: RiskGate,
    pub(super) timers: Timers,
    strategy: Strategy,
    context: Box<Context>,
    pub(super) desk: BarDesk,
    views: Box<[MarketView]>,
    pub(super) requests: Vec<(u32, Request)>,
    pub(super) answers: Vec<Report>,
    reports: Vec<Report>,
    pub(super) now_ns: i64,
    pub(super) origin_ns: i64,
    calls_at_now: u32,
    pub(super) closed: bool,
}

impl Engine {
    /// An engine for `strategy` in `world`, orders held to `gate`.
    pub fn new(world: World, gate: RiskGate, strategy: Strategy) -> Self {
        let views = (0..world.markets.len()).map(|number| MarketView::new(number as u32)).collect();
        Self {
            desk: BarDesk::new(world.markets.len()),
            world,
            gate,
            timers: Timers::default(),
            strategy,
            context: Context::new(),
            views,
            requests: Vec::new(),
            answers: Vec::new(),
            reports: Vec::new(),
            now_ns: i64::MIN,
            origin_ns: 0,
            calls_at_now: 0,
            closed: false,
        }
    }

    /// What is known.
    pub const fn world(&self) -> &World {
        &self.world
    }

    /// Looks for patterns in the run's bars.
    pub fn scan_with(&mut self, rules: ScanRules) {
        self.desk.scan_with(rules);
    }

    /// Whether the strategy defines a callback.
    #[inline]
    pub(super) const fn wants(&self, callback: Callback) -> bool {
        self.strategy.wants.has(callback)
    }

    /// What is known, to keep after the run.
    pub fn into_world(self) -> World {
        self.world
    }

    /// Every report so far, in the order the strategy's side learnt of them.
    pub fn reports(&self) -> &[Report] {
        &self.reports
    }

    /// The strategy's time.
    pub const fn now_ns(&self) -> i64 {
        self.now_ns
    }

    /// When the next timer fires.
    #[inline]
    pub fn next_timer_ns(&self) -> i64 {
        self.timers.next_ns()
    }

    /// Calls of the strategy since time last moved on.
    pub const fn calls_at_now(&self) -> u32 {
        self.calls_at_now
    }

    /// Whether requests wait to be sent.
    #[inline]
    pub fn has_requests(&self) -> bool {
        !self.requests.is_empty()
    }

    /// Takes the requests made since the last call, with the instrument each is for.
    pub fn take_requests(&mut self) -> std::vec::Drain<'_, (u32, Request)> {
        self.requests.drain(..)
    }

    /// The first input of the run: timers count from here. Calls `on_start`.
    pub fn start(&mut self, now_ns: i64) -> Result<()> {
        self.origin_ns = now_ns;
        self.advance(now_ns);
        if self.strategy.wants.has(Callback::Start) {
            let event = self.input(EventKind::Control, Event::START);
            self.call(&event, self.only_instrument(), None)?;
        }
        if self.desk.is_idle() && self.world.markets.iter().all(|market| market.bar_span_ns == 0) {
            return Err(Error::Config(
                "the scanner looks at bars, but the data hold none and on_start asks for none: ctx.subscribe(\"1m\")"
                    .into(),
            ));
        }
        self.settle()
    }

    /// The run ends: calls `on_stop`, the last call of all. Orders it asks for still go out; what becomes of them is
    /// booked, but told to nobody.
    pub fn stop(&mut self) -> Result<()> {
        self.closed = false;
        if self.strategy.wants.has(Callback::Stop) {
            let event = self.input(EventKind::Control, Event::STOP);
            self.call(&event, self.only_instrument(), None)?;
        }
        self.close();
        self.strategy.wants = CallbackMask::default();
        self.settle()
    }

    /// No market data will come any more: what is under way still arrives, new orders are denied.
    pub const fn close(&mut self) {
        self.closed = true;
    }

    /// One event of the strategy's market data, `instrument` already numbered for the run. `now_ns` is when the
    /// strategy's side learns of it.
    #[inline]
    pub fn on_market(&mut self, event: &Event, instrument: u32, now_ns: i64) -> Result<()> {
        self.advance(now_ns);
        let market = &mut self.world.markets[instrument as usize];
        market.apply(event);
        if event.is(EventKind::Trade) && self.desk.watches(instrument) {
            self.on_traded(event, instrument)?;
        }
        let Some(callback) = Callback::of(event).filter(|callback| self.strategy.wants.has(*callback)) else {
            return Ok(());
        };
        if callback != Callback::Trade && !event.has(flags::LAST) {
            return Ok(());
        }
        if event.instrument == instrument {
            self.call(event, instrument, None)?;
        } else {
            self.call(&Event { instrument, ..*event }, instrument, None)?;
        }
        self.settle()
    }

    /// Whether the strategy is called for market data at all.
    pub const fn wants_market(&self) -> bool {
        const MARKET: u32 = 1 << Callback::Book as u32
            | 1 << Callback::Trade as u32
            | 1 << Callback::Quote as u32
            | 1 << Callback::Bar as u32
            | 1 << Callback::Hit as u32;
        self.strategy.wants.0 & MARKET != 0
    }

    /// One event of market data that the strategy is not called for; the time is set by [`Self::advance`].
    #[inline]
    pub fn observe(&mut self, event: &Event, instrument: u32) {
        self.world.markets[instrument as usize].apply(event);
    }

    /// What is known of an instrument, for market data that the strategy is not called for.
    #[inline]
    pub fn market_mut(&mut self, instrument: u32) -> &mut Market {
        &mut self.world.markets[instrument as usize]
    }

    /// A report from the venue arrives.
    pub fn on_report(&mut self, report: &Report, now_ns: i64) -> Result<()> {
        self.advance(now_ns);
        self.receive(*report)?;
        self.settle()
    }

    /// The earliest timer fires, at its time or later.
    pub fn on_timer(&mut self, now_ns: i64) -> Result<()> {
        let Some((id, _)) = self.timers.fire() else { return Ok(()) };
        self.advance(now_ns);
        if !self.strategy.wants.has(Callback::Timer) {
            return Ok(());
        }
        let event = self.input(EventKind::Timer, id);
        self.call(&event, self.only_instrument(), None)?;
        self.settle()
    }

    /// Notes the marks, for the time when a book has no mid.
    pub fn mark(&mut self) {
        for market in &mut self.world.markets {
            market.last_mark = market.mark();
        }
    }

    /// The strategy's side has come to this time.
    #[inline]
    pub fn advance(&mut self, now_ns: i64) {
        if now_ns != self.now_ns {
            self.now_ns = now_ns;
            self.calls_at_now = 0;
        }
    }

    /// An engine input that belongs to no venue.
    pub(super) fn input(&self, kind: EventKind, id: u64) -> Event {
        Event {
            exchange_ns: self.now_ns,
            receive_ns: self.now_ns,
            order_id: id,
            instrument: self.only_instrument(),
            kind: kind as u8,
            flags: flags::LAST,
            ..Event::default()
        }
    }

    /// The instrument that a call without one of its own means: the only one there is.
    fn only_instrument(&self) -> u32 {
        if self.world.markets.len() == 1 { 0 } else { Context::NO_INSTRUMENT }
    }

    /// Calls the strategy and carries out what it asks for.
    pub(super) fn call(&mut self, event: &Event, instrument: u32, report: Option<&Report>) -> Result<()> {
        self.calls_at_now += 1;
        if self.calls_at_now > CALLS_PER_INSTANT {
            return Err(Error::Engine(format!(
                "the strategy was called more than {CALLS_PER_INSTANT} times at {} ns: it answers its own orders for ever",
                self.now_ns
            )));
        }
        let context = &mut *self.context;
        context.instrument = instrument;
        context.now_ns = self.now_ns;
        context.world = &raw const self.world;
        context.report = report.map_or(std::ptr::null(), std::ptr::from_ref);
        context.state = self.strategy.state;
        context.next_order_id = self.world.orders.next_id();
        context.outbox_len = 0;
        context.outbox_overflow = 0;
        context.markets = self.views.as_mut_ptr();
        context.bar = &raw const self.desk.bar;
        context.hit = &raw const self.desk.hit;
        // SAFETY: the context was just pointed at the engine's world and views, which outlive the call.
        context.market = unsafe { MarketView::current(context, instrument) };
        if let Some(report) = report {
            context.subject.report(&self.world, report);
        } else if event.is(EventKind::Trade) {
            context.subject.trade(&self.world.markets[instrument as usize].instrument, event);
        } else if event.is(EventKind::QuoteBid) || event.is(EventKind::QuoteAsk) {
            context.subject.quote(&self.world.markets[instrument as usize], event);
        }
        // SAFETY: `entry` is a function of this signature by `Strategy`'s contract. The event, the world and the
        // report outlive the call and are not touched by the engine during it; the context is exclusively the call's.
        let status = unsafe { (self.strategy.entry)(std::ptr::from_ref(event), std::ptr::from_mut(context)) };
        self.finish_call(status)
    }

    fn finish_call(&mut self, status: Status) -> Result<()> {
        if self.context.outbox_overflow > 0 {
            let asked = self.context.outbox_len + self.context.outbox_overflow;
            return Err(Error::Engine(format!(
                "the strategy issued {asked} commands in one callback, at most {OUTBOX_CAPACITY} are possible"
            )));
        }
        if status != 0 {
            let stopped = || Error::Engine(format!("the strategy stopped the run with status {status}"));
            return Err(self.context.failure.take().unwrap_or_else(stopped));
        }
        if !self.context.subscriptions.is_empty() {
            for wanted in std::mem::take(&mut self.context.subscriptions) {
                self.desk.subscribe(wanted);
            }
        }
        for index in 0..self.context.outbox_len as usize {
            let command = self.context.outbox[index];
            self.check(&command)?;
            self.carry_out(&command);
        }
        Ok(())
    }

    /// What a native strategy may get wrong in a command: kind, ids, instrument, period.
    fn check(&self, command: &Command) -> Result<()> {
        let submit = command.kind == CommandKind::Submit as u8;
        let (given, wrong) = match command.kind {
            1 if command.order_id != self.world.orders.next_id() => {
                (command.order_id, format!("orders get the id Context::next_order_id, {}", self.world.orders.next_id()))
            }
            1 if command.instrument as usize >= self.world.markets.len() => (
                u64::from(command.instrument),
                format!("the run has instruments 0 to {}", self.world.markets.len() - 1),
            ),
            5 if command.qty <= 0 => (command.qty as u64, "a timer's period is positive".to_owned()),
            1..=5 => return Ok(()),
            other => {
                (u64::from(other), "command kinds are 1 submit, 2 cancel, 3 replace, 4 cancel all, 5 timer".to_owned())
            }
        };
        let name = if submit { "an order" } else { "a command" };
        Err(Error::Engine(format!("the strategy issued {name} that cannot be: {wrong}, not {}", given.cast_signed())))
    }

    /// Applies a venue's report to orders and ledger.
    fn receive(&mut self, mut report: Report) -> Result<()> {
        report.receive_ns = self.now_ns;
        let Ok(order) = self.world.orders.apply(&report) else { return Ok(()) };
        report.set_state(order.state());
        (report.cum_qty, report.leaves_qty) = (order.cum_qty(), order.leaves_qty());
        if report.is(ReportKind::CancelRejected) {
            describe(&mut report, order);
        }
        if report.is_fill()
            && let Some(side) = Side::from_u8(report.side)
        {
            let market = &mut self.world.markets[report.instrument as usize];
            market.executed_at(report.price);
            let fill = (report.price, report.qty);
            self.world.ledger.apply(report.instrument, &market.instrument, side, fill, report.fee())?;
        }
        self.publish(report)
    }

    /// Logs a report and tells the strategy: `on_order` for every one, then `on_fill` for an execution.
    fn publish(&mut self, mut report: Report) -> Result<()> {
        report.position = self.world.ledger.position(report.instrument).qty;
        report.sequence = self.reports.len() as u64 + 1;
        self.reports.push(report);
        for (callback, kind) in [(Callback::Order, EventKind::Order), (Callback::Fill, EventKind::Fill)] {
            if self.strategy.wants.has(callback) && (callback == Callback::Order || report.is_fill()) {
                let mut event = self.input(kind, report.order_id);
                event.exchange_ns = report.exchange_ns;
                (event.price, event.qty, event.side) = (report.price, report.qty, report.side);
                event.instrument = report.instrument;
                self.call(&event, report.instrument, Some(&report))?;
            }
        }
        Ok(())
    }

    /// Publishes what we answered ourselves (denials, refused cancels), until nothing is left to say.
    #[inline]
    pub(super) fn settle(&mut self) -> Result<()> {
        while !self.answers.is_empty() {
            for report in std::mem::take(&mut self.answers) {
                self.publish(report)?;
            }
        }
        Ok(())
    }
}
