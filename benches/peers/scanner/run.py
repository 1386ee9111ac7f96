"""Indicators and scanner beside their peers on the same arrays, in one process, in turns: `make bench AREA=scanner`.

Peers: TA-Lib (a call an instrument and indicator; for one bar its stream handles), kand (Rust), polars_talib (one
query), smartmoneyconcepts (five of our seven patterns). Ours allocates its results inside the time, as theirs do.
Ratios by time are of the clock, on a busy machine believe those by CPU; two threads' CPU is that of both.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import theirs
from rounds import Spread, interleave, machine, table

import quantum as q

FOUR = ["rsi_14", "macd_12_26_9", "bbands_20_2", "atr_14"]
COLUMNS = ("open", "high", "low", "close", "volume")
DAY_NS = 86_400_000_000_000
REAL = "data/us_daily/us_stocks_etfs_daily_2016_2017.parquet"
#: Bars the streams have seen before the first timed one.
WARM_BARS = 100

Panel = dict[str, np.ndarray]


def make_panel(instruments: int, bars: int) -> Panel:
    """A random market, each field of shape (instruments, bars)."""
    rng = np.random.default_rng(7)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0, 0.01, (instruments, bars)), axis=1))
    opened = np.concatenate([close[:, :1], close[:, :-1]], axis=1) * (1 + rng.normal(0, 0.003, close.shape))
    high = np.maximum(opened, close) * (1 + np.abs(rng.normal(0, 0.004, close.shape)))
    low = np.minimum(opened, close) * (1 - np.abs(rng.normal(0, 0.004, close.shape)))
    volume = np.round(np.exp(rng.normal(10, 0.6, close.shape)))
    return {"open": opened, "high": high, "low": low, "close": close, "volume": volume}


def timed(work: Callable[[], Any]) -> Callable[[], float]:
    """A case: seconds of one call."""

    def case() -> float:
        started = time.perf_counter()
        given = work()
        taken = time.perf_counter() - started
        del given
        return taken

    return case


def check_equal(panel: Panel) -> None:
    """Stops unless the four indicators are TA-Lib's to 1e-9 on some instruments."""
    some = {name: values[:50] for name, values in panel.items()}
    ours = q.ta.compute(some, FOUR)
    flat = [ours["rsi_14"], *ours["macd_12_26_9"], *ours["bbands_20_2"], ours["atr_14"]]
    for number in range(50):
        expected = theirs.talib_four(*(some[name][number] for name in ("high", "low", "close")))
        for mine, other in zip(flat, expected, strict=True):
            if not np.allclose(mine[number], other, rtol=1e-9, atol=1e-9, equal_nan=True):
                sys.exit(f"instrument {number}: not TA-Lib's values, so not the same work")


def milliseconds(title: str, cases: dict[str, Callable[[], float]], rounds: int, values: int, unit: str) -> None:
    """A table of rates and ratios, and each case's median time."""
    times = interleave(cases, rounds)
    table(title, times, values, unit)
    each = [f"{name} {Spread.of(taken.wall).median * 1e3:.3g} ({Spread.of(taken.cpu).median * 1e3:.3g} CPU)"
            for name, taken in times.items()]  # fmt: skip
    print("  ms: " + "; ".join(each))


def batches(panel: Panel, rounds: int) -> None:
    cases = {
        "quantum, 1 thread": timed(lambda: q.ta.compute(panel, FOUR, threads=1)),
        "quantum, 2 threads": timed(lambda: q.ta.compute(panel, FOUR, threads=2)),
        "TA-Lib, loop": timed(lambda: theirs.talib_loop(panel)),
        "kand, loop": timed(lambda: theirs.kand_loop(panel)),
        "polars_talib, all threads": timed(theirs.polars_four(panel)),
    }
    shape = panel["close"].shape
    milliseconds(f"four indicators, {shape[0]} x {shape[1]}", cases, rounds, shape[0] * shape[1], "bars/s")


def one_bar(panel: Panel, rounds: int) -> None:
    instruments, bars = panel["close"].shape
    streams = [q.ta.PanelStream(name, instruments=instruments) for name in ("rsi", "macd", "bbands")]
    ranges = q.ta.PanelStream("atr", instruments=instruments)
    columns = {name: np.ascontiguousarray(panel[name].T) for name in ("high", "low", "close")}
    handles = theirs.TalibHandles(panel, WARM_BARS)
    at = {"ours": WARM_BARS, "theirs": WARM_BARS}

    def feed(bar: int) -> None:
        for stream in streams:
            stream.update(columns["close"][bar])
        ranges.update(columns["high"][bar], columns["low"][bar], columns["close"][bar])

    def ours() -> float:
        bar = at["ours"] = WARM_BARS + (at["ours"] + 1) % (bars - WARM_BARS)
        return timed(lambda: feed(bar))()

    def peer() -> float:
        bar = at["theirs"] = WARM_BARS + (at["theirs"] + 1) % (bars - WARM_BARS)
        high, low, close = (columns[name][bar].tolist() for name in ("high", "low", "close"))
        return timed(lambda: handles.update(high, low, close))()

    for bar in range(WARM_BARS):
        feed(bar)
    cases = {"quantum, PanelStream": ours, "TA-Lib, stream handles": peer}
    milliseconds(f"one bar, four indicators, {instruments} instruments", cases, rounds, instruments, "bars/s")


def to_core(panel: Panel) -> Any:
    instruments, bars = panel["close"].shape
    codes = np.repeat(np.arange(instruments, dtype=np.uint32), bars)
    times = np.tile(np.arange(bars, dtype=np.int64) * DAY_NS, instruments)
    return q._core.Panel(codes, times, [panel[name].reshape(-1) for name in COLUMNS], instruments, True)


