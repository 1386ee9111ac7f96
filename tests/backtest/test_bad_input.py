"""Recordings that are not what they should be, through q.backtest and through the command: a clear error or a count."""

from __future__ import annotations

import gzip
import math
import re
from pathlib import Path

import pytest

import quantum as q
from quantum.cli.app import execute
from quantum.errors import DataError, MissingFileError

BTC_FILE = "data/binance/usdm_btcusdt_20240808.gz"
BTC = q.Instrument("BTCUSDT", tick_size="0.1", lot_size="0.001", currency="USDT")
STRATEGY = """
import quantum as q

class Quiet(q.Strategy):
    pass
"""


class Quiet(q.Strategy):
    pass


@pytest.fixture(scope="module")
def lines(shared):
    """The first twelve thousand lines of a recording, about forty seconds."""
    with gzip.open(shared(BTC_FILE)) as file:
        return [next(file).rstrip(b"\n") for _ in range(12_000)]


@pytest.fixture
def strategy(tmp_path):
    path = tmp_path / "quiet.py"
    path.write_text(STRATEGY)
    return f"{path}:Quiet"


def empty(path: Path, lines) -> None:
    path.write_bytes(b"")


def empty_gzip(path: Path, lines) -> None:
    path.write_bytes(gzip.compress(b""))


