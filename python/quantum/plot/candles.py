"""Bars from wherever they come, as the arrays a chart draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from quantum.errors import ConfigError, DataError
from quantum.frames import TIMES, columns_of, to_nanoseconds, to_numbers, to_numpy
from quantum.plot.canvas import Floats

__all__ = ["PRICES", "Candles", "read_candles"]

PRICES = ("open", "high", "low", "close")


@dataclass(frozen=True, slots=True)
class Candles:
    """Bars of one instrument in order of time: columns by name, (n,) float64, among them open, high, low and close.

    ``time_ns`` is (n,) int64 UTC, None where bars have only a number; ``shown_ns`` the same on the clock of ``zone``.
    """

    symbol: str
    time_ns: npt.NDArray[np.int64] | None
    shown_ns: npt.NDArray[np.int64] | None
    zone: str
    columns: dict[str, Floats]

    def __len__(self) -> int:
        return len(self.columns["close"])


def read_candles(bars: Any, symbol: str | None, extras: set[str]) -> Candles:
    """Candles of a frame, mapping, structured array, (n, 4) or (n, 5) array, or of a panel's ``symbol``.

    ``extras`` names further columns to keep. Raises ``ConfigError`` where it cannot tell which symbol is meant, and
    ``DataError`` for bars that lack a column or are not in order of time.
    """
    if hasattr(bars, "symbols") and hasattr(bars, "bars"):  # a Panel
        symbol = pick(symbol, bars.symbols, "the panel")
        bars = bars.bars(symbol)
    plain = isinstance(bars, np.ndarray) and bars.dtype.names is None
    columns = numbered(bars) if plain else columns_of(bars)
    if "symbol" in columns:
        names = np.asarray(to_numpy(columns["symbol"]), dtype=object).astype(str)
        symbol = pick(symbol, sorted(set(names.tolist())), "the bars")
        columns = {name: to_numpy(values)[names == symbol] for name, values in columns.items()}
    missing = [name for name in PRICES if name not in columns]
    if missing:
        raise DataError(f"a chart needs {', '.join(PRICES)}; there is no {', '.join(missing)} in {', '.join(columns)}")
    wanted = [name for name in (*PRICES, "volume", *sorted(extras)) if name in columns]
    numbers = {name: to_numbers(columns[name], name) for name in dict.fromkeys(wanted)}
    shapes = {values.shape for values in numbers.values()}
    if len(shapes) != 1 or len(shapes.pop()) != 1:
        raise DataError(f"a chart's columns are (n,) of one length; got {[v.shape for v in numbers.values()]}")
    if not len(numbers["close"]):
        raise DataError("there are no bars to draw")
    time_name = next((name for name in TIMES if name in columns), None)
    if time_name is None:
        return Candles(symbol or "", None, None, "", numbers)
    time_ns = to_nanoseconds(columns[time_name])
    if len(time_ns) != len(numbers["close"]):
        raise DataError(f"there are {len(time_ns)} times and {len(numbers['close'])} bars")
    if (np.diff(time_ns) <= 0).any():
        bar = int(np.argmax(np.diff(time_ns) <= 0)) + 1
        when = time_ns[bar : bar + 1].view("datetime64[ns]")[0]
        raise DataError(f"bars must be in order of time, each later than the one before; bar {bar} is of {when}")
    zone = zone_of(columns[time_name])
    return Candles(symbol or "", time_ns, local(time_ns, zone), zone, numbers)


def pick(symbol: str | None, symbols: list[str], where: str) -> str:
    """The symbol meant: the given one, or the only one."""
    if symbol is None:
        if len(symbols) == 1:
            return symbols[0]
        shown = ", ".join(symbols[:5]) + (", ..." if len(symbols) > 5 else "")
        raise ConfigError(f"{where} hold {len(symbols)} symbols ({shown}); say which with symbol=")
    if symbol not in symbols:
        shown = ", ".join(symbols[:5]) + (", ..." if len(symbols) > 5 else "")
        raise ConfigError(f"there is no symbol {symbol!r} in {where}, which hold {len(symbols)}: {shown}")
    return symbol


def numbered(array: npt.NDArray[Any]) -> dict[str, Any]:
    """Columns of a plain array: open, high, low, close and maybe volume."""
    if array.ndim != 2 or array.shape[1] not in (4, 5):
        raise DataError(
            f"bars as an array are (n, 4) or (n, 5): open, high, low, close and maybe volume; got {array.shape}"
        )
    return {name: array[:, number] for number, name in enumerate((*PRICES, "volume")[: array.shape[1]])}


def zone_of(values: Any) -> str:
    """The time zone a column of times is in; none for times without one."""
    kind = getattr(values, "dtype", None)
    zone = getattr(kind, "time_zone", None) or getattr(kind, "tz", None)
    return "" if zone is None else str(zone)


def local(time_ns: npt.NDArray[np.int64], zone: str) -> npt.NDArray[np.int64]:
    """What the clocks of ``zone`` show at these times."""
    if zone in ("", "UTC"):
        return time_ns
    import pandas as pd

    clock = pd.DatetimeIndex(time_ns.view("datetime64[ns]")).tz_localize("UTC").tz_convert(zone).tz_localize(None)
    return np.ascontiguousarray(clock.to_numpy().astype("datetime64[ns]")).view(np.int64)
