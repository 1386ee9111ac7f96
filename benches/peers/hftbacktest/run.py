"""hftbacktest and we on the same array, in one process, in turns: `make bench AREA=hftbacktest`.

Three questions. How fast does a replay without orders go: both exchange and strategy have their own book, events in
memory. How fast the grid, once both end with the same trades, position, balance and fee: hftbacktest's in numba,
compiled before the clock starts, ours compiled likewise and in plain Python. And how fast a gzip of raw lines becomes
events in both time orders, the JIT warm. Orders that are replaced to stay at the touch must end alike too; they are
not timed.

Timed: from the first input to the end of data, on both sides inside one native call. Not timed: reading the array,
making books, compiling, taking the results out. Ours takes its equity samples (one each 100 ms) inside that time.
"""

from __future__ import annotations

import argparse
import gzip
import math
import os
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import ours
import theirs
from rounds import interleave, machine, table

import quantum as q

ARRAY = "oracles/backtest/usdm_btcusdt_20240808.hftbacktest.npz"
RAW = "data/binance/usdm_btcusdt_20240808.gz"
# Latency each way and queue model of the grids that must agree; the last is the one that is timed.
GRIDS = [(0, "power"), (100_000, "power"), (10_000_000, "risk_averse"), (10_000_000, "power")]
# What the orders that follow the touch by being replaced are asked; at each latency and queue of the grids.
FOLLOWS = [{}, {"away": 0.5}, {"trim": 0.01}]


def shared(path: str) -> Path:
    """A file of the shared data, or the end with its name."""
    file = Path(os.environ.get("QUANTUM_SHARED", "../shared")) / path
    if not file.exists():
        print(f"left out: {path} is not in QUANTUM_SHARED (default ../shared)")
        sys.exit(0)
    return file


def same(case: str, ours_ended: dict[str, float], theirs_ended: dict[str, float]) -> None:
    """Stops unless two runs ended alike: counts exactly, amounts to the rounding of float sums."""
    for name, value in ours_ended.items():
        if not math.isclose(value, theirs_ended[name], rel_tol=1e-9, abs_tol=1e-6):
            sys.exit(f"{case}: {name} is {value} here and {theirs_ended[name]} in hftbacktest: not the same work")


def replays(recording: q.data.Recording, data: np.ndarray, rounds: int) -> None:
    tops = {"ours": ours.top(recording), **{depth: theirs.replay(data, depth)[1] for depth in ("array", "hash")}}
    if len(set(tops.values())) != 1:
        sys.exit(f"the replays end with different books: {tops}")
    cases = {
        "quantum": lambda: ours.replay(recording),
        "hftbacktest, array depth": lambda: theirs.replay(data, "array")[0],
        "hftbacktest, hash depth": lambda: theirs.replay(data, "hash")[0],
    }
    times = interleave(cases, rounds)
    table("replay without orders", times, len(data), "rows/s")


def grids(recording: q.data.Recording, data: np.ndarray, rounds: int) -> None:
    for latency_ns, queue in GRIDS:
        case = f"grid, {latency_ns / 1e6:g} ms, {queue}"
        ended = theirs.grid(data, "array", latency_ns, queue)[1]
        same(case, ours.grid(recording, latency_ns, queue)[1], ended)
        same(f"{case}, compiled", ours.grid(recording, latency_ns, queue, compiled=True)[1], ended)
        print(f"{case}: both end with " + ", ".join(f"{name} {value:.10g}" for name, value in ended.items()))
    latency_ns, queue = GRIDS[-1]
    cases = {
        "quantum, compiled strategy": lambda: ours.grid(recording, latency_ns, queue, compiled=True)[0],
        "quantum, Python strategy": lambda: ours.grid(recording, latency_ns, queue)[0],
        "quantum, no strategy": lambda: ours.replay(recording),
        "hftbacktest, numba, array depth": lambda: theirs.grid(data, "array", latency_ns, queue)[0],
        "hftbacktest, numba, hash depth": lambda: theirs.grid(data, "hash", latency_ns, queue)[0],
    }
    times = interleave(cases, rounds)
    table(f"grid, {latency_ns / 1e6:g} ms, {queue}", times, len(data), "rows/s")


def follows(recording: q.data.Recording, data: np.ndarray) -> None:
    for terms in FOLLOWS:
        for latency_ns, queue in GRIDS:
            case = f"follow {terms}, {latency_ns / 1e6:g} ms, {queue}"
            ended = theirs.follow(data, "array", latency_ns, queue, terms)
            same(case, ours.follow(recording, latency_ns, queue, terms), ended)
            print(f"{case}: both end with " + ", ".join(f"{name} {value:.10g}" for name, value in ended.items()))


def conversions(path: Path, rounds: int) -> None:
    with gzip.open(path, "rb") as file:
        lines = sum(1 for _ in file)
    theirs.warm_converter()
    made, recording = theirs.convert(str(path), 2_000_000)[1], ours.convert(str(path))[1]
    print(f"\n{lines} lines: {len(recording)} events here, {len(made)} rows in hftbacktest")
    cases = {
        "quantum.data.read": lambda: ours.convert(str(path))[0],
        "binancefutures.convert": lambda: theirs.convert(str(path), len(made) + 1000)[0],
    }
    times = interleave(cases, rounds, warm=1)
    table("gzip of raw lines to events", times, lines, "lines/s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=21, help="interleaved rounds of each case, at least 11")
    rounds = max(11, parser.parse_args().rounds)
    array, raw = shared(ARRAY), shared(RAW)
    with np.load(array, allow_pickle=False) as file:
        data = file["data"]
    recording = q.data.read(array, instrument=ours.INSTRUMENT)
    numba = f"numba {version('numba')}"
    print(f"quantum {q.__version__}, hftbacktest {version('hftbacktest')}, {numba}, {len(data)} rows of {array.name}")
    print(machine())
    replays(recording, data, rounds)
    print()
    grids(recording, data, rounds)
    print()
    follows(recording, data)
    conversions(raw, 11)


if __name__ == "__main__":
    main()
