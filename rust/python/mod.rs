//! The Python face: one file per module of the core; each function converts, detaches, calls and converts back.

mod arithmetic;
mod backtest;
mod book;
mod build_info;
mod compiled;
mod context;
mod data;
mod dtypes;
mod duration;
mod errors;
mod instrument;
mod layout;
mod names;
mod order;
mod outcome;
mod rows;
mod sample;
mod shared;
mod strategy;
mod views;

use pyo3::prelude::*;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The extension module `quantum._core`.
#[pymodule]
#[pyo3(name = "_core")]
fn core_module(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<instrument::PyInstrument>()?;
    module.add_class::<context::PyContext>()?;
    module.add_class::<data::PyRecording>()?;
    module.add_class::<order::PyOrder>()?;
    module.add_class::<views::PyFill>()?;
    module.add_class::<views::PyLevel>()?;
    module.add_class::<views::PyQuote>()?;
    module.add_class::<views::PyTrade>()?;
    module.add_function(wrap_pyfunction!(backtest::run_backtest, module)?)?;
    layout::register(module)?;
    module.add_function(wrap_pyfunction!(duration::timer_period_ns, module)?)?;
    names::register(module)?;
    build_info::register(module)?;
    sample::register(module)?;
    data::register(module)?;
    module.add_class::<book::PyBook>()?;
    dtypes::register(module)
}
