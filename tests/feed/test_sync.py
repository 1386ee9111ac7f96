"""The sync rules: whatever a recorder lost, repeated or got late, a book that is not stale is the venue's own."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import quantum as q

BTC = q.Instrument("BTCUSDT", venue="binance", tick_size="0.1", lot_size="0.001", currency="USDT")
ETH = q.Instrument("ETHUSDT", venue="binance", tick_size="0.01", lot_size="0.001", currency="USDT")
RECEIVED, EXCHANGE = 1_723_161_255_000_000_000, 1_723_161_255_000
LEVEL, QUOTE_BID, CLEAR, GAP = 2, 3, 10, 11
LAST, SNAPSHOT, ESTIMATED, EXCHANGE_ONLY, LOCAL_ONLY = 1, 2, 8, 16, 32


def line(milliseconds: int, message: dict) -> str:
    return f"{RECEIVED + milliseconds * 1_000_000} {json.dumps(message)}\n"


def diff(ids: tuple, *, at: int = 0, bids=(), asks=(), symbol: str = "BTCUSDT", exchange: int | None = None) -> str:
    """A depth message; ids (U, u) are spot's, (U, u, pu) futures'."""
    when = EXCHANGE + (at if exchange is None else exchange)
    message = {"e": "depthUpdate", "E": when, "s": symbol, "U": ids[0], "u": ids[1], "b": list(bids), "a": list(asks)}
    if len(ids) == 3:
        message |= {"T": when, "pu": ids[2]}
    return line(at, message)


def snapshot(last_id: int, *, at: int = 0, bids=(), asks=(), exchange: int | None = None, **more) -> str:
    """A REST snapshot; futures' have a time, spot's have none."""
    message = {"lastUpdateId": last_id, "bids": list(bids), "asks": list(asks), **more}
    if exchange is not None:
        message |= {"E": EXCHANGE + exchange, "T": EXCHANGE + exchange}
    return line(at, message)


def read(folder: Path, *lines: str, instrument=BTC) -> q.data.Recording:
    (folder / "recording").write_text("".join(lines))
    return q.data.read(folder / "recording", instrument=instrument)


def local(recording: q.data.Recording):
    return [event for event in recording.events if not event["flags"] & EXCHANGE_ONLY]


class Venue:
    """A book that changes under update ids, and what a recorder with a bad connection writes of it."""

    def __init__(self, chance: random.Random, futures: bool) -> None:
        self.chance, self.futures = chance, futures
        self.book: dict[tuple[int, int], int] = {}
        self.last_id = chance.randrange(1, 100)
        self.states = {self.last_id: {}}

    def change(self, at: int) -> str:
        """The next depth message."""
        first, changes = self.last_id + 1, {}
        if self.futures:
            first += self.chance.randrange(3)  # ids count the updates of all symbols
        for _ in range(self.chance.randrange(4)):
            level = self.chance.choice([1, 2]), self.chance.randrange(1, 12)
            changes[level] = self.chance.randrange(3)
        previous, self.last_id = self.last_id, first + self.chance.randrange(4)
        for level, qty in changes.items():
            self.book[level] = qty
            if qty == 0:
                del self.book[level]
        self.states[self.last_id] = dict(self.book)
        ids = (first, self.last_id, previous) if self.futures else (first, self.last_id)
        levels = {side: [[f"{p}.0", f"0.00{n}"] for (s, p), n in changes.items() if s == side] for side in (1, 2)}
        return diff(ids, at=at, bids=levels[1], asks=levels[2])

    def snapshot(self, at: int) -> str:
        """The book at the last message's id."""
        levels = {side: [[f"{p}.0", f"0.00{n}"] for (s, p), n in self.book.items() if s == side] for side in (1, 2)}
        when = at if self.futures else None
        return snapshot(self.last_id, at=at, bids=levels[1], asks=levels[2], exchange=when)


