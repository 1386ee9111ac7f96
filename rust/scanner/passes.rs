//! What windows say at every bar of a whole history, in passes the compiler turns into vector code, and which bars are
//! worth a closer look. Combined in the same words as for one bar of a live instrument, so the two agree to the bit.

#![allow(clippy::needless_bitwise_bool, reason = "branches would keep the passes from becoming vector code")]

use super::features::{Features, add, flow, fold, larger, log_volume, relative, smaller};
use super::series::{Candle, Series, next_range, true_range};
use super::settings::ScanSettings;

/// The first close beyond the channel.
pub const BREAKOUT: u8 = 1;
/// A gap between three bars, two bars or two bodies that is wide enough.
pub const GAPS: u8 = 2;
/// Much volume, or money flow that has become one-sided.
pub const VOLUME: u8 = 4;
/// A high some bars ago is confirmed as a pivot.
pub const PIVOT_HIGH: u8 = 8;
/// A low some bars ago is confirmed as a pivot.
pub const PIVOT_LOW: u8 = 16;
/// A wick or a close goes beyond a pivot. No pass marks it: which pivots there are is known only bar by bar.
pub const LEVELS: u8 = 32;

/// Room for the passes over one history, kept from one to the next.
#[derive(Default)]
pub struct Passes {
    money: Vec<f64>,
    money_sums: Vec<f64>,
    volume_sums: Vec<f64>,
    relative: Vec<f64>,
    flows: Vec<f64>,
    logs: Vec<f64>,
    highest: Vec<f64>,
    lowest: Vec<f64>,
    side_highest: Vec<f64>,
    side_lowest: Vec<f64>,
    ranges: Vec<f64>,
    marks: Vec<u8>,
}

/// Values a pass keeps in registers at a time.
const LANES: usize = 32;

/// `out[t]` = `values[t + 1 - window..=t]` combined from the oldest on, for `t >= window - 1`.
fn slide(values: &[f64], window: usize, out: &mut Vec<f64>, combine: impl Fn(f64, f64) -> f64) {
    out.resize(values.len(), 0.0);
    let count = (values.len() + 1).saturating_sub(window);
    let blocks = count / LANES;
    for block in 0..blocks {
        let from = block * LANES;
        let mut lanes: [f64; LANES] = values[from..from + LANES].try_into().expect("a block is LANES long");
        for step in 1..window {
            let next: &[f64; LANES] = values[from + step..][..LANES].try_into().expect("a block is LANES long");
            for (lane, value) in lanes.iter_mut().zip(next) {
                *lane = combine(*lane, *value);
            }
        }
        out[from + window - 1..][..LANES].copy_from_slice(&lanes);
    }
    for from in blocks * LANES..count {
        out[from + window - 1] = fold(&values[from..from + window], &combine);
    }
}

/// Histories whose average ranges are taken in turn: each waits for its own division, the others fill the time.
pub const TURNS: usize = 4;

