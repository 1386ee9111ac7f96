"""`q.Book` as a user meets it: what it answers, what it refuses, what it shows."""

from __future__ import annotations

import math
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import quantum as q
from quantum.errors import ConfigError, DataError

LEVEL_SET, TRADE, CLEAR, GAP = 2, 1, 10, 11
BUY, SELL = 1, 2
LAST, SNAPSHOT, EXCHANGE_ONLY, LOCAL_ONLY = 1, 2, 16, 32
NAN = pytest.approx(math.nan, nan_ok=True)

Row = tuple[int, int, int, int]


def instrument(**options: str) -> q.Instrument:
    """A perpetual with tick 0.1 and lot 0.001."""
    return q.Instrument("BTCUSDT", **{"tick_size": "0.1", "lot_size": "0.001", "currency": "USDT"} | options)


def events(*rows: Row, kind: int = LEVEL_SET) -> np.ndarray[Any, Any]:
    """Events from (side, price, qty, flags), in increments."""
    made = np.zeros(len(rows), q.dtypes.EVENT)
    made["kind"] = kind
    for name, column in zip(("side", "price", "qty", "flags"), zip(*rows, strict=True), strict=True):
        made[name] = column
    return made


LADDER = events((BUY, 100, 5, 0), (BUY, 98, 3, 0), (SELL, 101, 2, 0), (SELL, 103, 4, 0), (SELL, 110, 10, LAST))


@pytest.fixture
def book() -> q.Book:
    """Bids 10.0 x 0.005, 9.8 x 0.003; asks 10.1 x 0.002, 10.3 x 0.004, 11.0 x 0.010."""
    made = q.Book(instrument())
    made.apply(LADDER)
    return made


def test_an_empty_book_answers_nan_and_nothing() -> None:
    empty = q.Book(instrument())
    assert (empty.best_bid.price, empty.best_bid.qty, empty.best_ask.price) == (NAN, 0.0, NAN)
    assert (empty.mid, empty.spread, empty.microprice, empty.imbalance(), empty.liquidity_ratio()) == (NAN,) * 5
    assert (empty.vwap("buy", 1), empty.cost("sell", 1)) == ((NAN, 0.0), NAN)
    assert (empty.bids().shape, empty.asks(3).shape, empty.level_count("buy")) == ((0, 2), (0, 2), 0)
    assert (empty.state, empty.stale, empty.stale_reason, empty.crossed) == ("Empty", False, None, False)


def test_every_answer_of_a_small_book(book: q.Book) -> None:
    assert (book.best_bid.price, book.best_bid.qty) == (10.0, 0.005)
    assert (book.best_ask.price, book.best_ask.qty) == (10.1, 0.002)
    assert (book.mid, book.spread) == (10.05, 0.1)
    assert book.microprice == pytest.approx((10.0 * 2 + 10.1 * 5) / 7, rel=1e-15)
    assert (book.imbalance(), book.imbalance(k=2), book.imbalance(99)) == (3 / 7, 2 / 14, -8 / 24)
    assert (book.liquidity_ratio(), book.liquidity_ratio(k=2)) == (2.5, 8 / 6)
    assert book.vwap("buy", 0.004) == (pytest.approx((10.1 * 2 + 10.3 * 2) / 4, rel=1e-15), 0.004)
    assert book.vwap("sell", 1.0) == (pytest.approx((10.0 * 5 + 9.8 * 3) / 8, rel=1e-15), 0.008)
    assert book.cost("buy", 0.004) == pytest.approx(0.002 * 0.05 + 0.002 * 0.25, rel=1e-12)
    assert book.cost("sell", 0.008) == pytest.approx(0.005 * 0.05 + 0.003 * 0.25, rel=1e-12)
    assert book.cost("sell", 0.009) == NAN
    assert book.bids().tolist() == [[10.0, 0.005], [9.8, 0.003]]
    assert book.asks(2).tolist() == [[10.1, 0.002], [10.3, 0.004]]
    assert (book.level_count("buy"), book.level_count("sell"), book.state) == (2, 3, "Synced")


def test_cost_counts_the_multiplier() -> None:
    future = q.Book(instrument(multiplier="50"))
    future.apply(LADDER)
    assert future.cost("buy", 0.002) == pytest.approx(50 * 0.002 * 0.05, rel=1e-12)


