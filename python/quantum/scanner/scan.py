"""The scanner: patterns in histories and, bar by bar, in live markets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quantum import _core
from quantum.errors import ConfigError, DataError
from quantum.frames import TIMES, columns_of, to_nanoseconds, to_numbers, to_numpy
from quantum.scanner.files import COLUMNS
from quantum.scanner.panel import Panel, dirt_table
from quantum.scanner.table import Names, Records, Table, moments

__all__ = ["PATTERNS", "Scanner", "settings"]

PATTERNS: tuple[str, ...] = tuple(_core.PATTERNS)
KINDS: tuple[str, ...] = tuple(_core.HIT_KINDS)


def pattern_names(patterns: str | Iterable[str]) -> list[str]:
    """The names of the patterns asked for; "all" stands for all."""
    several = isinstance(patterns, Iterable) and not isinstance(patterns, str)
    chosen: list[Any] = list(patterns) if several else [patterns]
    wrong = [given for given in chosen if not isinstance(given, str)]
    if wrong:
        raise ConfigError(f"a pattern is named by a text, not {wrong[0]!r}; there is {', '.join(PATTERNS)}")
    return [name for given in chosen for name in (PATTERNS if given == "all" else (given,))]


def number(name: str, value: object) -> float:
    """A setting as a number."""
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise ConfigError(f"{name} is {value!r}; it must be a number") from None


def settings() -> list[dict[str, Any]]:
    """Every number the patterns are made of: name, pattern, default, minimum, maximum, whole."""
    keys = ("name", "pattern", "default", "minimum", "maximum", "whole")
    return [dict(zip(keys, row, strict=True)) for row in _core.SCAN_SETTINGS]


class Scanner:
    """Finds patterns in histories and, bar by bar, in live markets.

    ``patterns`` are names of ``PATTERNS`` ("all" for all), ``min_confidence`` the least strength reported,
    ``parameters`` numbers by name (see ``settings()``), such as ``volume_z=4``; each is checked against its range.
    """

    def __init__(
        self,
        patterns: str | Iterable[str] = "all",
        *,
        min_confidence: float = 0.0,
        zero_volume: str = "keep",
        threads: int = 0,
        **parameters: float,
    ) -> None:
        names = pattern_names(patterns)
        if zero_volume not in ("keep", "drop"):
            raise ConfigError(f'zero_volume is {zero_volume!r}; it must be "keep" or "drop"')
        self._core = _core.Scanner(
            names, number("min_confidence", min_confidence),
            [(name, number(name, value)) for name, value in parameters.items()],
            zero_volume == "keep",
        )  # fmt: skip
        if not isinstance(threads, int) or threads < 0:
            raise ConfigError(f"threads is {threads!r}; it must be a whole number, 0 for all cores")
        self._threads = threads
        self._names = list(PATTERNS)
        self._numbers: dict[str, int] = {}
        self.symbols: list[str] = []
        self._dirt: list[Records] = []

    @property
    def core(self) -> _core.Scanner:
        """The core's scanner."""
        return self._core

    @property
    def custom(self) -> list[str]:
        """Names of the patterns that were added."""
        return self._names[len(PATTERNS) :]

    def add(self, name: str, function: Callable[..., Any], *, bars: int) -> None:
        """Adds a pattern of your own, before the first bar.

        ``function(open, high, low, close, volume)`` gets arrays of the last ``bars`` bars of one instrument, the newest
        last, and returns None or ``(direction, confidence)`` or ``(direction, confidence, lo, hi)`` or
        ``(direction, confidence, lo, hi, origin)`` with ``origin`` in bars back from the newest. It sees no other bars,
        so it cannot look ahead, and live hits are those of the history. What it raises ends the scan.
        """

        def ask(*columns: NDArray[np.float64]) -> tuple[int, float, float, float, int] | None:
            seen = function(*columns)
            if seen is None:
                return None
            given: tuple[Any, ...] = tuple(seen)
            direction, confidence = given[:2]
            absent: tuple[float, float, int] = (float("nan"), float("nan"), 0)
            lo, hi, origin = given[2:] + absent[len(given) - 2 :]
            if not (direction in (-1, 0, 1) and 0.0 <= confidence <= 1.0 and 0 <= origin < bars):
                raise DataError(
                    f"pattern {name!r} returned {seen!r}; direction must be -1, 0 or 1, confidence from 0 to 1 and "
                    f"origin from 0 to {bars - 1}"
                )
            return int(direction), float(confidence), float(lo), float(hi), int(origin)

        if bars < 1:
            raise ConfigError(f"bars of pattern {name!r} is {bars}; it must be 1 or more")
        self._core.add(name, bars, ask)
        self._names.append(name)

    def scan(self, panel: Panel) -> Table:
        """All hits in the panel's histories, by time, instrument and pattern.

        Columns: time, symbol, pattern, kind, direction, lo, hi, confidence, origin (bar number), t (bar number).
        What the scanner knew before is forgotten; it is then ready for ``update``.
        """
        if not isinstance(panel, Panel):
            raise DataError(f"scan takes a q.Panel, as Panel.from_pandas(frame) makes it, not {type(panel).__name__}")
        records = self._core.scan(panel._core, self._threads)
        self.symbols = list(panel.symbols)
        self._numbers = dict(panel._numbers)
        self._dirt = [panel._core.dirt()]
        return self._table(records)

    def update(self, bars: Any) -> Table:
        """The hits of one new bar for every instrument in ``bars``; the state is kept.

        ``bars`` has a column symbol and the columns of a panel, one row an instrument; or no symbol and one value for
        each instrument in the order of ``symbols``, NaN prices where there is no new bar. New symbols are taken in.
        """
        columns = columns_of(bars)
        time_name = next((name for name in TIMES if name in columns), None)
        missing = [name for name in COLUMNS if name not in columns]
        if time_name is None or missing:
            raise DataError(f"new bars need time, {', '.join(COLUMNS)}; got {list(columns)}")
        arrays = [to_numbers(columns[name], name) for name in COLUMNS]
        times = to_nanoseconds(columns[time_name])
        shapes = {values.shape for values in (times, *arrays)}
        if len(shapes) != 1 or len(shapes.pop()) != 1:
            raise DataError("new bars are columns (n,) of one length, a row an instrument")
        if "symbol" in columns:
            times, arrays = self._place(columns["symbol"], times, arrays)
        records, dirt = self._core.update(times, arrays, self._threads)
        if len(dirt):
            self._dirt.append(dirt)
        return self._table(records)

    def _place(
        self, symbols: Any, times: NDArray[np.int64], arrays: list[NDArray[np.float64]]
    ) -> tuple[NDArray[np.int64], list[NDArray[np.float64]]]:
        """Spreads rows by symbol over all instruments; the others have no new bar."""
        held = to_numpy(symbols)
        if held.shape != times.shape:
            raise DataError(f"new bars hold {len(times)} rows and {held.size} symbols")
        blank = sum(name is None or name != name for name in held.tolist())  # NaN is what is not itself
        if blank:
            raise DataError(f"{blank} rows have no symbol")
        names = [str(name) for name in held.tolist()]
        for name in names:
            if name not in self._numbers:
                self._numbers[name] = len(self.symbols)
                self.symbols.append(name)
        self._core.grow(len(self.symbols))
        places = np.array([self._numbers[name] for name in names], dtype=np.int64)
        if len(np.unique(places)) != len(places):
            raise DataError("new bars hold two rows of one symbol; each update takes one bar of each")
        spread_times = np.zeros(len(self.symbols), dtype=np.int64)
        spread_times[places] = times
        spread = []
        for array in arrays:
            column = np.full(len(self.symbols), np.nan)
            column[places] = array
            spread.append(column)
        return spread_times, spread

    def zones(self, symbol: str, *, live: bool = True) -> Table:
        """Fair value gap and order block zones of ``symbol``; with ``live=False`` the filled ones too.

        Columns: pattern, direction, lo, hi, t (bar it was known at), origin, touched, filled (bars, -1 for not yet).
        """
        if symbol not in self._numbers:
            raise DataError(f"there is no symbol {symbol!r} among the scanner's {len(self.symbols)}")
        records = self._core.zones(self._numbers[symbol], live)
        columns: dict[str, Any] = {"pattern": Names(records["pattern"], PATTERNS)}
        columns |= {name: records[name] for name in ("direction", "lo", "hi", "t", "origin", "touched", "filled")}
        return Table(records, columns)

    @property
    def dirty(self) -> Table:
        """Rows and bars that were not as they should be: symbol, time, reason, used."""
        records = np.concatenate(self._dirt) if self._dirt else self._core.update(*_NOTHING, 1)[1]
        return dirt_table(records, self.symbols)

    def _table(self, records: Records) -> Table:
        columns: dict[str, Any] = {
            "time": moments(records["time"]),
            "symbol": Names(records["instrument"], self.symbols),
            "pattern": Names(records["pattern"], self._names),
            "kind": Names(records["kind"], KINDS),
        }
        columns |= {name: records[name] for name in ("direction", "lo", "hi", "confidence", "origin", "t")}
        return Table(records, columns)


_NOTHING = (np.zeros(0, dtype=np.int64), [np.zeros(0)] * 5)
