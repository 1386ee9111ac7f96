"""A table: a NumPy structured array with one column per field, that prints on one screen.

Everything tabular in quantum is a :class:`Table`. Underneath is a plain structured array (``table.array``,
``np.asarray(table)``); pandas, polars and pyarrow are imported only by the method that needs them::

    run.fills["price"]            # a column: (n,) float64
    run.fills[-1]                 # a row
    run.fills[run.fills["side"] == "buy"].to_pandas()
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from quantum.errors import ConfigError
from quantum.extras import extra

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped, unused-ignore]
    import polars as pl  # type: ignore[import-not-found, unused-ignore]
    import pyarrow as pa  # type: ignore[import-untyped, import-not-found, unused-ignore]

__all__ = ["Table", "aligned"]

SCREEN_ROWS = 20
SCREEN_COLUMNS = 120


class Table:
    """A structured array with friendly columns.

    ``array`` is a one-dimensional structured array; ``name`` is what a row is, in the plural ("fills"). Text columns
    are unicode, times ``datetime64[ns]`` in UTC.
    """

    __slots__ = ("array", "name")

    def __init__(self, array: npt.NDArray[np.void], *, name: str = "rows") -> None:
        if array.dtype.names is None or array.ndim != 1:
            raise ConfigError(f"a table needs a one-dimensional structured array, not {array.ndim}-d {array.dtype}")
        self.array = array
        self.name = name

    @classmethod
    def from_columns(cls, columns: dict[str, npt.NDArray[Any]], *, name: str = "rows") -> Table:
        """A table of columns of one length; ConfigError names the column whose length differs."""
        arrays = {column: np.asarray(values) for column, values in columns.items()}
        if not arrays:
            raise ConfigError("a table needs at least one column")
        rows = len(next(iter(arrays.values())))
        wrong = [column for column, values in arrays.items() if values.shape != (rows,)]
        if wrong:
            raise ConfigError(f"column {wrong[0]!r} has shape {arrays[wrong[0]].shape}, the first column ({rows},)")
        array = np.zeros(rows, dtype=[(column, values.dtype) for column, values in arrays.items()])
        for column, values in arrays.items():
            array[column] = values
        return cls(array, name=name)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return self.array.dtype.names or ()

    def __len__(self) -> int:
        return len(self.array)

    def __iter__(self) -> Iterator[np.void]:
        return iter(self.array)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        return np.array(self.array, dtype=dtype, copy=True if copy else None)

    @overload
    def __getitem__(self, key: str) -> npt.NDArray[Any]: ...
    @overload
    def __getitem__(self, key: int) -> np.void: ...
    @overload
    def __getitem__(self, key: slice | list[int] | list[str] | npt.NDArray[Any]) -> Table: ...

    def __getitem__(self, key: Any) -> Any:
        """A column by name, a row by number, a table by slice, mask, row numbers or list of names."""
        names = [key] if isinstance(key, str) else key if isinstance(key, list) else []
        unknown = [name for name in names if isinstance(name, str) and name not in self.columns]
        if unknown:
            raise KeyError(f"no column {unknown[0]!r}; there are {', '.join(self.columns)}")
        if isinstance(key, str):
            return self.array[key]
        picked = self.array[key]
        return Table(picked, name=self.name) if isinstance(picked, np.ndarray) else picked

    def to_dict(self) -> dict[str, npt.NDArray[Any]]:
        """The columns by name, each contiguous."""
        return {column: np.ascontiguousarray(self.array[column]) for column in self.columns}

    def to_pandas(self) -> pd.DataFrame:
        """A pandas DataFrame."""
        frame: pd.DataFrame = extra("pandas", "all").DataFrame(self._plain_columns())
        return frame

    def to_polars(self) -> pl.DataFrame:
        """A polars DataFrame; needs ``quantum-hft[polars]``."""
        frame: pl.DataFrame = extra("polars", "polars").DataFrame(self._plain_columns())
        return frame

    def to_arrow(self) -> pa.Table:
        """A pyarrow Table; needs ``quantum-hft[arrow]``."""
        table: pa.Table = extra("pyarrow", "arrow").table(self._plain_columns())
        return table

    def _plain_columns(self) -> dict[str, Any]:
        """The columns as the data-frame libraries like them: text as Python strings, the rest as it is."""
        return {
            name: values.tolist() if values.dtype.kind == "U" else values for name, values in self.to_dict().items()
        }

    def cells(self, rows: int = SCREEN_ROWS) -> tuple[list[list[str]], int]:
        """At most ``rows`` rows as text, half from the start and half from the end, and how many were left out."""
        shown = len(self) if len(self) <= rows else rows
        head = np.arange(len(self)) if shown == len(self) else _ends(len(self), shown)
        picked = self.array[head]
        columns = [_texts(picked[column]) for column in self.columns]
        return [list(row) for row in zip(*columns, strict=True)], len(self) - shown

    def __repr__(self) -> str:
        body, hidden = self.cells()
        numeric = [self.array.dtype[column].kind in "iuf" for column in self.columns]
        lines = aligned([list(self.columns), *body], numeric)
        if hidden:
            middle = 1 + (len(body) + 1) // 2
            lines.insert(middle, f"… {hidden:,} more …")
        count = f"{len(self):,} {self.name}"
        return "\n".join([*lines, count]) if body else f"{count} ({', '.join(self.columns)})"

    def _repr_html_(self) -> str:
        body, hidden = self.cells()
        header = "".join(f"<th>{html.escape(column)}</th>" for column in self.columns)
        rows = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in body)
        left_out = f", {hidden:,} in the middle not shown" if hidden else ""
        count = f"<caption>{len(self):,} {html.escape(self.name)}{left_out}</caption>"
        return f"<table>{count}<thead><tr>{header}</tr></thead><tbody>{rows}</tbody></table>"


def _ends(count: int, shown: int) -> npt.NDArray[np.intp]:
    """Row numbers of the first and the last half of ``shown`` rows."""
    head = (shown + 1) // 2
    return np.concatenate([np.arange(head), np.arange(count - (shown - head), count)])


def _texts(values: npt.NDArray[Any]) -> list[str]:
    """A column's values as text: times to the millisecond or finer where needed, floats by their shortest form."""
    if values.dtype.kind == "M":
        return [str(value).replace("T", " ") for value in _as_coarse_as_exact(values)]
    if values.dtype.kind == "f":
        return [f"{value:,.10g}" if abs(value) < 1e15 else f"{value:.6g}" for value in values.tolist()]
    return [str(value) for value in values.tolist()]


def _as_coarse_as_exact(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Times in the coarsest unit from ns to ms that loses nothing."""
    for unit in ("ms", "us"):
        coarse = values.astype(f"datetime64[{unit}]")
        if np.all(coarse == values):
            return coarse
    return values


def aligned(rows: list[list[str]], numeric: list[bool]) -> list[str]:
    """Rows as lines, numbers flush right; columns that do not fit the screen are left out, the last one says so."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(numeric))]
    fitting, used = 0, 0
    while fitting < len(widths) and used + widths[fitting] <= SCREEN_COLUMNS:
        used += widths[fitting] + 2
        fitting += 1
    fitting = max(fitting, 1)
    tail = "" if fitting == len(widths) else f"  +{len(widths) - fitting} columns"
    lines = []
    for number, row in enumerate(rows):
        cells = [
            row[column].rjust(widths[column]) if numeric[column] else row[column].ljust(widths[column])
            for column in range(fitting)
        ]
        lines.append(("  ".join(cells) + (tail if number == 0 else "")).rstrip())
    return lines