def test_a_one_sided_book_leans_all_the_way() -> None:
    bids = q.Book(instrument())
    bids.apply(LADDER[:2])
    assert (bids.imbalance(), bids.liquidity_ratio(), bids.mid, bids.microprice) == (1.0, math.inf, NAN, NAN)
    assert (bids.vwap("sell", 0.001), bids.cost("sell", 0.001)) == ((10.0, 0.001), NAN)


@pytest.mark.parametrize(
    ("ask", "named"),
    [
        (lambda book: book.vwap("BUY", 1), '"BUY"'),
        (lambda book: book.level_count("bid"), '"bid"'),
        (lambda book: book.vwap("buy", 0), "not 0"),
        (lambda book: book.vwap("buy", -0.001), "-0.001"),
        (lambda book: book.cost("buy", math.nan), "NaN"),
        (lambda book: book.cost("buy", math.inf), "inf"),
        (lambda book: book.cost("sell", 1e300), "1e300"),
        (lambda book: book.vwap("sell", 0.0015), "0.0015"),
        (lambda book: book.imbalance(0), "k must be at least 1 level, not 0"),
        (lambda book: book.liquidity_ratio(k=-3), "not -3"),
        (lambda book: book.bids(0), "n must be at least 1 level, not 0"),
        (lambda book: book.asks(-1), "not -1"),
        (lambda book: book.apply(LADDER, view="venue"), '"venue"'),
    ],
)
def test_a_bad_argument_is_named_with_the_right_range(
    book: q.Book, ask: Callable[[q.Book], object], named: str
) -> None:
    with pytest.raises(ConfigError, match="must be") as raised:
        ask(book)
    assert named in str(raised.value)
    assert book.level_count("sell") == 3


def test_a_quantity_off_the_lot_is_refused_where_the_increment_is_finer() -> None:
    odd_lots = q.Book(instrument(lot_size="0.01", qty_increment="0.001"))
    odd_lots.apply(LADDER)
    assert odd_lots.vwap("buy", 0.01)[1] == 0.01
    with pytest.raises(ConfigError, match=r"lot 0\.01, not 0\.005"):
        odd_lots.vwap("buy", 0.005)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (np.zeros(3), "float64"),
        (np.zeros((2, 2), q.dtypes.EVENT), "2 dimensions"),
        (np.zeros(2, q.dtypes.BAR), "open_ns"),
        (LADDER.astype(q.dtypes.EVENT.newbyteorder(">")), ">i8"),
        ([1, 2], "list"),
        (None, "NoneType"),
    ],
)
def test_events_of_another_dtype_are_refused_by_name(book: q.Book, given: object, named: str) -> None:
    with pytest.raises(DataError, match=r"quantum\.dtypes\.EVENT") as raised:
        book.apply(given)
    assert named in str(raised.value)


def test_events_are_read_at_any_stride_and_alignment(book: q.Book) -> None:
    packed = np.zeros(len(LADDER), np.dtype([("mark", "u1"), ("event", q.dtypes.EVENT)]))
    packed["event"] = LADDER
    spread_out = np.zeros(3 * len(LADDER), q.dtypes.EVENT)
    spread_out[::3] = LADDER
    for given in (packed["event"], spread_out[::3], LADDER[::-1]):
        other = q.Book(instrument())
        other.apply(given)
        assert other.bids().tolist() == book.bids().tolist()
        assert other.asks().tolist() == book.asks().tolist()
    same = q.Book(instrument())
    same.apply(np.broadcast_to(LADDER[:1], (4,)))
    same.apply(LADDER[:0])
    assert same.counters["updates"] == 4


def test_each_view_skips_what_the_other_side_saw() -> None:
    both = events((BUY, 100, 1, 0), (BUY, 101, 2, EXCHANGE_ONLY), (BUY, 102, 3, LOCAL_ONLY))
    received, exchange = q.Book(instrument()), q.Book(instrument())
    received.apply(both)
    exchange.apply(both, view="exchange")
    assert (received.best_bid.price, exchange.best_bid.price) == (10.2, 10.1)
    assert received.level_count("buy") == exchange.level_count("buy") == 2


def test_two_markets_do_not_fit_in_one_book(book: q.Book) -> None:
    other = LADDER.copy()
    other["instrument"][3:] = 1
    with pytest.raises(DataError, match="instruments 0 and 1"):
        book.apply(other)
    assert book.counters["updates"] == len(LADDER)
    trades = events((BUY, 100, 1, 0), kind=TRADE)
    trades["instrument"] = 1
    book.apply(trades)


