"""Every event of both recordings against a plain-Python reader: json, integers, one dictionary lookup at a time."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

import quantum as q
from quantum.dtypes import EVENT

TRADE, LEVEL, BID, ASK, CLEAR = 1, 2, 3, 4, 10
LAST, SNAPSHOT, EXCHANGE_ONLY, LOCAL_ONLY = 1, 2, 16, 32

# Per symbol: file, tick, ticks per unit of price; then the truth: clock shift, applied, dropped, trades, volume.
RECORDINGS = {
    "BTCUSDT": ("data/binance/usdm_btcusdt_20240808.gz", "0.1", 10, 1_272_402_468, 6_547, 4, 21_313, 2429.366),
    "ETHUSDT": ("data/binance/usdm_ethusdt_20240808.gz", "0.01", 100, 1_272_335_332, 6_581, 5, 14_076, 9164.948),
}


@dataclass
class Oracle:
    """What a futures recording holds, by the sync rule word for word."""

    per_price: int
    rows: list[tuple] = field(default_factory=list)
    waiting: list[tuple[dict, int]] = field(default_factory=list)
    snapshot: int | None = None
    last_id: int | None = None
    applied: int = 0
    dropped: int = 0
    shift: int = 0

    def row(self, message: dict, receive: int, kind: int, side: int, price: str, qty: str, **more: int) -> None:
        whole, decimals = price.split(".")
        count, rest = divmod(int(whole + decimals) * self.per_price, 10 ** len(decimals))
        assert rest == 0
        whole, decimals = qty.split(".")
        lots, rest = divmod(int(whole + decimals) * 1000, 10 ** len(decimals))
        assert rest == 0
        ids = more.get("order_id", 0), more.get("venue_sequence", 0)
        times = message["T"] * 1_000_000, receive
        self.rows.append((0, *times, count, lots, *ids, 0, 0, kind, side, more["flags"]))

    def levels(self, message: dict, receive: int, names: tuple[str, str], sequence: int, flags: int) -> None:
        levels = [(side, *level) for side, name in enumerate(names, start=1) for level in message[name]]
        for number, (side, price, qty) in enumerate(levels, start=1):
            last = LAST if number == len(levels) else 0
            self.row(message, receive, LEVEL, side, price, qty, venue_sequence=sequence, flags=flags | last)

    def apply(self, message: dict, receive: int) -> None:
        if self.last_id is None:
            if message["u"] < self.snapshot:
                self.dropped += 1
                return
            assert message["U"] <= self.snapshot <= message["u"]
        else:
            assert message["pu"] == self.last_id
        self.last_id = message["u"]
        self.applied += 1
        self.levels(message, receive, ("b", "a"), message["u"], 0)

    def line(self, line: bytes) -> None:
        head, _, body = line.partition(b" ")
        receive, message = int(head), json.loads(body)
        message = message.get("data", message)
        self.shift = max(self.shift, message["T"] * 1_000_000 - receive)
        if "lastUpdateId" in message:
            self.snapshot = message["lastUpdateId"]
            flags = SNAPSHOT
            self.row(message, receive, CLEAR, 0, "0.0", "0.0", venue_sequence=self.snapshot, flags=flags)
            self.levels(message, receive, ("bids", "asks"), self.snapshot, flags)
            for waiting, _ in self.waiting:
                self.apply(waiting, receive)
        elif message["e"] == "depthUpdate" and self.snapshot is None:
            self.waiting.append((message, receive))
        elif message["e"] == "depthUpdate":
            self.apply(message, receive)
        elif message["e"] == "trade":
            side = 2 if message["m"] else 1
            self.row(message, receive, TRADE, side, message["p"], message["q"], order_id=message["t"], flags=LAST)
        else:
            ids = {"venue_sequence": message["u"]}
            self.row(message, receive, BID, 1, message["b"], message["B"], **ids, flags=0)
            self.row(message, receive, ASK, 2, message["a"], message["A"], **ids, flags=LAST)


@pytest.fixture(scope="module", params=list(RECORDINGS))
def case(request, shared):
    symbol = request.param
    path, tick, per_price, *truth = RECORDINGS[symbol]
    oracle = Oracle(per_price)
    file = shared(path)
    with gzip.open(file) as lines:
        for line in lines:
            oracle.line(line)
    instrument = q.Instrument(symbol, venue="binance", tick_size=tick, lot_size="0.001", currency="USDT")
    return file, instrument, oracle, truth


def expected(oracle: Oracle) -> np.ndarray:
    return np.array(oracle.rows, dtype=EVENT)


def same(left: np.ndarray, right: np.ndarray) -> None:
    assert len(left) == len(right)
    for name in EVENT.names:
        wrong = np.flatnonzero(left[name] != right[name])
        assert wrong.size == 0, f"{name} differs first in row {wrong[0]}: {left[wrong[0]]} and {right[wrong[0]]}"


def test_every_streamed_event_equals_the_oracles(case):
    file, instrument, oracle, _ = case
    batches = list(q.data.stream(file, instrument, batch=10_000))
    assert all(len(batch) >= 10_000 for batch in batches[:-1])
    same(np.concatenate(batches), expected(oracle))


def test_both_views_of_the_recording_hold_every_event_once_in_time_order(case):
    file, instrument, oracle, _ = case
    events = q.data.read(file, instrument=instrument).events
    want = expected(oracle)
    sides = EXCHANGE_ONLY | LOCAL_ONLY

    def view(hidden: int) -> np.ndarray:
        rows = events[(events["flags"] & hidden) == 0].copy()
        rows["flags"] &= 255 ^ sides
        return rows

    same(view(EXCHANGE_ONLY), want)
    same(view(LOCAL_ONLY), want[np.argsort(want["exchange_ns"], kind="stable")])
    pairs = np.count_nonzero(events["flags"] & EXCHANGE_ONLY)
    assert len(events) == len(want) + pairs
    assert pairs < 0.02 * len(want)


def test_counters_are_the_known_ones(case):
    file, instrument, oracle, (shift, applied, dropped, trades, volume) = case
    report = q.data.read(file, instrument=instrument).report
    assert (oracle.applied, oracle.dropped, oracle.shift) == (applied, dropped, shift)
    assert (report["diffs_applied"], report["diffs_dropped"]) == (applied, dropped)
    assert (report["gaps"]["count"], report["malformed"]["count"], report["diffs_waiting"]) == (0, 0, 0)
    assert (report["trades"], report["volume"]) == (trades, {instrument.symbol: volume})
    assert report["clock_shift_ns"] == shift
    assert report["snapshots"] == 1
    assert report["exchange_raised"] == report["receive_backwards"] == report["duplicates"] == 0


def test_the_instrument_is_inferred_from_the_file_alone(case):
    file, instrument, _, _ = case
    found = q.data.infer(file)
    assert (found.symbol, found.market, found.complete) == (instrument.symbol, "futures", True)
    assert (found.tick_size, found.lot_size) == (instrument.tick_size, instrument.lot_size)
    assert found.instrument == instrument


def test_plain_and_many_membered_gzip_files_hold_the_same_events(case, tmp_path: Path):
    file, instrument, _, _ = case
    text = gzip.decompress(file.read_bytes())
    plain, members = tmp_path / "named.gz", tmp_path / "named.txt"
    plain.write_bytes(text)
    cut = len(text) // 3
    members.write_bytes(gzip.compress(text[:cut], 1) + gzip.compress(b"") + gzip.compress(text[cut:], 1))
    want = q.data.read(file, instrument=instrument).events
    same(q.data.read(plain, instrument=instrument).events, want)
    same(q.data.read(members, instrument=instrument).events, want)