def recorded(venue: Venue, messages: int) -> tuple[list[str], bool]:
    """Lines of a recorder that loses, repeats and takes snapshots late; whether anything was lost."""
    chance, lines, lost = venue.chance, [], False
    late: list[tuple[int, str]] = []
    for at in range(messages):
        lines += [text for due, text in late if due <= at]
        late = [(due, text) for due, text in late if due > at]
        if chance.random() < 0.15:
            late.append((at + chance.randrange(1, 6), venue.snapshot(at)))
        text = venue.change(at)
        if chance.random() < 0.05:
            lost = True
        else:
            lines.append(text)
        if chance.random() < 0.05:
            lines.append(text)
    stamped = [f"{RECEIVED + number * 1_000_000} {text.partition(' ')[2]}" for number, text in enumerate(lines)]
    return stamped, lost


def walk(events, venue: Venue) -> int:
    """Applies one side's events to a plain book and compares it, where it claims to be good; returns how often."""
    book, good, compared = {}, False, 0
    for event in events:
        if event["kind"] == GAP:
            good = False
        elif event["kind"] == CLEAR:
            book, good = {}, True
        else:
            level = int(event["side"]), int(event["price"]) // 10
            book[level] = int(event["qty"])
            if event["qty"] == 0:
                del book[level]
        if good and event["flags"] & LAST:
            assert book == venue.states[int(event["venue_sequence"])]
            compared += 1
    return compared


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32), futures=st.booleans())
def test_a_book_that_is_not_stale_is_the_venues(seed, futures, tmp_path_factory):
    venue = Venue(random.Random(seed), futures)
    lines, lost = recorded(venue, 120)
    recording = read(tmp_path_factory.getbasetemp(), *lines)
    events, report = recording.events, recording.report
    walk(events[(events["flags"] & EXCHANGE_ONLY) == 0], venue)
    walk(events[(events["flags"] & LOCAL_ONLY) == 0], venue)
    used = report["diffs_applied"] + report["diffs_dropped"] + report["diffs_waiting"] + report["duplicates"]
    assert used + report["snapshots"] + report["snapshots_stale"] == len(lines)
    assert lost or report["gaps"]["count"] == 0
    assert report["malformed"]["count"] == 0


def test_books_are_compared_often_enough(tmp_path):
    """The property above would also hold for a reader that never serves a book."""
    compared = 0
    for seed in range(30):
        venue = Venue(random.Random(seed), futures=seed % 2 == 0)
        lines, _ = recorded(venue, 120)
        compared += walk(local(read(tmp_path, *lines)), venue)
    assert compared > 30 * 30


def test_a_gap_is_an_event_with_its_line_and_the_book_waits_for_a_snapshot(tmp_path):
    recording = read(
        tmp_path,
        diff((1, 5), at=0, bids=[["10", "1"]]),
        snapshot(3, at=1, bids=[["9", "1"]]),
        diff((6, 7), at=2, asks=[["11", "1"]]),
        diff((10, 12), at=3, asks=[["11", "2"]]),
        diff((13, 13), at=4, asks=[["11", "3"]]),
        snapshot(12, at=5, asks=[["11", "2"]]),
        diff((14, 14), at=6, bids=[["10", "0"]]),
    )
    shown = [(e["kind"], e["venue_sequence"], e["order_id"], e["qty"], e["flags"]) for e in local(recording)]
    estimated = SNAPSHOT | ESTIMATED
    assert shown == [
        (CLEAR, 3, 0, 0, estimated),
        (LEVEL, 3, 0, 1000, estimated | LAST),
        (LEVEL, 5, 0, 1000, LAST),
        (LEVEL, 7, 0, 1000, LAST),
        (GAP, 12, 8, 2, LAST),
        (CLEAR, 12, 0, 0, estimated),
        (LEVEL, 12, 0, 2000, estimated | LAST),
        (LEVEL, 13, 0, 3000, LAST),
        (LEVEL, 14, 0, 0, LAST),
    ]
    report = recording.report
    assert report["gaps"] == {"count": 1, "first": [(4, "BTCUSDT: ids from 8 to 9 are missing")]}
    assert (report["diffs_applied"], report["diffs_dropped"], report["snapshots"]) == (4, 1, 2)
    assert "line 4" in str(recording)


