//! The loop: always the earliest input next, in the order of ranks at equal times.
//!
//! Inputs per instrument and source are ranked: the strategy's market data, its order reports, the exchange's market
//! data, the exchange's requests; timers come after all of them, samples last. Market data is walked in runs: a
//! cursor goes on until it would pass the next other input, so that choosing costs nothing per event.

use std::ops::ControlFlow;

use super::samples::Samples;
use super::source::Source;
use crate::book::View;
use crate::engine::Engine;
use crate::model::{Error, Report, Result};
use crate::venue::{Link, Request, SimExchange};

/// Rows walked between two looks at the clock and at Ctrl-C, at most.
const ROWS_PER_PACE: u64 = 16_384;

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

/// The order of inputs at equal times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    LocalData,
    Report,
    ExchangeData,
    Request,
    Timer,
    Sample,
}

/// An input's place in the total order: time, rank, index within the rank.
type Input = (i64, Rank, usize);

/// A cursor's next event and its time.
type Head = (usize, i64);

/// A run in progress.
#[derive(Debug)]
pub struct Backtest {
    sources: Vec<Source>,
    local: Vec<Head>,
    exchange: Vec<Head>,
    exchanges: Vec<SimExchange>,
    requests: Vec<Link<Request>>,
    reports: Vec<Link<Report>>,
    engine: Engine,
    samples: Samples,
    next_sample_ns: i64,
    last_data_ns: i64,
    rows: u64,
    rows_at_pace: u64,
}