/// Runs all passes over some histories.
pub fn run(passes: &mut [Passes; TURNS], series: &[Series<'_>], settings: &ScanSettings) {
    for (passes, series) in passes.iter_mut().zip(series) {
        passes.run(series, settings);
    }
    average_ranges(passes, series, settings.range_bars);
    for (passes, series) in passes.iter_mut().zip(series) {
        passes.mark(series, settings);
    }
}

impl Passes {
    /// Runs the passes that do not wait for anything.
    fn run(&mut self, series: &Series<'_>, settings: &ScanSettings) {
        let window = settings.window_bars;
        let bars = series.len();
        self.logs.clear();
        self.logs.extend(series.volume.iter().map(|volume| log_volume(*volume)));
        self.money.clear();
        let columns = series.high.iter().zip(series.low).zip(series.close).zip(series.volume);
        self.money.extend(
            columns
                .map(|(((&high, &low), &close), &volume)| Candle { open: 0.0, high, low, close, volume }.money_flow()),
        );
        if bars >= window {
            slide(&self.money, window, &mut self.money_sums, add);
            slide(series.volume, window, &mut self.volume_sums, add);
            self.ratios(series.volume, window);
            slide(series.high, window, &mut self.highest, larger);
            slide(series.low, window, &mut self.lowest, smaller);
        }
        if bars > settings.pivot_bars {
            slide(series.high, settings.pivot_bars, &mut self.side_highest, larger);
            slide(series.low, settings.pivot_bars, &mut self.side_lowest, smaller);
        }
        self.ranges.clear();
        self.ranges.push(0.0);
        let columns = series.high.iter().zip(series.low).skip(1).zip(series.close);
        self.ranges.extend(columns.map(|((high, low), before)| true_range(*high, *low, *before)));
        self.ranges.truncate(bars);
    }

    /// Money flow of each bar.
    pub fn money_flow(&self) -> &[f64] {
        &self.money
    }

    /// Logarithms of the volumes.
    pub fn logs(&self) -> &[f64] {
        &self.logs
    }

    /// What is remembered of the average range after bar `t`.
    #[inline]
    pub fn range(&self, t: usize) -> f64 {
        self.ranges[t]
    }

    /// Which patterns of windows and neighbouring bars bar `t` may complete: [`BREAKOUT`] and so on.
    #[inline]
    pub fn marks(&self, t: usize) -> u8 {
        self.marks[t]
    }

    /// Marks the bars worth a look. Most have no mark and are passed over.
    fn mark(&mut self, series: &Series<'_>, settings: &ScanSettings) {
        let bars = series.len();
        self.marks.clear();
        self.marks.resize(bars, 0);
        let (window, side, ranged) = (settings.window_bars, settings.pivot_bars, settings.range_bars + 1);
        self.mark_breakouts((window + 1).max(ranged), series);
        mark_gaps(&mut self.marks, &self.ranges, ranged.max(2), series, settings);
        self.mark_volume(window, settings);
        self.mark_pivots(2 * side, series, side);
    }

    fn mark_breakouts(&mut self, from: usize, series: &Series<'_>) {
        let count = series.len().saturating_sub(from);
        if count == 0 {
            return;
        }
        let [now, before] = [0, 1].map(|ago| &series.close[from - ago..][..count]);
        let [highest, highest_before] = [1, 2].map(|ago| &self.highest[from - ago..][..count]);
        let [lowest, lowest_before] = [1, 2].map(|ago| &self.lowest[from - ago..][..count]);
        for (at, mark) in self.marks[from..][..count].iter_mut().enumerate() {
            let up = (now[at] > highest[at]) & (before[at] <= highest_before[at]);
            let down = (now[at] < lowest[at]) & (before[at] >= lowest_before[at]);
            *mark |= u8::from(up | down) * BREAKOUT;
        }
    }

    fn mark_volume(&mut self, from: usize, settings: &ScanSettings) {
        let count = self.marks.len().saturating_sub(from);
        if count == 0 {
            return;
        }
        let [flow, flow_before] = [0, 1].map(|ago| &self.flows[from - ago..][..count]);
        let relative = &self.relative[from..][..count];
        for (at, mark) in self.marks[from..][..count].iter_mut().enumerate() {
            let crossing = (flow[at].abs() >= settings.flow_frac) & (flow_before[at].abs() < settings.flow_frac);
            *mark |= u8::from((relative[at] >= settings.volume_ratio) | crossing) * VOLUME;
        }
    }

    fn mark_pivots(&mut self, from: usize, series: &Series<'_>, side: usize) {
        let count = series.len().saturating_sub(from);
        if count == 0 {
            return;
        }
        let (high, low) = (&series.high[side..][..count], &series.low[side..][..count]);
        let [highest, lowest] = [&self.side_highest, &self.side_lowest].map(|sides| &sides[from..][..count]);
        let [highest_before, lowest_before] =
            [&self.side_highest, &self.side_lowest].map(|sides| &sides[side - 1..][..count]);
        for (at, mark) in self.marks[from..][..count].iter_mut().enumerate() {
            let top = (high[at] > highest[at]) & (high[at] >= highest_before[at]);
            let bottom = (low[at] < lowest[at]) & (low[at] <= lowest_before[at]);
            *mark |= (u8::from(top) * PIVOT_HIGH) | (u8::from(bottom) * PIVOT_LOW);
        }
    }

    /// Relative volume and flow from the sums, in the same words as for one bar.
    fn ratios(&mut self, volume: &[f64], window: usize) {
        self.relative.clear();
        self.relative.resize(window, 1.0);
        let pairs = volume[window..].iter().zip(&self.volume_sums[window - 1..]);
        self.relative.extend(pairs.map(|(volume, sum)| relative(*volume, *sum, window)));
        self.flows.clear();
        self.flows.resize(window - 1, 0.0);
        let pairs = self.money_sums[window - 1..].iter().zip(&self.volume_sums[window - 1..]);
        self.flows.extend(pairs.map(|(money, volume)| flow(*money, *volume)));
    }

    /// The windows at bar `t`.
    #[inline]
    pub fn at(&self, t: usize, settings: &ScanSettings) -> Features {
        let window = settings.window_bars;
        let full = t >= window;
        let (highest, lowest, relative_volume) = if full {
            (self.highest[t - 1], self.lowest[t - 1], self.relative[t])
        } else {
            (f64::INFINITY, f64::NEG_INFINITY, 1.0)
        };
        let flow = if t + 1 >= window { self.flows[t] } else { 0.0 };
        let marks = self.marks[t];
        let (pivot_high, pivot_low) = (marks & PIVOT_HIGH != 0, marks & PIVOT_LOW != 0);
        Features { highest, lowest, relative_volume, flow, pivot_high, pivot_low }
    }
}

/// A function of its own: that nothing else points to `marks` is what lets the compiler take many bars at a time.
#[inline(never)]
fn mark_gaps(marks: &mut [u8], ranges: &[f64], from: usize, series: &Series<'_>, settings: &ScanSettings) {
    let count = series.len().saturating_sub(from);
    if count == 0 {
        return;
    }
    let ScanSettings { fair_value_gap_ranges, gap_ranges, .. } = *settings;
    let [high, high_before, high_first] = [0, 1, 2].map(|ago| &series.high[from - ago..][..count]);
    let [low, low_before, low_first] = [0, 1, 2].map(|ago| &series.low[from - ago..][..count]);
    let [open, open_before] = [0, 1].map(|ago| &series.open[from - ago..][..count]);
    let [close, close_before] = [0, 1].map(|ago| &series.close[from - ago..][..count]);
    let range = &ranges[from - 1..][..count];
    for (at, mark) in marks[from..][..count].iter_mut().enumerate() {
        let body = close_before[at] - open_before[at];
        let least = fair_value_gap_ranges * range[at];
        let (up, down) = (low[at] - high_first[at], low_first[at] - high[at]);
        let fair = ((up > 0.0) & (up >= least) & (body > 0.0)) | ((down > 0.0) & (down >= least) & (body < 0.0));
        let (top, bottom) = (larger(open[at], close[at]), smaller(open[at], close[at]));
        let top_before = larger(open_before[at], close_before[at]);
        let bottom_before = smaller(open_before[at], close_before[at]);
        let (up, down) = (low[at] - high_before[at], low_before[at] - high[at]);
        let up = if up > 0.0 { up } else { bottom - top_before };
        let down = if down > 0.0 { down } else { bottom_before - top };
        let least = gap_ranges * range[at];
        let between = ((up > 0.0) & (up >= least)) | ((down > 0.0) & (down >= least));
        *mark |= u8::from((range[at] > 0.0) & (fair | between)) * GAPS;
    }
}

/// From true ranges to Wilder's averages as an instrument remembers them: until there are enough bars, the sum so far.
fn average_ranges(passes: &mut [Passes; TURNS], series: &[Series<'_>], bars: usize) {
    let mut average = [0.0; TURNS];
    let shared = if series.len() == TURNS { series.iter().map(Series::len).min().unwrap_or(0) } else { 0 };
    {
        let mut turns = passes.each_mut().map(|passes| &mut passes.ranges[..shared]);
        for t in 1..shared {
            for (average, ranges) in average.iter_mut().zip(&mut turns) {
                *average = next_range(*average, ranges[t], t, bars);
                ranges[t] = *average;
            }
        }
    }
    for ((passes, series), average) in passes.iter_mut().zip(series).zip(average) {
        let mut average = average;
        for t in shared.max(1)..series.len() {
            average = next_range(average, passes.ranges[t], t, bars);
            passes.ranges[t] = average;
        }
    }
}
