//! `quantum.Book`.

use std::sync::{Arc, Mutex, MutexGuard};

use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::errors::{detached, guarded, raise, to_python};
use super::instrument::PyInstrument;
use super::rows::Rows;
use super::shared::Shared;
use super::views::PyLevel;
use crate::book::analytics::Top;
use crate::book::{Book, Level, Replay, Table, View, analytics, picture, question};
use crate::model::{Error, Event, Instrument, Result, Side};

/// A market's price levels as the venue tells them: apply events, read it at any time.
///
/// While it is stale (messages were missed and no snapshot has healed it) the answers to trade on are NaN; `bids` and
/// `asks` still show what it holds. A strategy's `ctx.book` is the same thing, fed by the run.
#[pyclass(frozen, name = "Book", module = "quantum")]
pub struct PyBook {
    instrument: Arc<Instrument>,
    source: Source,
}

/// Whose book it is.
enum Source {
    /// The user's own.
    Own(Box<Mutex<Replay>>),
    /// A run's, of the instrument with this number.
    Run(Arc<Shared>, u32),
}

/// The user's book, held for one call.
fn lock(replay: &Mutex<Replay>) -> Result<MutexGuard<'_, Replay>> {
    replay.lock().map_err(|_| Error::Internal("a defect left this book half updated".into()))
}

impl PyBook {
    /// A run's book of instrument `number`.
    pub fn of_run(shared: &Arc<Shared>, number: u32) -> Self {
        let instrument = Arc::clone(&shared.instruments[number as usize]);
        Self { instrument, source: Source::Run(Arc::clone(shared), number) }
    }

    /// Asks the book: at once where it is free, with the GIL released while another thread has it.
    fn ask<T: Send>(&self, py: Python<'_>, body: impl FnOnce(&Book, &Instrument) -> Result<T> + Send) -> PyResult<T> {
        let own = match &self.source {
            Source::Run(shared, number) => {
                return self.answer(py, &shared.world(py)?.markets[*number as usize].book, body);
            }
            Source::Own(replay) => replay,
        };
        match own.try_lock() {
            Ok(replay) => self.answer(py, replay.book(), body),
            Err(_) => detached(py, || body(lock(own)?.book(), &self.instrument)),
        }
    }

    /// The body's answer, its error ours.
    fn answer<T>(
        &self,
        py: Python<'_>,
        book: &Book,
        body: impl FnOnce(&Book, &Instrument) -> Result<T>,
    ) -> PyResult<T> {
        guarded(py, || body(book, &self.instrument).map_err(|error| to_python(py, &error)))
    }

    /// A number that needs no arguments.
    fn number(&self, py: Python<'_>, body: impl FnOnce(&Book, &Instrument) -> f64 + Send) -> PyResult<f64> {
        self.ask(py, |book, instrument| Ok(body(book, instrument)))
    }

    /// A side's levels as rows of price and quantity.
    fn levels<'py>(&self, py: Python<'py>, side: Side, n: Option<i64>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let rows: Vec<f64> = self.ask(py, |book, instrument| {
            let wanted = n.map_or(Ok(usize::MAX), |n| question::levels_wanted("n", n))?;
            let row = |level: Level| [instrument.price().to_f64(level.price), instrument.qty().to_f64(level.qty)];
            Ok(book.levels(side).take(wanted).flat_map(row).collect())
        })?;
        guarded(py, || {
            let count = rows.len() / 2;
            PyArray1::from_vec(py, rows).reshape([count, 2])
        })
    }
}

#[pymethods]
impl PyBook {
    #[new]
    fn new(instrument: &PyInstrument) -> Self {
        let replay = Replay::new(Book::with_grid(instrument.inner.tick()));
        Self { instrument: Arc::clone(&instrument.inner), source: Source::Own(Box::new(Mutex::new(replay))) }
    }

    #[getter]
    fn instrument(&self) -> PyInstrument {
        PyInstrument { inner: Arc::clone(&self.instrument) }
    }

    /// Applies events in their order, GIL released.
    ///
    /// events: (n,) EVENT of one instrument, any stride. view: "receive" skips rows flagged `EXCHANGE_ONLY`, "exchange"
    /// those flagged `LOCAL_ONLY`. Raises `DataError` for another dtype or a second instrument (nothing is applied then),
    /// `ConfigError` for another view. Events that make no sense are counted as refused.
    #[pyo3(signature = (events, view = "receive"))]
    fn apply(&self, py: Python<'_>, events: &Bound<'_, PyAny>, view: &str) -> PyResult<()> {
        let Source::Own(replay) = &self.source else {
            return Err(raise(
                py,
                "ConfigError",
                "a run feeds its own books; apply events to a Book(instrument) of your own",
            ));
        };
        let rows = Rows::<Event>::of(events, "quantum.dtypes.EVENT")?;
        detached(py, || lock(replay)?.apply(rows.iter(), View::parse(view)?))
    }

    /// Highest bid, (NaN, 0) where there is none.
    #[getter]
    fn best_bid(&self, py: Python<'_>) -> PyResult<PyLevel> {
        self.ask(py, |book, instrument| Ok(PyLevel::new(instrument, Top::of(book).bid)))
    }

    /// Lowest ask, (NaN, 0) where there is none.
    #[getter]
    fn best_ask(&self, py: Python<'_>) -> PyResult<PyLevel> {
        self.ask(py, |book, instrument| Ok(PyLevel::new(instrument, Top::of(book).ask)))
    }

