"""Indicators and scanner beside TA-Lib in one run: best of several, milliseconds.

Run it as ``python benches/peers/scanner/compare.py`` with ``TA-Lib`` (pip) installed; ``--instruments``, ``--bars`` and
``--repeat`` change the workload. The peer's loop is what its users write: one call per instrument and indicator.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import talib
from talib import stream as peer_stream

import quantum as q

FOUR = ["rsi_14", "macd_12_26_9", "bbands_20_2", "atr_14"]


def make_panel(instruments: int, bars: int) -> dict[str, np.ndarray]:
    """A random market, each field of shape (instruments, bars)."""
    rng = np.random.default_rng(7)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0, 0.01, (instruments, bars)), axis=1))
    opened = np.concatenate([close[:, :1], close[:, :-1]], axis=1) * (1 + rng.normal(0, 0.003, close.shape))
    high = np.maximum(opened, close) * (1 + np.abs(rng.normal(0, 0.004, close.shape)))
    low = np.minimum(opened, close) * (1 - np.abs(rng.normal(0, 0.004, close.shape)))
    volume = np.round(np.exp(rng.normal(10, 0.6, close.shape)))
    return {"open": opened, "high": high, "low": low, "close": close, "volume": volume}


def best(call: Callable[[], Any], repeat: int) -> float:
    """Milliseconds of the fastest of ``repeat`` runs after one to warm up."""
    call()
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times) * 1e3


def peer_four(panel: dict[str, np.ndarray]) -> None:
    """The four indicators by TA-Lib, one instrument after the other."""
    for high, low, close in zip(panel["high"], panel["low"], panel["close"], strict=True):
        talib.RSI(close, 14)
        talib.MACD(close, 12, 26, 9)
        talib.BBANDS(close, 20, 2, 2)
        talib.ATR(high, low, close, 14)


def peer_bar(panel: dict[str, np.ndarray]) -> None:
    """One new bar of the four indicators by TA-Lib's functions of the last value."""
    for high, low, close in zip(panel["high"], panel["low"], panel["close"], strict=True):
        peer_stream.RSI(close, 14)
        peer_stream.MACD(close, 12, 26, 9)
        peer_stream.BBANDS(close, 20, 2, 2)
        peer_stream.ATR(high, low, close, 14)


def main() -> None:
    """Prints one line a workload."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instruments", type=int, default=10_000)
    parser.add_argument("--bars", type=int, default=500)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    panel = make_panel(options.instruments, options.bars)
    shape = f"{options.instruments} x {options.bars}"

    peer = best(lambda: peer_four(panel), options.repeat)
    print(f"four indicators, {shape}: TA-Lib loop {peer:.1f} ms")
    for threads in (1, 2):
        ours = best(lambda count=threads: q.ta.compute(panel, FOUR, threads=count), options.repeat)
        print(f"four indicators, {shape}: quantum, {threads} threads {ours:.1f} ms, {peer / ours:.1f} times")

    streams = [q.ta.PanelStream("rsi", 14, instruments=options.instruments),
               q.ta.PanelStream("macd", instruments=options.instruments),
               q.ta.PanelStream("bbands", instruments=options.instruments)]  # fmt: skip
    atr = q.ta.PanelStream("atr", instruments=options.instruments)
    columns = {name: np.ascontiguousarray(values.T) for name, values in panel.items()}

    def feed(bar: int) -> None:
        for stream in streams:
            stream.update(columns["close"][bar])
        atr.update(columns["high"][bar], columns["low"][bar], columns["close"][bar])

    for bar in range(60):
        feed(bar)
    ours = best(lambda: feed(60), 20)
    peer = best(lambda: peer_bar(panel), 3)
    print(f"one bar, four indicators, {options.instruments}: TA-Lib stream {peer:.2f} ms, quantum {ours:.3f} ms, "
          f"{peer / ours:.0f} times")  # fmt: skip

    rows = options.instruments * options.bars
    codes = np.repeat(np.arange(options.instruments, dtype=np.uint32), options.bars)
    times = np.tile(np.arange(options.bars, dtype=np.int64) * 86_400_000_000_000, options.instruments)
    flat = [panel[name].reshape(rows) for name in ("open", "high", "low", "close", "volume")]
    core = q._core.Panel(codes, times, flat, options.instruments, True)
    for confidence in (0.0, 0.6):
        for threads in (1, 2):
            scanner = q.Scanner(min_confidence=confidence, threads=threads)
            found = scanner._core.scan(core, threads)
            took = best(lambda s=scanner, count=threads: s._core.scan(core, count), options.repeat)
            print(f"scan {shape} x 7 patterns, min_confidence {confidence}, {threads} threads: {took:.1f} ms, "
                  f"{len(found)} hits")  # fmt: skip
            last = [np.ascontiguousarray(panel[name][:, -1]) for name in ("open", "high", "low", "close", "volume")]
            moment = [int(times[options.bars - 1])]

            def update(s: Any = scanner, count: int = threads, last: Any = last, moment: list[int] = moment) -> None:
                moment[0] += 86_400_000_000_000
                s._core.update(np.full(options.instruments, moment[0]), last, count)

            print(f"  one new bar: {best(update, 30):.2f} ms")


if __name__ == "__main__":
    main()
