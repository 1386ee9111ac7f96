//! The book against a slow twin, its memory, and its state.

mod memory;
mod state;
mod twin;
