"""Bars from trades, and higher bars from lower ones.

``bars(trades, "5m")`` makes bars of a frame of trades (time, price, size) or of bars (time, open, high, low, close,
volume). Bars carry the time at which they begin; stretches without a trade have none. Days and weeks begin at
``session_start`` in ``zone``, daylight saving included; weeks begin on Monday. A session that starts at noon or later
belongs to the next calendar day: with 17:00 in New York, Monday's begins on Sunday.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from quantum import _core
from quantum._core import Recording
from quantum.errors import DataError
from quantum.frames import TIMES, columns_of, to_nanoseconds, to_numbers

TIMEFRAMES = ("tick", "1m", "5m", "15m", "30m", "1h", "4h", "1d", "1w")
_TRADE, _LOCAL_ONLY = 1, 32  # an event's kind and flag
_VALUES = ("open", "high", "low", "close", "volume")
_PRICES, _SIZES = ("price",), ("size", "qty", "quantity", "volume")

Columns = tuple[NDArray[np.int64], list[NDArray[np.float64]], NDArray[np.uint64]]


class BarStream:
    """Bars from trades or lower bars as they come: ``update`` gives the bars that are over, ``peek`` the one forming.

    ``timeframe`` is one of ``TIMEFRAMES``, a count of s, m or h, or ``"ticks:100"``, ``"volume:5000"``,
    ``"dollar:1e6"``.
    """

    def __init__(self, timeframe: str, *, zone: str = "UTC", session_start: str = "00:00") -> None:
        self.zone = zone
        self._core = _core.BarBuilder(timeframe, zone, session_start)

    def update(self, rows: Any) -> Any:
        """Takes trades (time, price, size) or closed bars in order of time; the bars that are over by the last."""
        return self._frame([self._push(rows)], rows)

    def peek(self) -> Any:
        """The bar still forming, as a frame of one row, or of none."""
        return self._frame([self._core.peek()], None)

    def _push(self, rows: Any) -> Columns:
        columns = _columns(rows)
        time = to_nanoseconds(columns[_first(columns, TIMES, "time")])
        if all(name in columns for name in _VALUES[:4]):
            values = [to_numbers(columns[name], name) for name in _VALUES[:4]]
            volume = to_numbers(columns["volume"], "volume") if "volume" in columns else np.zeros(len(time))
            if "vwap" in columns:
                turnover = np.where(volume > 0, to_numbers(columns["vwap"], "vwap") * volume, 0.0)
            else:
                turnover = (values[1] + values[2] + values[3]) / 3 * volume
            trades = to_numbers(columns["trades"], "trades") if "trades" in columns else np.zeros(len(time))
            done: Columns = self._core.push_bars(time, [*values, volume, turnover], trades.astype(np.uint64))
            return done
        price = to_numbers(columns[_first(columns, _PRICES, "price")], "price")
        size = to_numbers(columns[_first(columns, _SIZES, "size")], "size")
        _same_length(time=time, price=price, size=size)
        return self._core.push_trades(time, price, size)

    def _frame(self, parts: list[Columns], like: Any) -> Any:
        times = np.concatenate([part[0] for part in parts])
        numbers = [np.concatenate(column) for column in zip(*(part[1] for part in parts), strict=True)]
        volume, turnover = numbers[4], numbers[5]
        vwap = np.divide(turnover, volume, out=np.full(len(volume), np.nan), where=volume > 0)
        values = dict(zip(_VALUES, numbers, strict=False))
        values |= {"trades": np.concatenate([part[2] for part in parts]).astype(np.int64), "vwap": vwap}
        moments = times.view("datetime64[ns]")
        if type(like).__module__.startswith("polars"):
            import polars as pl

            frame = pl.DataFrame({"time": moments} | values)
            return frame.with_columns(pl.col("time").dt.replace_time_zone("UTC").dt.convert_time_zone(self.zone))
        import pandas as pd

        index = pd.DatetimeIndex(moments, name="time").tz_localize("UTC").tz_convert(self.zone)
        return pd.DataFrame({"time": index} | values)


def bars(rows: Any, timeframe: str, *, zone: str = "UTC", session_start: str = "00:00", partial: bool = True) -> Any:
    """Bars of a whole history: a frame with time (in ``zone``), open, high, low, close, volume, trades, vwap.

    ``rows`` is a Recording (its trades, by exchange time), a pandas or polars frame, or a mapping of arrays, of trades
    (time, price, size) or bars (time, open, high, low, close and maybe volume, trades, vwap), in order of time. The
    result is pandas, or polars for polars. The last bar is in it although more might have come, unless
    ``partial=False``. Raises ``ConfigError`` for an unknown timeframe, zone or start and ``DataError`` for rows that
    are not in order or not finite.
    """
    stream = BarStream(timeframe, zone=zone, session_start=session_start)
    parts = [stream._push(rows)]
    if partial:
        parts.append(stream._core.finish())
    return stream._frame(parts, rows)


def _columns(rows: Any) -> dict[str, Any]:
    if isinstance(rows, Recording):
        return _trades(rows)
    return columns_of(rows)


def _trades(recording: Recording) -> dict[str, Any]:
    """The trades of a recording as the exchange made them: time in ns, price and size in units."""
    events = recording.events
    seen = (events["kind"] == _TRADE) & (events["flags"] & _LOCAL_ONLY == 0)
    prices, quantities = recording.floats()
    return {"time": events["exchange_ns"][seen], "price": prices[seen], "size": quantities[seen]}


def _first(columns: dict[str, Any], names: tuple[str, ...], what: str) -> str:
    for name in names:
        if name in columns:
            return name
    raise DataError(f"bars need a column {what} (or {', '.join(names)}); got {', '.join(columns)}")


def _same_length(**columns: NDArray[Any]) -> None:
    if len({len(column) for column in columns.values()}) != 1:
        lengths = ", ".join(f"{name} {len(column)}" for name, column in columns.items())
        raise DataError(f"columns must be of equal length; got {lengths}")
