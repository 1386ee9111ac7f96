//! The loop: always the earliest input next, in the order of ranks at equal times.
//!
//! Inputs per instrument and source are ranked: the strategy's market data, its order reports, the exchange's market
//! data, the exchange's requests; timers come after all of them, samples last. Market data is walked in runs: a
//! cursor goes on until it would pass the next other input, so that choosing costs nothing per event.

use std::ops::ControlFlow;

use super::agenda::Agenda;
use super::compute::{Compute, Workload};
use super::order::{self, Input, Rank};
use super::samples::Samples;
use super::source::Source;
use super::wires::Wires;
use crate::book::View;
use crate::engine::Engine;
use crate::model::{Error, Event, EventKind, Result};
use crate::venue::SimExchange;

/// Rows walked between two looks at the clock and at Ctrl-C, at most.
const ROWS_PER_PACE: u64 = 16_384;

/// What a timer, a message or a sample counts as, in rows.
pub(super) const ROWS_PER_MESSAGE: u64 = 64;

/// What a run needs.
#[derive(Debug)]
pub struct Setup {
    /// The recordings.
    pub sources: Vec<Source>,
    /// One exchange per instrument, by the run's numbers.
    pub exchanges: Vec<SimExchange>,
    /// The strategy's side.
    pub engine: Engine,
    /// Step of the equity curve, ns; `None` chooses one by the length of the run.
    pub sample_ns: Option<i64>,
    /// How long the strategy takes to answer.
    pub compute: Compute,
}

/// How far a run is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Rows walked by the strategy's view.
    pub rows: u64,
    /// Rows in all.
    pub total: u64,
    /// Simulated time.
    pub now_ns: i64,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every input was consumed.
    EndOfData,
    /// The caller asked to stop.
    Interrupted,
}

/// A cursor's next event and its time.
pub(super) type Head = (usize, i64);

/// A run in progress.
#[derive(Debug)]
pub struct Backtest {
    pub(super) sources: Vec<Source>,
    pub(super) local: Vec<Head>,
    pub(super) exchange: Vec<Head>,
    pub(super) exchanges: Vec<SimExchange>,
    pub(super) wires: Vec<Wires>,
    pub(super) sources_of: Vec<Vec<usize>>,
    pub(super) agenda: Agenda,
    pub(super) has_orders: Vec<bool>,
    pub(super) traded: Vec<u32>,
    pub(super) engine: Engine,
    pub(super) workload: Workload,
    pub(super) samples: Samples,
    pub(super) next_sample_ns: i64,
    pub(super) last_data_ns: i64,
    pub(super) rows: u64,
    pub(super) rows_at_pace: u64,
}

impl Backtest {
    /// A run that stands before its first input.
    pub fn new(setup: Setup) -> Result<Self> {
        let Setup { sources, exchanges, engine, sample_ns, compute } = setup;
        let local: Vec<Head> = sources.iter().map(|source| source.seek(View::Receive, 0)).collect();
        let exchange: Vec<Head> = sources.iter().map(|source| source.seek(View::Exchange, 0)).collect();
        let first_ns = local.iter().chain(&exchange).map(|head| head.1).min().unwrap_or(i64::MAX);
        if first_ns == i64::MAX {
            return Err(Error::Data("there is no event to replay: the recordings are empty".into()));
        }
        let last_data_ns = sources.iter().map(Source::last_ns).max().unwrap_or(first_ns);
        let step_ns = Samples::step(sample_ns, last_data_ns.saturating_sub(first_ns))?;
        let pairs = exchanges.iter().zip(&engine.world().markets);
        let wires = pairs.map(|(exchange, market)| Wires::new(&exchange.model().latency, &market.instrument)).collect();
        let holding = |number| (0..sources.len()).filter(|&at| sources[at].numbers().contains(&number)).collect();
        let mut agenda = Agenda::new(sources.len(), exchanges.len());
        local.iter().enumerate().for_each(|(index, head)| agenda.set_local(index, head.1));
        Ok(Self {
            last_data_ns,
            wires,
            agenda,
            has_orders: vec![false; exchanges.len()],
            traded: vec![0; sources.len()],
            sources_of: (0..exchanges.len() as u32).map(holding).collect(),
            workload: Workload::new(compute),
            samples: Samples::new(step_ns),
            next_sample_ns: first_ns,
            sources,
            local,
            exchange,
            exchanges,
            engine,
            rows: 0,
            rows_at_pace: 0,
        })
    }

    /// Calls `on_start`, once.
    pub fn start(&mut self) -> Result<()> {
        self.engine.start(self.next_sample_ns)?;
        self.send_requests();
        Ok(())
    }