def test_a_message_that_waited_is_known_when_its_snapshot_is(tmp_path):
    recording = read(
        tmp_path,
        diff((90, 95, 80), at=0),
        diff((96, 105, 95), at=1, bids=[["10", "1"]]),
        snapshot(100, at=7, exchange=1, asks=[["11", "1"]]),
    )
    assert recording.report["diffs_dropped"] == 1
    assert {int(event["receive_ns"] - RECEIVED) for event in local(recording)} == {7_000_000}
    assert [int(event["exchange_ns"]) for event in local(recording)] == [(EXCHANGE + 1) * 1_000_000] * 3


def test_a_snapshot_older_than_the_book_is_passed_over(tmp_path):
    recording = read(
        tmp_path,
        snapshot(100, exchange=0),
        diff((100, 110, 99), at=1, bids=[["10", "1"]]),
        snapshot(105, at=2, exchange=1),
        diff((111, 112, 110), at=3, bids=[["10", "2"]]),
    )
    report = recording.report
    assert (report["snapshots"], report["snapshots_stale"], report["gaps"]["count"]) == (1, 1, 0)


def test_without_a_snapshot_no_level_is_served(tmp_path):
    recording = read(tmp_path, *[diff((i, i), at=i, bids=[["10", "1"]]) for i in range(1, 50)])
    assert (len(recording), recording.report["diffs_waiting"]) == (0, 49)
    assert "never applied: no snapshot came after them" in str(recording)


def test_empty_depth_messages_keep_the_chain(tmp_path):
    recording = read(
        tmp_path,
        snapshot(100, exchange=0),
        diff((100, 110, 99), at=1),
        diff((111, 112, 110), at=2),
        diff((113, 113, 112), at=3, bids=[["10", "2"]]),
    )
    assert (recording.report["diffs_applied"], recording.report["gaps"]["count"]) == (3, 0)


def test_depth_whose_exchange_time_falls_back_is_raised_and_counted(tmp_path):
    recording = read(
        tmp_path,
        snapshot(100, exchange=5),
        diff((100, 110, 99), at=6, exchange=6, bids=[["10", "1"]]),
        diff((111, 112, 110), at=7, exchange=4, bids=[["10", "2"]]),
    )
    last = recording.events[-1]
    assert (last["exchange_ns"], last["flags"]) == ((EXCHANGE + 6) * 1_000_000, LAST | ESTIMATED)
    assert (recording.report["exchange_raised"], recording.report["max_exchange_backwards_ns"]) == (1, 2_000_000)


def test_ids_that_start_again_are_a_gap_not_a_repetition(tmp_path):
    recording = read(
        tmp_path,
        snapshot(100, exchange=0),
        diff((100, 110, 99), at=1, bids=[["10", "1"]]),
        diff((5, 6, 4), at=9, bids=[["10", "2"]]),
    )
    assert (recording.report["gaps"]["count"], recording.report["duplicates"]) == (1, 0)


def test_what_a_second_connection_repeats_is_dropped_and_counted(tmp_path):
    trade = {"e": "trade", "E": EXCHANGE, "T": EXCHANGE, "s": "BTCUSDT", "t": 7, "p": "10.0", "q": "1", "m": True}
    ticker = {"e": "bookTicker", "u": 7, "s": "BTCUSDT", "b": "10", "B": "1", "a": "11", "A": "1", "T": EXCHANGE}
    aggregate = {"e": "aggTrade", "E": EXCHANGE, "T": EXCHANGE, "s": "BTCUSDT", "a": 1, "p": "10", "q": "1", "m": True}
    once = [trade, ticker, ticker | {"u": 8}, trade | {"t": 8}]
    lines = [line(0, message) for message in [*once, *once, aggregate, aggregate | {"a": 2}]]
    report = read(tmp_path, *lines).report
    assert (report["trades"], report["quotes"], report["duplicates"]) == (2, 2, 4)
    assert report["ignored"] == {"aggTrade": 2}


