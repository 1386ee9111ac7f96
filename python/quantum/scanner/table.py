"""A table of hits, zones or dirty rows: native records under named columns, names kept as numbers until asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from quantum.errors import ConfigError

__all__ = ["Names", "Records", "Table", "moments"]

Records = NDArray[np.void]


class Table:
    """Records under named columns: a NumPy structured array, and the same as pandas, polars or Arrow."""

    def __init__(self, records: Records, columns: Mapping[str, NDArray[Any] | Names]) -> None:
        self.records = records
        self._columns = columns

    def __len__(self) -> int:
        return len(self.records)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Records:
        return self.records if dtype is None else self.records.astype(dtype)

    @overload
    def __getitem__(self, column: str) -> NDArray[Any]: ...
    @overload
    def __getitem__(self, column: slice | NDArray[Any] | list[int]) -> Table: ...

    def __getitem__(self, column: Any) -> Any:
        """One column (numbers as they are, names as strings), or the table of a slice, mask or list of rows."""
        if not isinstance(column, str):
            picked = {name: values[column] for name, values in self._columns.items()}
            return Table(self.records[column], picked)
        if column not in self._columns:
            raise ConfigError(f"there is no column {column!r}; there are {', '.join(self._columns)}")
        values = self._columns[column]
        return values.texts() if isinstance(values, Names) else values

    def codes(self, column: str) -> NDArray[Any]:
        """A column of names as numbers into ``names(column)``."""
        values = self._columns[column]
        return values.codes if isinstance(values, Names) else np.asarray(values)

    def names(self, column: str) -> list[str]:
        """What the numbers of a column of names mean."""
        values = self._columns[column]
        return values.names if isinstance(values, Names) else []

    def with_column(self, name: str, values: NDArray[Any]) -> Table:
        """The same rows with one more column."""
        return Table(self.records, {**self._columns, name: values})

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
                if isinstance(values, Names)
                else values
                for name, values in self._columns.items()
            }
        )

    def to_arrow(self) -> Any:
        """A ``pyarrow.Table``; names are dictionaries."""
        import pyarrow as pa

        def column(values: NDArray[Any] | Names) -> Any:
            if isinstance(values, Names):
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


class Names:
    """A column of names, kept as numbers."""

    def __init__(self, codes: NDArray[Any], names: Sequence[str]) -> None:
        self.codes = codes
        self.names = list(names)

    def __getitem__(self, rows: Any) -> Names:
        return Names(self.codes[rows], self.names)

    def texts(self) -> NDArray[Any]:
        """The names, (n,) of str objects."""
        return np.array(self.names, dtype=object)[self.codes] if len(self.codes) else np.array([], dtype=object)

    def pandas_names(self) -> Any:
        """The names there are, as a ``pandas.Index``."""
        import pandas as pd

        return pd.Index(self.names, dtype=object)


def moments(values: NDArray[Any]) -> NDArray[Any]:
    """Nanoseconds since the epoch as datetime64[ns]."""
    return np.ascontiguousarray(values).view("datetime64[ns]")
