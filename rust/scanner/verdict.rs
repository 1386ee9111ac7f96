//! The verdict on one bar: which patterns it completes, and how strong they are.

use super::detector::Detector;
use super::features::Features;
use super::hit::{Hit, Kind, Pattern};
use super::passes::{BREAKOUT, GAPS, LEVELS, VOLUME};
use super::rules::Rules;
use super::series::{Candle, Series};
use super::settings::ScanSettings;
use super::structure::{Block, Pivot};
use super::zone::Zone;

/// One bar under judgement.
pub struct Moment<'a> {
    /// What is looked for.
    pub rules: &'a Rules,
    /// The bars at hand, this one and those before.
    pub series: &'a Series<'a>,
    /// ln(1 + volume) of its bars.
    pub logs: &'a [f64],
    /// Its place among them.
    pub at: usize,
    /// The bar.
    pub now: Candle,
    /// The bar before.
    pub before: Candle,
    /// Windows at the bar.
    pub features: Features,
    /// Average range at the bar before; 0 if there is none yet.
    pub range: f64,
    /// What its hits have in common.
    pub hit: Hit,
}

/// `x` against its half-way value: 0 at 0, a half at `half`, towards 1.
#[inline]
fn saturate(x: f64, half: f64) -> f64 {
    if x > 0.0 { x / (x + half) } else { 0.0 }
}

impl Detector {
    /// Judges bar `self.bars` for the patterns it is marked for.
    #[inline]
    pub(super) fn judge(&mut self, moment: &Moment<'_>, marks: u8, hits: &mut Vec<Hit>) {
        let first = hits.len();
        // Of one bar's imbalances, money flow comes before gaps.
        if marks & VOLUME != 0 {
            self.volume(moment, hits);
        }
        if moment.range > 0.0 && marks & BREAKOUT != 0 {
            self.breakout(moment, hits);
        }
        if moment.range > 0.0 && marks & GAPS != 0 {
            self.gaps(moment, hits);
        }
        if marks & LEVELS != 0 {
            self.structure(moment, hits);
            self.sweeps(moment, hits);
        }
        custom(moment, hits);
        in_order(&mut hits[first..]);
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
        // In a whole history the block is looked for when it is asked for; live it is kept from bar to bar.
        let Block { bar, low, high } = if moment.at == moment.hit.t as usize {
            Block::farthest(moment.series, pivot.bar as usize + 1..moment.at, pivot.bar + 1, direction)
        } else {
            pivot.block
        };
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
}

/// Hits of one bar by pattern, those of one pattern as they came: they are few and nearly in order.
#[inline]
fn in_order(hits: &mut [Hit]) {
    for end in 1..hits.len() {
        let mut place = end;
        while place > 0 && hits[place - 1].pattern > hits[place].pattern {
            hits.swap(place - 1, place);
            place -= 1;
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
