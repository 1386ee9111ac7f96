"""Series of whatever kind as (instruments, bars) arrays, and results back in that kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quantum.errors import DataError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Kind:
    """How results go back to the caller: what the first input was, and its labels if it has any."""

    wrap: Callable[[Array], Any]
    index: Any = None


def frame_module(value: object) -> str:
    """The library a value is of: pandas, polars, pyarrow, or another."""
    return type(value).__module__.partition(".")[0]


def columns(value: object) -> set[str]:
    """Names of the series a frame, a mapping or a structured array holds."""
    if isinstance(value, np.ndarray):
        return set(value.dtype.names or ())
    if isinstance(value, Mapping):
        return {str(name) for name in value}
    if hasattr(value, "column_names"):  # an Arrow table
        return {str(name) for name in value.column_names}
    if frame_module(value) in ("pandas", "polars") and hasattr(value, "columns"):
        return {str(name) for name in value.columns}
    return set()


def to_array(value: object, name: str) -> tuple[Array, Kind]:
    """A C-contiguous float64 array of shape (instruments, bars), and the way back."""
    read = {"pandas": _from_pandas, "polars": _from_polars, "pyarrow": _from_arrow}.get(frame_module(value))
    try:
        if read is not None:
            return read(value)
        array = np.asarray(value)
        if array.dtype.kind not in "biufO":
            raise DataError(f"{name} cannot be read as numbers: it holds {array.dtype}")  # noqa: TRY301
        array = array.astype(np.float64, copy=False)
    except DataError:
        raise
    except Exception as error:  # noqa: BLE001  # each library has its own errors for values that are no numbers
        raise DataError(f"{name} cannot be read as numbers: {error}") from None
    if array.ndim not in (1, 2):
        raise DataError(f"{name} has {array.ndim} dimensions; it must be (bars,) or (instruments, bars)")
    shape = array.shape
    return np.ascontiguousarray(np.atleast_2d(array)), Kind(lambda out: out.reshape(shape))


def _from_pandas(value: Any) -> tuple[Array, Kind]:
    import pandas as pd

    kinds = [value.dtype] if hasattr(value, "dtype") else value.dtypes.tolist()
    plain = all(isinstance(kind, np.dtype) and kind.kind in "biuf" for kind in kinds)  # they hold no NA to look for
    numbers = value.to_numpy(dtype=np.float64) if plain else value.to_numpy(dtype=np.float64, na_value=np.nan)
    if numbers.ndim == 1:
        index = getattr(value, "index", None)
        return np.ascontiguousarray(np.atleast_2d(numbers)), Kind(lambda out: pd.Series(out[0], index=index), index)
    return np.ascontiguousarray(numbers.T), Kind(
        lambda out: pd.DataFrame(out.T, index=value.index, columns=value.columns), value.index
    )


def _from_polars(value: Any) -> tuple[Array, Kind]:
    import polars as pl

    if isinstance(value, pl.Series):
        numbers = value.cast(pl.Float64).fill_null(float("nan")).to_numpy()
        return np.ascontiguousarray(np.atleast_2d(numbers)), Kind(lambda out: pl.Series(out[0]))
    numbers = value.select(pl.all().cast(pl.Float64).fill_null(float("nan"))).to_numpy()
    columns = value.columns
    return np.ascontiguousarray(numbers.T), Kind(
        lambda out: pl.DataFrame({column: out[row] for row, column in enumerate(columns)})
    )


def _from_arrow(value: Any) -> tuple[Array, Kind]:
    import pyarrow as pa

    if hasattr(value, "column_names"):
        names = value.column_names
        rows = [_arrow_numbers(value.column(name)) for name in names]
        array = np.ascontiguousarray(np.stack(rows)) if rows else np.zeros((0, value.num_rows))
        return array, Kind(lambda out: pa.table({name: out[row] for row, name in enumerate(names)}))
    return np.ascontiguousarray(np.atleast_2d(_arrow_numbers(value))), Kind(lambda out: pa.array(out[0]))


def _arrow_numbers(column: Any) -> Array:
    import pyarrow as pa

    numbers: Array = column.cast(pa.float64()).fill_null(float("nan")).to_numpy(zero_copy_only=False)
    return numbers


def check_shapes(name: str, arrays: Sequence[Array]) -> tuple[int, int]:
    """The one shape of all the arrays."""
    shapes = {array.shape for array in arrays}
    if len(shapes) != 1:
        raise DataError(f"the series of {name} have shapes {sorted(shapes)}; all must be equal")
    rows, bars = shapes.pop()
    return rows, bars


def check_alike(name: str, kinds: Sequence[Kind]) -> None:
    """Refuses pandas series whose labels differ: they would be taken by place, bar against another bar."""
    labelled = [kind.index for kind in kinds if kind.index is not None]
    if any(not (index is labelled[0] or index.equals(labelled[0])) for index in labelled[1:]):
        raise DataError(f"the series of {name} have different indexes; reindex them to one another first")