def test_messages_of_no_use_are_counted_by_kind_and_symbol(tmp_path):
    trade = {"e": "trade", "E": EXCHANGE, "T": EXCHANGE, "s": "BTCUSDT", "t": 7, "p": "10.0", "q": "1", "m": False}
    report = read(
        tmp_path,
        line(0, trade),
        line(0, trade | {"s": "ETHUSDT"}),
        line(0, trade | {"X": "INSURANCE_FUND", "t": 8}),
        line(0, {"e": "kline", "k": {"o": "1"}}),
        line(0, {"e": "24hrTicker", "s": "BTCUSDT", "p": "-94.9", "b": "1", "a": "2"}),
        line(0, {"result": None, "id": 1}),
        line(0, {"stream": "btcusdt@depth20@100ms", "data": {"lastUpdateId": 1, "bids": [], "asks": []}}),
        line(0, {"stream": "btcusdt@rpiDepth@500ms", "data": json.loads(diff((1, 2, 0)).partition(" ")[2])}),
        "\n",
    ).report
    once = dict.fromkeys(["trade outside the book", "kline", "24hrTicker", "(without a kind)"], 1)
    assert report["ignored"] == once | {"other depth": 2}
    assert report["other_symbols"] == {"ETHUSDT": 1}
    assert (report["lines"], report["messages"], report["malformed"]["count"]) == (9, 1, 0)


def test_spot_quotes_have_no_time_and_say_so(tmp_path):
    ticker = {"u": 400, "s": "BTCUSDT", "b": "25.3", "B": "31", "a": "25.4", "A": "40"}
    trade = {"e": "trade", "E": EXCHANGE, "T": EXCHANGE + 5, "s": "BTCUSDT", "t": 7, "p": "25.3", "q": "1", "m": True}
    micro = trade | {"t": 8, "T": (EXCHANGE + 6) * 1000}
    recording = read(tmp_path, line(0, ticker), line(3, trade), line(4, ticker | {"u": 401}), line(9, micro))
    quotes = [event for event in local(recording) if event["kind"] == QUOTE_BID]
    assert [int(quote["exchange_ns"]) for quote in quotes] == [RECEIVED, (EXCHANGE + 5) * 1_000_000]
    assert all(quote["flags"] & ESTIMATED for quote in quotes)
    assert recording.events["exchange_ns"].max() == (EXCHANGE + 6) * 1_000_000
    assert recording.report["clock_shift_ns"] == 2_000_000
    assert q.data.infer(tmp_path / "recording").market == "spot"


def test_several_instruments_share_a_file(tmp_path):
    lines = [
        diff((1, 5), at=0, bids=[["10", "1"]]),
        diff((1, 6), at=1, bids=[["20.25", "1"]], symbol="ETHUSDT"),
        snapshot(4, at=2, symbol="BTCUSDT"),
        snapshot(5, at=3, symbol="ETHUSDT"),
    ]
    recording = read(tmp_path, *lines, instrument=[BTC, ETH])
    levels = [event for event in local(recording) if event["kind"] == LEVEL]
    assert [(event["instrument"], event["price"]) for event in levels] == [(0, 100), (1, 2025)]
    inferred = q.data.read(tmp_path / "recording")
    assert [one.symbol for one in inferred.instruments] == ["BTCUSDT", "ETHUSDT"]
    with pytest.raises(q.errors.ConfigError, match="2 instruments"):
        _ = inferred.instrument
    with pytest.raises(q.errors.DataError, match=r"2 symbols \(BTCUSDT, ETHUSDT\): pass symbol="):
        q.data.infer(tmp_path / "recording")
    assert q.data.infer(tmp_path / "recording", symbol="ETHUSDT").symbol == "ETHUSDT"
    info = str(q.data.info(tmp_path / "recording"))
    assert "BTCUSDT (spot)" in info
    assert "ETHUSDT (spot)" in info


@pytest.mark.parametrize("instrument", [BTC, [BTC, ETH]])
@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (2, 0, 1)])
def test_a_snapshot_that_could_be_of_either_symbol_is_refused(instrument, order, tmp_path):
    lines = [diff((1, 5)), diff((1, 6), symbol="ETHUSDT"), snapshot(4)]
    with pytest.raises(q.errors.DataError, match="a snapshot that does not say which one it is of"):
        read(tmp_path, *[lines[number] for number in order], instrument=instrument)
