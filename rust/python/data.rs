//! `quantum.data`: recordings, streams of them, and looks at files.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use numpy::ndarray::ArrayView1;
use numpy::{IntoPyArray, PyArray1, PyArrayMethods, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::duration::duration_ns;
use super::errors::{detached, guarded, to_python};
use super::instrument::PyInstrument;
use super::saved::from_mapped;
use crate::feed::{self, BarColumns, Places, ReadReport, Reader, Recording, Surveyor, SymbolSurvey};
use crate::model::{Bar, Error, Event, EventKind, Instrument, Result};

/// Events of one source in both time orders, with what was counted while reading them.
#[pyclass(frozen, name = "Recording", module = "quantum.data")]
pub struct PyRecording {
    /// The core's recording.
    pub inner: Arc<Recording>,
}

impl PyRecording {
    /// Wraps what a reader made.
    pub fn new(inner: Recording) -> Self {
        Self { inner: Arc::new(inner) }
    }
}

#[pymethods]
impl PyRecording {
    #[getter]
    fn events<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyArray1<Event>>> {
        guarded(this.py(), || {
            let view = ArrayView1::from(this.get().inner.events());
            // SAFETY: the array borrows the recording's events; the recording is immutable (`frozen`, behind an Arc)
            // and, as the array's base object, lives at least as long. Nobody can write through the array: it is
            // made read-only before it is handed out, and NumPy refuses to lift that for memory it does not own.
            let array = unsafe { PyArray1::borrow_from_array(&view, this.clone().into_any()) };
            array.readwrite().make_nonwriteable();
            Ok(array)
        })
    }

    #[getter]
    fn instruments(&self) -> Vec<PyInstrument> {
        self.inner.instruments().iter().map(|inner| PyInstrument { inner: Arc::clone(inner) }).collect()
    }

    #[getter]
    fn instrument(&self, py: Python<'_>) -> PyResult<PyInstrument> {
        let inner = self.inner.instrument().map_err(|error| to_python(py, &error))?;
        Ok(PyInstrument { inner: Arc::clone(inner) })
    }

    #[getter]
    fn report<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        report_dict(py, self.inner.report(), self.inner.instruments())
    }

    #[getter]
    fn bars<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<Bar>> {
        PyArray1::from_slice(py, self.inner.bars())
    }

    #[getter]
    fn synthetic(&self) -> bool {
        self.inner.is_synthetic()
    }

    fn floats<'py>(&self, py: Python<'py>) -> PyResult<[Bound<'py, PyArray1<f64>>; 2]> {
        let (prices, qtys) = detached(py, || Ok(self.inner.floats()))?;
        Ok([prices.into_pyarray(py), qtys.into_pyarray(py)])
    }

    #[getter]
    fn bar_span_ns(&self) -> i64 {
        self.inner.bar_span_ns()
    }

    fn save(this: &Bound<'_, Self>, path: PathBuf) -> PyResult<Py<PyAny>> {
        Ok(this.py().import("quantum.data.saved")?.call_method1("save", (this, path))?.unbind())
    }

    fn to_pandas(this: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        tables(this, "to_pandas")
    }

    fn to_polars(this: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        tables(this, "to_polars")
    }

    fn to_arrow(this: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        tables(this, "to_arrow")
    }

    fn __len__(&self) -> usize {
        self.inner.events().len()
    }

    fn __repr__(this: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        tables(this, "show")
    }

    fn _repr_html_(this: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        tables(this, "show_html")
    }
}

/// Tables and pictures of a recording are made in Python.
fn tables(recording: &Bound<'_, PyRecording>, verb: &str) -> PyResult<Py<PyAny>> {
    Ok(recording.py().import("quantum.data.tables")?.call_method1(verb, (recording,))?.unbind())
}

/// Batches of a raw recording's events in file order.
#[pyclass(frozen, name = "EventStream", module = "quantum.data")]
pub struct PyEventStream {
    reader: Mutex<Reader<Box<dyn Read + Send>>>,
    instruments: Vec<Arc<Instrument>>,
    batch: usize,
}

#[pymethods]
impl PyEventStream {
    const fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyArray1<Event>>>> {
        let events = detached(py, || {
            let mut events = Vec::new();
            self.reader.lock().unwrap_or_else(PoisonError::into_inner).next_batch(&mut events, self.batch)?;
            Ok(events)
        })?;
        Ok(Some(events).filter(|events| !events.is_empty()).map(|events| PyArray1::from_vec(py, events)))
    }

    #[getter]
    fn report<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let report = py.detach(|| self.reader.lock().unwrap_or_else(PoisonError::into_inner).report().clone());
        report_dict(py, &report, &self.instruments)
    }
}

/// Long work goes in steps of some ten milliseconds: between two of them Ctrl-C is heard.
const STEP_EVENTS: usize = 1 << 19;
const STEP_BYTES: u64 = 8 << 20;

