//! The scanner: a detector for each instrument, whole panels at once or one bar of all.

use std::sync::Arc;

use rayon::prelude::*;

use super::detector::Detector;
use super::hit::{Hit, PATTERNS};
use super::merge::{Block, merge};
use super::panel::{Dirt, Panel, fault};
use super::passes::{self, Passes, TURNS};
use super::rules::{CustomPattern, Rules};
use super::series::Series;
use super::settings::ScanSettings;
use super::zone::Zone;
use crate::indicators::nearest;
use crate::model::{Error, Result};

/// Instruments a thread takes at a time from a panel.
const BLOCK: usize = 64;
/// Instruments a thread takes at a time from one new bar of all.
const STRIPE: usize = 512;

/// Patterns of their own a user may add: their numbers share a byte with the built-in ones.
const CUSTOM_MAX: usize = 200;

/// What a thread needs for a block: passes, hits and their places on the time axis.
type Scratch = ([Passes; TURNS], Vec<Hit>, Vec<u32>);

/// Detectors of many instruments under one set of rules.
#[derive(Default)]
pub struct Scanner {
    rules: Arc<Rules>,
    keep_zero_volume: bool,
    detectors: Vec<Detector>,
    times: Vec<i64>,
}

/// One new bar for some or all instruments; NaN prices mean there is none.
pub struct Bars<'a> {
    /// Start of each bar, ns.
    pub time: &'a [i64],
    /// A value for each instrument.
    pub series: Series<'a>,
}

impl Scanner {
    /// For patterns by name, no hits below `confidence_min`.
    pub fn new(
        patterns: &[String],
        confidence_min: f64,
        settings: ScanSettings,
        keep_zero_volume: bool,
    ) -> Result<Self> {
        if !(0.0..=1.0).contains(&confidence_min) {
            return Err(Error::Config(format!("min_confidence is {confidence_min}; it must be from 0 to 1")));
        }
        let mut mask = 0;
        for name in patterns {
            let plain = |name: &str| name.to_lowercase().replace('_', "");
            let Some(number) = PATTERNS.iter().position(|pattern| plain(pattern) == plain(name)) else {
                let near = nearest(name, PATTERNS).unwrap_or_default();
                return Err(Error::Config(format!("there is no pattern {name:?}; the nearest is {near:?}")));
            };
            mask |= 1 << number;
        }
        let rules = Arc::new(Rules { settings, patterns: mask, confidence_min, custom: Vec::new() });
        Ok(Self { rules, keep_zero_volume, detectors: Vec::new(), times: Vec::new() })
    }

    /// Adds a pattern of the user's own, before the first bar.
    pub fn add(&mut self, pattern: Box<dyn CustomPattern>) -> Result<()> {
        if !self.detectors.is_empty() {
            return Err(Error::Config("patterns can be added before the first bar only".into()));
        }
        if pattern.bars() == 0 {
            return Err(Error::Config(format!("pattern {:?} looks at 0 bars; it must be 1 or more", pattern.name())));
        }
        let taken = self.rules.custom.iter().any(|other| other.name() == pattern.name());
        if taken || PATTERNS.contains(&pattern.name()) || self.rules.custom.len() == CUSTOM_MAX {
            return Err(Error::Config(format!(
                "pattern {:?} must have a name of its own and be one of at most {CUSTOM_MAX}",
                pattern.name()
            )));
        }
        let rules = Arc::get_mut(&mut self.rules)
            .ok_or_else(|| Error::Config("the scanner is at work elsewhere: patterns are added before that".into()))?;
        rules.custom.push(pattern);
        Ok(())
    }

    /// What it looks for, and whether in bars without volume too.
    pub fn rules(&self) -> (Arc<Rules>, bool) {
        (Arc::clone(&self.rules), self.keep_zero_volume)
    }

    /// Makes room for `instruments`; those there keep their state.
    pub fn grow(&mut self, instruments: usize) {
        while self.detectors.len() < instruments {
            self.detectors.push(Detector::new(&self.rules));
            self.times.push(i64::MIN);
        }
    }

    /// Number of instruments.
    pub fn instruments(&self) -> usize {
        self.detectors.len()
    }

