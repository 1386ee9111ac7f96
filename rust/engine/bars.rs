//! Bars for the strategy: those of the data, those it asked to have made of trades or lower bars, and the patterns a
//! scanner sees in them.

use std::sync::Arc;

use super::context::{Callback, Context};
use super::core::Engine;
use super::world::World;
use crate::bars::{Builder, Calendar, Row, Rule, TIMEFRAMES};
use crate::feed::{OTHER_TIMEFRAME, timeframe_of};
use crate::model::{Bar, Error, Event, EventKind, Result};
use crate::scanner::{Candle, Detector, Hit, Rules, fault};

/// A closed bar as the strategy reads it, in units; NaN volume where the data does not say.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct BarView {
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Traded quantity.
    pub volume: f64,
    /// Start, ns.
    pub open_ns: i64,
    /// End, ns: the first moment that is not part of it.
    pub close_ns: i64,
    /// Number of trades, 0 where the data does not say.
    pub trades: i64,
    /// Number among [`TIMEFRAMES`], then [`OTHER_TIMEFRAME`].
    pub timeframe: u8,
}

impl BarView {
    fn of_data(bar: &Bar, close_ns: i64) -> Self {
        let Bar { open, high, low, close, volume, open_ns, timeframe, trades, .. } = *bar;
        Self { open, high, low, close, volume, open_ns, close_ns, trades: i64::from(trades), timeframe }
    }

    fn of_row(row: &Row, close_ns: i64, timeframe: u8) -> Self {
        let Row { open, high, low, close, volume, open_ns, trades, .. } = *row;
        Self { open, high, low, close, volume, open_ns, close_ns, trades: trades.cast_signed(), timeframe }
    }

    /// What a higher bar is made of; the turnover is estimated from the typical price.
    fn row(&self) -> Row {
        let volume = if self.volume.is_nan() { 0.0 } else { self.volume };
        Row {
            open_ns: self.open_ns,
            open: self.open,
            high: self.high,
            low: self.low,
            close: self.close,
            volume,
            turnover: (self.high + self.low + self.close) / 3.0 * volume,
            trades: self.trades.cast_unsigned(),
        }
    }
}

/// A pattern seen at the close of a bar, as the strategy reads it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct HitView {
    /// Lower end of its zone or level, NaN where it has none.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
    /// Strength, 0 to 1.
    pub confidence: f64,
    /// Start of the bar it was seen at, ns.
    pub open_ns: i64,
    /// 1 up, -1 down, 0 neither.
    pub direction: i64,
    /// How many bars before that one it comes from.
    pub age: i64,
    /// Number among [`crate::scanner::PATTERNS`]; the user's own patterns follow.
    pub pattern: u8,
    /// Number among [`crate::scanner::KINDS`].
    pub kind: u8,
}

impl HitView {
    fn of(hit: &Hit) -> Self {
        Self {
            lo: hit.lo,
            hi: hit.hi,
            confidence: hit.confidence,
            open_ns: hit.time,
            direction: i64::from(hit.direction),
            age: i64::from(hit.t) - i64::from(hit.origin),
            pattern: hit.pattern,
            kind: hit.kind,
        }
    }
}

/// Bars that a strategy asked for.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// Of this instrument.
    pub instrument: u32,
    /// When one ends.
    pub rule: Rule,
    /// Where days and weeks begin.
    pub calendar: Calendar,
}

impl Context {
    /// Asks for bars. An error where the bars of the data do not add up to them.
    pub fn subscribe(&mut self, world: &World, wanted: Subscription) -> Result<()> {
        let span_ns = world.markets[wanted.instrument as usize].bar_span_ns;
        if let Rule::Time(step_ns) = wanted.rule
            && span_ns > 0
            && (step_ns <= span_ns || step_ns % span_ns != 0)
        {
            return Err(Error::Config(format!(
                "bars of {step_ns} ns cannot be made of the data's bars of {span_ns} ns: it must be a multiple of that"
            )));
        }
        self.subscriptions.push(wanted);
        Ok(())
    }
}

/// The rules of a run's scanner.
#[derive(Clone)]
pub struct ScanRules {
    /// Patterns and their numbers.
    pub rules: Arc<Rules>,
    /// Whether bars without volume are looked at.
    pub keep_zero_volume: bool,
}

/// One subscription at work.
#[derive(Debug)]
struct Watched {
    rule: Rule,
    builder: Builder,
    timeframe: u8,
}

/// The scanner at work: one detector an instrument.
struct Scan {
    with: ScanRules,
    detectors: Vec<Detector>,
}

/// Bars and hits of one run: what is being made, and what the current call is about.
#[derive(Default)]
pub struct BarDesk {
    /// The bar of the current call.
    pub bar: BarView,
    /// The hit of the current call.
    pub hit: HitView,
    watched: Vec<Vec<Watched>>,
    scan: Option<Scan>,
}

impl std::fmt::Debug for BarDesk {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("BarDesk")
            .field("bar", &self.bar)
            .field("watched", &self.watched)
            .finish_non_exhaustive()
    }
}

impl BarDesk {
    /// For so many instruments, nothing asked for yet.
    pub fn new(instruments: usize) -> Self {
        Self { watched: (0..instruments).map(|_| Vec::new()).collect(), ..Self::default() }
    }

    /// Whether an instrument's trades make bars.
    #[inline]
    pub fn watches(&self, instrument: u32) -> bool {
        !self.watched[instrument as usize].is_empty()
    }