/// Takes steps without the GIL until one says that it was the last.
fn in_steps(py: Python<'_>, mut step: impl FnMut() -> Result<bool> + Send) -> PyResult<()> {
    while detached(py, &mut step)? {
        py.check_signals()?;
    }
    Ok(())
}

/// The core's instruments behind Python's.
fn listed(instruments: &[PyRef<'_, PyInstrument>]) -> Vec<Arc<Instrument>> {
    instruments.iter().map(|instrument| Arc::clone(&instrument.inner)).collect()
}

#[pyfunction]
#[allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]
fn read_raw(
    py: Python<'_>,
    path: PathBuf,
    instruments: Vec<PyRef<'_, PyInstrument>>,
    notes: Vec<String>,
) -> PyResult<PyRecording> {
    let instruments = listed(&instruments);
    let mut reader = detached(py, || Reader::open(&path, &instruments))?;
    let mut events = Vec::new();
    in_steps(py, || {
        let enough = events.len() + STEP_EVENTS;
        reader.fill(&mut events, enough)
    })?;
    let recording = detached(py, || {
        let report = ReadReport { notes, ..reader.into_report() };
        Recording::new(instruments, events, report)
    });
    recording.map(PyRecording::new)
}

#[pyfunction]
#[allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]
fn stream_raw(
    py: Python<'_>,
    path: PathBuf,
    instruments: Vec<PyRef<'_, PyInstrument>>,
    batch: usize,
) -> PyResult<PyEventStream> {
    let instruments = listed(&instruments);
    let reader = detached(py, || Reader::open(&path, &instruments))?;
    Ok(PyEventStream { reader: Mutex::new(reader), instruments, batch })
}

#[pyfunction]
#[allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]
fn from_events(
    py: Python<'_>,
    events: PyReadonlyArray1<'_, Event>,
    instruments: Vec<PyRef<'_, PyInstrument>>,
    source: &str,
) -> PyResult<PyRecording> {
    let (events, instruments) = (events.as_slice()?.to_vec(), listed(&instruments));
    detached(py, || feed::from_events(events, instruments, source)).map(PyRecording::new)
}

#[pyfunction]
#[allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]
fn from_hftbacktest(
    py: Python<'_>,
    rows: PyReadonlyArray1<'_, u8>,
    instrument: &PyInstrument,
    source: &str,
) -> PyResult<PyRecording> {
    let (rows, instrument) = (rows.as_slice()?, &instrument.inner);
    detached(py, || feed::from_hftbacktest(rows, instrument, source)).map(PyRecording::new)
}

/// Columns of bars: start, open, high, low, close, volume.
#[derive(FromPyObject)]
struct PyBarColumns<'py>(
    PyReadonlyArray1<'py, i64>,
    PyReadonlyArray1<'py, f64>,
    PyReadonlyArray1<'py, f64>,
    PyReadonlyArray1<'py, f64>,
    PyReadonlyArray1<'py, f64>,
    PyReadonlyArray1<'py, f64>,
);

impl PyBarColumns<'_> {
    fn columns(&self) -> PyResult<BarColumns<'_>> {
        Ok(BarColumns {
            open_ns: self.0.as_slice()?,
            open: self.1.as_slice()?,
            high: self.2.as_slice()?,
            low: self.3.as_slice()?,
            close: self.4.as_slice()?,
            volume: self.5.as_slice()?,
        })
    }
}

#[pyfunction]
#[allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]
fn from_bars(
    py: Python<'_>,
    columns: PyBarColumns<'_>,
    instrument: &PyInstrument,
    span: Option<&Bound<'_, PyAny>>,
    source: &str,
    notes: Vec<String>,
) -> PyResult<PyRecording> {
    let span_ns = span.map(|span| duration_ns(span, "timeframe", 1)).transpose()?;
    let (columns, instrument) = (columns.columns()?, &instrument.inner);
    let report = ReadReport { notes, ..ReadReport::new(source, "bars") };
    detached(py, || feed::from_bars(&columns, instrument, span_ns, report)).map(PyRecording::new)
}

/// The largest round step that every price of these bars is a multiple of, as text; None where there is no price.
#[pyfunction]
#[allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]
fn bar_price_step(py: Python<'_>, columns: PyBarColumns<'_>) -> PyResult<Option<String>> {
    let columns = columns.columns()?;
    detached(py, || Ok(feed::price_step(&columns))).map(|step| step.map(|step| step.to_string()))
}

#[pyfunction]
#[allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]
fn hftbacktest_steps(py: Python<'_>, rows: PyReadonlyArray1<'_, u8>) -> PyResult<Option<(String, String)>> {
    let rows = rows.as_slice()?;
    let steps = detached(py, || feed::hftbacktest_steps(rows))?;
    Ok(steps.map(|(price, qty)| (price.to_string(), qty.to_string())))
}

#[pyfunction]
#[allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]
fn detect_format(py: Python<'_>, path: PathBuf) -> PyResult<&'static str> {
    detached(py, || feed::detect(&path)).map(feed::Format::name)
}

/// The currency a pair's prices are in, by its name; None where the name does not tell.
#[pyfunction]
fn quote_currency(symbol: &str) -> Option<&'static str> {
    feed::quote_currency(symbol)
}

