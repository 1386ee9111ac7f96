"""Columns of whatever holds them - pandas, polars, Arrow, NumPy, lists - as NumPy arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quantum.errors import DataError

#: Names a column of times may have, the first found counts.
TIMES = ("time", "date", "datetime", "timestamp", "ts", "ts_ns")


def columns_of(frame: Any) -> dict[str, Any]:
    """Columns by lower-case name of a pandas, polars or Arrow table, a structured array or a mapping.

    Named levels of a pandas index count as columns. A ``DataError`` names what holds no columns.
    """
    if isinstance(frame, np.ndarray) and frame.dtype.names:
        return {name.lower(): frame[name] for name in frame.dtype.names}
    if (
        hasattr(frame, "index")
        and hasattr(frame, "reset_index")
        and any(name is not None for name in frame.index.names)
    ):
        frame = frame.reset_index()
    names = getattr(frame, "column_names", None) or getattr(frame, "columns", None)
    if names is None:
        if not isinstance(frame, Mapping):
            raise DataError(f"a table with named columns is needed, not {type(frame).__name__}")
        names = frame
    return {str(name).lower(): frame[name] for name in names}


def to_numpy(values: Any) -> NDArray[Any]:
    """The values as they are."""
    if hasattr(values, "to_numpy"):
        array: NDArray[Any] = values.to_numpy()
        return array
    return np.asarray(values)


def to_numbers(values: Any, name: str) -> NDArray[np.float64]:
    """Contiguous float64; a ``DataError`` names the column that holds something else."""
    try:
        return np.ascontiguousarray(to_numpy(values), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name} cannot be read as numbers: {error}") from error


def to_nanoseconds(values: Any) -> NDArray[np.int64]:
    """Nanoseconds since the epoch, UTC; times without a zone are UTC."""
    array = to_numpy(values)
    if array.dtype.kind == "f" and array.size:
        raise DataError("time holds numbers with fractions; give dates, or whole nanoseconds since the epoch")
    try:
        if array.dtype.kind in "iuf":
            return np.ascontiguousarray(array, dtype=np.int64)
        if array.dtype.kind != "M":
            import pandas as pd

            zoned = pd.to_datetime(pd.Series(values if array.dtype.kind == "O" else array), utc=True)
            array = zoned.dt.tz_localize(None).to_numpy()
        moments = array.astype("datetime64[ns]")
    except (TypeError, ValueError, OverflowError) as error:
        raise DataError(f"time cannot be read as dates or nanoseconds: {error}") from error
    if np.isnat(moments).any():
        raise DataError(f"{int(np.isnat(moments).sum())} rows have no time")
    return np.ascontiguousarray(moments).view(np.int64)
