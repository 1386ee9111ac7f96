//! The Python face: one file per module of the core; each function converts, detaches, calls and converts back.

mod book;
mod dtypes;
mod errors;
mod instrument;
mod rows;

use pyo3::prelude::*;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The extension module `quantum._core`.
#[pymodule]
#[pyo3(name = "_core")]
fn core_module(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<instrument::PyInstrument>()?;
    module.add_class::<book::PyBook>()?;
    module.add_class::<book::PyLevel>()?;
    dtypes::register(module)
}
