"""Indicators as a chart draws them: those on the scale of prices over the candles, any other in its own panel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from quantum import ta
from quantum.errors import ConfigError
from quantum.plot.candles import Candles
from quantum.plot.canvas import Floats

__all__ = ["OVERLAYS", "Series", "inputs_of", "read_series"]

#: Indicators that move with the price when all prices move by the same amount.
OVERLAYS = frozenset(
    {"sma", "ema", "wma", "dema", "tema", "trima", "kama", "t3", "hma", "zlema", "vwma", "bbands", "sar", "midprice"}
    | {"max", "min", "donchian", "keltner", "ichimoku", "session_vwap", "supertrend", "linearreg", "ht_trendline"}
)
#: Outputs that say no price, left out of the candles.
NOT_DRAWN = {("supertrend", "trend")}
#: Levels people look for.
GUIDES: dict[str, tuple[float, ...]] = {
    "rsi": (30.0, 70.0),
    "mfi": (20.0, 80.0),
    "stoch": (20.0, 80.0),
    "stochf": (20.0, 80.0),
    "stochrsi": (20.0, 80.0),
    "ultosc": (30.0, 70.0),
    "willr": (-80.0, -20.0),
    "cci": (-100.0, 100.0),
    "adx": (25.0,),
}
#: Outputs drawn as columns from zero rather than as lines.
COLUMNS = ("histogram",)


@dataclass(frozen=True, slots=True)
class Series:
    """One line: the request it came from, its title and output, whether it lies on the candles, values (n,) float64."""

    request: str
    title: str
    output: str
    overlay: bool
    columns: bool
    values: Floats


def inputs_of(indicators: Sequence[str]) -> set[str]:
    """The series that the named indicators read; a ``ConfigError`` names the nearest to one that is unknown."""
    if isinstance(indicators, str):
        raise ConfigError(f"indicators is {indicators!r}; it must be a list of names, as in ['ema_20', 'rsi_14']")
    return {label for text in indicators for label in ta.parse(text)[0].inputs}


def read_series(candles: Candles, indicators: Iterable[str]) -> list[Series]:
    """The named indicators of the candles, one line an output."""
    requests = list(dict.fromkeys(indicators))
    results = ta.compute(candles.columns, requests)
    lines = []
    for request in requests:
        row, _ = ta.parse(request)
        result: Any = results[request]
        values = result if isinstance(result, tuple) else (result,)
        for output, array in zip(row.outputs, values, strict=True):
            if (row.name, output) in NOT_DRAWN:
                continue
            label = output if len(row.outputs) > 1 else ""
            columns = output in COLUMNS or row.name.startswith("cdl")
            numbers = np.asarray(array, dtype=np.float64)
            lines.append(Series(request, title(request), label, row.name in OVERLAYS, columns, numbers))
    return lines


def title(request: str) -> str:
    """`macd_12_26_9` as MACD 12 26 9."""
    row, _ = ta.parse(request)
    tail = request[len(row.name) :].replace("_", " ")
    return f"{row.name.upper().replace('_', ' ')}{tail}"


def guides(request: str) -> tuple[float, ...]:
    """The levels drawn in an indicator's panel."""
    row, _ = ta.parse(request)
    return GUIDES.get(row.name, (0.0,) if row.outputs[-1] == "histogram" else ())
