//! A book for the eye: on one screen, or as a table.

use std::fmt::Write;

use super::l2::{Book, Level};
use crate::model::{Instrument, Side};

/// Levels shown of each side.
const SHOWN: usize = 5;
/// Characters of the longest bar.
const BAR: usize = 24;

/// The head line, then the best levels as a ladder with a bar for each quantity, asks above bids.
pub fn picture(book: &Book, instrument: &Instrument) -> String {
    let asks: Vec<Level> = book.levels(Side::Sell).take(SHOWN).collect();
    let bids: Vec<Level> = book.levels(Side::Buy).take(SHOWN).collect();
    let largest = asks.iter().chain(&bids).map(|level| level.qty).max().unwrap_or(1);
    let decimals = (instrument.price().unit().scale(), instrument.qty().unit().scale());
    let mut text = head(book, instrument);
    let rows = asks.iter().rev().map(|level| ("ask", level)).chain(bids.iter().map(|level| ("bid", level)));
    for (side, level) in rows {
        let price = instrument.price().to_f64(level.price);
        let qty = instrument.qty().to_f64(level.qty);
        let bar = "█".repeat((level.qty as f64 / largest as f64 * BAR as f64).ceil() as usize);
        let _ = write!(
            text,
            "\n  {side} {price:>16.price_decimals$} {qty:>16.qty_decimals$}  {bar}",
            price_decimals = usize::from(decimals.0),
            qty_decimals = usize::from(decimals.1),
        );
    }
    text
}

/// Symbol, state, level counts and what is wrong, if anything is.
fn head(book: &Book, instrument: &Instrument) -> String {
    let mut text = format!(
        "Book({}): {}, {} bid and {} ask levels",
        instrument.symbol(),
        book.state().name(),
        book.level_count(Side::Buy),
        book.level_count(Side::Sell)
    );
    if book.is_crossed() {
        text += ", crossed";
    }
    if let Some(missing) = book.missing() {
        let _ = write!(text, "\n  stale: {missing}");
    }
    text
}

/// Every level as three columns: bids from the best down, then asks from the best up.
pub struct Table {
    /// `bid` or `ask`.
    pub sides: Vec<&'static str>,
    /// Prices in the instrument's units.
    pub prices: Vec<f64>,
    /// Quantities in the instrument's units.
    pub quantities: Vec<f64>,
}

impl Table {
    /// The book's levels now.
    pub fn of(book: &Book, instrument: &Instrument) -> Self {
        let bids = book.levels(Side::Buy).map(|level| ("bid", level));
        let rows: Vec<(&str, Level)> = bids.chain(book.levels(Side::Sell).map(|level| ("ask", level))).collect();
        Self {
            sides: rows.iter().map(|row| row.0).collect(),
            prices: rows.iter().map(|row| instrument.price().to_f64(row.1.price)).collect(),
            quantities: rows.iter().map(|row| instrument.qty().to_f64(row.1.qty)).collect(),
        }
    }
}
