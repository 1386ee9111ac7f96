"""Clean histories of many instruments, and what was wrong with the rows they were made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quantum import _core
from quantum.errors import ConfigError, DataError
from quantum.frames import TIMES, columns_of, to_nanoseconds, to_numbers
from quantum.scanner.files import COLUMNS, read_rows
from quantum.scanner.table import Names, Records, Table, moments

__all__ = ["Panel", "dirt_table"]

REASONS: tuple[str, ...] = tuple(_core.DIRT_REASONS)


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
        codes, self.symbols = encode(symbol)
        self._numbers = {name: number for number, name in enumerate(self.symbols)}
        missing = [name for name in COLUMNS if name not in columns]
        if missing:
            raise DataError(f"a panel needs {', '.join(COLUMNS)}; there is no {', '.join(missing)}")
        arrays = [to_numbers(columns[name], name) for name in COLUMNS]
        wide = next((name for name, values in zip(COLUMNS, arrays, strict=True) if values.ndim != 1), None)
        if wide is not None:
            raise DataError(f"{wide} has {arrays[COLUMNS.index(wide)].ndim} dimensions; there must be one such column")
        self._core = _core.Panel(codes, to_nanoseconds(time), arrays, len(self.symbols), zero_volume == "keep")

    @classmethod
    def from_pandas(cls, frame: Any, *, zero_volume: str = "keep") -> Panel:
        """From a ``DataFrame`` with columns symbol, time, open, high, low, close, volume; any order, any gaps."""
        return cls._from_columns(columns_of(frame), zero_volume)

    @classmethod
    def from_polars(cls, frame: Any, *, zero_volume: str = "keep") -> Panel:
        """From a ``polars.DataFrame`` with the columns of ``from_pandas``."""
        return cls._from_columns(columns_of(frame), zero_volume)

    @classmethod
    def from_arrow(cls, table: Any, *, zero_volume: str = "keep") -> Panel:
        """From a ``pyarrow.Table`` with the columns of ``from_pandas``."""
        return cls._from_columns(columns_of(table), zero_volume)

    @classmethod
    def read(cls, path: str | PathLike[str], *, zero_volume: str = "keep") -> Panel:
        """From a Parquet or CSV file (gzip or not) or a folder of such files; see ``quantum.scanner.files``."""
        rows = read_rows(path)
        return cls(rows.symbol, rows.time, rows.columns, zero_volume=zero_volume)

    @classmethod
    def read_parquet(cls, path: str | PathLike[str], *, zero_volume: str = "keep") -> Panel:
        """From a Parquet file with the columns of ``from_pandas``."""
        return cls.read(path, zero_volume=zero_volume)

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
        return dirt_table(self._core.dirt(), self.symbols)

    def bars(self, symbol: str) -> Any:
        """One instrument's bars as a ``pandas.DataFrame``: open, high, low, close, volume by time."""
        import pandas as pd

        times, columns = self._core.rows(self.number(symbol))
        frame = dict(zip(COLUMNS, columns, strict=True))
        return pd.DataFrame(frame, index=pd.DatetimeIndex(moments(times), name="time"))

    def number(self, symbol: str) -> int:
        """The dense number of a symbol."""
        if symbol not in self._numbers:
            raise DataError(f"there is no symbol {symbol!r} among the panel's {len(self.symbols)}")
        return self._numbers[symbol]

    def find(self, symbol: str) -> int:
        """The dense number of a symbol, -1 for one that is not there."""
        return self._numbers.get(symbol, -1)

    def closes(self) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
        """Times in ns and closes of all instruments behind each other, and where each instrument begins (and ends)."""
        rows = [self._core.rows(number) for number in range(len(self.symbols))]
        first = np.cumsum([0, *(len(times) for times, _ in rows)])
        if not rows:
            return np.zeros(0, dtype=np.int64), np.zeros(0), first
        times = np.concatenate([times for times, _ in rows])
        return times, np.concatenate([columns[COLUMNS.index("close")] for _, columns in rows]), first

    def __repr__(self) -> str:
        dirt = self._core.dirt()
        left_out = int((dirt["used"] == 0).sum())
        return f"Panel: {len(self.symbols)} instruments, {len(self)} bars, {len(dirt)} dirty rows ({left_out} left out)"


def dirt_table(records: Records, symbols: Sequence[str]) -> Table:
    """Dirty rows as a table."""
    return Table(
        records,
        {
            "symbol": Names(records["instrument"], symbols),
            "time": moments(records["time"]),
            "reason": Names(records["reason"], REASONS),
            "used": records["used"].astype(bool),
        },
    )


def encode(symbol: Any) -> tuple[NDArray[np.uint32], list[str]]:
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
