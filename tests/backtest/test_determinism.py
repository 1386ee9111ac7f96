"""The same run twice gives the same bytes: in one process, in two, with and without a progress bar."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import quantum as q

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from backtest.test_determinism import digest, play
print(digest(play(sys.argv[2])))
"""


class Quotes(q.Strategy):
    """Orders of every kind, from a counter."""

    def on_start(self, ctx):
        self.count = 0
        ctx.every("70ms")

    def on_timer(self, ctx):
        self.count += 1
        bid, ask = ctx.book.best_bid, ctx.book.best_ask
        if self.count % 11 == 0:
            ctx.cancel_all()
        ctx.buy(0.01, limit=bid.price, post_only=True)
        ctx.sell(0.02, limit=ask.price)
        if self.count % 7 == 0:
            ctx.buy(0.05)
        if self.count % 13 == 0:
            ctx.sell(0.3, limit=bid.price, tif="IOC")


def play(data: str) -> q.Run:
    recording = q.data.sample("30s") if data == "sample" else q.data.read(data)
    fees = q.Fees(maker_bps="-0.37", taker_bps="4.3")
    return q.backtest(Quotes(), recording, venue=q.SimVenue(latency=("3ms", "7ms"), fees=fees, feed_latency="1ms"))


def digest(run: q.Run) -> str:
    """A hash of every byte of every report, of the equity curve and of the sums."""
    parts = [run.raw["reports"].tobytes(), repr(run.totals).encode(), repr(run.raw["denials"]).encode()]
    parts += [np.ascontiguousarray(values).tobytes() for values in run.raw["samples"].values()]
    return hashlib.sha256(b"".join(parts)).hexdigest()


@pytest.mark.parametrize("data", ["sample", "data/binance/usdm_btcusdt_20240808.gz"])
def test_a_run_repeats_to_the_byte_here_and_in_another_process(shared, data):
    where = data if data == "sample" else str(shared(data))
    first, second = play(where), play(where)
    assert len(first.fills) > 100
    assert digest(first) == digest(second)
    call = [sys.executable, "-c", PROGRAM, str(ROOT / "tests"), where]
    other = subprocess.run(call, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == digest(first)


def test_what_is_digested_depends_on_the_run():
    run = q.backtest(Quotes(), q.data.sample("30s"), venue=q.SimVenue(latency="4ms"))
    assert digest(run) != digest(play("sample"))


def test_a_sample_of_the_equity_curve_changes_no_order():
    recording = q.data.sample("30s")
    runs = [q.backtest(Quotes(), recording, sample=step) for step in ("1s", "13ms", "1m", None)]
    assert len({run.raw["reports"].tobytes() for run in runs}) == 1
    assert len({run.totals["equity"] for run in runs}) == 1
