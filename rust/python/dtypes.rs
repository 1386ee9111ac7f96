//! NumPy dtypes of the records, made from the Rust layouts, so that no offset is declared twice.

use std::mem::{offset_of, size_of};

use numpy::{Element, PyArrayDescr};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList};

use crate::model::{Bar, Command, Event, Report};
use crate::scanner::{Dirt, Hit, Zone};

/// A record's NumPy description: field names, formats and offsets.
type Fields = &'static [(&'static str, &'static str, usize)];

macro_rules! fields {
    ($record:ty, { $($field:ident : $format:literal),* $(,)? }) => {
        &[$((stringify!($field), $format, offset_of!($record, $field))),*]
    };
}

const EVENT: Fields = fields!(Event, {
    sequence: "<u8", exchange_ns: "<i8", receive_ns: "<i8", price: "<i8", qty: "<i8", order_id: "<u8",
    venue_sequence: "<u8", instrument: "<u4", venue: "u1", kind: "u1", side: "u1", flags: "u1",
});
const BAR: Fields = fields!(Bar, {
    sequence: "<u8", open_ns: "<i8", open: "<f8", high: "<f8", low: "<f8", close: "<f8", volume: "<f8",
    instrument: "<u4", timeframe: "u1", kind: "u1", trades: "<u2",
});
const COMMAND: Fields = fields!(Command, {
    sequence: "<u8", order_id: "<u8", parent_id: "<u8", client_id: "<u8", price: "<i8", stop: "<i8", qty: "<i8",
    display: "<i8", expire_ns: "<i8", given_price: "<f8", given_qty: "<f8", params: "(2,)<u8", instrument: "<u4",
    venue: "u1", kind: "u1", side: "u1", order_type: "u1", time_in_force: "u1", flags: "u1", trigger: "u1",
    refusal: "u1",
});
const REPORT: Fields = fields!(Report, {
    sequence: "<u8", exchange_ns: "<i8", receive_ns: "<i8", order_id: "<u8", parent_id: "<u8", client_id: "<u8",
    execution_id: "<u8", price: "<i8", qty: "<i8", cum_qty: "<i8", leaves_qty: "<i8", position: "<i8",
    detail: "(2,)<u8", instrument: "<u4", venue: "u1", kind: "u1", state: "u1", side: "u1", liquidity: "u1",
    reason: "u1", order_type: "u1", time_in_force: "u1", flags: "u1", request: "u1",
});

const HIT: Fields = fields!(Hit, {
    time: "<i8", lo: "<f8", hi: "<f8", confidence: "<f8", instrument: "<u4", t: "<u4", origin: "<u4", pattern: "u1",
    kind: "u1", direction: "i1", padding: "u1",
});
const ZONE: Fields = fields!(Zone, {
    lo: "<f8", hi: "<f8", t: "<u4", origin: "<u4", touched: "<i4", filled: "<i4", pattern: "u1", direction: "i1",
});
const DIRT: Fields = fields!(Dirt, { time: "<i8", instrument: "<u4", reason: "u1", used: "u1" });

/// The dtype of a record with these fields and this size.
fn describe(py: Python<'_>, fields: Fields, size: usize) -> PyResult<Bound<'_, PyArrayDescr>> {
    let spec = PyDict::new(py);
    spec.set_item("names", PyList::new(py, fields.iter().map(|field| field.0))?)?;
    spec.set_item("formats", PyList::new(py, fields.iter().map(|field| field.1))?)?;
    spec.set_item("offsets", PyList::new(py, fields.iter().map(|field| field.2))?)?;
    spec.set_item("itemsize", size)?;
    PyArrayDescr::new(py, spec)
}

macro_rules! element {
    ($record:ty, $fields:ident) => {
        // SAFETY: the record is `repr(C)`, `Copy`, free of references and Python objects, and valid for any bytes;
        // the description lists its fields at their real offsets and its real size.
        unsafe impl Element for $record {
            const IS_COPY: bool = true;

            fn get_dtype(py: Python<'_>) -> Bound<'_, PyArrayDescr> {
                static DTYPE: PyOnceLock<Py<PyArrayDescr>> = PyOnceLock::new();
                DTYPE
                    .get_or_init(py, || {
                        describe(py, $fields, size_of::<$record>()).expect("the layout table is a valid dtype").unbind()
                    })
                    .clone_ref(py)
                    .into_bound(py)
            }

            fn clone_ref(&self, _py: Python<'_>) -> Self {
                *self
            }

            fn vec_from_slice(_py: Python<'_>, slice: &[Self]) -> Vec<Self> {
                slice.to_vec()
            }

            fn array_from_view<D: numpy::ndarray::Dimension>(
                _py: Python<'_>,
                view: numpy::ndarray::ArrayView<'_, Self, D>,
            ) -> numpy::ndarray::Array<Self, D> {
                view.to_owned()
            }
        }
    };
}

element!(Event, EVENT);
element!(Bar, BAR);
element!(Command, COMMAND);
element!(Report, REPORT);
element!(Hit, HIT);
element!(Zone, ZONE);
element!(Dirt, DIRT);

/// Adds `EVENT`, `BAR`, `COMMAND` and `REPORT` to the module.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add("EVENT", Event::get_dtype(py))?;
    module.add("BAR", Bar::get_dtype(py))?;
    module.add("COMMAND", Command::get_dtype(py))?;
    module.add("REPORT", Report::get_dtype(py))
}