    /// Forgets everything and scans whole histories; hits by time, instrument and pattern.
    pub fn scan(&mut self, panel: &Panel) -> Vec<Hit> {
        let rules = &*self.rules;
        self.detectors.resize_with(panel.instruments(), || Detector::new(rules));
        let axis = panel.axis().len();
        let scan_block = |(passes, hits, places): &mut Scratch, (block, detectors): (usize, &mut [Detector])| {
            hits.clear();
            places.clear();
            for (turn, detectors) in detectors.chunks_mut(TURNS).enumerate() {
                let first = block * BLOCK + turn * TURNS;
                let rows: Vec<_> = (first..first + detectors.len()).map(|instrument| panel.rows(instrument)).collect();
                let series: Vec<Series<'_>> = rows.iter().map(|(_, series)| *series).collect();
                passes::run(passes, &series, &rules.settings);
                for (place, (detector, (times, series))) in detectors.iter_mut().zip(rows).enumerate() {
                    let (instrument, from) = (first + place, hits.len());
                    detector.scan(rules, &passes[place], (instrument as u32, times, &series), hits);
                    let axis = panel.places(instrument);
                    places.extend(hits[from..].iter().map(|hit| axis[hit.t as usize]));
                }
            }
            Block::new(hits, places, axis)
        };
        let blocks = self.detectors.par_chunks_mut(BLOCK).enumerate();
        let blocks: Vec<Block> = blocks.map_init(Scratch::default, scan_block).collect();
        self.times = (0..panel.instruments()).map(|number| *panel.rows(number).0.last().unwrap_or(&i64::MIN)).collect();
        merge(&blocks, axis)
    }

    /// Takes one new bar of every instrument that has one. Hits by time, instrument and pattern; and the bars that were
    /// not as they should be.
    pub fn update(&mut self, bars: &Bars<'_>) -> Result<(Vec<Hit>, Vec<Dirt>)> {
        let count = bars.time.len();
        self.check(bars, count)?;
        let (rules, keep_zero_volume) = (&*self.rules, self.keep_zero_volume);
        let stripes = self.detectors[..count].par_chunks_mut(STRIPE).zip(self.times[..count].par_chunks_mut(STRIPE));
        let update_stripe = |(stripe, (detectors, times)): (usize, (&mut [Detector], &mut [i64]))| {
            let (mut hits, mut dirt) = (Vec::new(), Vec::new());
            let first = stripe * STRIPE;
            for (place, (detector, last)) in detectors.iter_mut().zip(times).enumerate() {
                let instrument = first + place;
                let candle = bars.series.candle(instrument);
                if candle.close.is_nan() && candle.open.is_nan() {
                    continue;
                }
                let time = bars.time[instrument];
                if let Some((reason, used)) = fault(candle, keep_zero_volume) {
                    let instrument = instrument as u32;
                    dirt.push(Dirt { time, instrument, reason: reason as u8, used: u8::from(used) });
                    if !used {
                        continue;
                    }
                }
                *last = time;
                detector.update(rules, instrument as u32, time, candle, &mut hits);
            }
            (hits, dirt)
        };
        let parts: Vec<_> = stripes.enumerate().map(update_stripe).collect();
        let mut hits: Vec<Hit> = parts.iter().flat_map(|part| part.0.iter().copied()).collect();
        let dirt = parts.iter().flat_map(|part| part.1.iter().copied()).collect();
        if hits.iter().any(|hit| hit.time != hits[0].time) {
            hits.sort_by_key(|hit| hit.time);
        }
        Ok((hits, dirt))
    }

    fn check(&self, bars: &Bars<'_>, count: usize) -> Result<()> {
        let series = &bars.series;
        let lengths = [series.open.len(), series.high.len(), series.low.len(), series.close.len(), series.volume.len()];
        if count > self.detectors.len() || lengths.iter().any(|length| *length != count) {
            return Err(Error::Data(format!(
                "columns of {count} and {lengths:?} bars for {} instruments; all must be equal and at most so many",
                self.detectors.len()
            )));
        }
        let columns = bars.time.iter().zip(series.close).zip(series.open).zip(&self.times);
        for (instrument, (((time, close), open), last)) in columns.enumerate() {
            if time <= last && !(close.is_nan() && open.is_nan()) {
                return Err(Error::Data(format!(
                    "the new bar of instrument {instrument} is of {time} ns, its last one of {last}; it must be later"
                )));
            }
        }
        Ok(())
    }

    /// Zones of an instrument in the order in which they came; only those still open if `live`.
    pub fn zones(&self, instrument: usize, live: bool) -> Vec<Zone> {
        self.detectors.get(instrument).map(|detector| detector.zones(live)).unwrap_or_default()
    }
}
