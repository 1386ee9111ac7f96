"""Chart patterns over many instruments: ``Panel`` holds clean histories, ``Scanner`` finds hits in them.

``Scanner.scan(panel)`` takes whole histories, ``Scanner.update(bars)`` the next bar of each instrument; both give the
same hits, each known at the close of its bar and never changed afterwards. A hit's ``confidence`` is the strength of
the pattern between 0 and 1, not a probability.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quantum import _core
from quantum.errors import ConfigError, DataError
from quantum.frames import TIMES, to_nanoseconds, to_numbers, to_numpy

PATTERNS: tuple[str, ...] = tuple(_core.PATTERNS)
_KINDS: tuple[str, ...] = tuple(_core.HIT_KINDS)
_REASONS: tuple[str, ...] = tuple(_core.DIRT_REASONS)
_COLUMNS = ("open", "high", "low", "close", "volume")

Records = NDArray[np.void]


class Table:
    """Records under named columns: a NumPy structured array, and the same as pandas, polars or Arrow."""

    def __init__(self, records: Records, columns: Mapping[str, NDArray[Any] | _Names]) -> None:
        self.records = records
        self._columns = columns

    def __len__(self) -> int:
        return len(self.records)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Records:
        return self.records if dtype is None else self.records.astype(dtype)

    def __getitem__(self, column: str) -> NDArray[Any]:
        """One column: numbers as they are, names as strings."""
        if column not in self._columns:
            raise ConfigError(f"there is no column {column!r}; there are {', '.join(self._columns)}")
        values = self._columns[column]
        return values.texts() if isinstance(values, _Names) else values

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return list(self._columns)

    def to_pandas(self) -> Any:
        """A ``pandas.DataFrame``; names are categories."""
        import pandas as pd

        return pd.DataFrame(
            {
                name: pd.Categorical.from_codes(values.codes, values.pandas_names())
                if isinstance(values, _Names)
                else values
                for name, values in self._columns.items()
            }
        )

    def to_arrow(self) -> Any:
        """A ``pyarrow.Table``; names are dictionaries."""
        import pyarrow as pa

        def column(values: NDArray[Any] | _Names) -> Any:
            if isinstance(values, _Names):
                return pa.DictionaryArray.from_arrays(pa.array(values.codes.astype(np.int32)), pa.array(values.names))
            return pa.array(np.ascontiguousarray(values))

        return pa.table({name: column(values) for name, values in self._columns.items()})

    def to_polars(self) -> Any:
        """A ``polars.DataFrame``."""
        import polars as pl

        return pl.DataFrame({name: self[name] for name in self._columns})

    def __repr__(self) -> str:
        return str(self.to_pandas()) if len(self) else f"no rows; columns {', '.join(self._columns)}"

    def _repr_html_(self) -> str:
        html: str = self.to_pandas().to_html(max_rows=50)
        return html


class _Names:
    """A column of names, kept as numbers."""

    def __init__(self, codes: NDArray[Any], names: Sequence[str]) -> None:
        self.codes = codes
        self.names = list(names)

    def texts(self) -> NDArray[Any]:
        return np.array(self.names, dtype=object)[self.codes] if len(self.codes) else np.array([], dtype=object)

    def pandas_names(self) -> Any:
        import pandas as pd

        return pd.Index(self.names, dtype=object)


def _moments(values: NDArray[Any]) -> NDArray[Any]:
    return np.ascontiguousarray(values).view("datetime64[ns]")


class Panel:
    """Clean histories of many instruments, each in order of time.

    Rows that cannot be used (NaN or infinite, price <= 0, high < low, a second row of the same time) are left out;
    they, and those used though they look odd (zero volume, open or close outside low..high), are in ``dirty`` by
    symbol and time. ``zero_volume="drop"`` leaves bars without volume out as well.
    """

    def __init__(
        self,
        symbol: Any,
        time: Any,
        columns: Mapping[str, Any],
        *,
        zero_volume: str = "keep",
    ) -> None:
        """From columns of equal length: symbols, times (datetime64 or ns) and open, high, low, close, volume."""
        if zero_volume not in ("keep", "drop"):
            raise ConfigError(f'zero_volume is {zero_volume!r}; it must be "keep" or "drop"')
        codes, self.symbols = _encode(symbol)
        self._numbers = {name: number for number, name in enumerate(self.symbols)}
        missing = [name for name in _COLUMNS if name not in columns]
        if missing:
            raise DataError(f"a panel needs {', '.join(_COLUMNS)}; there is no {', '.join(missing)}")
        arrays = [to_numbers(columns[name], name) for name in _COLUMNS]
        self._core = _core.Panel(codes, to_nanoseconds(time), arrays, len(self.symbols), zero_volume == "keep")

    @classmethod
    def from_pandas(cls, frame: Any, *, zero_volume: str = "keep") -> Panel:
        """From a ``DataFrame`` with columns symbol, time, open, high, low, close, volume; any order, any gaps."""
        if "symbol" not in frame.columns:
            frame = frame.reset_index()
        columns = {str(name).lower(): frame[name] for name in frame.columns}
        return cls._from_columns(columns, zero_volume)

    @classmethod
    def from_polars(cls, frame: Any, *, zero_volume: str = "keep") -> Panel:
        """From a ``polars.DataFrame`` with the columns of ``from_pandas``."""
        columns = {name.lower(): frame[name] for name in frame.columns}
        return cls._from_columns(columns, zero_volume)

    @classmethod
    def from_arrow(cls, table: Any, *, zero_volume: str = "keep") -> Panel:
        """From a ``pyarrow.Table`` with the columns of ``from_pandas``."""
        columns = {name.lower(): table.column(name) for name in table.column_names}
        return cls._from_columns(columns, zero_volume)

    @classmethod
    def read_parquet(cls, path: Any, *, zero_volume: str = "keep") -> Panel:
        """From a Parquet file with the columns of ``from_pandas``."""
        import pyarrow.parquet as pq

        try:
            file = pq.ParquetFile(path)
            wanted = {"symbol", *TIMES, *_COLUMNS}
            table = file.read(columns=[name for name in file.schema_arrow.names if name.lower() in wanted])
        except (OSError, ValueError) as error:
            raise DataError(f"{path} cannot be read as Parquet: {error}") from error
        return cls.from_arrow(table, zero_volume=zero_volume)

    @classmethod
    def _from_columns(cls, columns: Mapping[str, Any], zero_volume: str) -> Panel:
        time = next((name for name in TIMES if name in columns), None)
        if "symbol" not in columns or time is None:
            raise DataError(
                f"a panel needs the columns symbol and time (or {', '.join(TIMES[1:])}); got {list(columns)}"
            )
        return cls(columns["symbol"], columns[time], columns, zero_volume=zero_volume)

    def __len__(self) -> int:
        return len(self._core)

    @property
    def dirty(self) -> Table:
        """Rows that were not as they should be: symbol, time, reason, used."""
        return _dirt_table(self._core.dirt(), self.symbols)

    def bars(self, symbol: str) -> Any:
        """One instrument's bars as a ``pandas.DataFrame``: open, high, low, close, volume by time."""
        import pandas as pd

        times, columns = self._core.rows(self.number(symbol))
        frame = dict(zip(_COLUMNS, columns, strict=True))
        return pd.DataFrame(frame, index=pd.DatetimeIndex(_moments(times), name="time"))

    def number(self, symbol: str) -> int:
        """The dense number of a symbol."""
        if symbol not in self._numbers:
            raise DataError(f"there is no symbol {symbol!r} among the panel's {len(self.symbols)}")
        return self._numbers[symbol]

    def __repr__(self) -> str:
        dirt = self._core.dirt()
        left_out = int((dirt["used"] == 0).sum())
        return f"Panel: {len(self.symbols)} instruments, {len(self)} bars, {len(dirt)} dirty rows ({left_out} left out)"


