//! Panels and the scanner for `quantum.scanner`.
#![allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

use std::sync::{Arc, Mutex};

use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;

use super::errors::{detached, guarded};
use crate::engine::ScanRules;
use crate::indicators::on_threads;
use crate::scanner::{
    Bars, CustomPattern, Dirt, Hit, KINDS, PATTERNS, Panel, REASONS, Rows, SETTINGS, ScanSettings, Scanner, Series,
    Zone,
};

/// A column of a table.
type Column<'py> = PyReadonlyArray1<'py, f64>;
/// Open, high, low, close, volume.
type Columns<'py> = [Column<'py>; 5];

/// Adds the names of patterns, kinds, reasons and settings to the module.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("PATTERNS", PATTERNS)?;
    module.add("HIT_KINDS", KINDS)?;
    module.add("DIRT_REASONS", REASONS)?;
    let settings: Vec<_> =
        SETTINGS.iter().map(|row| (row.name, row.pattern, row.default, row.minimum, row.maximum, row.whole)).collect();
    module.add("SCAN_SETTINGS", settings)
}

fn series<'a>(columns: &'a Columns<'_>) -> PyResult<Series<'a>> {
    let [open, high, low, close, volume] = columns;
    Ok(Series {
        open: open.as_slice()?,
        high: high.as_slice()?,
        low: low.as_slice()?,
        close: close.as_slice()?,
        volume: volume.as_slice()?,
    })
}

/// Clean histories of many instruments.
#[pyclass(module = "quantum._core", name = "Panel", frozen)]
pub struct PyPanel(Panel);

#[pymethods]
impl PyPanel {
    #[new]
    fn new(
        py: Python<'_>,
        instrument: PyReadonlyArray1<'_, u32>,
        time: PyReadonlyArray1<'_, i64>,
        columns: Columns<'_>,
        instruments: usize,
        keep_zero_volume: bool,
    ) -> PyResult<Self> {
        guarded(py, || {
            let rows = Rows { instrument: instrument.as_slice()?, time: time.as_slice()?, series: series(&columns)? };
            detached(py, || Panel::new(rows, instruments, keep_zero_volume)).map(Self)
        })
    }

    /// Number of bars.
    fn __len__(&self) -> usize {
        self.0.len()
    }

    /// Rows that were not as they should be.
    fn dirt<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<Dirt>> {
        PyArray1::from_slice(py, self.0.dirt())
    }

    /// Times, then open, high, low, close and volume, of one instrument; copies.
    #[allow(clippy::type_complexity, reason = "what Python gets: one array and five")]
    fn rows<'py>(
        &self,
        py: Python<'py>,
        instrument: usize,
    ) -> PyResult<(Bound<'py, PyArray1<i64>>, [Bound<'py, PyArray1<f64>>; 5])> {
        guarded(py, || {
            let (times, rows) = self.0.rows(instrument);
            let columns = [rows.open, rows.high, rows.low, rows.close, rows.volume];
            Ok((PyArray1::from_slice(py, times), columns.map(|column| PyArray1::from_slice(py, column))))
        })
    }
}

/// The scanner.
#[pyclass(module = "quantum._core", name = "Scanner")]
pub struct PyScanner {
    scanner: Scanner,
    failure: Failure,
}

impl PyScanner {
    /// What it looks for, for a run.
    pub fn rules(&self) -> ScanRules {
        let (rules, keep_zero_volume) = self.scanner.rules();
        ScanRules { rules, keep_zero_volume }
    }

    /// What a user's pattern raised, if one did.
    pub fn failure(&self) -> PyResult<()> {
        raised(&self.failure)
    }
}

/// The first exception a user's pattern raised during a scan.
type Failure = Arc<Mutex<Option<PyErr>>>;

/// What a user's pattern returns: direction, confidence, lo, hi, bars back to the origin; or nothing.
type Seen = Option<(i8, f64, f64, f64, u32)>;

