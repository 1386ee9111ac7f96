//! The engine: one thread, one totally ordered stream of inputs in, commands out. It holds what the strategy's side
//! knows (books, orders, positions, cash), calls the strategy through one native signature, and passes what it asks
//! for through the risk gate. It owns no clock and no venue: a backtest, a paper session and a live session drive the
//! same engine with other ones.

mod bars;
mod context;
mod core;
mod native;
mod order_view;
mod requests;
mod timers;
mod views;
mod world;

pub use bars::{BarView, HitView, ScanRules, Subscription};
pub use context::{
    ABI_VERSION, Callback, CallbackMask, Context, Entry, OUTBOX_CAPACITY, OrderRequest, ReplaceRequest, Status,
    Strategy,
};
pub use core::Engine;
pub use native::{FUNCTIONS, Functions};
pub use order_view::{OrderCode, OrderNumber, TYPE_NAMES, order_code, order_number, order_of, type_name};
pub use timers::Timers;
pub use views::{LevelView, MarketView, Subject};
pub use world::{Market, World};

#[cfg(test)]
mod tests;
