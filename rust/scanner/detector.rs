//! All patterns of one instrument: what is remembered between bars, and which bars are judged.

use super::features::{self, Features};
use super::hit::Hit;
use super::levels::Levels;
use super::passes::{BREAKOUT, GAPS, LEVELS, PIVOT_HIGH, PIVOT_LOW, Passes, VOLUME};
use super::rules::Rules;
use super::series::{Candle, History, Series, next_range, true_range};
use super::settings::ScanSettings;
use super::structure::{Block, Pivot};
use super::verdict::Moment;
use super::zone::{Zone, Zones};

/// The memory of one instrument, between one bar and the next.
#[derive(Clone, Debug)]
pub struct Detector {
    bars: u32,
    pub(super) range: f64,
    pub(super) relative_volume: f64,
    pub(super) flow: f64,
    pub(super) highest: f64,
    pub(super) lowest: f64,
    pub(super) trend: i8,
    // Highs first, then lows.
    pub(super) pivots: [Option<Pivot>; 2],
    pub(super) levels: [Levels; 2],
    pub(super) zones: Zones,
    history: History,
}

impl Detector {
    /// Before the first bar.
    pub fn new(rules: &Rules) -> Self {
        Self {
            bars: 0,
            range: 0.0,
            relative_volume: 1.0,
            flow: 0.0,
            highest: f64::INFINITY,
            lowest: f64::NEG_INFINITY,
            trend: 0,
            pivots: [None; 2],
            levels: Default::default(),
            zones: Zones::default(),
            history: History::new(rules.bars_kept()),
        }
    }

    /// Goes back to before the first bar; room once made is kept.
    fn restart(&mut self) {
        (self.bars, self.range, self.relative_volume, self.flow) = (0, 0.0, 1.0, 0.0);
        (self.highest, self.lowest, self.trend) = (f64::INFINITY, f64::NEG_INFINITY, 0);
        self.pivots = [None; 2];
        self.levels = Default::default();
        self.zones.clear();
    }

    /// Bars taken so far.
    pub fn bars(&self) -> usize {
        self.bars as usize
    }

    /// Its zones.
    pub fn zones(&self, live: bool) -> Vec<Zone> {
        self.zones.list(live)
    }

    /// Takes the next bar.
    pub fn update(&mut self, rules: &Rules, instrument: u32, time: i64, candle: Candle, hits: &mut Vec<Hit>) {
        let mut history = std::mem::replace(&mut self.history, History::new(0));
        history.push(candle);
        let series = history.series();
        let features = features::at_last(&series, history.money_flow(), self.bars(), &rules.settings);
        let hit = Hit { time, instrument, ..Hit::default() };
        let moment = self.moment(rules, (&series, history.logs()), (series.len() - 1, features), hit);
        self.zones.apply(self.bars, candle.high, candle.low);
        self.judge(&moment, u8::MAX, hits);
        self.remember(&moment);
        self.history = history;
    }

    /// Forgets what it knows and takes a whole history, of which `passes` tell; is then where `update` would be.
    pub fn scan(&mut self, rules: &Rules, passes: &Passes, rows: (u32, &[i64], &Series<'_>), hits: &mut Vec<Hit>) {
        let (instrument, times, series) = rows;
        self.restart();
        let mut watch = self.watch();
        for (t, &time) in times.iter().enumerate() {
            let (high, low, close) = (series.high[t], series.low[t], series.close[t]);
            let marks = passes.marks(t) | watch.levels(high, low, close);
            let zone = watch.meets_zone(high, low);
            if !zone && marks == 0 && rules.custom.is_empty() {
                continue;
            }
            if zone {
                self.zones.apply(t as u32, high, low);
            }
            if marks & (BREAKOUT | GAPS | VOLUME | LEVELS) != 0 || !rules.custom.is_empty() {
                self.recall(passes, t, &rules.settings);
                let hit = Hit { time, instrument, ..Hit::default() };
                let moment = self.moment(rules, (series, passes.logs()), (t, passes.at(t, &rules.settings)), hit);
                self.judge(&moment, marks, hits);
            }
            if marks & (PIVOT_HIGH | PIVOT_LOW) != 0 {
                self.bars = t as u32;
                self.confirm(rules, series, t, [marks & PIVOT_HIGH != 0, marks & PIVOT_LOW != 0]);
            }
            watch = self.watch();
        }
        let bars = series.len();
        self.recall(passes, bars, &rules.settings);
        for (pivot, side) in self.pivots.iter_mut().zip(SIDES) {
            if let Some(pivot) = pivot {
                pivot.block = Block::farthest(series, pivot.bar as usize + 1..bars, pivot.bar + 1, side);
            }
        }
        self.history.fill(series, passes.money_flow(), passes.logs());
    }

    /// Is where bars before `t` leave it, but for what changes only at a bar that is judged.
    #[inline]
    fn recall(&mut self, passes: &Passes, t: usize, settings: &ScanSettings) {
        self.bars = t as u32;
        if t > 0 {
            self.range = passes.range(t - 1);
            self.keep(&passes.at(t - 1, settings));
        }
    }

    /// The prices at which a bar without marks changes something all the same.
    #[inline]
    fn watch(&self) -> Watch {
        let [highs, lows] = self.levels.each_ref().map(Levels::nearest);
        let [zone_below, zone_above] = self.zones.watch();
        let [close_above, close_below] =
            self.pivots.each_ref().map(|pivot| pivot.as_ref().map_or(f64::INFINITY, |pivot| pivot.level));
        Watch { zone_above, zone_below, high: highs, low: -lows, close_above, close_below: -close_below }
    }

    #[inline]
    fn moment<'a>(
        &self,
        rules: &'a Rules,
        (series, logs): (&'a Series<'a>, &'a [f64]),
        (at, features): (usize, Features),
        hit: Hit,
    ) -> Moment<'a> {
        let t = self.bars;
        let now = series.candle(at);
        let before = if at > 0 { series.candle(at - 1) } else { now };
        let range = if t as usize > rules.settings.range_bars { self.range } else { 0.0 };
        let hit = Hit { t, origin: t, lo: f64::NAN, hi: f64::NAN, ..hit };
        Moment { rules, series, logs, at, now, before, features, range, hit }
    }

