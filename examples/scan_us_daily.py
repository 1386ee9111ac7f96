"""Scans 8,507 US stocks and ETFs and asks, pattern by pattern, whether the following bars go its way.

For every hit with a direction the question is whether the close ``HORIZON`` bars later is beyond the close of the hit's
bar in that direction. The base rate answers the same question for all bars of the same days, with the hits' own mix of
up and down. Stocks move together, so days are drawn in blocks for the interval (moving block bootstrap), not hits.
Prices of this file are adjusted and its companies survived: read the numbers as what they are, in sample and before
costs. Run: ``python examples/scan_us_daily.py ../shared/data/us_daily/us_stocks_etfs_daily_2016_2017.parquet``
"""

from __future__ import annotations

import argparse
import time

import numpy as np

import quantum as q

HORIZON = 5
BLOCK_DAYS = 20
DRAWS = 2000


def outcomes(panel: q.Panel) -> dict[str, np.ndarray]:
    """For each bar: its instrument's offset, its day, and the sign of the move over the next bars (NaN at the end)."""
    days, moves, offsets = [], [], [0]
    for symbol in panel.symbols:
        frame = panel.bars(symbol)
        close = frame["close"].to_numpy()
        move = np.full(len(close), np.nan)
        move[:-HORIZON] = np.sign(close[HORIZON:] - close[:-HORIZON])
        days.append(frame.index.to_numpy())
        moves.append(move)
        offsets.append(offsets[-1] + len(close))
    return {"day": np.concatenate(days), "move": np.concatenate(moves), "offset": np.array(offsets[:-1])}


def interval(right: np.ndarray, expected: np.ndarray, count: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """95 % of the difference of hit rate and base rate, days drawn in blocks with replacement."""
    days = len(count)
    blocks = -(-days // BLOCK_DAYS)
    starts = rng.integers(0, max(days - BLOCK_DAYS, 0) + 1, (DRAWS, blocks))
    drawn = (starts[:, :, None] + np.arange(BLOCK_DAYS)).reshape(DRAWS, -1)[:, :days].clip(max=days - 1)
    total = count[drawn].sum(axis=1)
    difference = (right[drawn].sum(axis=1) - expected[drawn].sum(axis=1)) / np.where(total > 0, total, np.nan)
    bounds: np.ndarray = np.nanpercentile(difference, [2.5, 97.5])
    return bounds


def main() -> None:
    """Reads, scans, prints one line a pattern."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--min-confidence", type=float, default=0.5)
    options = parser.parse_args()
    begin = time.perf_counter()
    panel = q.Panel.read_parquet(options.file)
    read = time.perf_counter()
    hits = q.Scanner(min_confidence=options.min_confidence).scan(panel)
    done = time.perf_counter()
    print(panel)
    for reason, rows in panel.dirty.to_pandas().groupby("reason", observed=True):
        print(f"  {reason}: {len(rows)} rows, the first {rows['symbol'].iloc[0]} {rows['time'].iloc[0].date()}")
    print(f"read {read - begin:.2f} s, scan {(done - read) * 1e3:.0f} ms, {len(hits)} hits")

    bars = outcomes(panel)
    axis, day = np.unique(bars["day"], return_inverse=True)
    known = ~np.isnan(bars["move"])
    everything = np.bincount(day[known], minlength=len(axis))
    up = np.bincount(day[known], bars["move"][known] > 0, minlength=len(axis)) / np.maximum(everything, 1)
    down = np.bincount(day[known], bars["move"][known] < 0, minlength=len(axis)) / np.maximum(everything, 1)
    records = hits.records
    place = bars["offset"][records["instrument"]] + records["t"]
    usable = known[place] & (records["direction"] != 0)
    rng = np.random.default_rng(7)
    print(f"\nclose {HORIZON} bars later, confidence >= {options.min_confidence}")
    print(f"{'pattern':18}{'hits':>9}{'hit rate':>10}{'base rate':>11}{'difference':>12}   95 % (blocks of days)")
    for number, name in enumerate(q.scanner.PATTERNS):
        chosen = usable & (records["pattern"] == number)
        days, direction = day[place[chosen]], records["direction"][chosen]
        if len(days) == 0:
            print(f"{name:18}{0:9d}")
            continue
        right = np.bincount(days, bars["move"][place[chosen]] == direction, minlength=len(axis))
        expected = np.bincount(days, np.where(direction > 0, up[days], down[days]), minlength=len(axis))
        count = np.bincount(days, minlength=len(axis))
        low, high = interval(right, expected, count, rng)
        rate, base = right.sum() / count.sum(), expected.sum() / count.sum()
        print(f"{name:18}{len(days):9d}{rate:10.4f}{base:11.4f}{rate - base:+12.4f}   {low:+.4f} .. {high:+.4f}")


if __name__ == "__main__":
    main()
