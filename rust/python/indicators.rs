//! Indicators for `quantum.ta`: batches over panels, and streams.
#![allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyList, PyTuple};

use super::errors::{detached, guarded, to_python};
use crate::indicators::{self, Crowd, Indicator, Job, NanPolicy, Stream, TABLE};
use crate::model::{Error, Result};

/// What Python asks to compute: name, arguments, inputs of shape (instruments, bars).
type Request<'py> = (String, Vec<f64>, Vec<PyReadonlyArray2<'py, f64>>);
/// Outputs of one request, each of shape (instruments, bars).
type Outputs<'py> = Vec<Bound<'py, PyArray2<f64>>>;

/// The table as a list of dicts: name, about, inputs, parameters, outputs.
#[pyfunction]
pub fn indicator_catalog(py: Python<'_>) -> PyResult<Bound<'_, PyList>> {
    guarded(py, || {
        let rows = PyList::empty(py);
        for row in TABLE {
            let entry = PyDict::new(py);
            entry.set_item("name", row.name)?;
            entry.set_item("about", row.about)?;
            entry.set_item("inputs", row.inputs)?;
            entry.set_item("outputs", row.outputs)?;
            let parameters: Vec<_> = row
                .parameters
                .iter()
                .map(|parameter| {
                    (parameter.name, parameter.default, parameter.minimum, parameter.maximum, parameter.whole)
                })
                .collect();
            entry.set_item("parameters", parameters)?;
            rows.append(entry)?;
        }
        Ok(rows)
    })
}

/// The name of the indicator meant by `name`; an error names the nearest.
#[pyfunction]
pub fn indicator_find(py: Python<'_>, name: &str) -> PyResult<&'static str> {
    detached(py, || indicators::find(name).map(|row| row.name))
}

/// Bars before the first output, and bars after which `digits` digits no longer depend on where the series began.
#[pyfunction]
pub fn indicator_warmup(
    py: Python<'_>,
    name: &str,
    arguments: Vec<f64>,
    digits: u32,
) -> PyResult<(usize, Option<usize>)> {
    detached(py, || {
        let row = indicators::find(name)?;
        let arguments = row.arguments(&arguments)?;
        Ok(((row.lookback)(&arguments), row.stable_after(&arguments, digits)))
    })
}

fn policy(name: &str) -> Result<NanPolicy> {
    match name {
        "skip" => Ok(NanPolicy::Skip),
        "propagate" => Ok(NanPolicy::Propagate),
        "raise" => Ok(NanPolicy::Raise),
        _ => Err(Error::Config(format!("nan is {name:?}; it must be \"skip\", \"propagate\" or \"raise\""))),
    }
}

/// Room for `values` outputs, not cleared: clearing 320 MB first cost a tenth of the call it was for.
fn unwritten(values: usize) -> Vec<f64> {
    // SAFETY: any bytes are a valid f64, and `compute` writes every value before it returns without an error; after an
    // error nobody sees the room.
    unsafe { Box::<[f64]>::new_uninit_slice(values).assume_init() }.into_vec()
}

/// Computes all requests in one pass over the instruments, on `threads` threads (0: as many as there are cores).
#[pyfunction]
pub fn indicator_run<'py>(
    py: Python<'py>,
    requests: Vec<Request<'py>>,
    shape: [usize; 2],
    nan: &str,
    threads: usize,
) -> PyResult<Vec<Outputs<'py>>> {
    guarded(py, || {
        let fail = |error: Error| to_python(py, &error);
        let mut rows = Vec::with_capacity(requests.len());
        let mut stores: Vec<Vec<Vec<f64>>> = Vec::with_capacity(requests.len());
        for (name, arguments, _) in &requests {
            let row = indicators::find(name).map_err(fail)?;
            rows.push((row, row.arguments(arguments).map_err(fail)?));
            stores.push(row.outputs.iter().map(|_| unwritten(shape[0] * shape[1])).collect());
        }
        let mut jobs = Vec::with_capacity(requests.len());
        for (((indicator, arguments), (_, _, inputs)), store) in rows.into_iter().zip(&requests).zip(&mut stores) {
            let inputs = inputs.iter().map(|input| input.as_slice()).collect::<std::result::Result<Vec<_>, _>>()?;
            let outputs = store.iter_mut().map(Vec::as_mut_slice).collect();
            jobs.push(Job { indicator, arguments, inputs, outputs });
        }
        let nan = policy(nan).map_err(fail)?;
        detached(py, || indicators::on_threads(threads, || indicators::compute(jobs, shape[1], nan)))?;
        let arrays = |values: Vec<f64>| PyArray1::from_vec(py, values).reshape(shape);
        stores.into_iter().map(|store| store.into_iter().map(arrays).collect::<PyResult<_>>()).collect()
    })
}