    /// Runs from there to the end of data. `pace` is called now and then; it may stop the run.
    pub fn run(&mut self, mut pace: impl FnMut(Progress) -> ControlFlow<()>) -> Result<Outcome> {
        if self.drain(&mut pace)? == Outcome::Interrupted {
            return Ok(Outcome::Interrupted);
        }
        self.engine.stop()?;
        self.send_requests();
        self.drain(&mut pace)?;
        self.engine.mark();
        self.samples.close(self.engine.now_ns().max(self.last_data_ns), self.engine.world());
        self.check_positions()?;
        Ok(Outcome::EndOfData)
    }

    /// Takes inputs until there are no more.
    fn drain(&mut self, pace: &mut impl FnMut(Progress) -> ControlFlow<()>) -> Result<Outcome> {
        let total = self.sources.iter().map(|source| source.events().len() as u64).sum();
        loop {
            let ((now_ns, rank, index), bound) = self.next();
            if now_ns == i64::MAX {
                return Ok(Outcome::EndOfData);
            }
            match rank {
                Rank::LocalData if self.workload.takes_time() && self.engine.wants_market() => {
                    self.step_local(index, now_ns)?;
                }
                Rank::LocalData => self.walk_local(index, bound)?,
                Rank::ExchangeData => self.walk_exchange(index, bound)?,
                Rank::Report => self.deliver_report(index, now_ns)?,
                Rank::Request => self.deliver_request(index, now_ns)?,
                Rank::Timer => self.fire_timer(now_ns)?,
                Rank::Sample => {
                    self.sample(now_ns);
                    self.rows_at_pace += ROWS_PER_MESSAGE;
                }
            }
            if self.rows_at_pace >= ROWS_PER_PACE {
                self.rows_at_pace = 0;
                let now_ns = self.engine.now_ns();
                if pace(Progress { rows: self.rows, total, now_ns }).is_break() {
                    return Ok(Outcome::Interrupted);
                }
            }
        }
    }

    /// The strategy's side.
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// How busy the strategy was.
    pub const fn workload(&self) -> &Workload {
        &self.workload
    }

    /// The exchanges, by instrument number.
    pub fn exchanges(&self) -> &[SimExchange] {
        &self.exchanges
    }

    /// The equity curve.
    pub const fn samples(&self) -> &Samples {
        &self.samples
    }

    /// Rows walked by the strategy's view.
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Simulated times of the first and the last sample: the run's span once it has ended.
    pub fn span_ns(&self) -> (i64, i64) {
        let times = &self.samples.time_ns;
        let now_ns = self.engine.now_ns();
        (times.first().copied().unwrap_or(now_ns), times.last().copied().unwrap_or(now_ns))
    }

    /// The strategy's side, to keep after the run.
    pub fn into_engine(self) -> Engine {
        self.engine
    }

    /// The earliest input, and the first time at which something else comes before another of its kind. Timers fire
    /// only while market data remains: a strategy cannot keep a run alive. The data of an exchange where we have no
    /// order changes nothing that anyone can see; it waits until a request needs it, and after the last one it is never
    /// walked.
    fn next(&self) -> (Input, i64) {
        let (mut strategy, mut rest) = self.agenda.races();
        debug_assert_eq!((strategy, rest), self.look_at_all(), "the agenda misses a change");
        if !(strategy.is_over() && rest.is_over()) {
            let timer_ns = self.engine.next_timer_ns();
            strategy.offer((if timer_ns < self.last_data_ns { timer_ns } else { i64::MAX }, Rank::Timer, 0));
            rest.offer((self.next_sample_ns, Rank::Sample, 0));
        }
        order::next(&strategy, &rest, self.workload.free_ns())
    }