    /// What the next bar needs of this one.
    #[inline]
    fn remember(&mut self, moment: &Moment<'_>) {
        let Moment { now, before, features, .. } = moment;
        let t = self.bars as usize;
        if t > 0 {
            let range = true_range(now.high, now.low, before.close);
            self.range = next_range(self.range, range, t, moment.rules.settings.range_bars);
        }
        self.keep(features);
        let block = Block { bar: self.bars, low: now.low, high: now.high };
        for (pivot, side) in self.pivots.iter_mut().zip(SIDES) {
            if let Some(pivot) = pivot.as_mut().filter(|pivot| pivot.block.is_passed_by(&block, side)) {
                pivot.block = block;
            }
        }
        if features.pivot_high || features.pivot_low {
            let Moment { rules, series, at, .. } = *moment;
            self.confirm(rules, series, at, [features.pivot_high, features.pivot_low]);
        }
        self.bars += 1;
    }

    #[inline]
    fn keep(&mut self, features: &Features) {
        (self.relative_volume, self.flow) = (features.relative_volume, features.flow);
        (self.highest, self.lowest) = (features.highest, features.lowest);
    }

    /// Takes the pivots that bar `at` of `series` confirms, a high, a low or both.
    fn confirm(&mut self, rules: &Rules, series: &Series<'_>, at: usize, confirmed: [bool; 2]) {
        let ScanSettings { pivot_bars, pivots_kept, .. } = rules.settings;
        let bar = self.bars - pivot_bars as u32;
        let middle = at - pivot_bars;
        let levels = confirmed.into_iter().zip([series.high[middle], -series.low[middle]]);
        for (place, ((confirmed, level), side)) in levels.zip(SIDES).enumerate() {
            if confirmed {
                let block = Block::farthest(series, middle + 1..at + 1, bar + 1, side);
                self.pivots[place] = Some(Pivot { level, bar, block });
                self.levels[place].add(level, bar, pivots_kept);
            }
        }
    }
}

/// Of pivots: highs, lows.
const SIDES: [i8; 2] = [1, -1];

/// Prices at which something changes. One branch a bar asks for all of them: most bars meet none.
struct Watch {
    zone_above: f64,
    zone_below: f64,
    high: f64,
    low: f64,
    close_above: f64,
    close_below: f64,
}

#[allow(clippy::needless_bitwise_bool, reason = "one branch, not one for each price")]
impl Watch {
    /// Whether a bar touches or fills a zone.
    #[inline]
    fn meets_zone(&self, high: f64, low: f64) -> bool {
        (high >= self.zone_above) | (low <= self.zone_below)
    }

    /// The mark of a bar that reaches beyond a pivot.
    #[inline]
    fn levels(&self, high: f64, low: f64, close: f64) -> u8 {
        let beyond = (high > self.high) | (low < self.low) | (close > self.close_above) | (close < self.close_below);
        u8::from(beyond) * LEVELS
    }
}
