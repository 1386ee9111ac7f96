//! All patterns of one instrument: what is remembered between bars, and the verdict on each bar.

use std::cmp::Ordering;

use super::features::{self, Features, Passes};
use super::hit::{Hit, Kind, Pattern};
use super::levels::Levels;
use super::rules::Rules;
use super::series::{Candle, History, Series};
use super::settings::ScanSettings;
use super::structure::{Block, Pivot};
use super::zone::{Zone, Zones};

/// The memory of one instrument, between one bar and the next.
#[derive(Clone, Debug)]
pub struct Detector {
    bars: u32,
    range: f64,
    relative_volume: f64,
    flow: f64,
    highest: f64,
    lowest: f64,
    trend: i8,
    // Highs first, then lows.
    pivots: [Option<Pivot>; 2],
    levels: [Levels; 2],
    zones: Zones,
    history: History,
}

/// One bar under judgement.
struct Moment<'a> {
    rules: &'a Rules,
    series: &'a Series<'a>,
    /// ln(1 + volume) of its bars.
    logs: &'a [f64],
    at: usize,
    now: Candle,
    before: Candle,
    features: Features,
    /// Average range at the bar before; 0 if there is none yet.
    range: f64,
    hit: Hit,
}

/// `x` against its half-way value: 0 at 0, a half at `half`, towards 1.
#[inline]
fn saturate(x: f64, half: f64) -> f64 {
    if x > 0.0 { x / (x + half) } else { 0.0 }
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
        self.judge(rules, (&series, history.logs()), (series.len() - 1, features), hit, hits);
        self.history = history;
    }

    /// Takes a whole history from the first bar on, and is then where `update` would be.
    pub fn scan(&mut self, rules: &Rules, passes: &mut Passes, rows: (u32, &[i64], &Series<'_>), hits: &mut Vec<Hit>) {
        let (instrument, times, series) = rows;
        passes.run(series, &rules.settings);
        for (t, &time) in times.iter().enumerate() {
            let features = passes.at(series, t, &rules.settings);
            let hit = Hit { time, instrument, ..Hit::default() };
            self.judge(rules, (series, passes.logs()), (t, features), hit, hits);
        }
        let bars = series.len();
        for t in bars.saturating_sub(rules.bars_kept())..bars {
            self.history.push(series.candle(t));
        }
    }

    /// Judges bar `at` of `series`, which is bar `self.bars` of the instrument, and remembers what later bars need.
    #[inline]
    fn judge(
        &mut self,
        rules: &Rules,
        (series, logs): (&Series<'_>, &[f64]),
        (at, features): (usize, Features),
        hit: Hit,
        hits: &mut Vec<Hit>,
    ) {
        let t = self.bars;
        let now = series.candle(at);
        let before = if at > 0 { series.candle(at - 1) } else { now };
        let range = if t as usize > rules.settings.range_bars { self.range } else { 0.0 };
        let hit = Hit { t, origin: t, lo: f64::NAN, hi: f64::NAN, ..hit };
        let moment = Moment { rules, series, logs, at, now, before, features, range, hit };
        let first = hits.len();
        self.zones.apply(t, now.high, now.low);
        // Of one bar's imbalances, money flow comes before gaps.
        self.volume(&moment, hits);
        if range > 0.0 {
            self.breakout(&moment, hits);
            self.gaps(&moment, hits);
        }
        self.structure(&moment, hits);
        self.sweeps(&moment, hits);
        custom(&moment, hits);
        let reported = &mut hits[first..];
        if reported.len() > 1 {
            reported.sort_by_key(|hit| hit.pattern);
        }
        self.remember(&moment);
    }

    fn breakout(&self, moment: &Moment<'_>, hits: &mut Vec<Hit>) {
        let Features { highest, lowest, relative_volume, .. } = moment.features;
        let (close, before) = (moment.now.close, moment.before.close);
        let (direction, distance) = if close > highest && before <= self.highest {
            (1, close - highest)
        } else if close < lowest && before >= self.lowest {
            (-1, lowest - close)
        } else {
            return;
        };
        // The channel of the bar before must be whole too.
        if self.highest == f64::INFINITY {
            return;
        }
        let place = moment.now.frac(close - moment.now.low, 0.5);
        let place = if direction > 0 { place } else { 1.0 - place };
        let strength =
            0.4 * saturate(distance / moment.range, 0.5) + 0.3 * saturate(relative_volume, 1.0) + 0.3 * place;
        let hit = Hit { lo: lowest, hi: highest, ..moment.hit };
        moment.report(hits, (Pattern::Breakout, Kind::Close), direction, strength, hit);
    }

    /// Fair value gaps between first and third candle, and imbalances between two.
    #[inline]
    fn gaps(&mut self, moment: &Moment<'_>, hits: &mut Vec<Hit>) {
        let Moment { now, before, range, .. } = *moment;
        if moment.hit.t >= 2 {
            let (high, low) = (moment.series.high[moment.at - 2], moment.series.low[moment.at - 2]);
            let body = before.close - before.open;
            if now.low > high && body > 0.0 {
                self.fair_value_gap(moment, hits, 1, [high, now.low]);
            } else if low > now.high && body < 0.0 {
                self.fair_value_gap(moment, hits, -1, [now.high, low]);
            }
        }
        let top = before.open.max(before.close);
        let bottom = before.open.min(before.close);
        let (now_top, now_bottom) = (now.open.max(now.close), now.open.min(now.close));
        for (direction, whole, bodies) in
            [(1, [before.high, now.low], [top, now_bottom]), (-1, [now.high, before.low], [now_top, bottom])]
        {
            let (kind, [lo, hi]) = if whole[1] > whole[0] { (Kind::Gap, whole) } else { (Kind::Vi, bodies) };
            let size = hi - lo;
            if size > 0.0 && size >= moment.rules.settings.gap_ranges * range {
                let volume = saturate(moment.features.relative_volume, 1.0);
                let strength = 0.6 * saturate(size / range, 0.5) + 0.4 * volume;
                let hit = Hit { lo, hi, ..moment.hit };
                moment.report(hits, (Pattern::Imbalance, kind), direction, strength, hit);
            }
        }
    }

    fn fair_value_gap(&mut self, moment: &Moment<'_>, hits: &mut Vec<Hit>, direction: i8, [lo, hi]: [f64; 2]) {
        let gap = hi - lo;
        if gap < moment.rules.settings.fair_value_gap_ranges * moment.range {
            return;
        }
        let strength = 0.5 * saturate(gap / moment.range, 0.5)
            + 0.3 * moment.before.body_frac()
            + 0.2 * saturate(self.relative_volume, 1.0);
        let hit = Hit { origin: moment.hit.t - 1, lo, hi, ..moment.hit };
        self.zone(moment.report(hits, (Pattern::FairValueGap, Kind::Formed), direction, strength, hit));
    }

    /// A reported zone begins its life.
    fn zone(&mut self, hit: Option<Hit>) {
        if let Some(Hit { lo, hi, t, origin, pattern, direction, .. }) = hit {
            self.zones.add(Zone { lo, hi, t, origin, touched: -1, filled: -1, pattern, direction });
        }
    }

    /// Anomalies of volume and one-sided money flow.
    #[inline]
    fn volume(&self, moment: &Moment<'_>, hits: &mut Vec<Hit>) {
        let ScanSettings { window_bars, volume_z, volume_ratio, flow_frac, .. } = moment.rules.settings;
        let Features { relative_volume, flow, .. } = moment.features;
        if (moment.hit.t as usize) < window_bars {
            return;
        }
        // Most bars end here.
        if relative_volume >= volume_ratio {
            let z = moment.volume_z();
            if z >= volume_z {
                let body = sign(moment.now.close - moment.now.open);
                let direction = if body == 0 { sign(moment.now.close - moment.before.close) } else { body };
                let strength = 0.6 * saturate(z, 3.0) + 0.4 * saturate(relative_volume, 2.0);
                moment.report(hits, (Pattern::VolumeAnomaly, Kind::LogZ), direction, strength, moment.hit);
            }
        }
        if flow.abs() >= flow_frac && self.flow.abs() < flow_frac {
            let strength = 0.6 * saturate(flow.abs(), 0.25) + 0.4 * saturate(relative_volume, 1.0);
            let direction = if flow > 0.0 { 1 } else { -1 };
            moment.report(hits, (Pattern::Imbalance, Kind::Flow), direction, strength, moment.hit);
        }
    }

    /// Closes beyond the last pivots, and the order blocks they came from.
    fn structure(&mut self, moment: &Moment<'_>, hits: &mut Vec<Hit>) {
        for (place, direction) in [(0, 1i8), (1, -1)] {
            let sign = f64::from(direction);
            let Some(pivot) = self.pivots[place].filter(|pivot| moment.now.close * sign > pivot.level) else {
                continue;
            };
            self.pivots[place] = None;
            let kind = if self.trend == -direction { Kind::Choch } else { Kind::Bos };
            self.trend = direction;
            if moment.range > 0.0 {
                self.broken(moment, hits, pivot, direction, kind);
            }
        }
    }

    fn broken(&mut self, moment: &Moment<'_>, hits: &mut Vec<Hit>, pivot: Pivot, direction: i8, kind: Kind) {
        let Moment { now, range, .. } = *moment;
        let volume = 0.3 * saturate(moment.features.relative_volume, 1.0);
        let sign = f64::from(direction);
        let level = pivot.level * sign;
        let strength = 0.4 * saturate((now.close - level) * sign / range, 0.5) + 0.3 * now.body_frac() + volume;
        let hit = Hit { origin: pivot.bar, lo: level, hi: level, ..moment.hit };
        moment.report(hits, (Pattern::ChochBos, kind), direction, strength, hit);
        let Block { bar, low, high } = pivot.block;
        let displacement = if direction > 0 { (now.close - high) / range } else { (low - now.close) / range };
        let age = f64::from(moment.hit.t - bar);
        let strength = 0.4 * saturate(displacement, 1.0) + volume + 0.3 * 10.0 / (10.0 + age);
        let hit = Hit { origin: bar, lo: low, hi: high, ..moment.hit };
        self.zone(moment.report(hits, (Pattern::OrderBlock, Kind::Formed), direction, strength, hit));
    }

    /// Wicks through old pivots.
    fn sweeps(&mut self, moment: &Moment<'_>, hits: &mut Vec<Hit>) {
        let Moment { now, range, .. } = *moment;
        let [highs, lows] = &mut self.levels;
        let (above, below) = (highs.consume(now.high, now.close), lows.consume(-now.low, -now.close));
        if range <= 0.0 {
            return;
        }
        let volume = 0.25 * saturate(moment.features.relative_volume, 1.0);
        if let Some(sweep) = above {
            let wick = now.frac(now.high - now.open.max(now.close), 0.0);
            let strength = 0.5 * wick + volume + 0.25 * saturate(sweep.count as f64, 1.0);
            let hit = Hit { origin: sweep.bar, lo: sweep.level, hi: now.high, ..moment.hit };
            moment.report(hits, (Pattern::LiquiditySweep, Kind::BuySide), -1, strength, hit);
        }
        if let Some(sweep) = below {
            let wick = now.frac(now.open.min(now.close) - now.low, 0.0);
            let strength = 0.5 * wick + volume + 0.25 * saturate(sweep.count as f64, 1.0);
            let hit = Hit { origin: sweep.bar, lo: now.low, hi: -sweep.level, ..moment.hit };
            moment.report(hits, (Pattern::LiquiditySweep, Kind::SellSide), 1, strength, hit);
        }
    }

    /// What the next bar needs of this one.
    #[inline]
    fn remember(&mut self, moment: &Moment<'_>) {
        let Moment { now, before, features, .. } = moment;
        let bars = moment.rules.settings.range_bars;
        let t = self.bars as usize;
        if t > 0 {
            let close = before.close;
            let range = (now.high - now.low).max((now.high - close).abs()).max((now.low - close).abs());
            let n = bars as f64;
            self.range = match t.cmp(&bars) {
                Ordering::Less => self.range + range,
                Ordering::Equal => (self.range + range) / n,
                Ordering::Greater => (self.range * (n - 1.0) + range) / n,
            };
        }
        (self.relative_volume, self.flow) = (features.relative_volume, features.flow);
        (self.highest, self.lowest) = (features.highest, features.lowest);
        let block = Block { bar: self.bars, low: now.low, high: now.high };
        for (pivot, side) in self.pivots.iter_mut().zip([1, -1]) {
            if let Some(pivot) = pivot.as_mut().filter(|pivot| pivot.block.is_passed_by(&block, side)) {
                pivot.block = block;
            }
        }
        if features.pivot_high || features.pivot_low {
            self.confirm(moment);
        }
        self.bars += 1;
    }

    fn confirm(&mut self, moment: &Moment<'_>) {
        let ScanSettings { pivot_bars, pivots_kept, .. } = moment.rules.settings;
        let Moment { series, at, features, .. } = moment;
        let block =
            |ago: usize| Block { bar: self.bars - ago as u32, low: series.low[at - ago], high: series.high[at - ago] };
        let bar = self.bars - pivot_bars as u32;
        let middle = at - pivot_bars;
        let levels = [(features.pivot_high, series.high[middle], 1), (features.pivot_low, -series.low[middle], -1)];
        for (place, (confirmed, level, side)) in levels.into_iter().enumerate() {
            if !confirmed {
                continue;
            }
            let first = block(pivot_bars - 1);
            let farthest = (0..pivot_bars - 1)
                .rev()
                .map(block)
                .fold(first, |farthest, next| if farthest.is_passed_by(&next, side) { next } else { farthest });
            self.pivots[place] = Some(Pivot { level, bar, block: farthest });
            self.levels[place].add(level, bar, pivots_kept);
        }
    }
}

/// The user's own patterns.
#[inline]
fn custom(moment: &Moment<'_>, hits: &mut Vec<Hit>) {
    for (number, pattern) in moment.rules.custom.iter().enumerate() {
        let bars = pattern.bars();
        if (moment.hit.t as usize) + 1 < bars {
            continue;
        }
        if let Some(seen) = pattern.detect(&moment.series.slice(moment.at + 1 - bars, moment.at + 1)) {
            let confidence = seen.confidence.clamp(0.0, 1.0);
            if confidence >= moment.rules.confidence_min {
                let Hit { time, instrument, t, .. } = moment.hit;
                let origin = t - seen.origin.min(bars as u32 - 1);
                let pattern = (super::hit::PATTERNS.len() + number) as u8;
                hits.push(Hit { time, instrument, t, origin, pattern, kind: Kind::Custom as u8, confidence, ..seen });
            }
        }
    }
}

#[inline]
fn sign(x: f64) -> i8 {
    i8::from(x > 0.0) - i8::from(x < 0.0)
}

impl Moment<'_> {
    /// Reports a hit if its pattern is wanted and it is strong enough.
    #[inline]
    fn report(
        &self,
        hits: &mut Vec<Hit>,
        (pattern, kind): (Pattern, Kind),
        direction: i8,
        strength: f64,
        hit: Hit,
    ) -> Option<Hit> {
        let confidence = strength.clamp(0.0, 1.0);
        let wanted = self.rules.patterns >> (pattern as u32) & 1 == 1 && confidence >= self.rules.confidence_min;
        let hit = Hit { pattern: pattern as u8, kind: kind as u8, direction, confidence, ..hit };
        wanted.then(|| {
            hits.push(hit);
            hit
        })
    }

    /// How many deviations the logarithm of this bar's volume is above that of the window before.
    #[cold]
    fn volume_z(&self) -> f64 {
        let ScanSettings { window_bars, volume_deviation_min, .. } = self.rules.settings;
        let window = &self.logs[self.at - window_bars..self.at];
        let bars = window_bars as f64;
        let mean = window.iter().sum::<f64>() / bars;
        let squares: f64 = window.iter().map(|log| (log - mean) * (log - mean)).sum();
        (self.logs[self.at] - mean) / (squares / bars).sqrt().max(volume_deviation_min)
    }
}