/// One indicator live on many instruments.
#[pyclass(module = "quantum._core", name = "IndicatorCrowd")]
pub struct PyIndicatorCrowd {
    row: &'static Indicator,
    crowd: Box<dyn Crowd>,
    instruments: usize,
}

#[pymethods]
impl PyIndicatorCrowd {
    #[new]
    fn new(py: Python<'_>, name: &str, arguments: Vec<f64>, instruments: usize, nan: &str) -> PyResult<Self> {
        detached(py, || {
            let row = indicators::find(name)?;
            let crowd = row.crowd(&row.arguments(&arguments)?, instruments, policy(nan)?);
            Ok(Self { row, crowd, instruments })
        })
    }

    /// One bar of every instrument: an array of `instruments` values per input and per output.
    fn update<'py>(
        &mut self,
        py: Python<'py>,
        bars: Vec<PyReadonlyArray1<'py, f64>>,
    ) -> PyResult<Vec<Bound<'py, PyArray1<f64>>>> {
        guarded(py, || {
            let inputs = bars.iter().map(|bar| bar.as_slice()).collect::<std::result::Result<Vec<_>, _>>()?;
            let mut values = vec![vec![0.0; self.instruments]; self.row.outputs.len()];
            let mut outputs: Vec<&mut [f64]> = values.iter_mut().map(Vec::as_mut_slice).collect();
            let outcome =
                self.row.check_lengths(&inputs, &outputs).and_then(|()| self.crowd.update(0, &inputs, &mut outputs));
            outcome.map_err(|error| to_python(py, &error))?;
            Ok(values.into_iter().map(|output| PyArray1::from_vec(py, output)).collect())
        })
    }
}

/// Most numbers an update of any indicator takes.
const MOST_INPUTS: usize = 8;

/// One indicator live on one series; `quantum.ta.Stream` is made of it.
#[pyclass(module = "quantum._core", name = "IndicatorStream", subclass)]
pub struct PyIndicatorStream {
    row: &'static Indicator,
    #[pyo3(get)]
    arguments: Vec<f64>,
    #[pyo3(get)]
    nan: String,
    stream: Stream,
    /// What several values come as, called with them.
    result: Option<Py<PyAny>>,
}

impl PyIndicatorStream {
    fn wrapped<'py>(&self, py: Python<'py>, values: &[f64]) -> PyResult<Bound<'py, PyAny>> {
        match &self.result {
            None => Ok(PyFloat::new(py, values[0]).into_any()),
            Some(result) => result.bind(py).call1(PyTuple::new(py, values)?),
        }
    }
}

#[pymethods]
impl PyIndicatorStream {
    #[new]
    #[pyo3(signature = (name, arguments, nan, result=None))]
    fn new(py: Python<'_>, name: &str, arguments: Vec<f64>, nan: String, result: Option<Py<PyAny>>) -> PyResult<Self> {
        detached(py, || {
            let row = indicators::find(name)?;
            let stream = row.stream(&row.arguments(&arguments)?, policy(&nan)?);
            Ok(Self { row, arguments, nan, stream, result })
        })
    }

    /// The indicator's name.
    #[getter]
    const fn name(&self) -> &'static str {
        self.row.name
    }

    /// What the last update gave, NaN before the first.
    #[getter]
    fn value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.wrapped(py, self.stream.values())
    }

    /// Where the state is, for compiled code.
    #[getter]
    fn address(&self) -> usize {
        self.stream.address() as usize
    }

    /// Takes one bar, a number per input; the value, or a named tuple of values, NaN before the first.
    #[pyo3(signature = (*bar))]
    fn update<'py>(&mut self, py: Python<'py>, bar: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
        let mut numbers = [0.0; MOST_INPUTS];
        let count = bar.len().min(MOST_INPUTS);
        for (number, given) in numbers.iter_mut().zip(bar) {
            *number = given.extract()?;
        }
        let outcome = self.row.check(bar.len(), self.row.outputs.len());
        let outcome = outcome.and_then(|()| self.stream.update(&numbers[..count]).map(drop));
        outcome.map_err(|error| to_python(py, &error))?;
        self.wrapped(py, self.stream.values())
    }

    /// Begins again, as before the first bar.
    fn reset(&mut self, py: Python<'_>) -> PyResult<()> {
        self.stream.reset().map_err(|error| to_python(py, &error))
    }

    /// Goes on from where another stream of the same indicator stands.
    fn take_state(&mut self, py: Python<'_>, other: &Self) -> PyResult<()> {
        guarded(py, || {
            self.stream = other.stream.clone();
            Ok(())
        })
    }
}
