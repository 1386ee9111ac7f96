"""Bars in files: one Parquet or CSV file (plain or gzip) of one or many instruments, or a folder of such files.

Columns are known by name, whatever their case (``NAMES``). A file without a symbol column is one instrument, called as
the file is; one without volume is read with zeros, which no pattern of volume takes for news.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from quantum.errors import DataError, MissingFileError
from quantum.extras import extra
from quantum.frames import TIMES, to_nanoseconds, to_numbers

__all__ = ["COLUMNS", "NAMES", "Rows", "files_of", "join", "read_file", "read_rows", "read_stream"]

COLUMNS = ("open", "high", "low", "close", "volume")

#: The names a column may have, the first found counts.
NAMES: dict[str, tuple[str, ...]] = {
    "symbol": ("symbol", "ticker", "instrument", "sym"),
    "time": (*TIMES, "timestamp_utc", "open_time", "date_time"),
    "open": ("open", "o"),
    "high": ("high", "h"),
    "low": ("low", "l"),
    "close": ("close", "c"),
    "volume": ("volume", "vol", "v"),
}
ENDINGS = (".parquet", ".csv", ".csv.gz", ".txt", ".txt.gz")
CHUNK_ROWS = 200_000
BLANK = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "-"]
GZIP, PARQUET = b"\x1f\x8b", b"PAR1"

#: Called with what is done, what there is to do, and 0.
Advance = Callable[[int, int, int], None]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of bars as they were found: symbols a pandas Categorical (n,), times (n,) int64 ns, columns (n,) float64.

    ``names`` says which column of the file each one was, ``volume`` whether there was any.
    """

    symbol: Any
    time: NDArray[np.int64]
    columns: Mapping[str, NDArray[np.float64]]
    names: Mapping[str, str]

    def __len__(self) -> int:
        return len(self.time)

    @property
    def has_volume(self) -> bool:
        """Whether the file had volumes; they are zeros if not."""
        return "volume" in self.names

    def take(self, rows: NDArray[Any]) -> Rows:
        """The rows of a mask or of numbers."""
        columns = {name: values[rows] for name, values in self.columns.items()}
        return Rows(self.symbol[rows], self.time[rows], columns, self.names)


def files_of(path: Path) -> list[Path]:
    """The file itself, or the files of bars in a folder, by name; ``DataError`` if it holds none."""
    if path.is_dir():
        found = sorted(each for each in path.iterdir() if each.is_file() and each.name.lower().endswith(ENDINGS))
        if not found:
            raise DataError(f"{path} holds no file of bars ({', '.join(ENDINGS)})")
        return found
    if not path.exists():
        raise MissingFileError(f"there is no file {path}")
    return [path]


def read_rows(path: str | PathLike[str], *, advance: Advance | None = None) -> Rows:
    """The rows of a file or of all files of a folder; ``advance`` is told how far it is.

    Raises ``MissingFileError`` for a path that is not there and ``DataError``, naming the file, for one that cannot be
    read, or in which a column is missing or holds something else.
    """
    files = files_of(Path(path))
    if len(files) == 1:
        return read_file(files[0], advance=advance)
    parts = []
    for number, file in enumerate(files):
        parts.append(read_file(file))
        if advance is not None:
            advance(number + 1, len(files), 0)
    return join(parts)


def join(parts: list[Rows]) -> Rows:
    """The rows of several files; ``names`` are those of the first that has each column."""
    from pandas.api.types import union_categoricals

    columns = {name: np.concatenate([part.columns[name] for part in parts]) for name in COLUMNS}
    names = {name: text for part in reversed(parts) for name, text in part.names.items()}
    symbol = union_categoricals([part.symbol for part in parts])
    return Rows(symbol, np.concatenate([part.time for part in parts]), columns, names)


def read_file(path: Path, *, advance: Advance | None = None) -> Rows:
    """The rows of one file, whose format is known by its content."""
    try:
        with path.open("rb") as file:
            return read_stream(file, path, path.stat().st_size, advance=advance)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error}") from None


def read_stream(file: IO[bytes], path: Path, size: int, *, advance: Advance | None = None) -> Rows:
    """The rows of an open file of ``size`` bytes that is called ``path``."""
    start = file.read(4)
    file.seek(0)
    if start == PARQUET:
        return make_rows(*_read_parquet(file, path, advance), path)
    stream: Any = gzip.GzipFile(fileobj=file) if start.startswith(GZIP) else file

    def tell() -> None:
        if advance is not None:
            advance(file.tell(), size, 0)

    return make_rows(*_read_csv(stream, path, tell), path)


