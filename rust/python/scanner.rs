//! Panels and the scanner for `quantum.scanner`.
#![allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;

use super::errors::{detached, guarded};
use crate::indicators::on_threads;
use crate::scanner::{
    Bars, Dirt, Hit, KINDS, PATTERNS, Panel, REASONS, Rows, SETTINGS, ScanSettings, Scanner, Series, Zone,
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
pub struct PyScanner(Scanner);

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
            Scanner::new(&patterns, confidence_min, chosen, keep_zero_volume).map(Self)
        })
    }

    /// Scans whole histories on `threads` threads, 0 for all cores.
    fn scan<'py>(&mut self, py: Python<'py>, panel: &PyPanel, threads: usize) -> PyResult<Bound<'py, PyArray1<Hit>>> {
        let hits = detached(py, || on_threads(threads, || Ok(self.0.scan(&panel.0))))?;
        Ok(PyArray1::from_vec(py, hits))
    }

    /// Makes room for more instruments.
    fn grow(&mut self, py: Python<'_>, instruments: usize) -> PyResult<()> {
        detached(py, || {
            self.0.grow(instruments);
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
            let (hits, dirt) = detached(py, || on_threads(threads, || self.0.update(&bars)))?;
            Ok((PyArray1::from_vec(py, hits), PyArray1::from_vec(py, dirt)))
        })
    }

    /// Zones of an instrument.
    fn zones<'py>(&self, py: Python<'py>, instrument: usize, live: bool) -> PyResult<Bound<'py, PyArray1<Zone>>> {
        guarded(py, || Ok(PyArray1::from_vec(py, self.0.zones(instrument, live))))
    }
}
