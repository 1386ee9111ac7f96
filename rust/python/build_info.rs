//! `quantum.build_info()`: what this binary was compiled from, by and for, and how its allocator is set.

use std::ffi::{c_int, c_long};
use std::hint::black_box;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::errors::guarded;

/// The CPU features as text inside the binary: `quantum/_cpu.py` reads it from the file, before loading the file.
const MARKER: &str = concat!("QUANTUM_CPU_FEATURES=", env!("QUANTUM_CPU_FEATURES"), ";");

/// How long freed memory stays with the process. A second lets one run of a sweep reuse the last one's arrays without
/// page faults, and gives a notebook its memory back soon after.
const PURGE_DELAY_MS: c_long = 1_000;

/// `mi_option_purge_delay` of mimalloc's option list.
const MI_OPTION_PURGE_DELAY: c_int = 15;

// SAFETY: the signatures are those of mimalloc's C header; the library is linked in as the global allocator.
unsafe extern "C" {
    fn mi_option_get(option: c_int) -> c_long;
    fn mi_option_set_default(option: c_int, value: c_long);
    fn mi_version() -> c_int;
}

/// The purge delay in force, in milliseconds.
fn purge_delay_ms() -> c_long {
    // SAFETY: the option is within mimalloc's list (a test reads back what was set); reading it changes nothing.
    unsafe { mi_option_get(MI_OPTION_PURGE_DELAY) }
}

/// Sets the purge delay, unless the user's environment (`MIMALLOC_PURGE_DELAY`) already did.
fn set_purge_delay() {
    // SAFETY: called once, from the module's initialisation, before any thread of ours exists.
    unsafe { mi_option_set_default(MI_OPTION_PURGE_DELAY, PURGE_DELAY_MS) }
}

/// The compiled-in feature list, read back from the marker so that the text stays whole in the binary.
fn cpu_features() -> Vec<&'static str> {
    let list = black_box(MARKER).trim_end_matches(';').split_once('=').map_or("", |(_, list)| list);
    list.split(',').filter(|feature| !feature.is_empty()).collect()
}

/// What this binary was compiled from, by and for.
#[pyfunction]
fn build_info(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    guarded(py, || {
        // SAFETY: a pure function without arguments.
        let version = unsafe { mi_version() };
        let allocator = PyDict::new(py);
        allocator.set_item("name", "mimalloc")?;
        allocator.set_item("version", version)?;
        allocator.set_item("local_dynamic_tls", env!("QUANTUM_LOCAL_DYNAMIC_TLS") == "true")?;
        allocator.set_item("purge_delay_ms", purge_delay_ms())?;

        let info = PyDict::new(py);
        info.set_item("version", env!("CARGO_PKG_VERSION"))?;
        info.set_item("git_revision", env!("QUANTUM_GIT_REVISION"))?;
        info.set_item("rustc", env!("QUANTUM_RUSTC"))?;
        info.set_item("target", env!("QUANTUM_TARGET"))?;
        info.set_item("cpu_features", PyTuple::new(py, cpu_features())?)?;
        info.set_item("profile", env!("QUANTUM_PROFILE"))?;
        info.set_item("opt_level", env!("QUANTUM_OPT_LEVEL"))?;
        info.set_item("abi3", "3.11")?;
        info.set_item("allocator", allocator)?;
        Ok(info)
    })
}

/// Adds `build_info` to the module and sets the allocator's purge delay.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    set_purge_delay();
    module.add_function(wrap_pyfunction!(build_info, module)?)
}