def make_rows(frame: Mapping[str, Any], names: Mapping[str, str], path: Path) -> Rows:
    """Rows of the columns ``names`` of a frame; the file's name stands for a symbol that is not in it."""
    import pandas as pd

    try:
        time = to_nanoseconds(frame[names["time"]])
        columns = {name: to_numbers(frame[names[name]], names[name]) for name in COLUMNS if name in names}
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    columns.setdefault("volume", np.zeros(len(time)))
    if "symbol" not in names:
        codes = np.zeros(len(time), dtype=np.int32)
        return Rows(pd.Categorical.from_codes(codes, pd.Index([stem(path)])), time, columns, names)
    symbol = pd.Categorical(frame[names["symbol"]])
    if (symbol.codes < 0).any():
        raise DataError(f"{path}: {int((symbol.codes < 0).sum())} rows have no {names['symbol']}")
    return Rows(symbol.rename_categories(str), time, columns, names)


def stem(path: Path) -> str:
    """The file's name without its endings: AAPL of AAPL.csv.gz, 6EH4.XCME of 6EH4.XCME.parquet."""
    name = path.name
    for ending in (".gz", ".csv", ".txt", ".parquet"):
        name = name.removesuffix(ending)
    return name


def recognise(found: list[str], path: Path) -> dict[str, str]:
    """Which of the file's columns is which; ``DataError`` names those that are missing and those there are."""
    lower = {name.strip().lower(): name for name in reversed(found)}
    names = {}
    for column, candidates in NAMES.items():
        match = next((lower[name] for name in candidates if name in lower), None)
        if match is not None:
            names[column] = match
    missing = [name for name in ("time", *COLUMNS[:4]) if name not in names]
    if missing:
        shown = ", ".join(repr(name[:20]) for name in found[:10])
        raise DataError(
            f"{path} has no column {', '.join(missing)}; it has {shown}{', ...' if len(found) > 10 else ''} "
            f"(time may be called {', '.join(NAMES['time'][1:])})"
        )
    return names


def _read_parquet(file: IO[bytes], path: Path, advance: Advance | None) -> tuple[Mapping[str, Any], dict[str, str]]:
    arrow, parquet = extra("pyarrow", "arrow"), extra("pyarrow.parquet", "arrow")
    try:
        source = parquet.ParquetFile(file)
        names = recognise(source.schema_arrow.names, path)
        parts, rows = [], 0
        for number in range(source.num_row_groups):
            parts.append(source.read_row_group(number, columns=list(names.values())))
            rows += parts[-1].num_rows
            if advance is not None:
                advance(rows, source.metadata.num_rows, 0)
        table = arrow.concat_tables(parts) if parts else source.schema_arrow.empty_table()
    except (arrow.ArrowException, OSError) as error:
        raise DataError(f"{path} cannot be read as Parquet: {error}") from None
    frame: dict[str, Any] = {name: table.column(name) for name in names.values()}
    if "symbol" in names:
        frame[names["symbol"]] = frame[names["symbol"]].dictionary_encode().to_pandas()
    return frame, names


def _read_csv(stream: Any, path: Path, tell: Callable[[], None]) -> tuple[Mapping[str, Any], dict[str, str]]:
    import pandas as pd

    try:
        header = stream.readline().decode("utf-8-sig")
        separator = max(",;\t", key=header.count)
        found = [name.strip().strip('"') for name in header.split(separator)]
        names = recognise(found, path)
        parts = []
        options: dict[str, Any] = {
            "names": found,
            "usecols": list(names.values()),
            "chunksize": CHUNK_ROWS,
        }
        # A symbol may be "NA"; an empty price, or one called so, is none.
        blank = {name: BLANK for column, name in names.items() if column != "symbol"}
        kinds = {names["symbol"]: "category"} if "symbol" in names else {}
        with pd.read_csv(
            stream, sep=separator, **options, dtype=kinds, keep_default_na=False, na_values=blank
        ) as reader:
            for chunk in reader:
                parts.append(chunk)
                tell()
    except (ValueError, EOFError, zlib.error) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path} cannot be read as CSV: {error}") from None
    return _concatenate(parts, names), names


def _concatenate(parts: list[Any], names: Mapping[str, str]) -> Mapping[str, Any]:
    """The chunks of a file under each other."""
    import pandas as pd
    from pandas.api.types import union_categoricals

    joined: dict[str, Any] = {name: pd.concat([part[name] for part in parts]) for name in names.values()}
    if "symbol" in names:
        joined[names["symbol"]] = union_categoricals([part[names["symbol"]] for part in parts])
    return joined