def truncated_gzip(path: Path, lines) -> None:
    packed = gzip.compress(b"\n".join(lines))
    path.write_bytes(packed[: len(packed) // 2])


def damaged_gzip(path: Path, lines) -> None:
    packed = bytearray(gzip.compress(b"\n".join(lines)))
    packed[-6] ^= 255
    path.write_bytes(packed)


def gzip_header_only(path: Path, lines) -> None:
    path.write_bytes(gzip.compress(b"\n".join(lines))[:5])


def random_bytes(path: Path, lines) -> None:
    path.write_bytes(bytes(range(256)) * 40)


def folder(path: Path, lines) -> None:
    path.mkdir()


BROKEN = [
    (empty, "the file is empty"),
    (empty_gzip, "the file is empty"),
    (truncated_gzip, r"the gzip data end too early \(a truncated file\?\): \d+ complete lines could be read"),
    (damaged_gzip, "the gzip data are damaged"),
    (gzip_header_only, "the gzip data end too early"),
    (random_bytes, "binary data of an unknown format"),
    (folder, "is a directory, not a file"),
]


@pytest.mark.parametrize(("make", "said"), BROKEN, ids=[make.__name__ for make, _ in BROKEN])
def test_a_broken_file_is_named_with_what_is_wrong(tmp_path, lines, make, said):
    path = tmp_path / "recording.gz"
    make(path, lines)
    for given in (path, str(path)):
        with pytest.raises(DataError, match=said) as raised:
            q.backtest(Quiet(), given)
        assert str(path) in str(raised.value)


@pytest.mark.parametrize(("make", "said"), BROKEN[:-1], ids=[make.__name__ for make, _ in BROKEN[:-1]])
def test_the_command_says_the_same_in_one_line(tmp_path, lines, strategy, capsys, make, said):
    path = tmp_path / "recording.gz"
    make(path, lines)
    assert execute(["backtest", "--strategy", strategy, "--data", str(path), "--instrument", "BTCUSDT:0.1:0.001"]) == 2
    printed = capsys.readouterr()
    assert re.search(said, printed.err)
    assert len(printed.err.splitlines()) == 1
    assert "Traceback" not in printed.err


def test_a_missing_file_is_both_a_data_error_and_a_missing_file():
    with pytest.raises(MissingFileError, match=r"nowhere\.gz") as raised:
        q.backtest(Quiet(), "nowhere.gz")
    assert isinstance(raised.value, FileNotFoundError)
    assert isinstance(raised.value, DataError)


@pytest.mark.parametrize(
    "path",
    [
        "data/ws/BINANCE_FUTURES.ws.1.0.gz",
        "data/ws/BYBIT.ws.25.0.gz",
        "data/ws/COINBASE.ws.28.0.gz",
        "data/ws/DERIBIT.ws.1.0.gz",
        "data/ws/KRAKEN.ws.50.0.gz",
        "data/ws/OKX.ws.1.0.gz",
        "data/ws/KRAKEN.0.gz",
        "data/databento/esh4-glbx-mdp3-20231225.mbo.dbn.zst",
        "data/itch/aapl_20191230_49947msgs.itch50",
        "data/iex/TOPS16.pcapng.gz",
        "data/bybit/xrpusdt-ob500.data.zip",
        "data/lobster/AAPL_2012-06-21_34200000_37800000_message_50.csv.gz",
        "data/tardis/deribit_incremental_book_L2_BTC-PERPETUAL.csv",
        "data/us_daily/us_stocks_etfs_daily_2016_2017.parquet",
    ],
)
@pytest.mark.parametrize("instrument", [BTC, None], ids=["given", "inferred"])
def test_another_format_is_refused_by_name(shared, path, instrument):
    file = shared(path)
    with pytest.raises(DataError, match=re.escape(str(file))):
        q.data.read(file, instrument=instrument)


@pytest.mark.parametrize(
    ("tick", "lot", "said"),
    [
        ("0.5", "0.001", 'tick_size="0.1"'),
        ("1", "0.001", 'tick_size="0.1"'),
        ("0.3", "0.001", 'tick_size="0.1"'),
        ("0.1", "0.01", 'lot_size="0.001"'),
        ("0.1", "1", 'lot_size="0.001"'),
    ],
)
def test_wrong_increments_name_those_that_fit(shared, strategy, capsys, tick, lot, said):
    file = shared(BTC_FILE)
    with pytest.raises(DataError, match=r"line 1: (price|qty)") as raised:
        q.data.read(file, instrument=q.Instrument("BTCUSDT", tick_size=tick, lot_size=lot, currency="USDT"))
    assert said in str(raised.value)
    call = ["backtest", "--strategy", strategy, "--data", str(file), "--instrument", f"BTCUSDT:{tick}:{lot}"]
    assert execute(call) == 2
    assert said in capsys.readouterr().err


def test_a_finer_tick_than_the_datas_is_legal(shared):
    fine = q.Instrument("BTCUSDT", tick_size="0.01", lot_size="0.001", currency="USDT")
    run = q.backtest(Quiet(), q.data.read(shared(BTC_FILE), instrument=fine))
    assert run.ended == "end of data"


def run_of(tmp_path, lines):
    path = tmp_path / "recording"
    path.write_bytes(b"\n".join(lines) + b"\n")
    return q.backtest(Quiet(), q.data.read(path, instrument=BTC))


def test_a_line_cut_in_half_is_counted_by_its_number_and_said(tmp_path, lines):
    broken = [*lines[:3000]]
    broken[1499] = broken[1499][:60]
    run = run_of(tmp_path, broken)
    (source,) = run.raw["sources"]
    assert source["malformed"] == 1
    assert "1 malformed" in str(run)
    report = q.data.read(tmp_path / "recording", instrument=BTC).report
    assert [number for number, _ in report["malformed"]["first"]] == [1500]


def test_a_last_line_cut_in_half_says_that_the_file_ends_in_it(tmp_path, lines):
    path = tmp_path / "recording"
    path.write_bytes(b"\n".join(lines[:2999]) + b"\n" + lines[2999][:60])
    report = q.data.read(path, instrument=BTC).report
    assert report["malformed"] == {"count": 1, "first": [(3000, "the file ends in the middle of this line")]}


def test_time_that_runs_backwards_is_counted_and_the_run_goes_forward(tmp_path, lines):
    class Clock(q.Strategy):
        def on_start(self, ctx):
            self.times = [ctx.now]

        def on_book(self, ctx):
            self.times.append(ctx.now)

    swapped = [*lines[:3000]]
    swapped[1400], swapped[1500] = swapped[1500], swapped[1400]
    path = tmp_path / "recording"
    path.write_bytes(b"\n".join(swapped) + b"\n")
    recording = q.data.read(path, instrument=BTC)
    clock = Clock()
    q.backtest(clock, recording)
    assert recording.report["receive_backwards"] == 100
    assert recording.report["max_receive_backwards_ns"] > 0
    assert clock.times == sorted(clock.times)


def test_an_array_that_runs_backwards_is_refused_by_row():
    from backtest.market import quiet

    events = quiet(100).events()
    events["receive_ns"][5] += 10**12
    with pytest.raises(DataError, match="row 6 has receive_ns"):
        q.data.from_events(events, quiet(10).instrument)


class Prober(q.Strategy):
    """Asks the stale book and tries to trade on it every 100 ms."""

    def on_start(self, ctx):
        self.seen = []
        self.states = set()
        ctx.every("100ms")

    def on_timer(self, ctx):
        book = ctx.book
        if ctx.position < 1 and not book.stale:
            ctx.buy(0.001)
        if book.stale:
            self.seen.append((book.state, book.stale_reason, ctx.now))
            for order in (ctx.buy(0.001, limit="61000.0"), ctx.buy(0.001), ctx.sell(50, limit="61000.0")):
                self.states.add((order.id, order))


@pytest.fixture
def gapped(tmp_path, lines):
    """The recording without one of its depth messages, and the time of the message that was left out."""
    depth = [number for number, line in enumerate(lines) if b'"depthUpdate"' in line]
    missing = depth[len(depth) // 2]
    path = tmp_path / "gapped"
    path.write_bytes(b"\n".join(line for number, line in enumerate(lines) if number != missing) + b"\n")
    return path, int(lines[missing].split(b" ", 1)[0])


def test_a_gap_makes_the_book_stale_and_says_why(gapped):
    path, missing_ns = gapped
    recording = q.data.read(path, instrument=BTC)
    assert recording.report["gaps"]["count"] == 1
    prober = Prober()
    run = q.backtest(prober, recording)
    assert prober.seen
    state, reason, first_ns = prober.seen[0]
    assert state == "Gap"
    assert "missing" in reason
    assert first_ns > missing_ns + recording.report["clock_shift_ns"]
    assert run.raw["books"][0]["stale"] is True
    assert "1 gap" in str(run)


def test_no_order_that_opens_a_position_leaves_on_a_stale_book(gapped):
    path, missing_ns = gapped
    recording = q.data.read(path, instrument=BTC)
    prober = Prober()
    run = q.backtest(prober, recording)
    assert {order.state for _, order in prober.states} == {"Denied"}
    assert {order.reason for _, order in prober.states} <= {"stale or missing reference price", "no book yet"}
    assert run.raw["denials"]
    last_fill_ns = int(run.fills["time"].view("i8").max())
    assert last_fill_ns <= missing_ns + recording.report["clock_shift_ns"] + 2_000_000_000


def test_the_prices_of_a_stale_book_are_not_served(gapped):
    class Reader(q.Strategy):
        def on_start(self, ctx):
            self.served = []
            ctx.every("100ms")

        def on_timer(self, ctx):
            book = ctx.book
            if book.stale:
                self.served.append((book.best_bid.price, book.best_ask.price, book.mid))

    reader = Reader()
    q.backtest(reader, q.data.read(gapped[0], instrument=BTC))
    assert reader.served
    assert all(math.isnan(price) for prices in reader.served for price in prices)


def test_the_command_warns_of_a_gap(gapped, strategy, capsys):
    call = ["backtest", "--strategy", strategy, "--data", str(gapped[0]), "--instrument", "BTCUSDT:0.1:0.001"]
    assert execute(call) == 0
    assert "1 gap" in capsys.readouterr().out