#[pyfunction]
#[allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]
fn survey_raw(py: Python<'_>, path: PathBuf, limit: Option<u64>) -> PyResult<Bound<'_, PyDict>> {
    let mut surveyor = detached(py, || Surveyor::open(&path))?;
    let mut left = limit.unwrap_or(u64::MAX);
    in_steps(py, || {
        let step = left.min(STEP_BYTES);
        left -= step;
        Ok(surveyor.advance(step)? && left > 0)
    })?;
    let survey = detached(py, || Ok(surveyor.finish()))?;
    let symbols = PyDict::new(py);
    for (name, symbol) in &survey.symbols {
        symbols.set_item(name, symbol_dict(py, name, symbol)?)?;
    }
    let dict = PyDict::new(py);
    dict.set_item("lines", survey.lines)?;
    dict.set_item("bytes", survey.bytes)?;
    dict.set_item("complete", survey.complete)?;
    dict.set_item("symbols", symbols)?;
    dict.set_item("malformed", places_dict(py, &survey.malformed)?)?;
    dict.set_item("ignored", &survey.ignored.0)?;
    Ok(dict)
}

fn symbol_dict<'py>(py: Python<'py>, name: &str, symbol: &SymbolSurvey) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("market", symbol.market())?;
    dict.set_item("kinds", &symbol.kinds.0)?;
    let instrument = symbol.instrument(name).map_err(|error: Error| to_python(py, &error))?;
    dict.set_item("instrument", instrument.map(|inner| PyInstrument { inner: Arc::new(inner) }))?;
    Ok(dict)
}

fn places_dict<'py>(py: Python<'py>, places: &Places) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("count", places.count)?;
    dict.set_item("first", &places.first)?;
    Ok(dict)
}

macro_rules! copy_fields {
    ($dict:ident, $report:ident, $($field:ident),* $(,)?) => {
        $($dict.set_item(stringify!($field), &$report.$field)?;)*
    };
}

/// A report as a dictionary with the names of the core's fields; spans become first and last.
fn report_dict<'py>(
    py: Python<'py>,
    report: &ReadReport,
    instruments: &[Arc<Instrument>],
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    copy_fields!(dict, report, source, format, notes, lines, messages, bytes, events, split_events);
    copy_fields!(dict, report, diffs_applied, diffs_dropped, diffs_waiting, duplicates, snapshots, snapshots_stale);
    dict.set_item("gaps", places_dict(py, &report.gaps)?)?;
    dict.set_item("malformed", places_dict(py, &report.malformed)?)?;
    dict.set_item("ignored", &report.ignored.0)?;
    dict.set_item("other_symbols", &report.other_symbols.0)?;
    copy_fields!(dict, report, trades, quotes, bars, levels, off_tick, off_lot);
    let volume: BTreeMap<&str, f64> = report.volumes(instruments).collect();
    dict.set_item("volume", volume)?;
    dict.set_item("clock_shift_ns", report.clock_shift_ns())?;
    for (name, span) in [("exchange_ns", report.exchange_ns), ("receive_ns", report.receive_ns)] {
        dict.set_item(format!("first_{name}"), span.map(|span| span.first))?;
        dict.set_item(format!("last_{name}"), span.map(|span| span.last))?;
    }
    copy_fields!(dict, report, least_latency_ns, max_exchange_backwards_ns, receive_backwards);
    copy_fields!(dict, report, max_receive_backwards_ns, exchange_raised);
    Ok(dict)
}

/// Names of the event kinds by number.
#[pyfunction]
fn event_kinds() -> BTreeMap<u8, String> {
    (0..=u8::MAX).filter_map(|kind| Some((kind, format!("{:?}", EventKind::from_u8(kind)?)))).collect()
}

/// Adds the classes and functions to the module.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PyRecording>()?;
    module.add_class::<PyEventStream>()?;
    module.add_function(wrap_pyfunction!(read_raw, module)?)?;
    module.add_function(wrap_pyfunction!(stream_raw, module)?)?;
    module.add_function(wrap_pyfunction!(from_events, module)?)?;
    module.add_function(wrap_pyfunction!(from_bars, module)?)?;
    module.add_function(wrap_pyfunction!(from_mapped, module)?)?;
    module.add_function(wrap_pyfunction!(bar_price_step, module)?)?;
    module.add_function(wrap_pyfunction!(from_hftbacktest, module)?)?;
    module.add_function(wrap_pyfunction!(hftbacktest_steps, module)?)?;
    module.add_function(wrap_pyfunction!(detect_format, module)?)?;
    module.add_function(wrap_pyfunction!(survey_raw, module)?)?;
    module.add_function(wrap_pyfunction!(quote_currency, module)?)?;
    module.add_function(wrap_pyfunction!(event_kinds, module)?)
}
