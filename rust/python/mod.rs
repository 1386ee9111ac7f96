//! The Python face: one file per module of the core; each function converts, detaches, calls and converts back.

mod data;
mod dtypes;
mod errors;
mod instrument;

use pyo3::prelude::*;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The extension module `quantum._core`.
#[pymodule]
#[pyo3(name = "_core")]
fn core_module(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<instrument::PyInstrument>()?;
    data::register(module)?;
    dtypes::register(module)
}