def scans(panel: Panel, rounds: int) -> None:
    instruments, bars = panel["close"].shape
    core = to_core(panel)
    cases, updates = {}, {}
    last = [np.ascontiguousarray(panel[name][:, -1]) for name in COLUMNS]
    for threads in (1, 2):
        scanner, live = (q.Scanner(threads=threads)._core for _ in range(2))
        hits = live.scan(core, threads)
        moment = [(bars - 1) * DAY_NS]

        def update(live: Any = live, threads: int = threads, moment: list[int] = moment) -> float:
            moment[0] += DAY_NS
            clock = np.full(instruments, moment[0])
            return timed(lambda: live.update(clock, last, threads))()

        cases[f"history, {threads} threads"] = timed(lambda s=scanner, t=threads: s.scan(core, t))
        updates[f"one new bar, {threads} threads"] = update
    milliseconds(
        f"seven patterns, {instruments} x {bars}, {len(hits)} hits", cases, rounds, instruments * bars, "bars/s"
    )
    milliseconds(f"seven patterns, one new bar of {instruments}", updates, 3 * rounds, instruments, "bars/s")
    some = iter(range(10_000))
    peer = interleave({"": timed(lambda: theirs.smart_money(panel, next(some) % instruments))}, rounds, warm=1)[""]
    spread = Spread.of(peer.cpu)
    print(f"  smartmoneyconcepts, five patterns: {spread.median * 1e3:.1f} ms CPU an instrument "
          f"({spread.low * 1e3:.1f}..{spread.high * 1e3:.1f}), so {spread.median * instruments:.0f} s for "
          f"{instruments}")  # fmt: skip


def real_panel(path: Path, rounds: int) -> None:
    """The same work on real, ragged histories: bars that are not there are NaN in ours, absent in the peer's."""
    import pyarrow.parquet as pq

    rows = pq.read_table(path).to_pandas()
    symbol = rows["symbol"].astype("category").cat.codes.to_numpy()
    moments, day = np.unique(
        rows[next(name for name in ("time", "date") if name in rows)].to_numpy(), return_inverse=True
    )
    sparse = {}
    for name in ("high", "low", "close"):
        sparse[name] = np.full((symbol.max() + 1, len(moments)), np.nan)
        sparse[name][symbol, day] = rows[name].to_numpy(dtype=np.float64)
    dense = []
    for h, low, c in zip(*(sparse[name] for name in ("high", "low", "close")), strict=True):
        there = np.isfinite(h) & np.isfinite(low) & np.isfinite(c)
        dense.append((h[there], low[there], c[there]))

    def peer() -> None:
        for instrument in dense:
            theirs.talib_four(*instrument)

    cases = {
        "quantum, 1 thread": timed(lambda: q.ta.compute(sparse, FOUR, threads=1)),
        "quantum, 2 threads": timed(lambda: q.ta.compute(sparse, FOUR, threads=2)),
        "TA-Lib, loop": timed(peer),
    }
    shape = f"{len(dense)} x {len(moments)}"
    milliseconds(f"real panel, four indicators, {shape}", cases, rounds, len(rows), "bars/s")
    panel = q.Panel.read_parquet(path)
    scanners = {threads: q.Scanner(threads=threads) for threads in (1, 2)}
    found = scanners[1].scan(panel)
    cases = {f"history, {n} threads": timed(lambda s=s: s.scan(panel)) for n, s in scanners.items()}
    milliseconds(
        f"real panel, seven patterns, {len(panel)} bars, {len(found)} hits", cases, rounds, len(panel), "bars/s"
    )


def first_result(rounds: int) -> None:
    """From the end of `import quantum` to the first values and hits, each time in a new process."""
    program = (
        "import time, numpy as np; import quantum as q; started = time.perf_counter();"
        "close = np.linspace(100, 120, 500) + np.sin(np.arange(500)); q.ta.rsi(close, 14);"
        "first = time.perf_counter(); one = {name: close for name in ('open', 'high', 'low', 'close', 'volume')};"
        "time_ns = np.arange(500) * 86_400_000_000_000;"
        "q.Scanner().scan(q.Panel(np.repeat('A', 500), time_ns.view('datetime64[ns]'), one));"
        "print(first - started, time.perf_counter() - first)"
    )
    taken = [subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
             for _ in range(rounds)]  # fmt: skip
    indicator, hits = (Spread.of([float(row[place]) * 1e3 for row in taken]) for place in (0, 1))
    print(f"\nfirst result after import, {rounds} processes: indicator {indicator.median:.2f} ms "
          f"({indicator.low:.2f}..{indicator.high:.2f}), then panel and scan {hits.median:.1f} ms "
          f"({hits.low:.1f}..{hits.high:.1f})")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=11, help="interleaved rounds of each case, at least 3")
    parser.add_argument("--instruments", type=int, default=10_000)
    options = parser.parse_args()
    rounds = max(3, options.rounds)
    peers = ", ".join(f"{name} {version(name)}" for name in ("TA-Lib", "kand", "polars-talib", "smartmoneyconcepts"))
    print(f"quantum {q.__version__}, {peers}")
    print(machine())
    panel = make_panel(options.instruments, 500)
    check_equal(panel)
    batches(panel, rounds)
    one_bar(panel, 3 * rounds)
    scans(panel, rounds)
    first_result(rounds)
    path = Path(os.environ.get("QUANTUM_SHARED", "../shared")) / REAL
    if path.exists():
        real_panel(path, rounds)
    else:
        print(f"left out: {REAL} is not in QUANTUM_SHARED (default ../shared)")


if __name__ == "__main__":
    main()