    /// Looks for patterns in every instrument's bars.
    pub fn scan_with(&mut self, with: ScanRules) {
        let detectors = self.watched.iter().map(|_| Detector::new(&with.rules)).collect();
        self.scan = Some(Scan { with, detectors });
    }

    /// Whether a scanner waits for bars though nobody makes any.
    pub fn is_idle(&self) -> bool {
        self.scan.is_some() && self.watched.iter().all(Vec::is_empty)
    }

    /// Makes bars from now on; asking twice is asking once.
    pub fn subscribe(&mut self, wanted: Subscription) {
        let watched = &mut self.watched[wanted.instrument as usize];
        if watched.iter().all(|known| known.rule != wanted.rule) {
            let timeframe = match wanted.rule {
                Rule::Time(step_ns) => timeframe_of(step_ns),
                Rule::Day => TIMEFRAMES.iter().position(|name| *name == "1d").map_or(OTHER_TIMEFRAME, |at| at as u8),
                Rule::Week => TIMEFRAMES.iter().position(|name| *name == "1w").map_or(OTHER_TIMEFRAME, |at| at as u8),
                Rule::Ticks(1) => 0,
                Rule::Ticks(_) | Rule::Volume(_) | Rule::Dollar(_) => OTHER_TIMEFRAME,
            };
            watched.push(Watched { rule: wanted.rule, builder: Builder::new(wanted.rule, wanted.calendar), timeframe });
        }
    }

    /// Gives a trade or a closed lower bar, known until `close_ns`, to subscription `at` of an instrument; the bar that
    /// it ends, if it ends one.
    fn push(&mut self, instrument: u32, at: usize, (row, close_ns): (Row, i64), early: bool) -> Result<Vec<BarView>> {
        let watched = &mut self.watched[instrument as usize][at];
        let mut over = Vec::new();
        let end_ns = watched.builder.end_ns();
        if let Some(done) = watched.builder.push(row)? {
            let end_ns = if end_ns == i64::MIN { close_ns } else { end_ns.min(close_ns) };
            over.push(BarView::of_row(&done, end_ns, watched.timeframe));
        }
        let end_ns = watched.builder.end_ns();
        if early
            && close_ns >= end_ns
            && let Some(done) = watched.builder.finish()
        {
            over.push(BarView::of_row(&done, end_ns, watched.timeframe));
        }
        Ok(over)
    }

    /// What the scanner sees at the close of this bar.
    fn scan(&mut self, instrument: u32, bar: &BarView) -> Vec<Hit> {
        let Some(scan) = &mut self.scan else { return Vec::new() };
        let BarView { open, high, low, close, volume, open_ns, .. } = *bar;
        let candle = Candle { open, high, low, close, volume };
        if fault(candle, scan.with.keep_zero_volume).is_some_and(|(_, used)| !used) {
            return Vec::new();
        }
        let mut hits = Vec::new();
        scan.detectors[instrument as usize].update(&scan.with.rules, instrument, open_ns, candle, &mut hits);
        hits
    }
}

impl Engine {
    /// A bar of the data is over; `event` is its event, `instrument` already numbered for the run.
    pub fn on_bar(&mut self, event: &Event, bar: &Bar, instrument: u32, now_ns: i64) -> Result<()> {
        self.advance(now_ns);
        self.observe(event, instrument);
        let bar = BarView::of_data(bar, event.exchange_ns);
        self.deliver(&bar, instrument, true)?;
        self.build(instrument, (bar.row(), bar.close_ns), true)?;
        self.settle()
    }

    /// A trade makes bars.
    pub(super) fn on_traded(&mut self, event: &Event, instrument: u32) -> Result<()> {
        let listing = &self.world().markets[instrument as usize].instrument;
        let (price, qty) = (listing.price().to_f64(event.price), listing.qty().to_f64(event.qty));
        let time_ns = event.exchange_ns.max(self.last_trade_ns(instrument));
        self.build(instrument, (Row::of_trade(time_ns, price, qty), time_ns), false)
    }

    fn build(&mut self, instrument: u32, row: (Row, i64), early: bool) -> Result<()> {
        let mut at = 0;
        while at < self.desk.watched[instrument as usize].len() {
            for bar in self.desk.push(instrument, at, row, early)? {
                self.deliver(&bar, instrument, at == 0 && self.world().markets[instrument as usize].bar_span_ns == 0)?;
            }
            at += 1;
        }
        Ok(())
    }

    /// The time of the last trade that made a bar: exchange times may step back, bars do not.
    fn last_trade_ns(&self, instrument: u32) -> i64 {
        self.desk.watched[instrument as usize].first().map_or(i64::MIN, |watched| watched.builder.last_ns())
    }

    /// Tells the strategy of a closed bar, then of what the scanner saw in it.
    fn deliver(&mut self, bar: &BarView, instrument: u32, scanned: bool) -> Result<()> {
        self.desk.bar = *bar;
        if self.wants(Callback::Bar) {
            let mut event = self.input(EventKind::Bar, 0);
            (event.exchange_ns, event.instrument) = (bar.close_ns, instrument);
            self.call(&event, instrument, None)?;
        }
        if scanned {
            for hit in self.desk.scan(instrument, bar) {
                if self.wants(Callback::Hit) {
                    self.desk.hit = HitView::of(&hit);
                    let said = Event::hit(hit.pattern, hit.kind, hit.direction);
                    let mut event = self.input(EventKind::Hit, said.order_id);
                    (event.exchange_ns, event.instrument, event.side) = (bar.close_ns, instrument, said.side);
                    self.call(&event, instrument, None)?;
                }
            }
        }
        Ok(())
    }
}
