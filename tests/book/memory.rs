//! What books cost, measured at the allocator.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use quantum_core::book::Book;
use quantum_core::model::Side;

struct Counting;

thread_local! {
    static HELD_BYTES: Cell<isize> = const { Cell::new(0) };
}

// SAFETY: every call is passed on to the system's allocator unchanged; the counter is this thread's own plain cell and
// allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD_BYTES.with(|held| held.set(held.get() + layout.size() as isize));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD_BYTES.with(|held| held.set(held.get() - layout.size() as isize));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Bytes that `make` leaves allocated, and what it made.
fn held_bytes<T>(make: impl FnOnce() -> T) -> (usize, T) {
    let before = HELD_BYTES.with(Cell::get);
    let made = make();
    (usize::try_from(HELD_BYTES.with(Cell::get) - before).expect("making a book allocates"), made)
}

#[test]
fn an_idle_book_is_below_four_kibibytes() {
    let (new, _book) = held_bytes(|| Box::new(Book::new()));
    let (quiet, _book) = held_bytes(|| {
        let mut book = Box::new(Book::new());
        for price in 1..=10 {
            book.set_level(Side::Buy, 1000 - price, 1);
            book.set_level(Side::Sell, 1000 + price, 1);
        }
        book
    });
    assert!(new < 1024 && quiet < 4096, "new {new}, with ten levels a side {quiet} bytes");
}

#[test]
fn ten_thousand_books_of_hundreds_of_levels_are_below_a_gigabyte() {
    for spacing in [1, 13, 997, 1 << 30] {
        let books = 50;
        let (bytes, _books) = held_bytes(|| (0..books).map(|_| busy_book(300, spacing)).collect::<Vec<_>>());
        let of_ten_thousand = bytes / books * 10_000;
        assert!(of_ten_thousand < 1 << 30, "spacing {spacing}: {of_ten_thousand} bytes");
    }
}

/// A book with so many levels a side, each changed many times.
fn busy_book(levels: i64, spacing: i64) -> Book {
    let mut book = Book::new();
    for qty in 1..40 {
        for level in 1..=levels {
            book.set_level(Side::Buy, (1 << 50) - level * spacing, qty);
            book.set_level(Side::Sell, (1 << 50) + level * spacing, qty);
        }
    }
    book
}

#[test]
fn the_ends_of_the_price_range_in_one_book_cost_a_level_each() {
    let (bytes, book) = held_bytes(|| {
        let mut book = Box::new(Book::new());
        for _ in 0..1000 {
            for price in [1, 10, 1_000_000_000_000_000, i64::MAX] {
                book.set_level(Side::Buy, price, 7);
                book.set_level(Side::Sell, price, 7);
            }
        }
        book
    });
    assert_eq!((book.level_count(Side::Buy), book.level_count(Side::Sell)), (4, 4));
    assert!(bytes < 4096, "{bytes} bytes");
}
