//! What a book says of itself through gaps, snapshots, clears and nonsense.

use quantum_core::book::{Book, BookState, Counters, MissingEvents};
use quantum_core::model::{Event, EventKind, Side, flags};

fn event(kind: EventKind, bits: u8) -> Event {
    Event { kind: kind as u8, flags: bits, ..Event::default() }
}

fn level(side: Side, price: i64, qty: i64, bits: u8) -> Event {
    Event { side: side as u8, price, qty, ..event(EventKind::LevelSet, bits) }
}

fn gap() -> Event {
    Event { qty: 3, order_id: 77, ..event(EventKind::Gap, 0) }
}

fn applied(events: &[Event]) -> Book {
    let mut book = Book::new();
    events.iter().for_each(|event| book.apply(event));
    book
}

const PLAIN: u8 = 0;
const LAST: u8 = flags::LAST;
const SNAPSHOT: u8 = flags::SNAPSHOT;

#[test]
fn a_new_book_is_empty_and_the_first_level_makes_it_synced() {
    assert_eq!(Book::default().state(), BookState::Empty);
    assert_eq!(applied(&[level(Side::Buy, 10, 0, LAST)]).state(), BookState::Empty);
    let book = applied(&[level(Side::Buy, 10, 1, PLAIN)]);
    assert_eq!((book.state(), book.is_stale(), book.missing()), (BookState::Synced, false, None));
}

#[test]
fn a_snapshot_counts_when_it_is_complete() {
    let start = [event(EventKind::Clear, SNAPSHOT), level(Side::Buy, 10, 1, SNAPSHOT)];
    let mut book = applied(&start);
    assert_eq!(book.state(), BookState::Empty);
    book.apply(&level(Side::Sell, 11, 1, SNAPSHOT | LAST));
    assert_eq!(book.state(), BookState::Synced);
    book.apply(&event(EventKind::Clear, PLAIN));
    assert_eq!((book.state(), book.best_bid()), (BookState::Empty, None));
}

#[test]
fn a_gap_is_stale_until_a_whole_snapshot_and_says_why() {
    let mut book = applied(&[level(Side::Buy, 10, 1, LAST), gap()]);
    assert_eq!(book.missing(), Some(MissingEvents { count: 3, first: 77 }));
    for (event, healed) in [
        (level(Side::Buy, 9, 5, LAST), false),
        (level(Side::Buy, 9, 5, SNAPSHOT | LAST), false),
        (Event { side: 1, price: 9, ..event(EventKind::Clear, SNAPSHOT | LAST) }, false),
        (Event { side: 1, ..event(EventKind::Clear, SNAPSHOT | LAST) }, false),
        (event(EventKind::Clear, SNAPSHOT), false),
        (level(Side::Buy, 8, 2, SNAPSHOT), false),
        (level(Side::Buy, 7, 2, LAST), false),
        (level(Side::Sell, 12, 2, SNAPSHOT | LAST), true),
    ] {
        book.apply(&event);
        assert_eq!(book.is_stale(), !healed, "{event:?}");
    }
    assert_eq!((book.state(), book.missing(), book.counters().gaps), (BookState::Synced, None, 1));
    assert_eq!((book.best_bid().unwrap().price, book.level_count(Side::Buy)), (8, 2));
}

#[test]
fn a_gap_inside_a_snapshot_asks_for_another_one() {
    let mut book = applied(&[gap(), event(EventKind::Clear, SNAPSHOT), gap(), level(Side::Buy, 8, 2, SNAPSHOT | LAST)]);
    assert!(book.is_stale());
    book.apply(&event(EventKind::Clear, SNAPSHOT | LAST));
    assert_eq!((book.state(), book.counters().gaps), (BookState::Empty, 2));
}

#[test]
fn a_plain_clear_after_a_gap_does_not_heal() {
    let book = applied(&[gap(), event(EventKind::Clear, LAST), level(Side::Buy, 8, 2, LAST)]);
    assert_eq!((book.state(), book.best_bid().unwrap().qty), (BookState::Gap, 2));
}

#[test]
fn nonsense_is_counted_and_changes_nothing() {
    let nonsense = [
        level(Side::Buy, 0, 1, LAST),
        level(Side::Sell, -5, 1, LAST),
        level(Side::Sell, i64::MIN, 1, LAST),
        level(Side::Buy, 10, -1, LAST),
        Event { side: 0, ..level(Side::Buy, 10, 1, LAST) },
        Event { side: 9, ..level(Side::Buy, 10, 1, LAST) },
        Event { side: 3, ..event(EventKind::Clear, LAST) },
        Event { side: 1, price: -4, ..event(EventKind::Clear, LAST) },
    ];
    let mut book = applied(&[level(Side::Buy, 10, 1, LAST)]);
    nonsense.iter().for_each(|event| book.apply(event));
    assert_eq!(*book.counters(), Counters { updates: 1, refused: 8, ..Counters::default() });
    assert_eq!((book.best_bid().unwrap().qty, book.level_count(Side::Sell)), (1, 0));
    let direct = [(0, 1), (-1, 1), (i64::MIN, 1), (10, -1), (10, i64::MIN)];
    assert!(direct.iter().all(|&(price, qty)| book.set_level(Side::Buy, price, qty) == 0));
    assert_eq!((book.best_bid().unwrap().qty, book.qty_at(Side::Buy, i64::MIN)), (1, 0));
}

#[test]
fn counters_count_what_they_say() {
    let book = applied(&[
        level(Side::Buy, 10, 1, LAST),
        level(Side::Sell, 9, 1, PLAIN),
        level(Side::Sell, 9, 2, LAST),
        level(Side::Sell, 20, 0, PLAIN),
        level(Side::Sell, 9, 0, LAST),
        event(EventKind::Trade, LAST),
    ]);
    let expected = Counters { updates: 5, crossed: 1, unknown_deletes: 1, ..Counters::default() };
    assert_eq!(*book.counters(), expected);
}

#[test]
fn clear_starts_over() {
    let mut book = applied(&[level(Side::Buy, 10, 1, LAST), gap()]);
    book.clear();
    assert_eq!((book.state(), *book.counters(), book.best_bid()), (BookState::Empty, Counters::default(), None));
    assert_eq!((book.level_count(Side::Buy), book.missing()), (0, None));
}
