//! A stretch of a recording applied to a book in one call.

use super::l2::Book;
use crate::model::{Error, Event, EventKind, Result, flags};

/// Whose order of events a book follows, where a recording has both: see [`flags`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// As we received them: rows flagged `EXCHANGE_ONLY` are skipped.
    Receive,
    /// As the exchange had them: rows flagged `LOCAL_ONLY` are skipped.
    Exchange,
}

impl View {
    /// Reads `receive` or `exchange`.
    pub fn parse(name: &str) -> Result<Self> {
        match name {
            "receive" => Ok(Self::Receive),
            "exchange" => Ok(Self::Exchange),
            _ => Err(Error::Config(format!("view must be \"receive\" or \"exchange\", not {name:?}"))),
        }
    }

    /// The flag of the rows that this view skips.
    const fn skipped(self) -> u8 {
        match self {
            Self::Receive => flags::EXCHANGE_ONLY,
            Self::Exchange => flags::LOCAL_ONLY,
        }
    }
}

/// A book with the number of the one instrument that its events carry, known from the first of them.
#[derive(Clone, Debug)]
pub struct Replay {
    book: Book,
    instrument: Option<u32>,
}

impl Replay {
    /// Around an empty book.
    pub fn new(book: Book) -> Self {
        Self { book, instrument: None }
    }

    /// The book.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// Applies a view of the events, in their order. A `Data` error, and nothing applied, if book events of more than
    /// one instrument are among them: one book cannot be two markets.
    pub fn apply(&mut self, events: impl Iterator<Item = Event> + Clone, view: View) -> Result<()> {
        let mut instrument = self.instrument;
        for event in events.clone().filter(moves_book) {
            let first = *instrument.get_or_insert(event.instrument);
            if event.instrument != first {
                return Err(Error::Data(format!(
                    "events of instruments {first} and {} for one book; select one: events[events[\"instrument\"] == {first}]",
                    event.instrument
                )));
            }
        }
        self.instrument = instrument;
        let skipped = view.skipped();
        events.filter(|event| !event.has(skipped)).for_each(|event| self.book.apply(&event));
        Ok(())
    }
}

/// Whether a book obeys events of this kind.
fn moves_book(event: &Event) -> bool {
    event.is(EventKind::LevelSet) || event.is(EventKind::Clear) || event.is(EventKind::Gap)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Side;

    fn level(price: i64, qty: i64, instrument: u32, bits: u8) -> Event {
        let kind = EventKind::LevelSet as u8;
        Event { price, qty, instrument, kind, side: 1, flags: bits, ..Event::default() }
    }

    #[test]
    fn each_view_skips_the_rows_of_the_other() {
        let events = [level(10, 1, 0, 0), level(11, 2, 0, flags::EXCHANGE_ONLY), level(12, 3, 0, flags::LOCAL_ONLY)];
        for (view, best) in [(View::Receive, 12), (View::Exchange, 11)] {
            let mut replay = Replay::new(Book::new());
            replay.apply(events.iter().copied(), view).unwrap();
            assert_eq!(replay.book().best_bid().unwrap().price, best);
            assert_eq!(replay.book().level_count(Side::Buy), 2);
        }
    }

    #[test]
    fn a_second_instrument_is_refused_and_nothing_applied() {
        let mut replay = Replay::new(Book::new());
        let error = replay.apply([level(10, 1, 3, 0), level(10, 1, 4, 0)].into_iter(), View::Receive).unwrap_err();
        assert!(error.message().contains("3 and 4"), "{error}");
        assert_eq!(replay.book().best_bid(), None);
        replay.apply([level(10, 1, 4, 0)].into_iter(), View::Receive).unwrap();
        assert!(replay.apply([level(10, 1, 3, 0)].into_iter(), View::Receive).is_err());
    }
}