    /// Walks the strategy's view of one source until another input comes first or the strategy asks for something.
    fn walk_local(&mut self, index: usize, bound: i64) -> Result<()> {
        if !self.engine.wants_market() {
            self.skim_local(index, bound);
            return Ok(());
        }
        let (source, engine) = (&self.sources[index], &mut self.engine);
        let (head, mut outcome) = (self.local[index], Ok(()));
        let next = source.walk(View::Receive, head, (bound, ROWS_PER_PACE as usize), |event, now_ns| {
            outcome = tell(engine, source, event, now_ns);
            if outcome.is_ok() && !engine.has_requests() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        self.note_walked(index, next);
        outcome?;
        self.send_requests();
        Ok(())
    }

    /// The strategy's view of a source has come so far.
    fn note_walked(&mut self, index: usize, next: Head) {
        let rows = (next.0 - self.local[index].0) as u64;
        self.set_local(index, next);
        self.rows += rows;
        self.rows_at_pace += rows;
    }

    /// The same where the strategy is not called for market data: its books are all that changes.
    fn skim_local(&mut self, index: usize, bound: i64) {
        let (source, engine) = (&self.sources[index], &mut self.engine);
        let (head, most) = (self.local[index], (bound, ROWS_PER_PACE as usize));
        let mut seen_ns = head.1;
        let next = match *source.numbers() {
            [number] => {
                let market = engine.market_mut(number);
                source.walk(View::Receive, head, most, |event, now_ns| {
                    market.apply(event);
                    seen_ns = now_ns;
                    ControlFlow::Continue(())
                })
            }
            _ => source.walk(View::Receive, head, most, |event, now_ns| {
                engine.observe(event, source.number(event));
                seen_ns = now_ns;
                ControlFlow::Continue(())
            }),
        };
        engine.advance(seen_ns.max(self.workload.free_ns()));
        self.note_walked(index, next);
    }

    /// One event of the strategy's view, for a strategy that may be busy when the next one comes.
    fn step_local(&mut self, index: usize, now_ns: i64) -> Result<()> {
        let (at, came_ns) = self.local[index];
        let begun = self.begin(now_ns);
        let (source, engine) = (&self.sources[index], &mut self.engine);
        let event = &source.events()[at];
        let outcome = tell(engine, source, event, now_ns);
        let next = source.seek(View::Receive, at + 1);
        self.set_local(index, next);
        self.rows += 1;
        self.rows_at_pace += 1;
        self.finish(begun, came_ns, outcome)
    }

    /// Brings the exchange's view of every source of this instrument up to `now_ns`; none of our orders is there.
    pub(super) fn catch_up(&mut self, number: usize, now_ns: i64) -> Result<()> {
        for at in 0..self.sources_of[number].len() {
            let index = self.sources_of[number][at];
            while self.exchange[index].1 <= now_ns && self.exchange[index].1 != i64::MAX {
                self.walk_exchange(index, now_ns.saturating_add(1))?;
            }
        }
        Ok(())
    }

    /// Walks the exchange's view of one source until another input comes first or one of our orders executes.
    fn walk_exchange(&mut self, index: usize, bound: i64) -> Result<()> {
        let (source, exchanges) = (&self.sources[index], &mut self.exchanges);
        let (head, most) = (self.exchange[index], (bound, ROWS_PER_PACE as usize));
        let (mut outcome, mut reported) = (Ok(()), None);
        let mut obey = |exchange: &mut SimExchange, event: &Event, number: u32| {
            outcome = exchange.on_market(event);
            if outcome.is_ok() && !exchange.has_reports() {
                return ControlFlow::Continue(());
            }
            reported = Some(number as usize);
            ControlFlow::Break(())
        };
        let next = match *source.numbers() {
            [number] => {
                let exchange = &mut exchanges[number as usize];
                source.walk(View::Exchange, head, most, |event, _| obey(exchange, event, number))
            }
            _ => source.walk(View::Exchange, head, most, |event, _| {
                let number = source.number(event);
                obey(&mut exchanges[number as usize], event, number)
            }),
        };
        self.set_exchange(index, next);
        self.rows_at_pace += (next.0 - head.0) as u64;
        outcome?;
        if let Some(number) = reported {
            self.note_orders(number);
            self.send_reports(number);
        }
        Ok(())
    }

    fn sample(&mut self, now_ns: i64) {
        self.engine.mark();
        self.samples.take(now_ns, self.engine.world());
        self.next_sample_ns = now_ns.saturating_add(self.samples.step_ns);
    }

    /// Both sides must have executed the same.
    fn check_positions(&self) -> Result<()> {
        for (number, exchange) in self.exchanges.iter().enumerate() {
            let ours = self.engine.world().ledger.position(number as u32).qty;
            if ours != exchange.position() {
                return Err(Error::Internal(format!(
                    "after the run our position is {ours} increments and the exchange's {}",
                    exchange.position()
                )));
            }
        }
        Ok(())
    }
}

/// One event of a source comes to the strategy's side.
#[inline]
fn tell(engine: &mut Engine, source: &Source, event: &Event, now_ns: i64) -> Result<()> {
    if event.is(EventKind::Bar) {
        engine.on_bar(event, source.bar(event), source.number(event), now_ns)
    } else {
        engine.on_market(event, source.number(event), now_ns)
    }
}
