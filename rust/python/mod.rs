//! The Python face: one file per module of the core; each function converts, detaches, calls and converts back.

mod arithmetic;
mod backtest;
mod bars;
mod book;
mod build_info;
mod bus;
mod carried;
mod compiled;
mod context;
mod data;
mod dtypes;
mod duration;
mod errors;
mod indicators;
mod instrument;
mod latency;
mod layout;
mod names;
mod order;
mod outcome;
mod publisher;
mod rows;
mod sample;
mod saved;
mod scanner;
mod shared;
#[cfg(target_os = "linux")]
mod shared_bus;
mod strategy;
mod subscription;
mod venue;
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
    module.add_class::<bars::PyBarBuilder>()?;
    module.add_class::<indicators::PyIndicatorCrowd>()?;
    module.add_class::<indicators::PyIndicatorStream>()?;
    module.add_class::<latency::PyDelay>()?;
    module.add_class::<latency::PyLatencySeries>()?;
    module.add_class::<order::PyOrder>()?;
    module.add_class::<scanner::PyPanel>()?;
    module.add_class::<scanner::PyScanner>()?;
    module.add_class::<views::PyBar>()?;
    module.add_class::<views::PyFill>()?;
    module.add_class::<views::PyHit>()?;
    module.add_class::<views::PyLevel>()?;
    module.add_class::<views::PyQuote>()?;
    module.add_class::<views::PyTrade>()?;
    module.add_function(wrap_pyfunction!(backtest::run_backtest, module)?)?;
    module.add_function(wrap_pyfunction!(duration::read_duration, module)?)?;
    layout::register(module)?;
    names::register(module)?;
    build_info::register(module)?;
    sample::register(module)?;
    data::register(module)?;
    module.add_class::<book::PyBook>()?;
    module.add_class::<bus::PyBus>()?;
    module.add_class::<publisher::PyPublisher>()?;
    #[cfg(target_os = "linux")]
    module.add_class::<shared_bus::PySharedBus>()?;
    #[cfg(target_os = "linux")]
    module.add_function(wrap_pyfunction!(shared_bus::unlink_shared_bus, module)?)?;
    module.add_class::<subscription::PyBatches>()?;
    module.add_class::<subscription::PySubscription>()?;
    module.add_function(wrap_pyfunction!(indicators::indicator_catalog, module)?)?;
    module.add_function(wrap_pyfunction!(indicators::indicator_find, module)?)?;
    module.add_function(wrap_pyfunction!(indicators::indicator_run, module)?)?;
    module.add_function(wrap_pyfunction!(indicators::indicator_warmup, module)?)?;
    scanner::register(module)?;
    dtypes::register(module)
}