/// A pattern that is a Python function of arrays.
struct PythonPattern {
    name: String,
    bars: usize,
    function: Py<PyAny>,
    failure: Failure,
}

impl PythonPattern {
    fn ask(&self, series: &Series<'_>) -> PyResult<Seen> {
        Python::attach(|py| {
            let columns = [series.open, series.high, series.low, series.close, series.volume];
            let arguments = columns.map(|column| PyArray1::from_slice(py, column));
            let [open, high, low, close, volume] = arguments;
            self.function.call1(py, (open, high, low, close, volume))?.extract(py)
        })
    }
}

impl CustomPattern for PythonPattern {
    fn name(&self) -> &str {
        &self.name
    }

    fn bars(&self) -> usize {
        self.bars
    }

    fn detect(&self, series: &Series<'_>) -> Option<Hit> {
        let seen = self.ask(series).unwrap_or_else(|error| {
            let mut failure = self.failure.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            failure.get_or_insert(error);
            None
        });
        let (direction, confidence, lo, hi, origin) = seen?;
        Some(Hit { lo, hi, confidence, origin, direction, ..Hit::default() })
    }
}

/// What a user's pattern raised since it was last asked for.
fn raised(failure: &Failure) -> PyResult<()> {
    failure.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take().map_or(Ok(()), Err)
}

/// Hits and dirty bars.
type Found<'py> = (Bound<'py, PyArray1<Hit>>, Bound<'py, PyArray1<Dirt>>);

#[pymethods]
impl PyScanner {
    #[new]
    fn new(
        py: Python<'_>,
        patterns: Vec<String>,
        confidence_min: f64,
        settings: Vec<(String, f64)>,
        keep_zero_volume: bool,
    ) -> PyResult<Self> {
        detached(py, || {
            let mut chosen = ScanSettings::default();
            settings.iter().try_for_each(|(name, value)| chosen.set(name, *value))?;
            let scanner = Scanner::new(&patterns, confidence_min, chosen, keep_zero_volume)?;
            Ok(Self { scanner, failure: Failure::default() })
        })
    }

    /// Scans whole histories on `threads` threads, 0 for all cores.
    fn scan<'py>(&mut self, py: Python<'py>, panel: &PyPanel, threads: usize) -> PyResult<Bound<'py, PyArray1<Hit>>> {
        let hits = detached(py, || on_threads(threads, || Ok(self.scanner.scan(&panel.0))))?;
        raised(&self.failure)?;
        Ok(PyArray1::from_vec(py, hits))
    }

    /// Adds a pattern: a function of the last `bars` opens, highs, lows, closes and volumes.
    fn add(&mut self, py: Python<'_>, name: String, bars: usize, function: Py<PyAny>) -> PyResult<()> {
        let failure = Arc::clone(&self.failure);
        detached(py, || self.scanner.add(Box::new(PythonPattern { name, bars, function, failure })))
    }

    /// Makes room for more instruments.
    fn grow(&mut self, py: Python<'_>, instruments: usize) -> PyResult<()> {
        detached(py, || {
            self.scanner.grow(instruments);
            Ok(())
        })
    }

    /// One new bar of every instrument.
    fn update<'py>(
        &mut self,
        py: Python<'py>,
        time: PyReadonlyArray1<'py, i64>,
        columns: Columns<'py>,
        threads: usize,
    ) -> PyResult<Found<'py>> {
        guarded(py, || {
            let bars = Bars { time: time.as_slice()?, series: series(&columns)? };
            let (hits, dirt) = detached(py, || on_threads(threads, || self.scanner.update(&bars)))?;
            raised(&self.failure)?;
            Ok((PyArray1::from_vec(py, hits), PyArray1::from_vec(py, dirt)))
        })
    }

    /// Zones of an instrument.
    fn zones<'py>(&self, py: Python<'py>, instrument: usize, live: bool) -> PyResult<Bound<'py, PyArray1<Zone>>> {
        guarded(py, || Ok(PyArray1::from_vec(py, self.scanner.zones(instrument, live))))
    }
}
