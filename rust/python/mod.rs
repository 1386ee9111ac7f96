//! The Python face: one file per module of the core; each function converts, detaches, calls and converts back.

mod backtest;
mod bus;
mod context;
mod data;
mod dtypes;
mod errors;
mod instrument;
mod order;
mod shared;
mod strategy;
mod subscription;
mod views;

use pyo3::prelude::*;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The extension module `quantum._core`.
#[pymodule]
#[pyo3(name = "_core")]
fn core_module(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<instrument::PyInstrument>()?;
    module.add_class::<bus::PyBus>()?;
    module.add_class::<bus::PyPublisher>()?;
    module.add_class::<subscription::PySubscription>()?;
    module.add_class::<context::PyContext>()?;
    module.add_class::<data::PyRecording>()?;
    module.add_class::<order::PyOrder>()?;
    module.add_class::<views::PyBookView>()?;
    module.add_class::<views::PyFill>()?;
    module.add_class::<views::PyLevel>()?;
    module.add_class::<views::PyQuote>()?;
    module.add_class::<views::PyTrade>()?;
    module.add_function(wrap_pyfunction!(backtest::run_backtest, module)?)?;
    dtypes::register(module)
}