impl Backtest {
    /// A run that stands before its first input.
    pub fn new(setup: Setup) -> Result<Self> {
        let Setup { sources, exchanges, engine, sample_ns } = setup;
        let local: Vec<Head> = sources.iter().map(|source| source.seek(View::Receive, 0)).collect();
        let exchange: Vec<Head> = sources.iter().map(|source| source.seek(View::Exchange, 0)).collect();
        let first_ns = local.iter().chain(&exchange).map(|head| head.1).min().unwrap_or(i64::MAX);
        if first_ns == i64::MAX {
            return Err(Error::Data("there is no event to replay: the recordings are empty".into()));
        }
        let last_data_ns = sources.iter().map(Source::last_ns).max().unwrap_or(first_ns);
        let step_ns = sample_ns.unwrap_or_else(|| Samples::step_for(last_data_ns.saturating_sub(first_ns)));
        Ok(Self {
            last_data_ns,
            requests: exchanges.iter().map(|_| Link::default()).collect(),
            reports: exchanges.iter().map(|_| Link::default()).collect(),
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
        let total = self.sources.iter().map(|source| source.events().len() as u64).sum();
        loop {
            let (now_ns, rank, index) = self.next();
            if now_ns == i64::MAX {
                break;
            }
            match rank {
                Rank::LocalData => self.walk_local(index)?,
                Rank::ExchangeData => self.walk_exchange(index)?,
                Rank::Report => self.deliver_report(index, now_ns)?,
                Rank::Request => self.deliver_request(index, now_ns)?,
                Rank::Timer => {
                    self.engine.on_timer()?;
                    self.send_requests();
                    self.rows_at_pace += 64;
                }
                Rank::Sample => self.sample(now_ns),
            }
            if self.rows_at_pace >= ROWS_PER_PACE {
                self.rows_at_pace = 0;
                let now_ns = self.engine.now_ns();
                if pace(Progress { rows: self.rows, total, now_ns }).is_break() {
                    return Ok(Outcome::Interrupted);
                }
            }
        }
        self.engine.stop()?;
        self.engine.mark();
        self.samples.close(self.engine.now_ns().max(self.last_data_ns), self.engine.world());
        self.check_positions()?;
        Ok(Outcome::EndOfData)
    }

    /// The strategy's side.
    pub const fn engine(&self) -> &Engine {
        &self.engine
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

    /// The earliest input. Timers fire only while market data remains: a strategy cannot keep a run alive.
    fn next(&self) -> Input {
        let heads = |rank: Rank, heads: &[Head], best: Input| {
            heads.iter().enumerate().fold(best, |best, (index, head)| best.min((head.1, rank, index)))
        };
        let mut best = (i64::MAX, Rank::Sample, 0);
        best = heads(Rank::LocalData, &self.local, best);
        best = heads(Rank::ExchangeData, &self.exchange, best);
        for (index, (reports, requests)) in self.reports.iter().zip(&self.requests).enumerate() {
            best = best.min((reports.next_ns(), Rank::Report, index));
            best = best.min((requests.next_ns(), Rank::Request, index));
        }
        if best.0 == i64::MAX {
            return best;
        }
        let timer_ns = self.engine.next_timer_ns();
        if timer_ns < self.last_data_ns {
            best = best.min((timer_ns, Rank::Timer, 0));
        }
        best.min((self.next_sample_ns, Rank::Sample, 0))
    }

    /// The first time at which something other than this cursor's data comes first.
    fn bound(&self, rank: Rank, index: usize) -> i64 {
        let after = |other: Rank, other_index: usize, time_ns: i64| {
            let wins = (other, other_index) < (rank, index);
            if wins { time_ns } else { time_ns.saturating_add(1) }
        };
        let mut bound = i64::MAX;
        for other in 0..self.local.len() {
            if (Rank::LocalData, other) != (rank, index) {
                bound = bound.min(after(Rank::LocalData, other, self.local[other].1));
            }
            if (Rank::ExchangeData, other) != (rank, index) {
                bound = bound.min(after(Rank::ExchangeData, other, self.exchange[other].1));
            }
        }
        for other in 0..self.reports.len() {
            bound = bound.min(after(Rank::Report, other, self.reports[other].next_ns()));
            bound = bound.min(after(Rank::Request, other, self.requests[other].next_ns()));
        }
        bound = bound.min(self.engine.next_timer_ns().saturating_add(1));
        bound.min(self.next_sample_ns.saturating_add(1))
    }

    /// Walks the strategy's view of one source until another input comes first or the strategy asks for something.
    fn walk_local(&mut self, index: usize) -> Result<()> {
        let bound = self.bound(Rank::LocalData, index);
        let source = &self.sources[index];
        let (mut at, mut time_ns) = self.local[index];
        let started = at;
        while time_ns < bound {
            let event = &source.events()[at];
            let outcome = self.engine.on_market(event, source.number(event), time_ns);
            (at, time_ns) = source.seek(View::Receive, at + 1);
            if outcome.is_err() || self.engine.has_requests() || (at - started) as u64 >= ROWS_PER_PACE {
                self.local[index] = (at, time_ns);
                outcome?;
                break;
            }
        }
        self.local[index] = (at, time_ns);
        self.rows += (at - started) as u64;
        self.rows_at_pace += (at - started) as u64;
        self.send_requests();
        Ok(())
    }

    /// Walks the exchange's view of one source until another input comes first or one of our orders executes.
    fn walk_exchange(&mut self, index: usize) -> Result<()> {
        let bound = self.bound(Rank::ExchangeData, index);
        let source = &self.sources[index];
        let (mut at, mut time_ns) = self.exchange[index];
        let started = at;
        while time_ns < bound {
            let event = &source.events()[at];
            let number = source.number(event) as usize;
            let exchange = &mut self.exchanges[number];
            exchange.on_market(event)?;
            (at, time_ns) = source.seek(View::Exchange, at + 1);
            if exchange.has_reports() {
                send_reports(exchange, &mut self.reports[number]);
                break;
            }
            if (at - started) as u64 >= ROWS_PER_PACE {
                break;
            }
        }
        self.exchange[index] = (at, time_ns);
        self.rows_at_pace += (at - started) as u64;
        Ok(())
    }

    fn deliver_report(&mut self, index: usize, now_ns: i64) -> Result<()> {
        if let Some(report) = self.reports[index].receive() {
            self.engine.on_report(&report, now_ns)?;
            self.send_requests();
        }
        Ok(())
    }

    fn deliver_request(&mut self, index: usize, now_ns: i64) -> Result<()> {
        if let Some(request) = self.requests[index].receive() {
            self.exchanges[index].on_request(&request, now_ns)?;
            send_reports(&mut self.exchanges[index], &mut self.reports[index]);
        }
        Ok(())
    }

    /// Puts the strategy's requests on their wires.
    fn send_requests(&mut self) {
        if !self.engine.has_requests() {
            return;
        }
        let now_ns = self.engine.now_ns();
        for (number, request) in self.engine.take_requests() {
            let entry_ns = self.exchanges[number as usize].model().latency.entry_ns;
            self.requests[number as usize].send(now_ns.saturating_add(entry_ns), request);
        }
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

/// Puts an exchange's reports on their wire.
fn send_reports(exchange: &mut SimExchange, link: &mut Link<Report>) {
    let response_ns = exchange.model().latency.response_ns;
    for report in exchange.take_reports() {
        link.send(report.exchange_ns.saturating_add(response_ns), report);
    }
}
