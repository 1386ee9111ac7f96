"""Bars as recordings: tables of open, high, low and close, from files and frames."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from quantum import _core
from quantum._core import Instrument, Recording
from quantum.errors import ConfigError, DataError
from quantum.extras import extra
from quantum.frames import to_nanoseconds, to_numbers

#: What a column may be called, besides its own name; the first found counts.
NAMES = {
    "time": ("timestamp", "timestamp_utc", "datetime", "date", "open_time", "opentime", "open_ns", "ts", "ts_event",
             "time_utc", "unix", "dt"),
    "open": ("o", "first"),
    "high": ("h", "max"),
    "low": ("l", "min"),
    "close": ("c", "last"),
    "volume": ("vol", "v", "base_volume", "tickvol", "tick_volume", "qty", "size"),
}  # fmt: skip

#: The columns of Binance's files without a head line.
KLINES = ("open_time", "open", "high", "low", "close", "volume", "close_time", "quote_volume", "trades", "taker_base",
          "taker_quote", "ignore")  # fmt: skip

_PRICES = ("open", "high", "low", "close")
Columns = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64],
                NDArray[np.float64], NDArray[np.float64]]  # fmt: skip


def from_bars(
    rows: Any,
    instrument: Instrument | None = None,
    *,
    timeframe: str | None = None,
    zone: str = "UTC",
    label: Literal["open", "close"] = "open",
    source: str = "bars",
) -> Recording:
    """Make a recording of bars: a strategy gets them in ``on_bar``, the exchange trades along open, extremes and close.

    rows: pandas, polars, a structured array or a mapping of columns: time (ns since 1970, dates or text), open, high,
        low, close and maybe volume, under one of their usual names, in order of time (or newest first).
    instrument: its increments must fit the prices; the error of one that does not fit names the tick that would. None
        infers the tick.
    timeframe: how long a bar lasts, such as ``"1m"``; None takes the most frequent step. zone: of times without one.
    label: whether a row's time is where its bar begins or where it ends.
    returns: Recording; ``.bars`` is ndarray[BAR]. Rows that cannot be (prices not positive, high below low, times
        that do not increase) are left out and counted in ``.report["malformed"]``; its notes say
        which columns were taken.
    raises: DataError where columns are missing or nothing is left, ConfigError for arguments that make no sense.
    """
    if label not in ("open", "close"):
        raise ConfigError(f'label must be "open" or "close", not {label!r}')
    try:
        columns, notes = _columns(_table(rows), zone)
    except DataError as error:
        raise DataError(f"{source}: {error}") from None
    if len(columns[0]) > 1 and (np.diff(columns[0]) < 0).all():
        columns = _each(columns, lambda column: np.ascontiguousarray(column[::-1]))
        notes.append("rows came newest first and were turned round")
    if label == "close":
        span = _core.duration_ns(timeframe, "timeframe") if timeframe else _common_step(columns[0])
        columns = (columns[0] - span, *columns[1:])
    if instrument is None:
        instrument, note = _inferred(columns, source)
        notes.append(note)
    recording = _core.from_bars(columns, instrument, timeframe, source, notes)
    if not len(recording):
        malformed = recording.report["malformed"]
        why = f"row {malformed['first'][0][0]}: {malformed['first'][0][1]}" if malformed["count"] else "there is none"
        raise DataError(f"{source}: no row is a bar; {why}")
    return recording


def read_bars(file: Path, instrument: Instrument | None, found: str) -> Recording:
    """The bars in a file: CSV (plain or compressed, any usual separator) or Parquet."""
    import pandas as pd

    if found == "parquet":
        extra("pyarrow", "arrow")
    try:
        if found == "parquet":
            table = pd.read_parquet(file)
        else:
            head = _head(file)
            separator = max(",;\t|", key=head.count)
            names = None if any(letter.isalpha() for letter in head) else KLINES[: head.count(separator) + 1]
            table = pd.read_csv(
                file, sep=separator, names=names, compression=_compression(file), skip_blank_lines=True,
                index_col=False, on_bad_lines="error",
            )  # fmt: skip
    except (ValueError, OSError, ImportError, EOFError) as error:
        raise DataError(f"{file}: not a readable table: {error}") from None
    return from_bars(table, instrument, source=str(file))


def _compression(file: Path) -> Literal["gzip"] | None:
    with file.open("rb") as stream:
        return "gzip" if stream.read(2) == b"\x1f\x8b" else None


def _head(file: Path) -> str:
    """The first line that is not empty."""
    import gzip

    with gzip.open(file, "rb") if _compression(file) else file.open("rb") as stream:
        for line in stream:
            if line.strip():
                return str(line.decode("utf-8-sig", "replace"))
    return ""


def _table(rows: Any) -> dict[str, Any]:
    """Columns by plain lower-case name; a frame's index of times counts as one."""
    if isinstance(rows, np.ndarray) and rows.dtype.names:
        found = {name: rows[name] for name in rows.dtype.names}
    elif hasattr(rows, "columns"):
        found = {str(name): rows[name] for name in rows.columns}
        index = getattr(rows, "index", None)
        if index is not None and getattr(getattr(index, "dtype", None), "kind", "") == "M":
            found.setdefault("time", index)
    elif isinstance(rows, Mapping):
        found = {str(name): column for name, column in rows.items()}
    else:
        raise DataError(f"bars must be a frame, a structured array or a mapping of columns, not {type(rows).__name__}")
    return {_plain(name): column for name, column in found.items()}


