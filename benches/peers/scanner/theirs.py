"""The peers' side: what their users write for the same work."""

from __future__ import annotations

from collections.abc import Callable

import kand
import numpy as np
import pandas as pd
import polars as pl
import polars_talib
import talib
from smartmoneyconcepts import smc
from talib import _ta_lib

Panel = dict[str, np.ndarray]


def talib_four(high: np.ndarray, low: np.ndarray, close: np.ndarray) -> list[np.ndarray]:
    """RSI, MACD, Bollinger bands and average range of one instrument by TA-Lib."""
    rsi = talib.RSI(close, 14)
    macd = talib.MACD(close, 12, 26, 9)
    bands = talib.BBANDS(close, 20, 2, 2)
    return [rsi, *macd, *bands, talib.ATR(high, low, close, 14)]


def talib_loop(panel: Panel) -> None:
    """One instrument after the other, one call an indicator."""
    for rows in zip(panel["high"], panel["low"], panel["close"], strict=True):
        talib_four(*rows)


def kand_loop(panel: Panel) -> None:
    """The same by kand, whose functions also give the averages on the way."""
    for high, low, close in zip(panel["high"], panel["low"], panel["close"], strict=True):
        kand.rsi(close, 14)
        kand.macd(close, 12, 26, 9)
        kand.bbands(close, 20, 2.0, 2.0)
        kand.atr(high, low, close, 14)


def polars_four(panel: Panel) -> Callable[[], None]:
    """One query over a frame in long form, on polars' own threads."""
    instruments, bars = panel["close"].shape
    columns = {name: panel[name].reshape(-1) for name in ("high", "low", "close")}
    frame = pl.DataFrame({"symbol": np.repeat(np.arange(instruments), bars), **columns})
    high, low, close = pl.col("high"), pl.col("low"), pl.col("close")
    four = {
        "rsi": polars_talib.rsi(close, 14),
        "macd": polars_talib.macd(close, 12, 26, 9),
        "bands": polars_talib.bbands(close, 20, 2.0, 2.0),
        "atr": polars_talib.atr(high, low, close, 14),
    }
    expressions = [expression.over("symbol").alias(name) for name, expression in four.items()]

    def query() -> None:
        frame.select(expressions)

    return query


class TalibHandles:
    """TA-Lib's own streams: a handle for each instrument and indicator, opened on some bars, updated bar by bar."""

    def __init__(self, panel: Panel, bars: int) -> None:
        high, low, close = (np.ascontiguousarray(panel[name][:, :bars]) for name in ("high", "low", "close"))
        self.handles = [
            (
                _ta_lib.RSI_Stream(c, 14).update,
                _ta_lib.MACD_Stream(c, 12, 26, 9).update,
                _ta_lib.BBANDS_Stream(c, 20, 2.0, 2.0).update,
                _ta_lib.ATR_Stream(h, low_row, c, 14).update,
            )
            for h, low_row, c in zip(high, low, close, strict=True)
        ]

    def update(self, high: list[float], low: list[float], close: list[float]) -> None:
        """One bar of every instrument; numbers are given as Python floats, as the handles take them."""
        for (rsi, macd, bands, atr), h, low_value, c in zip(self.handles, high, low, close, strict=True):
            rsi(c)
            macd(c)
            bands(c)
            atr(h, low_value, c)


def smart_money(panel: Panel, instrument: int) -> None:
    """Five of the seven patterns of one instrument by smartmoneyconcepts."""
    names = ("open", "high", "low", "close", "volume")
    frame = pd.DataFrame({name: panel[name][instrument] for name in names})
    swings = smc.swing_highs_lows(frame, swing_length=5)
    smc.fvg(frame)
    smc.bos_choch(frame, swings)
    smc.ob(frame, swings)
    smc.liquidity(frame, swings)
