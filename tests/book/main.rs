//! The book against a slow twin, its memory, and its state.

// The extension brings an allocator of its own, so what books allocate is measured without it.
#[cfg(not(feature = "python"))]
mod memory;
mod state;
mod twin;
