//! The Python face: one file per module of the core; each function converts, detaches, calls and converts back.

mod dtypes;
mod errors;
mod instrument;
mod sample;

use pyo3::prelude::*;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The extension module `quantum._core`.
#[pymodule]
#[pyo3(name = "_core")]
fn core_module(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<instrument::PyInstrument>()?;
    sample::register(module)?;
    dtypes::register(module)
}