def _dirt_table(records: Records, symbols: Sequence[str]) -> Table:
    return Table(
        records,
        {
            "symbol": _Names(records["instrument"], symbols),
            "time": _moments(records["time"]),
            "reason": _Names(records["reason"], _REASONS),
            "used": records["used"].astype(bool),
        },
    )


def _encode(symbol: Any) -> tuple[NDArray[np.uint32], list[str]]:
    """Dense numbers in the order of the symbols' names, and the names."""
    if hasattr(symbol, "dictionary_encode") or hasattr(symbol, "to_arrow"):
        array = symbol.to_arrow() if hasattr(symbol, "to_arrow") else symbol
        array = array.combine_chunks() if hasattr(array, "combine_chunks") else array
        encoded = array if hasattr(array, "dictionary") else array.dictionary_encode()
        if encoded.null_count:
            raise DataError(f"{encoded.null_count} rows have no symbol")
        codes = encoded.indices.to_numpy(zero_copy_only=False)
        names = np.array([str(name) for name in encoded.dictionary.to_pylist()], dtype=object)
    elif isinstance(symbol, np.ndarray) and symbol.dtype.kind in "US":
        # Texts of NumPy need no pandas, whose import takes longer than most scans.
        names, codes = np.unique(symbol, return_inverse=True)
    else:
        import pandas as pd

        codes, uniques = pd.factorize(np.asarray(symbol, dtype=object) if isinstance(symbol, list) else symbol)
        if (codes < 0).any():
            raise DataError(f"{int((codes < 0).sum())} rows have no symbol")
        names = np.array([str(name) for name in uniques], dtype=object)
    present = np.bincount(codes, minlength=len(names)) > 0
    order = np.array(sorted(np.flatnonzero(present), key=lambda number: names[number]), dtype=np.int64)
    rank = np.zeros(len(names), dtype=np.uint32)
    rank[order] = np.arange(len(order), dtype=np.uint32)
    return rank[codes], [str(names[number]) for number in order]


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
        chosen = [patterns] if isinstance(patterns, str) else list(patterns)
        names = [name for given in chosen for name in (PATTERNS if given == "all" else (given,))]
        if zero_volume not in ("keep", "drop"):
            raise ConfigError(f'zero_volume is {zero_volume!r}; it must be "keep" or "drop"')
        self._core = _core.Scanner(
            names, float(min_confidence), [(name, float(value)) for name, value in parameters.items()],
            zero_volume == "keep",
        )  # fmt: skip
        self._threads = threads
        self._names = list(PATTERNS)
        self._numbers: dict[str, int] = {}
        self.symbols: list[str] = []
        self._dirt: list[Records] = []

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
        columns = {str(name).lower(): bars[name] for name in (bars.columns if hasattr(bars, "columns") else bars)}
        time_name = next((name for name in TIMES if name in columns), None)
        missing = [name for name in _COLUMNS if name not in columns]
        if time_name is None or missing:
            raise DataError(f"new bars need time, {', '.join(_COLUMNS)}; got {list(columns)}")
        arrays = [to_numbers(columns[name], name) for name in _COLUMNS]
        times = to_nanoseconds(columns[time_name])
        if "symbol" in columns:
            times, arrays = self._place(columns["symbol"], times, arrays)
        records, dirt = self._core.update(times, arrays, self._threads)
        self._dirt.append(dirt)
        return self._table(records)

    def _place(
        self, symbols: Any, times: NDArray[np.int64], arrays: list[NDArray[np.float64]]
    ) -> tuple[NDArray[np.int64], list[NDArray[np.float64]]]:
        """Spreads rows by symbol over all instruments; the others have no new bar."""
        names = [str(name) for name in to_numpy(symbols)]
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
        columns: dict[str, Any] = {"pattern": _Names(records["pattern"], PATTERNS)}
        columns |= {name: records[name] for name in ("direction", "lo", "hi", "t", "origin", "touched", "filled")}
        return Table(records, columns)

    @property
    def dirty(self) -> Table:
        """Rows and bars that were not as they should be: symbol, time, reason, used."""
        records = np.concatenate(self._dirt) if self._dirt else self._core.update(*_NOTHING, 1)[1]
        return _dirt_table(records, self.symbols)

    def _table(self, records: Records) -> Table:
        columns: dict[str, Any] = {
            "time": _moments(records["time"]),
            "symbol": _Names(records["instrument"], self.symbols),
            "pattern": _Names(records["pattern"], self._names),
            "kind": _Names(records["kind"], _KINDS),
        }
        columns |= {name: records[name] for name in ("direction", "lo", "hi", "confidence", "origin", "t")}
        return Table(records, columns)


_NOTHING = (np.zeros(0, dtype=np.int64), [np.zeros(0)] * 5)
