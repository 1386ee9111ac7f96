"""What the border between Python and the core costs: `make bench AREA=border`.

The cost of a call is a difference: a run with the call and one without, one after the other in each round, divided by
the number of calls. So it holds everything the call causes, on both sides of the border. These runs are measured in CPU
time of their thread, which a busy machine distorts less than the clock on the wall; they do not wait for anything.
The market is the built-in one, where nearly every event ends a message and so makes a call; the last two need the
shared data (`QUANTUM_SHARED`, default `../shared`). pytest-benchmark's own table shows the whole runs.
"""

from __future__ import annotations

import gzip
import os
import runpy
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from rounds import Spread, shown

import quantum as q

ROUNDS = 21
WARM = 2
ROOT = Path(__file__).resolve().parent.parent
RAW = "data/binance/usdm_btcusdt_20240808.gz"


class Nothing(q.Strategy):
    pass


class OnBook(q.Strategy):
    def on_book(self, ctx):
        pass


class OnTrade(q.Strategy):
    def on_trade(self, ctx, trade):
        pass


class OnQuote(q.Strategy):
    def on_quote(self, ctx, quote):
        pass


class OnTimer(q.Strategy):
    def on_start(self, ctx):
        ctx.every("20ms")

    def on_timer(self, ctx):
        pass


class ReadBook(q.Strategy):
    def on_book(self, ctx):
        _ = ctx.book


class ReadBestBid(q.Strategy):
    def on_book(self, ctx):
        _ = ctx.book.best_bid


class ReadBestBidPrice(q.Strategy):
    def on_book(self, ctx):
        _ = ctx.book.best_bid.price


class ReadPosition(q.Strategy):
    def on_book(self, ctx):
        _ = ctx.position


class BuyAndCancel(OnTimer):
    """Each timer cancels the order of the last one and sends a new one, far from the market."""

    order = None

    def on_timer(self, ctx):
        if self.order is not None:
            ctx.cancel(self.order)
        self.order = ctx.buy(0.001, limit=1, post_only=True)


class Take(OnTimer):
    """Each timer takes a lot, by turns from either side."""

    buys = False

    def on_timer(self, ctx):
        self.buys = not self.buys
        (ctx.buy if self.buys else ctx.sell)(0.001)


class TakeOnFill(Take):
    def on_fill(self, ctx, fill):
        pass


class TakeOnOrder(Take):
    def on_order(self, ctx, order):
        pass


def backtest(strategy: q.Strategy, market: q.data.Recording) -> dict:
    return q.backtest(strategy, market, venue=q.SimVenue(latency="1ms"), progress=False).raw


def cpu_seconds(strategy: q.Strategy, market: q.data.Recording) -> float:
    started = time.thread_time()
    backtest(strategy, market)
    return time.thread_time() - started


def shared(path: str) -> Path:
    file = Path(os.environ.get("QUANTUM_SHARED", "../shared"))
    file = (file if file.is_absolute() else ROOT / file) / path
    if not file.exists():
        pytest.skip(f"shared data absent: {path}")
    return file


@pytest.fixture(scope="module")
def market() -> q.data.Recording:
    return q.data.sample()


@pytest.fixture
def say(capsys, benchmark) -> Callable[[str, Spread, str], None]:
    """Prints a figure with its spread and keeps it in the benchmark's file."""

    def line(what: str, figure: Spread, unit: str) -> None:
        benchmark.extra_info[what] = {"unit": unit, "median": figure.median, "p10": figure.low, "p90": figure.high}
        width = f"{shown(figure.low)}..{shown(figure.high)}"
        with capsys.disabled():
            print(f"\n  {what:40s}{shown(figure.median):>9s} {unit}   10..90 %: {width}, {ROUNDS} rounds", end="")

    return line


def in_turns(benchmark, work: Callable[[], float], base: Callable[[], float]) -> list[tuple[float, float]]:
    """(work, base) of each round: the base runs, unseen by the benchmark's clock, right before the work."""
    bases: list[float] = []
    works: list[float] = []
    benchmark.pedantic(
        lambda: works.append(work()), setup=lambda: bases.append(base()), rounds=ROUNDS, warmup_rounds=WARM
    )
    return list(zip(works, bases, strict=True))[-ROUNDS:]