    /// (best bid + best ask) / 2.
    #[getter]
    fn mid(&self, py: Python<'_>) -> PyResult<f64> {
        self.number(py, analytics::mid)
    }

    /// Best ask - best bid.
    #[getter]
    fn spread(&self, py: Python<'_>) -> PyResult<f64> {
        self.number(py, analytics::spread)
    }

    /// (b A + a B) / (A + B) of the best prices b, a and their quantities B, A.
    #[getter]
    fn microprice(&self, py: Python<'_>) -> PyResult<f64> {
        self.number(py, analytics::microprice)
    }

    /// (B - A) / (B + A) of the quantities of the first k levels, -1 to 1. Raises `ConfigError` for k < 1.
    #[pyo3(signature = (k = 1))]
    fn imbalance(&self, py: Python<'_>, k: i64) -> PyResult<f64> {
        self.ask(py, |book, _| Ok(analytics::imbalance(book, question::levels_wanted("k", k)?)))
    }

    /// B / A of the quantities of the first k levels, infinite without asks. Raises `ConfigError` for k < 1.
    #[pyo3(signature = (k = 1))]
    fn liquidity_ratio(&self, py: Python<'_>, k: i64) -> PyResult<f64> {
        self.ask(py, |book, _| Ok(analytics::liquidity_ratio(book, question::levels_wanted("k", k)?)))
    }

    /// Average price for a taker of qty on side "buy" or "sell", and the quantity the book has for it.
    ///
    /// Raises `ConfigError` for another side or a qty that is not a positive whole multiple of the lot.
    fn vwap(&self, py: Python<'_>, side: &str, qty: f64) -> PyResult<(f64, f64)> {
        self.ask(py, |book, instrument| {
            let (side, qty) = (question::taker_side(side)?, question::taker_qty(instrument, qty)?);
            let (price, filled) = analytics::vwap(book, side, qty, instrument);
            Ok((price, instrument.qty().to_f64(filled)))
        })
    }

    /// What a taker of qty loses against the mid, in the instrument's currency; NaN if the book does not have all of it.
    ///
    /// Raises `ConfigError` as vwap does.
    fn cost(&self, py: Python<'_>, side: &str, qty: f64) -> PyResult<f64> {
        self.ask(py, |book, instrument| {
            let (side, qty) = (question::taker_side(side)?, question::taker_qty(instrument, qty)?);
            Ok(analytics::cost(book, side, qty, instrument))
        })
    }

    /// (n, 2) float64, price and quantity of the best n bids (all where None), best first. Raises `ConfigError` for n < 1.
    #[pyo3(signature = (n = None))]
    fn bids<'py>(&self, py: Python<'py>, n: Option<i64>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        self.levels(py, Side::Buy, n)
    }

    /// (n, 2) float64, price and quantity of the best n asks (all where None), best first. Raises `ConfigError` for n < 1.
    #[pyo3(signature = (n = None))]
    fn asks<'py>(&self, py: Python<'py>, n: Option<i64>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        self.levels(py, Side::Sell, n)
    }

    /// How many levels the bids ("buy") or asks ("sell") have. Raises `ConfigError` for another side.
    fn level_count(&self, py: Python<'_>, side: &str) -> PyResult<usize> {
        self.ask(py, |book, _| Ok(book.level_count(question::taker_side(side)?)))
    }

    /// Whether messages were missed and no complete snapshot has healed the book.
    #[getter]
    fn stale(&self, py: Python<'_>) -> PyResult<bool> {
        self.ask(py, |book, _| Ok(book.is_stale()))
    }

    /// What is missing from a stale book, None from a good one.
    #[getter]
    fn stale_reason(&self, py: Python<'_>) -> PyResult<Option<String>> {
        self.ask(py, |book, _| Ok(book.missing().map(|missing| missing.to_string())))
    }

    /// Whether the best bid is at or above the best ask.
    #[getter]
    fn crossed(&self, py: Python<'_>) -> PyResult<bool> {
        self.ask(py, |book, _| Ok(book.is_crossed()))
    }

    /// "Empty", "Synced" or "Gap".
    #[getter]
    fn state(&self, py: Python<'_>) -> PyResult<&'static str> {
        self.ask(py, |book, _| Ok(book.state().name()))
    }

    /// Events counted since the book was made: updates, `unknown_deletes`, gaps, crossed, refused.
    #[getter]
    fn counters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let counters = self.ask(py, |book, _| Ok(*book.counters()))?;
        let dict = PyDict::new(py);
        dict.set_item("updates", counters.updates)?;
        dict.set_item("unknown_deletes", counters.unknown_deletes)?;
        dict.set_item("gaps", counters.gaps)?;
        dict.set_item("crossed", counters.crossed)?;
        dict.set_item("refused", counters.refused)?;
        Ok(dict)
    }

    /// A `DataFrame` with columns side ("bid", "ask"), price and qty; bids from the best down, then asks from the best up.
    fn to_pandas<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let table = self.ask(py, |book, instrument| Ok(Table::of(book, instrument)))?;
        guarded(py, || {
            let columns = PyDict::new(py);
            columns.set_item("side", table.sides)?;
            columns.set_item("price", PyArray1::from_vec(py, table.prices))?;
            columns.set_item("qty", PyArray1::from_vec(py, table.quantities))?;
            py.import("pandas")?.getattr("DataFrame")?.call1((columns,))
        })
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        self.ask(py, |book, instrument| Ok(picture(book, instrument)))
    }
}
