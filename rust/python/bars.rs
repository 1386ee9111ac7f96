//! Bars for `quantum.bars`.
#![allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;

use super::errors::{detached, guarded};
use crate::bars::{Builder, Calendar, Row, Rule};
use crate::model::Result;

/// Times, then open, high, low, close, volume and turnover, then trades.
type Columns<'py> = (Bound<'py, PyArray1<i64>>, [Bound<'py, PyArray1<f64>>; 6], Bound<'py, PyArray1<u64>>);

/// Makes bars of trades or of closed lower bars.
#[pyclass(module = "quantum._core", name = "BarBuilder")]
pub struct PyBarBuilder(Builder);

fn columns<'py>(py: Python<'py>, rows: &[Row]) -> Columns<'py> {
    let numbers = |pick: fn(&Row) -> f64| PyArray1::from_iter(py, rows.iter().map(pick));
    let values = [
        numbers(|row| row.open),
        numbers(|row| row.high),
        numbers(|row| row.low),
        numbers(|row| row.close),
        numbers(|row| row.volume),
        numbers(|row| row.turnover),
    ];
    let times = PyArray1::from_iter(py, rows.iter().map(|row| row.open_ns));
    (times, values, PyArray1::from_iter(py, rows.iter().map(|row| row.trades)))
}

#[pymethods]
impl PyBarBuilder {
    #[new]
    fn new(py: Python<'_>, timeframe: &str, zone: &str, session_start: &str) -> PyResult<Self> {
        detached(py, || Ok(Self(Builder::new(Rule::parse(timeframe)?, Calendar::new(zone, session_start)?))))
    }

    /// Takes trades; the bars that are over by the last of them.
    fn push_trades<'py>(
        &mut self,
        py: Python<'py>,
        time: PyReadonlyArray1<'py, i64>,
        price: PyReadonlyArray1<'py, f64>,
        qty: PyReadonlyArray1<'py, f64>,
    ) -> PyResult<Columns<'py>> {
        guarded(py, || {
            let (time, price, qty) = (time.as_slice()?, price.as_slice()?, qty.as_slice()?);
            let trades = time.iter().zip(price).zip(qty).map(|((&time, &price), &qty)| Row::of_trade(time, price, qty));
            let rows = detached(py, || push(&mut self.0, trades))?;
            Ok(columns(py, &rows))
        })
    }

    /// Takes closed lower bars: open, high, low, close, volume and turnover; the bars that are over by the last.
    fn push_bars<'py>(
        &mut self,
        py: Python<'py>,
        time: PyReadonlyArray1<'py, i64>,
        values: [PyReadonlyArray1<'py, f64>; 6],
        trades: PyReadonlyArray1<'py, u64>,
    ) -> PyResult<Columns<'py>> {
        guarded(py, || {
            let [open, high, low, close, volume, turnover] = &values;
            let (open, high, low) = (open.as_slice()?, high.as_slice()?, low.as_slice()?);
            let (close, volume, turnover) = (close.as_slice()?, volume.as_slice()?, turnover.as_slice()?);
            let (time, trades) = (time.as_slice()?, trades.as_slice()?);
            let bars = (0..time.len()).map(|bar| Row {
                open_ns: time[bar],
                open: open[bar],
                high: high[bar],
                low: low[bar],
                close: close[bar],
                volume: volume[bar],
                turnover: turnover[bar],
                trades: trades[bar],
            });
            let rows = detached(py, || push(&mut self.0, bars))?;
            Ok(columns(py, &rows))
        })
    }

    /// The bar still forming: none or one.
    fn peek<'py>(&self, py: Python<'py>) -> PyResult<Columns<'py>> {
        guarded(py, || Ok(columns(py, self.0.peek().as_slice())))
    }

    /// The last bar, when nothing more comes: none or one.
    fn finish<'py>(&mut self, py: Python<'py>) -> PyResult<Columns<'py>> {
        guarded(py, || Ok(columns(py, self.0.finish().as_slice())))
    }
}

fn push(builder: &mut Builder, rows: impl Iterator<Item = Row>) -> Result<Vec<Row>> {
    let mut done = Vec::new();
    for row in rows {
        done.extend(builder.push(row)?);
    }
    Ok(done)
}
