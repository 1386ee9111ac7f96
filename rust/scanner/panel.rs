//! Histories of many instruments, each in order of time, clean; and what was not clean.

use std::collections::BTreeSet;

use super::series::{Candle, Series};
use crate::model::{Error, Result};

/// Rows as they come: any order, any gaps.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    /// Dense number of the instrument of each row.
    pub instrument: &'a [u32],
    /// Start of each bar, ns.
    pub time: &'a [i64],
    /// Prices and volume.
    pub series: Series<'a>,
}

/// Why a row is in the report.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DirtReason {
    /// A price or the volume is NaN, infinite, or the volume is negative: left out.
    NotFinite,
    /// A price is zero or below: left out.
    PriceNotPositive,
    /// The high is below the low: left out.
    HighBelowLow,
    /// A row of the same instrument and time came before: left out.
    DuplicateTime,
    /// The open or close is outside low..high: used as it is.
    OutsideRange,
    /// Nothing traded: used, or left out if so asked.
    ZeroVolume,
}

/// Reasons as users read them, by number.
pub const REASONS: [&str; 6] =
    ["not finite", "price <= 0", "high < low", "duplicate time", "open or close outside low..high", "zero volume"];

/// One row that is not as it should be.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dirt {
    /// Start of the bar, ns.
    pub time: i64,
    /// Dense number of the instrument.
    pub instrument: u32,
    /// [`DirtReason`].
    pub reason: u8,
    /// 1 if the row is used all the same.
    pub used: u8,
}

/// Clean histories, instrument after instrument.
#[derive(Clone, Debug, Default)]
pub struct Panel {
    offsets: Vec<usize>,
    times: Vec<i64>,
    columns: [Vec<f64>; 5],
    /// Every time that occurs, in order.
    axis: Vec<i64>,
    /// Place of each bar on the axis.
    places: Vec<u32>,
    dirt: Vec<Dirt>,
}

/// What is wrong with a bar, if anything; the worst first.
pub fn fault(candle: Candle, keep_zero_volume: bool) -> Option<(DirtReason, bool)> {
    let Candle { open, high, low, close, volume } = candle;
    let prices = [open, high, low, close];
    if !prices.iter().all(|price| price.is_finite()) || !volume.is_finite() || volume < 0.0 {
        Some((DirtReason::NotFinite, false))
    } else if prices.iter().any(|price| *price <= 0.0) {
        Some((DirtReason::PriceNotPositive, false))
    } else if high < low {
        Some((DirtReason::HighBelowLow, false))
    } else if volume == 0.0 {
        Some((DirtReason::ZeroVolume, keep_zero_volume))
    } else if open.max(close) > high || open.min(close) < low {
        Some((DirtReason::OutsideRange, true))
    } else {
        None
    }
}

impl Panel {
    /// Sorts `rows` by instrument and time and takes out what cannot be used; `instruments` is how many there are.
    pub fn new(rows: Rows<'_>, instruments: usize, keep_zero_volume: bool) -> Result<Self> {
        let count = rows.instrument.len();
        let series = &rows.series;
        let lengths = [rows.time.len(), series.open.len(), series.high.len(), series.low.len(), series.close.len()];
        if let Some(odd) = lengths.into_iter().chain([series.volume.len()]).find(|length| *length != count) {
            return Err(Error::Data(format!("a panel's columns hold {count} and {odd} rows; all must be equal")));
        }
        if let Some(odd) = rows.instrument.iter().find(|number| **number as usize >= instruments) {
            return Err(Error::Data(format!("instrument {odd} of {instruments}; numbers must be below their count")));
        }
        let mut panel = Self { offsets: vec![0], ..Self::default() };
        panel.times.reserve(count);
        for column in &mut panel.columns {
            column.reserve(count);
        }
        for row in in_order(&rows) {
            panel.take(&rows, row, keep_zero_volume);
        }
        panel.close_up_to(instruments);
        panel.place();
        Ok(panel)
    }

    fn take(&mut self, rows: &Rows<'_>, row: usize, keep_zero_volume: bool) {
        let (instrument, time) = (rows.instrument[row], rows.time[row]);
        self.close_up_to(instrument as usize);
        let candle = rows.series.candle(row);
        let start = self.offsets[self.offsets.len() - 1];
        let repeated = self.times.len() > start && self.times.last() == Some(&time);
        let found = if repeated { Some((DirtReason::DuplicateTime, false)) } else { fault(candle, keep_zero_volume) };
        if let Some((reason, used)) = found {
            self.dirt.push(Dirt { time, instrument, reason: reason as u8, used: u8::from(used) });
            if !used {
                return;
            }
        }
        self.times.push(time);
        let Candle { open, high, low, close, volume } = candle;
        for (column, value) in self.columns.iter_mut().zip([open, high, low, close, volume]) {
            column.push(value);
        }
    }

    /// Ends the instruments before number `instrument`.
    fn close_up_to(&mut self, instrument: usize) {
        while self.offsets.len() <= instrument {
            self.offsets.push(self.times.len());
        }
    }

    /// Finds every bar's place on the common time axis.
    fn place(&mut self) {
        let mut axis = BTreeSet::new();
        let mut before: &[i64] = &[];
        for range in self.offsets.windows(2) {
            let times = &self.times[range[0]..range[1]];
            // Most instruments share their times with the one before.
            if times != before {
                axis.extend(times);
            }
            before = times;
        }
        self.axis = axis.into_iter().collect();
        self.places.reserve(self.times.len());
        for range in self.offsets.windows(2) {
            let mut place = 0;
            for time in &self.times[range[0]..range[1]] {
                place += self.axis[place..].iter().position(|at| at == time).expect("the axis holds every time");
                self.places.push(place as u32);
            }
        }
    }

    /// Number of instruments.
    pub fn instruments(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Number of bars of all instruments.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there are no bars.
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// Times and bars of one instrument.
    pub fn rows(&self, instrument: usize) -> (&[i64], Series<'_>) {
        let (from, to) = (self.offsets[instrument], self.offsets[instrument + 1]);
        let [open, high, low, close, volume] = self.columns.each_ref().map(|column| &column[from..to]);
        (&self.times[from..to], Series { open, high, low, close, volume })
    }

    /// Places of one instrument's bars on the axis.
    pub fn places(&self, instrument: usize) -> &[u32] {
        &self.places[self.offsets[instrument]..self.offsets[instrument + 1]]
    }

    /// Every time that occurs.
    pub fn axis(&self) -> &[i64] {
        &self.axis
    }

    /// Every row that was not as it should be, by instrument and time.
    pub fn dirt(&self) -> &[Dirt] {
        &self.dirt
    }
}

/// Rows by instrument and time, the earlier of equals first.
fn in_order(rows: &Rows<'_>) -> Vec<usize> {
    let key = |row: usize| (rows.instrument[row], rows.time[row]);
    let mut order: Vec<usize> = (0..rows.instrument.len()).collect();
    // A stable sort of what is already in order only looks at it once.
    order.sort_by_key(|&row| key(row));
    order
}