def _plain(name: str) -> str:
    return "_".join("".join(letter if letter.isalnum() else " " for letter in name).split()).lower()


def _columns(table: dict[str, Any], zone: str) -> tuple[Columns, list[str]]:
    """The six columns, and the sentence that says which they were."""
    symbols = next((name for name in ("symbol", "ticker") if name in table), None)
    if symbols and len(several := set(np.asarray(table[symbols]).tolist())) > 1:
        raise DataError(
            f"the rows are of {len(several)} symbols: a recording of bars is of one; a quantum.Panel holds many"
        )
    taken = {role: _named(role, names, table) for role, names in NAMES.items()}
    for role in ("time", *_PRICES):
        if taken[role] is None:
            raise DataError(f"no column {role} (or {', '.join(NAMES[role])}) among {', '.join(table)}")
    time = _times(table, str(taken["time"]), zone)
    values = [to_numbers(table[str(taken[role])], role) for role in _PRICES]
    volume = np.full(len(time), np.nan) if taken["volume"] is None else to_numbers(table[taken["volume"]], "volume")
    shown = ", ".join(role if role == name else f"{role} = {name}" for role, name in taken.items() if name is not None)
    absent = "" if taken["volume"] else "; no volume: fills are not bounded by it"
    return (time, values[0], values[1], values[2], values[3], volume), [f"columns: {shown}{absent}"]


def _named(role: str, names: tuple[str, ...], table: dict[str, Any]) -> str | None:
    """The column for a role: by its own name, a usual one, or (volume) one that begins so."""
    for name in (role, *names):
        if name in table:
            return name
    if role == "volume":
        return next((name for name in table if name.startswith("volume")), None)
    return None


def _times(table: dict[str, Any], name: str, zone: str) -> NDArray[np.int64]:
    """Nanoseconds since 1970: of text, dates, or numbers of s, ms, us or ns by their size."""
    import pandas as pd

    values = table[name]
    array = np.asarray(values)
    if name == "time" and "date" in table and array.dtype.kind in "OU":
        dates = pd.Series(np.asarray(table["date"])).astype(str).str.replace(".", "-", regex=False)
        values = dates + " " + pd.Series(array).astype(str)
        array = np.asarray(values)
    if array.dtype.kind in "iuf":
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise DataError(f"{int((~np.isfinite(array)).sum())} rows have no time")
        largest = int(array.max()) if len(array) else 0
        if 19_000_101 <= largest <= 21_001_231:
            return to_nanoseconds(pd.to_datetime(pd.Series(array.astype(np.int64).astype(str)), format="%Y%m%d"))
        unit = next(unit for limit, unit in ((10**11, 10**9), (10**14, 10**6), (10**17, 10**3), (2**63, 1))
                    if largest < limit)  # fmt: skip
        whole = array.astype(np.int64)
        parts = np.round((array - whole) * unit).astype(np.int64) if array.dtype.kind == "f" else 0
        return np.ascontiguousarray(whole * unit + parts)
    try:
        moments = pd.to_datetime(pd.Series(values)) if array.dtype.kind in "OU" else pd.Series(values)
    except (ValueError, OverflowError) as error:
        raise DataError(f"{name} cannot be read as times: {error}") from None
    if moments.dtype.kind != "M":
        raise DataError(f"{name} cannot be read as times: it holds {moments.dtype}")
    if zone != "UTC" and moments.dt.tz is None:
        moments = moments.dt.tz_localize(zone)
    return to_nanoseconds(moments)


def _common_step(time: NDArray[np.int64]) -> int:
    """The most frequent step."""
    steps, counts = np.unique(np.diff(time), return_counts=True)
    if not len(steps):
        raise DataError("one row does not tell how long a bar lasts: pass timeframe=")
    return int(steps[counts.argmax()])


def _each(columns: Columns, change: Any) -> Columns:
    time, *values = columns
    first, second, third, fourth, fifth = (change(column) for column in values)
    return change(time), first, second, third, fourth, fifth


def _inferred(columns: Columns, source: str) -> tuple[Instrument, str]:
    """An instrument whose tick fits the prices; bars do not tell a lot."""
    step = _core.bar_price_step(columns)
    if step is None:
        raise DataError(f"{source}: no price to infer an instrument from")
    symbol = os.path.basename(source).split(".")[0] or "BARS"
    currency = _core.quote_currency(symbol) or "XXX"
    instrument = Instrument(symbol, tick_size=step, lot_size="0.001", currency=currency)
    return instrument, f"instrument inferred from all {len(columns[0]):,} rows: {symbol} tick {step}; lot 0.001 assumed"
