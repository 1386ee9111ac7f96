"""The book on recorded markets, against a plain Python book made from the raw JSON lines."""

from __future__ import annotations

import bisect
import gzip
import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import quantum as q

LEVEL_SET, BUY, SELL, LAST, SNAPSHOT = 2, 1, 2, 1, 2

Shared = Callable[[str], Path]
Touch = tuple[float, float, float, float]


class Recording(NamedTuple):
    """A file with its increments' decimals and the truth published for it."""

    path: str
    price_decimals: int
    qty_decimals: int
    diffs: int
    bid: tuple[float, float]
    ask: tuple[float, float]
    levels: tuple[int, int]


BTC = Recording("data/binance/usdm_btcusdt_20240808.gz", 1, 3, 6547, (61659.7, 1.486), (61659.8, 0.981), (5018, 4578))
ETH = Recording("data/binance/usdm_ethusdt_20240808.gz", 2, 3, 6581, (2681.38, 8.486), (2681.39, 22.624), (3181, 3013))


def messages(file: Path) -> Iterator[dict[str, Any]]:
    """The JSON of each line."""
    with gzip.open(file) as lines:
        for line in lines:
            yield json.loads(line.partition(b" ")[2])


def synced(file: Path) -> tuple[list[dict[str, Any]], list[tuple[int, Touch]]]:
    """The snapshot and the diffs that follow it by Binance's futures rule, and the best bid and ask by update id."""
    diffs, tickers, snapshot = [], [], None
    for message in messages(file):
        if "lastUpdateId" in message:
            snapshot = message
            continue
        data = message["data"]
        if data["e"] == "depthUpdate":
            diffs.append(data)
        elif data["e"] == "bookTicker":
            tickers.append((data["u"], tuple(float(data[key]) for key in ("b", "B", "a", "A"))))
    assert snapshot is not None
    kept = [diff for diff in diffs if diff["u"] >= snapshot["lastUpdateId"]]
    assert all(after["pu"] == before["u"] for before, after in itertools.pairwise(kept))
    return [{"b": snapshot["bids"], "a": snapshot["asks"], "u": snapshot["lastUpdateId"]}, *kept], sorted(tickers)


def count(text: str, decimals: int) -> int:
    """A decimal as a whole number of increments, exactly."""
    whole, _, fraction = text.partition(".")
    assert not fraction[decimals:].strip("0"), text
    return int(whole + fraction[:decimals].ljust(decimals, "0"))


def events(message: dict[str, Any], recording: Recording, flags: int) -> np.ndarray[Any, Any]:
    """A message's levels as events, LAST on the last."""
    pairs = [(BUY, pair) for pair in message["b"]] + [(SELL, pair) for pair in message["a"]]
    rows = np.zeros(len(pairs), q.dtypes.EVENT)
    rows["kind"], rows["flags"] = LEVEL_SET, flags
    rows["side"] = [side for side, _ in pairs]
    rows["price"] = [count(pair[0], recording.price_decimals) for _, pair in pairs]
    rows["qty"] = [count(pair[1], recording.qty_decimals) for _, pair in pairs]
    rows["flags"][-1:] |= LAST
    return rows


def plain(recorded: list[dict[str, Any]]) -> tuple[list[list[float]], list[list[float]]]:
    """The final book as two dicts would have it: bids and asks as [price, qty], best first."""
    sides: tuple[dict[float, float], dict[float, float]] = ({}, {})
    for message in recorded:
        for levels, key in zip(sides, ("b", "a"), strict=True):
            for price, qty in message[key]:
                levels[float(price)] = float(qty)
    bids, asks = ([[price, qty] for price, qty in sorted(levels.items()) if qty > 0] for levels in sides)
    return bids[::-1], asks


def touch(book: q.Book) -> Touch:
    """Best bid and ask, price and quantity."""
    bid, ask = book.best_bid, book.best_ask
    return bid.price, bid.qty, ask.price, ask.qty


@pytest.mark.parametrize("recording", [BTC, ETH], ids=["btc", "eth"])
def test_best_levels_equal_the_book_ticker_after_every_diff(recording: Recording, shared: Shared) -> None:
    recorded, tickers = synced(shared(recording.path))
    ids = [update_id for update_id, _ in tickers]
    listing = q.Instrument(
        "X", tick_size=f"1e-{recording.price_decimals}", lot_size=f"1e-{recording.qty_decimals}", currency="USDT"
    )
    book = q.Book(listing)
    book.apply(events(recorded[0], recording, SNAPSHOT))
    equal = 0
    for diff in recorded[1:]:
        book.apply(events(diff, recording, 0))
        equal += touch(book) == tickers[bisect.bisect_right(ids, diff["u"]) - 1][1]
    assert (equal, len(recorded) - 1) == (recording.diffs, recording.diffs)

    bids, asks = plain(recorded)
    assert touch(book) == (*recording.bid, *recording.ask)
    assert (book.level_count("buy"), book.level_count("sell")) == recording.levels
    assert book.bids().tolist() == bids
    assert book.asks().tolist() == asks
    assert (book.counters["crossed"], book.counters["refused"], book.stale) == (0, 0, False)


def test_the_published_figures_of_the_last_book(shared: Shared) -> None:
    recorded, _ = synced(shared(BTC.path))
    book = q.Book(q.Instrument("BTCUSDT", tick_size="0.1", lot_size="0.001", currency="USDT"))
    book.apply(np.concatenate([events(message, BTC, 0) for message in recorded]))
    assert [book.imbalance(k) for k in (1, 5, 10)] == [0.2047020672882043, -0.05889066423191052, 0.03298832407076939]
    assert book.microprice == 61659.76023510337
    vwaps = [book.vwap("buy", qty) for qty in (1, 5, 20)]
    assert vwaps == [(61659.8019, 1.0), (61659.957, 5.0), (61667.633895, 20.0)]
    assert (book.mid, book.spread) == (61659.75, 0.1)
