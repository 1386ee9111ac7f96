"""Hits as a chart marks them: at their bar, with what to say of them, and as boxes where they left a zone."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from quantum import _core
from quantum.errors import DataError
from quantum.frames import columns_of, to_nanoseconds, to_numbers, to_numpy
from quantum.plot.candles import Candles, pick
from quantum.plot.canvas import Floats

__all__ = ["Marks", "no_marks", "read_marks"]

#: Patterns whose lo and hi are no zone but the levels of a break.
WITHOUT_ZONE = set(_core.PATTERNS) - {"fair_value_gap", "order_block"}
ARROWS = {1: "▲", -1: "▼", 0: "·"}


@dataclass(frozen=True, slots=True)
class Marks:
    """Hits on the bars of one chart, by bar: each array (n,).

    ``bar`` is where they were known, ``origin`` where they come from, ``until`` the bar that filled their zone (the
    number of bars where none did, -1 where there is no zone), ``pattern`` a number of ``patterns``, ``text`` what a
    tooltip says, ``lo`` and ``hi`` NaN where there are no levels.
    """

    patterns: list[str]
    pattern: npt.NDArray[np.int64]
    bar: npt.NDArray[np.int64]
    origin: npt.NDArray[np.int64]
    until: npt.NDArray[np.int64]
    direction: npt.NDArray[np.int64]
    confidence: Floats
    lo: Floats
    hi: Floats
    text: list[str]

    def __len__(self) -> int:
        return len(self.bar)


def no_marks() -> Marks:
    """A chart without hits."""
    whole, number = np.zeros(0, dtype=np.int64), np.zeros(0)
    return Marks([], whole, whole, whole, whole, whole, number, number, number, [])


def read_marks(hits: Any, candles: Candles) -> Marks:
    """The hits of the candles' symbol, by their time (by ``t`` where bars have none).

    ``hits`` is what a scanner gives, or a frame with its columns. Raises ``DataError`` where columns are missing or
    not one hit is at a bar.
    """
    columns = columns_of(hits)
    missing = [name for name in ("pattern", "direction", "confidence") if name not in columns]
    key = "time" if candles.time_ns is not None and "time" in columns else "t"
    missing += [] if key in columns else [key]
    if missing:
        raise DataError(f"hits need the columns of a scanner's table; there is no {', '.join(missing)}")
    count = len(to_numpy(columns["direction"]))
    if not count:
        return no_marks()
    own = np.ones(count, dtype=bool)
    if "symbol" in columns:
        names = texts(columns["symbol"])
        held = sorted(set(names.tolist()))
        if candles.symbol and candles.symbol not in held:
            return no_marks()
        own = names == pick(candles.symbol or None, held, "the hits")
    if not own.any():
        return no_marks()
    bar, found = place(columns[key], key, candles)
    if not (found & own).any():
        raise DataError(f"none of the {int(own.sum())} hits is at the time of a bar; are they of other bars?")
    rows = np.flatnonzero(found & own)
    rows = rows[np.argsort(bar[rows], kind="stable")]
    return make_marks({name: to_numpy(values)[rows] for name, values in columns.items()}, bar[rows], candles)


def place(values: Any, key: str, candles: Candles) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """The bar of each hit, and whether there is one."""
    if key == "t" or candles.time_ns is None:
        bar = to_numpy(values).astype(np.int64)
        return bar, (bar >= 0) & (bar < len(candles))
    time_ns = to_nanoseconds(values)
    bar = np.searchsorted(candles.time_ns, time_ns).astype(np.int64)
    inside = np.minimum(bar, len(candles) - 1)
    return inside, candles.time_ns[inside] == time_ns


def make_marks(columns: dict[str, npt.NDArray[Any]], bar: npt.NDArray[np.int64], candles: Candles) -> Marks:
    """Marks of hits at known bars."""
    names = texts(columns["pattern"])
    patterns = [name for name in _core.PATTERNS if name in names]
    patterns += sorted(set(names.tolist()) - set(patterns))
    direction = columns["direction"].astype(np.int64)
    confidence = to_numbers(columns["confidence"], "confidence")
    absent = np.full(len(bar), np.nan)
    lo, hi = (to_numbers(columns[name], name) if name in columns else absent for name in ("lo", "hi"))
    age = columns["t"].astype(np.int64) - columns["origin"].astype(np.int64) if {"t", "origin"} <= set(columns) else 0
    origin = np.maximum(bar - age, 0)
    until = np.full(len(bar), -1)
    for row in np.flatnonzero((lo < hi) & (direction != 0) & ~np.isin(names, list(WITHOUT_ZONE))):
        until[row] = filled_at(candles, int(bar[row]), int(direction[row]), float(lo[row]), float(hi[row]))
    kinds = texts(columns["kind"]) if "kind" in columns else names
    number = {name: place for place, name in enumerate(patterns)}
    said = [
        tooltip(*each, candles)
        for each in zip(names, kinds, direction.tolist(), confidence.tolist(), lo.tolist(), hi.tolist(), strict=True)
    ]
    said = [
        f"{text}{life(each, candles)}<br>{when(candles, int(at))}"
        for text, each, at in zip(said, until.tolist(), bar, strict=True)
    ]
    pattern = np.array([number[name] for name in names], dtype=np.int64)
    return Marks(patterns, pattern, bar, origin, until, direction, confidence, lo, hi, said)


def filled_at(candles: Candles, bar: int, direction: int, lo: float, hi: float) -> int:
    """The first later bar whose wick went through the zone, the number of bars if none did."""
    step, start = 64, bar + 1
    series, level = (candles.columns["low"], lo) if direction > 0 else (candles.columns["high"], hi)
    while start < len(series):
        window = series[start : start + step]
        through = window < level if direction > 0 else window > level
        if through.any():
            return start + int(np.argmax(through))
        start, step = start + step, step * 4
    return len(series)


def tooltip(pattern: str, kind: str, *numbers: Any) -> str:
    """What a hit is."""
    direction, confidence, lo, hi, _ = numbers
    name = html.escape(str(pattern).replace("_", " "))
    detail = "" if kind in ("formed", "custom", pattern) else f", {html.escape(str(kind))}"
    levels = "" if np.isnan(lo) else f"<br>{lo:,.7g}" + ("" if lo == hi else f" to {hi:,.7g}")
    return f"<b>{ARROWS[direction]} {name}</b>{detail}, confidence {confidence:.2f}{levels}"


def life(until: int, candles: Candles) -> str:
    """What became of a zone."""
    if until < 0:
        return ""
    return ", open" if until >= len(candles) else f", filled {when(candles, until)}"


def when(candles: Candles, bar: int) -> str:
    """The time of a bar, or its number."""
    if candles.shown_ns is None:
        return f"bar {bar}"
    text = str(candles.shown_ns[bar : bar + 1].view("datetime64[ns]")[0])
    return text.replace("T00:00:00.000000000", "").replace(".000000000", "").replace("T", " ")


def texts(values: Any) -> npt.NDArray[Any]:
    """Names as text, whatever holds them."""
    held: Sequence[Any] = to_numpy(values).tolist()
    return np.array([str(each) for each in held], dtype=object)