def test_a_gap_is_stale_says_why_and_is_not_served_as_good(book: q.Book) -> None:
    gap = events((0, 0, 12, 0), kind=GAP)
    gap["order_id"] = 5123
    book.apply(gap)
    assert (book.stale, book.state) == (True, "Gap")
    assert book.stale_reason == "12 updates missing from 5123, no complete snapshot since"
    assert "stale: 12 updates missing from 5123" in repr(book)
    answers = (book.best_bid.price, book.best_ask.price, book.mid, book.spread, book.microprice, book.imbalance())
    assert answers == (NAN,) * 6
    assert (book.liquidity_ratio(), book.vwap("buy", 0.001), book.cost("buy", 0.001)) == (NAN, (NAN, 0.0), NAN)
    assert book.bids(1).tolist() == [[10.0, 0.005]]
    book.apply(events((0, 0, 0, SNAPSHOT), kind=CLEAR))
    snapshot = LADDER.copy()
    snapshot["flags"] |= SNAPSHOT
    book.apply(snapshot[:-1])
    assert book.stale
    book.apply(snapshot[-1:])
    assert (book.stale, book.stale_reason, book.state, book.mid) == (False, None, "Synced", 10.05)


def test_nonsense_is_counted_and_harmless(book: q.Book) -> None:
    before = book.asks().tolist()
    book.apply(events((SELL, -1, 1, 0), (SELL, 0, 1, 0), (SELL, 99, -1, 0), (7, 99, 1, 0), (SELL, 7, 0, LAST)))
    assert book.counters == {"updates": 6, "unknown_deletes": 1, "gaps": 0, "crossed": 0, "refused": 4}
    assert book.asks().tolist() == before


def test_a_crossed_book_is_shown_not_repaired(book: q.Book) -> None:
    book.apply(events((BUY, 102, 1, LAST)))
    assert (book.crossed, book.best_bid.price, book.best_ask.price, book.counters["crossed"]) == (True, 10.2, 10.1, 1)
    assert book.spread == pytest.approx(-0.1)
    assert "crossed" in repr(book)


def test_the_whole_price_range_fits_in_one_book() -> None:
    wide = q.Book(q.Instrument("X", tick_size="1", lot_size="1"))
    prices = [1, 10, 10**15, 2**63 - 1]
    wide.apply(events(*((side, price, 2**63 - 1, 0) for price in prices for side in (BUY, SELL))))
    assert wide.bids()[:, 0].tolist() == [float(price) for price in reversed(prices)]
    assert wide.asks()[:, 0].tolist() == [float(price) for price in prices]
    assert wide.imbalance(4) == 0.0
    assert all(math.isfinite(number) for number in (wide.mid, wide.spread, wide.microprice))


def test_one_screen_shows_the_best_levels_in_price_order(book: q.Book) -> None:
    lines = repr(book).splitlines()
    assert lines[0] == "Book(BTCUSDT): Synced, 2 bid and 3 ask levels"
    assert [line.split()[:3] for line in lines[1:]] == [
        ["ask", "11.0", "0.010"],
        ["ask", "10.3", "0.004"],
        ["ask", "10.1", "0.002"],
        ["bid", "10.0", "0.005"],
        ["bid", "9.8", "0.003"],
    ]
    book.apply(events(*((SELL, 200 + level, 1, 0) for level in range(1000))))
    assert len(repr(book).splitlines()) <= 12
    assert repr(book.best_bid) == "Level(price=10, qty=0.005)"


def test_to_pandas_holds_every_level(book: q.Book) -> None:
    table = book.to_pandas()
    assert list(table.columns) == ["side", "price", "qty"]
    assert table["side"].tolist() == ["bid"] * 2 + ["ask"] * 3
    assert table[["price", "qty"]].to_numpy().tolist() == book.bids().tolist() + book.asks().tolist()


def test_other_threads_run_while_events_are_applied() -> None:
    many = np.tile(LADDER, 400_000)
    busy = q.Book(instrument())
    turns, ended = 0, threading.Event()

    def work() -> None:
        busy.apply(many)
        ended.set()

    interval = sys.getswitchinterval()
    sys.setswitchinterval(10.0)
    try:
        thread = threading.Thread(target=work)
        thread.start()
        while not ended.wait(0.0005):
            turns += 1
        thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert turns > 2
    assert busy.counters["updates"] == len(many)