@pytest.mark.parametrize(
    ("what", "strategy", "base", "calls"),
    [
        ("on_book", OnBook, Nothing, "on_book"),
        ("on_trade", OnTrade, Nothing, "on_trade"),
        ("on_quote", OnQuote, Nothing, "on_quote"),
        ("on_timer", OnTimer, Nothing, "on_timer"),
        ("ctx.book", ReadBook, OnBook, "on_book"),
        ("ctx.book.best_bid", ReadBestBid, OnBook, "on_book"),
        ("ctx.book.best_bid.price", ReadBestBidPrice, OnBook, "on_book"),
        ("ctx.position", ReadPosition, OnBook, "on_book"),
        ("ctx.buy + ctx.cancel, gate and exchange", BuyAndCancel, OnTimer, "on_timer"),
        ("market order, filled", Take, OnTimer, "on_timer"),
        ("on_fill", TakeOnFill, Take, "on_fill"),
        ("on_order", TakeOnOrder, Take, "on_order"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_cost_of_a_call(benchmark, say, market, what, strategy, base, calls):
    count = backtest(strategy(), market)["latencies"][calls]["count"]
    assert count > 1_000
    rounds = in_turns(benchmark, lambda: cpu_seconds(strategy(), market), lambda: cpu_seconds(base(), market))
    say(what, Spread.of([(work - without) / count * 1e9 for work, without in rounds]), "ns")


def test_events_into_a_book_of_ones_own(benchmark, say, market):
    events = market.events
    books = []

    def fresh():
        books.append(q.Book(market.instrument))

    benchmark.pedantic(lambda: books[-1].apply(events), setup=fresh, rounds=ROUNDS, warmup_rounds=WARM)
    assert books[-1].counters["updates"] > 10_000
    say("q.Book.apply", Spread.of([len(events) / taken for taken in benchmark.stats.stats.data]), "rows/s")


def test_import(benchmark, say):
    def seconds(module: str) -> float:
        code = f"import time; t = time.process_time(); import {module}; print(time.process_time() - t)"
        return float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)

    rounds = in_turns(benchmark, lambda: seconds("quantum"), lambda: seconds("numpy"))
    say("import quantum, NumPy included, by CPU", Spread.of([work * 1e3 for work, _ in rounds]), "ms")
    say("import numpy, by CPU", Spread.of([without * 1e3 for _, without in rounds]), "ms")


def test_reading_a_file(benchmark, say, tmp_path):
    path, plain = shared(RAW), tmp_path / "plain"
    with gzip.open(path, "rb") as file:
        text = file.read()
    plain.write_bytes(text)
    lines = text.count(b"\n")
    instrument = q.Instrument("BTCUSDT", tick_size="0.1", lot_size="0.001", currency="USDT")

    def read() -> float:
        started = time.thread_time()
        assert len(q.data.read(path, instrument=instrument)) > lines
        return lines / (time.thread_time() - started)

    def stream() -> float:
        started = time.thread_time()
        assert sum(len(events) for events in q.data.stream(plain, instrument)) > lines
        return lines / (time.thread_time() - started)

    rounds = in_turns(benchmark, read, stream)
    say("q.data.stream, plain text, by CPU", Spread.of([rate for _, rate in rounds]), "lines/s")
    say("q.data.read, gzip, by CPU", Spread.of([rate for rate, _ in rounds]), "lines/s")


class OneFarOrder(q.Strategy):
    """The replay that Touch trades in: an order that never trades keeps the exchange's book moving, as Touch's do."""

    def on_start(self, ctx):
        ctx.every("1s")
        self.asked = False

    def on_timer(self, ctx):
        if not self.asked and ctx.book.best_bid.qty > 0:
            self.asked = True
            ctx.buy(0.001, limit=100)


def test_touch_every_100_ms_against_the_replay_itself(benchmark, say):
    recording = q.data.read(
        shared(RAW), instrument=q.Instrument("BTCUSDT", tick_size="0.1", lot_size="0.001", currency="USDT")
    )
    touch = runpy.run_path(str(ROOT / "examples/touch.py"))["Touch"]
    walls: list[tuple[float, float]] = []

    def measured(strategy: type[q.Strategy]) -> float:
        started = time.thread_time()
        wall = backtest(strategy(), recording)["elapsed_s"]
        walls.append((wall, time.thread_time() - started))
        return wall

    rounds = in_turns(benchmark, lambda: measured(touch), lambda: measured(OneFarOrder))
    cpu = [each[1] for each in walls[-2 * ROUNDS :]]
    say("the replay with one far order", Spread.of([without * 1e3 for _, without in rounds]), "ms")
    say("Touch every 100 ms, on top of it", Spread.of([(work - without) * 1e3 for work, without in rounds]), "ms")
    say("Touch as a share of the replay, time", Spread.of([work / without - 1 for work, without in rounds]), "")
    pairs = zip(cpu[1::2], cpu[::2], strict=True)
    say("Touch as a share of the replay, CPU", Spread.of([work / without - 1 for work, without in pairs]), "")
