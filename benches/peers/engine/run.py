"""The engine beside hftbacktest and nautilus_trader, in one process, in turns: `make bench AREA=engine`.

Of hftbacktest: the replay without orders and the grid (see benches/peers/hftbacktest/run.py). Of nautilus_trader: a
Python strategy that is called with each quote and does nothing, and the crossing of two averages on 45,031 bars,
which must end with the same orders and the same cash in every engine before anything is timed.

Timed is the run from its first input to its end; making data objects, loading them and compiling are not.
"""

from __future__ import annotations

import argparse
import os
import runpy
import sys
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

import nautilus_side as nautilus
import numpy as np
import pandas as pd
import quantum_side as ours
from rounds import interleave, machine, table

import quantum as q

HFTBACKTEST = Path(__file__).resolve().parent.parent / "hftbacktest"
BARS = "data/bars/btc-perp-20211231-20220201_1m.csv.gz"
TRUTH = (4_136, Decimal("956811.60760"))


def shared(path: str) -> Path:
    """A file of the shared data, or the end with its name."""
    file = Path(os.environ.get("QUANTUM_SHARED", "../shared")) / path
    if not file.exists():
        print(f"left out: {path} is not in QUANTUM_SHARED (default ../shared)")
        sys.exit(0)
    return file


def walk(count: int) -> dict[str, np.ndarray]:
    """Quotes around a random walk of ticks."""
    random = np.random.default_rng(7)
    bid = 600_000 + np.cumsum(random.integers(-3, 4, count))
    return {
        "bid": bid / 10,
        "ask": (bid + 1) / 10,
        "bid_qty": random.integers(1, 9_999, count) / 1000,
        "ask_qty": random.integers(1, 9_999, count) / 1000,
        "time": 1_700_000_000_000_000_000 + np.arange(count, dtype=np.int64) * 1_000_000,
    }


def quotes(rounds: int) -> None:
    """A strategy that does nothing, called with each quote."""
    columns = walk(200_000)
    theirs = nautilus.perpetual("BTCUSDT", 1, "0")
    ticks = nautilus.quotes(theirs, columns)
    data = ours.quotes(q.Instrument("BTCUSDT", tick_size="0.1", lot_size="0.001", currency="USDT"), columns)
    calls = {ours.run_quotes(data)[1], ours.run_quotes(data, compiled=True)[1], nautilus.run_quotes(theirs, ticks)[1]}
    if calls != {len(ticks)}:
        sys.exit(f"{len(ticks)} quotes, but the strategies were called {calls} times")
    cases = {
        "quantum, Python strategy": lambda: ours.run_quotes(data)[0],
        "quantum, compiled strategy": lambda: ours.run_quotes(data, compiled=True)[0],
        "nautilus_trader": lambda: nautilus.run_quotes(theirs, ticks)[0],
    }
    table("quotes to a strategy that does nothing", interleave(cases, rounds, warm=1), len(ticks), "quotes/s")


def crosses(path: Path, rounds: int) -> None:
    """Two averages on bars, with orders."""
    theirs = nautilus.perpetual("BTC-PERP", 3, "0.00018")
    kind, bars = nautilus.bars(theirs, pd.read_csv(path))
    listing = q.Instrument("BTC-PERP", tick_size="0.025", lot_size="0.001", currency="USDT")
    data = q.data.read(path, instrument=listing)
    ended = {
        "quantum": ours.run_cross(data)[1],
        "compiled": ours.run_cross(data, compiled=True)[1],
        "nautilus_trader": nautilus.run_cross(theirs, kind, bars)[1],
    }
    if any(end != TRUTH for end in ended.values()):
        sys.exit(f"orders and cash must be {TRUTH}, not {ended}")
    print(f"\nEMA cross on {len(bars)} bars: all end with {TRUTH[0]} orders and {TRUTH[1]} USDT")
    cases = {
        "quantum, Python strategy": lambda: ours.run_cross(data)[0],
        "quantum, compiled strategy": lambda: ours.run_cross(data, compiled=True)[0],
        "nautilus_trader": lambda: nautilus.run_cross(theirs, kind, bars)[0],
    }
    times = interleave(cases, rounds, warm=1)
    table("EMA cross with orders", times, len(bars), "bars/s")
    table("the same, compiled", {name: times[name] for name in list(cases)[1:]}, len(bars), "bars/s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=11, help="interleaved rounds of each case")
    rounds = parser.parse_args().rounds
    path = shared(BARS)
    peers = ", ".join(f"{name} {version(name)}" for name in ("nautilus_trader", "hftbacktest", "numba"))
    print(f"quantum {q.__version__}, {peers}")
    print(machine())
    quotes(rounds)
    crosses(path, rounds)
    print()
    sys.path.insert(1, str(HFTBACKTEST))
    sys.argv[1:] = ["--rounds", str(rounds)]
    runpy.run_path(str(HFTBACKTEST / "run.py"), run_name="__main__")


if __name__ == "__main__":
    main()
