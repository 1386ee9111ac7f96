# ruff: noqa: A001
"""Types of the indicators; written by tools/ta_stub.py from the core's table."""

from collections.abc import Mapping
from typing import Any, Generic, Literal, NamedTuple, TypeVar, overload

import numpy as np
import pandas as pd  # type: ignore[import-untyped, unused-ignore]
import polars as pl  # type: ignore[import-not-found, unused-ignore]
from numpy.typing import ArrayLike, NDArray

_Nan = Literal["skip", "propagate", "raise"]
_Frame = pd.DataFrame | pl.DataFrame | Mapping[str, Any]
_Series = TypeVar("_Series", pd.Series[Any], pl.Series)
_Out = TypeVar("_Out")

__all__ = [
    "ad",
    "adosc",
    "adx",
    "adxr",
    "aroon",
    "aroonosc",
    "atr",
    "bbands",
    "bop",
    "cci",
    "cdl3whitesoldiers",
    "cdldoji",
    "cdlengulfing",
    "cdlhammer",
    "cdlharami",
    "cdlmarubozu",
    "cdlmorningstar",
    "cdlshootingstar",
    "cmf",
    "cmo",
    "correl",
    "cvd",
    "dema",
    "donchian",
    "dx",
    "ema",
    "hma",
    "ht_dcperiod",
    "ht_trendline",
    "ichimoku",
    "kama",
    "keltner",
    "linearreg",
    "linearreg_slope",
    "macd",
    "max",
    "mfi",
    "midprice",
    "min",
    "minus_di",
    "mom",
    "natr",
    "obv",
    "plus_di",
    "ppo",
    "roc",
    "rsi",
    "sar",
    "session_vwap",
    "sma",
    "stddev",
    "stoch",
    "stochf",
    "stochrsi",
    "supertrend",
    "t3",
    "tema",
    "trange",
    "trima",
    "trix",
    "ultosc",
    "vwma",
    "willr",
    "wma",
    "zlema",
]

class _bbands(NamedTuple, Generic[_Out]):
    upper: _Out
    middle: _Out
    lower: _Out

class _donchian(NamedTuple, Generic[_Out]):
    upper: _Out
    middle: _Out
    lower: _Out

class _keltner(NamedTuple, Generic[_Out]):
    upper: _Out
    middle: _Out
    lower: _Out

class _ichimoku(NamedTuple, Generic[_Out]):
    conversion: _Out
    base: _Out
    span_a: _Out
    span_b: _Out

class _session_vwap(NamedTuple, Generic[_Out]):
    upper: _Out
    vwap: _Out
    lower: _Out

class _macd(NamedTuple, Generic[_Out]):
    macd: _Out
    signal: _Out
    histogram: _Out

class _stochf(NamedTuple, Generic[_Out]):
    k: _Out
    d: _Out

class _stoch(NamedTuple, Generic[_Out]):
    k: _Out
    d: _Out

class _stochrsi(NamedTuple, Generic[_Out]):
    k: _Out
    d: _Out

class _aroon(NamedTuple, Generic[_Out]):
    down: _Out
    up: _Out

class _supertrend(NamedTuple, Generic[_Out]):
    line: _Out
    trend: _Out

@overload
def sma(close: _Series, period: int = 20, *, nan: _Nan = "skip", threads: int = 0) -> _Series: ...
@overload
def sma(close: _Frame, period: int = 20, *, nan: _Nan = "skip", threads: int = 0) -> Any: ...
@overload
def sma(close: ArrayLike, period: int = 20, *, nan: _Nan = "skip", threads: int = 0) -> NDArray[np.float64]: ...
@overload
def ema(close: _Series, period: int = 20, *, nan: _Nan = "skip", threads: int = 0) -> _Series: ...
@overload
def ema(close: _Frame, period: int = 20, *, nan: _Nan = "skip", threads: int = 0) -> Any: ...
@overload
def ema(close: ArrayLike, period: int = 20, *, nan: _Nan = "skip", threads: int = 0) -> NDArray[np.float64]: ...
@overload
def wma(close: _Series, period: int = 20, *, nan: _Nan = "skip", threads: int = 0) -> _Series: ...
@overload
def wma(close: _Frame, period: int = 20, *, nan: _Nan = "skip", threads: int = 0) -> Any: ...
@overload
def wma(close: ArrayLike, period: int = 20, *, nan: _Nan = "skip", threads: int = 0) -> NDArray[np.float64]: ...
@overload
def dema(close: _Series, period: int = 20, *, nan: _Nan = "skip", threads: int = 0) -> _Series: ...
@overload
def dema(close: _Frame, period: int = 20, *, nan: _Nan = "skip", threads: int = 0) -> Any: ...
@overload
def dema(close: ArrayLike, period: int = 20, *, nan: _Nan = "skip", threads: int = 0) -> NDArray[np.float64]: ...
@overload
def tema(close: _Series, period: int = 20, *, nan: _Nan = "skip", threads: int = 0) -> _Series: ...
@overload
def tema(close: _Frame, period: int = 20, *, nan: _Nan = "skip", threads: int = 0) -> Any: ...
@overload
def tema(close: ArrayLike, period: int = 20, *, nan: _Nan = "skip", threads: int = 0) -> NDArray[np.float64]: ...
@overload
def trima(close: _Series, period: int = 20, *, nan: _Nan = "skip", threads: int = 0) -> _Series: ...
@overload
def trima(close: _Frame, period: int = 20, *, nan: _Nan = "skip", threads: int = 0) -> Any: ...
@overload
def trima(close: ArrayLike, period: int = 20, *, nan: _Nan = "skip", threads: int = 0) -> NDArray[np.float64]: ...
@overload
def kama(close: _Series, period: int = 30, *, nan: _Nan = "skip", threads: int = 0) -> _Series: ...
@overload
def kama(close: _Frame, period: int = 30, *, nan: _Nan = "skip", threads: int = 0) -> Any: ...
@overload
def kama(close: ArrayLike, period: int = 30, *, nan: _Nan = "skip", threads: int = 0) -> NDArray[np.float64]: ...
@overload
def t3(close: _Series, period: int = 5, factor: float = 0.7, *, nan: _Nan = "skip", threads: int = 0) -> _Series: ...
@overload
def t3(close: _Frame, period: int = 5, factor: float = 0.7, *, nan: _Nan = "skip", threads: int = 0) -> Any: ...
@overload
def t3(
    close: ArrayLike, period: int = 5, factor: float = 0.7, *, nan: _Nan = "skip", threads: int = 0
) -> NDArray[np.float64]: ...
@overload
def hma(close: _Series, period: int = 20, *, nan: _Nan = "skip", threads: int = 0) -> _Series: ...
@overload
def hma(close: _Frame, period: int = 20, *, nan: _Nan = "skip", threads: int = 0) -> Any: ...
@overload
def hma(close: ArrayLike, period: int = 20, *, nan: _Nan = "skip", threads: int = 0) -> NDArray[np.float64]: ...
@overload
def zlema(close: _Series, period: int = 20, *, nan: _Nan = "skip", threads: int = 0) -> _Series: ...
@overload
def zlema(close: _Frame, period: int = 20, *, nan: _Nan = "skip", threads: int = 0) -> Any: ...
@overload
def zlema(close: ArrayLike, period: int = 20, *, nan: _Nan = "skip", threads: int = 0) -> NDArray[np.float64]: ...
@overload
def vwma(close: _Series, volume: _Series, period: int = 20, *, nan: _Nan = "skip", threads: int = 0) -> _Series: ...
@overload
def vwma(close: _Frame, volume: Any = ..., period: int = 20, *, nan: _Nan = "skip", threads: int = 0) -> Any: ...
@overload
def vwma(
    close: ArrayLike, volume: ArrayLike, period: int = 20, *, nan: _Nan = "skip", threads: int = 0
) -> NDArray[np.float64]: ...
@overload
def bbands(
    close: _Series, period: int = 20, width: float = 2.0, *, nan: _Nan = "skip", threads: int = 0
) -> _bbands[_Series]: ...
@overload
def bbands(
    close: _Frame, period: int = 20, width: float = 2.0, *, nan: _Nan = "skip", threads: int = 0
) -> _bbands[Any]: ...
@overload
def bbands(
    close: ArrayLike, period: int = 20, width: float = 2.0, *, nan: _Nan = "skip", threads: int = 0
) -> _bbands[NDArray[np.float64]]: ...
@overload
def stddev(close: _Series, period: int = 20, *, nan: _Nan = "skip", threads: int = 0) -> _Series: ...
@overload
def stddev(close: _Frame, period: int = 20, *, nan: _Nan = "skip", threads: int = 0) -> Any: ...
@overload
def stddev(close: ArrayLike, period: int = 20, *, nan: _Nan = "skip", threads: int = 0) -> NDArray[np.float64]: ...
@overload
def sar(
    high: _Series, low: _Series, step: float = 0.02, limit: float = 0.2, *, nan: _Nan = "skip", threads: int = 0
) -> _Series: ...
@overload
def sar(
    high: _Frame, low: Any = ..., step: float = 0.02, limit: float = 0.2, *, nan: _Nan = "skip", threads: int = 0
) -> Any: ...
@overload
def sar(
    high: ArrayLike, low: ArrayLike, step: float = 0.02, limit: float = 0.2, *, nan: _Nan = "skip", threads: int = 0
) -> NDArray[np.float64]: ...
@overload
def midprice(high: _Series, low: _Series, period: int = 14, *, nan: _Nan = "skip", threads: int = 0) -> _Series: ...
@overload
def midprice(high: _Frame, low: Any = ..., period: int = 14, *, nan: _Nan = "skip", threads: int = 0) -> Any: ...
@overload
def midprice(
    high: ArrayLike, low: ArrayLike, period: int = 14, *, nan: _Nan = "skip", threads: int = 0
) -> NDArray[np.float64]: ...
@overload
def max(close: _Series, period: int = 30, *, nan: _Nan = "skip", threads: int = 0) -> _Series: ...
@overload
def max(close: _Frame, period: int = 30, *, nan: _Nan = "skip", threads: int = 0) -> Any: ...
@overload
def max(close: ArrayLike, period: int = 30, *, nan: _Nan = "skip", threads: int = 0) -> NDArray[np.float64]: ...
@overload
def min(close: _Series, period: int = 30, *, nan: _Nan = "skip", threads: int = 0) -> _Series: ...
@overload
def min(close: _Frame, period: int = 30, *, nan: _Nan = "skip", threads: int = 0) -> Any: ...
@overload
def min(close: ArrayLike, period: int = 30, *, nan: _Nan = "skip", threads: int = 0) -> NDArray[np.float64]: ...
@overload
def donchian(
    high: _Series, low: _Series, period: int = 20, *, nan: _Nan = "skip", threads: int = 0
) -> _donchian[_Series]: ...
@overload
def donchian(
    high: _Frame, low: Any = ..., period: int = 20, *, nan: _Nan = "skip", threads: int = 0
) -> _donchian[Any]: ...
@overload
def donchian(
    high: ArrayLike, low: ArrayLike, period: int = 20, *, nan: _Nan = "skip", threads: int = 0
) -> _donchian[NDArray[np.float64]]: ...
@overload
def keltner(
    high: _Series,
    low: _Series,
    close: _Series,
    period: int = 20,
    range: int = 10,
    width: float = 2.0,
    *,
    nan: _Nan = "skip",
    threads: int = 0,
) -> _keltner[_Series]: ...
@overload
def keltner(
    high: _Frame,
    low: Any = ...,
    close: Any = ...,
    period: int = 20,
    range: int = 10,
    width: float = 2.0,
    *,
    nan: _Nan = "skip",
    threads: int = 0,
) -> _keltner[Any]: ...
@overload
def keltner(
    high: ArrayLike,
    low: ArrayLike,
    close: ArrayLike,
    period: int = 20,
    range: int = 10,
    width: float = 2.0,
    *,
    nan: _Nan = "skip",
    threads: int = 0,
) -> _keltner[NDArray[np.float64]]: ...
@overload
def ichimoku(
    high: _Series,
    low: _Series,
    conversion: int = 9,
    base: int = 26,
    slow: int = 52,
    shift: int = 26,
    *,
    nan: _Nan = "skip",
    threads: int = 0,
) -> _ichimoku[_Series]: ...
@overload
def ichimoku(
    high: _Frame,
    low: Any = ...,
    conversion: int = 9,
    base: int = 26,
    slow: int = 52,
    shift: int = 26,
    *,
    nan: _Nan = "skip",
    threads: int = 0,
) -> _ichimoku[Any]: ...
@overload
def ichimoku(
    high: ArrayLike,
    low: ArrayLike,
    conversion: int = 9,
    base: int = 26,
    slow: int = 52,
    shift: int = 26,
    *,
    nan: _Nan = "skip",
    threads: int = 0,
) -> _ichimoku[NDArray[np.float64]]: ...
@overload
def session_vwap(
    high: _Series,
    low: _Series,
    close: _Series,
    volume: _Series,
    session: _Series,
    width: float = 2.0,
    *,
    nan: _Nan = "skip",
    threads: int = 0,
) -> _session_vwap[_Series]: ...
@overload
def session_vwap(
    high: _Frame,
    low: Any = ...,
    close: Any = ...,
    volume: Any = ...,
    session: Any = ...,
    width: float = 2.0,
    *,
    nan: _Nan = "skip",
    threads: int = 0,
) -> _session_vwap[Any]: ...
@overload
def session_vwap(
    high: ArrayLike,
    low: ArrayLike,
    close: ArrayLike,
    volume: ArrayLike,
    session: ArrayLike,
    width: float = 2.0,
    *,
    nan: _Nan = "skip",
    threads: int = 0,
) -> _session_vwap[NDArray[np.float64]]: ...
@overload
def rsi(close: _Series, period: int = 14, *, nan: _Nan = "skip", threads: int = 0) -> _Series: ...
@overload
def rsi(close: _Frame, period: int = 14, *, nan: _Nan = "skip", threads: int = 0) -> Any: ...
@overload
def rsi(close: ArrayLike, period: int = 14, *, nan: _Nan = "skip", threads: int = 0) -> NDArray[np.float64]: ...
@overload
def cmo(close: _Series, period: int = 14, *, nan: _Nan = "skip", threads: int = 0) -> _Series: ...
@overload
def cmo(close: _Frame, period: int = 14, *, nan: _Nan = "skip", threads: int = 0) -> Any: ...
@overload
def cmo(close: ArrayLike, period: int = 14, *, nan: _Nan = "skip", threads: int = 0) -> NDArray[np.float64]: ...
@overload
def macd(
    close: _Series, fast: int = 12, slow: int = 26, signal: int = 9, *, nan: _Nan = "skip", threads: int = 0
) -> _macd[_Series]: ...
@overload
def macd(
    close: _Frame, fast: int = 12, slow: int = 26, signal: int = 9, *, nan: _Nan = "skip", threads: int = 0
) -> _macd[Any]: ...
@overload
def macd(
    close: ArrayLike, fast: int = 12, slow: int = 26, signal: int = 9, *, nan: _Nan = "skip", threads: int = 0
) -> _macd[NDArray[np.float64]]: ...
@overload
def ppo(close: _Series, fast: int = 12, slow: int = 26, *, nan: _Nan = "skip", threads: int = 0) -> _Series: ...
@overload
def ppo(close: _Frame, fast: int = 12, slow: int = 26, *, nan: _Nan = "skip", threads: int = 0) -> Any: ...
@overload
def ppo(
    close: ArrayLike, fast: int = 12, slow: int = 26, *, nan: _Nan = "skip", threads: int = 0
) -> NDArray[np.float64]: ...
@overload
def stochf(
    high: _Series,
    low: _Series,
    close: _Series,
    period: int = 14,
    average: int = 3,
    *,
    nan: _Nan = "skip",
    threads: int = 0,
) -> _stochf[_Series]: ...
@overload
def stochf(
    high: _Frame,
    low: Any = ...,
    close: Any = ...,
    period: int = 14,
    average: int = 3,
    *,
    nan: _Nan = "skip",
    threads: int = 0,
) -> _stochf[Any]: ...
@overload
def stochf(
    high: ArrayLike,
    low: ArrayLike,
    close: ArrayLike,
    period: int = 14,
    average: int = 3,
    *,
    nan: _Nan = "skip",
    threads: int = 0,
) -> _stochf[NDArray[np.float64]]: ...
@overload
def stoch(
    high: _Series,
    low: _Series,
    close: _Series,
    period: int = 14,
    slow: int = 3,
    average: int = 3,
    *,
    nan: _Nan = "skip",
    threads: int = 0,
) -> _stoch[_Series]: ...
@overload
def stoch(
    high: _Frame,
    low: Any = ...,
    close: Any = ...,
    period: int = 14,
    slow: int = 3,
    average: int = 3,
    *,
    nan: _Nan = "skip",
    threads: int = 0,
) -> _stoch[Any]: ...
@overload
def stoch(
    high: ArrayLike,
    low: ArrayLike,
    close: ArrayLike,
    period: int = 14,
    slow: int = 3,
    average: int = 3,
    *,
    nan: _Nan = "skip",
    threads: int = 0,
) -> _stoch[NDArray[np.float64]]: ...
@overload
def stochrsi(
    close: _Series, period: int = 14, range: int = 14, average: int = 3, *, nan: _Nan = "skip", threads: int = 0
) -> _stochrsi[_Series]: ...
@overload
def stochrsi(
    close: _Frame, period: int = 14, range: int = 14, average: int = 3, *, nan: _Nan = "skip", threads: int = 0
) -> _stochrsi[Any]: ...
@overload
def stochrsi(
    close: ArrayLike, period: int = 14, range: int = 14, average: int = 3, *, nan: _Nan = "skip", threads: int = 0
) -> _stochrsi[NDArray[np.float64]]: ...
@overload
def willr(
    high: _Series, low: _Series, close: _Series, period: int = 14, *, nan: _Nan = "skip", threads: int = 0
) -> _Series: ...
@overload
def willr(
    high: _Frame, low: Any = ..., close: Any = ..., period: int = 14, *, nan: _Nan = "skip", threads: int = 0
) -> Any: ...
@overload
def willr(
    high: ArrayLike, low: ArrayLike, close: ArrayLike, period: int = 14, *, nan: _Nan = "skip", threads: int = 0
) -> NDArray[np.float64]: ...
@overload
def roc(close: _Series, period: int = 10, *, nan: _Nan = "skip", threads: int = 0) -> _Series: ...
@overload
def roc(close: _Frame, period: int = 10, *, nan: _Nan = "skip", threads: int = 0) -> Any: ...
@overload
def roc(close: ArrayLike, period: int = 10, *, nan: _Nan = "skip", threads: int = 0) -> NDArray[np.float64]: ...
@overload
def mom(close: _Series, period: int = 10, *, nan: _Nan = "skip", threads: int = 0) -> _Series: ...
@overload
def mom(close: _Frame, period: int = 10, *, nan: _Nan = "skip", threads: int = 0) -> Any: ...
@overload
def mom(close: ArrayLike, period: int = 10, *, nan: _Nan = "skip", threads: int = 0) -> NDArray[np.float64]: ...
@overload
def trix(close: _Series, period: int = 15, *, nan: _Nan = "skip", threads: int = 0) -> _Series: ...
@overload
def trix(close: _Frame, period: int = 15, *, nan: _Nan = "skip", threads: int = 0) -> Any: ...
@overload
def trix(close: ArrayLike, period: int = 15, *, nan: _Nan = "skip", threads: int = 0) -> NDArray[np.float64]: ...
@overload
def bop(
    open: _Series, high: _Series, low: _Series, close: _Series, *, nan: _Nan = "skip", threads: int = 0
) -> _Series: ...
@overload
def bop(
    open: _Frame, high: Any = ..., low: Any = ..., close: Any = ..., *, nan: _Nan = "skip", threads: int = 0
) -> Any: ...
@overload
def bop(
    open: ArrayLike, high: ArrayLike, low: ArrayLike, close: ArrayLike, *, nan: _Nan = "skip", threads: int = 0
) -> NDArray[np.float64]: ...
@overload
def cci(
    high: _Series, low: _Series, close: _Series, period: int = 20, *, nan: _Nan = "skip", threads: int = 0
) -> _Series: ...
@overload
def cci(
    high: _Frame, low: Any = ..., close: Any = ..., period: int = 20, *, nan: _Nan = "skip", threads: int = 0
) -> Any: ...
@overload
def cci(
    high: ArrayLike, low: ArrayLike, close: ArrayLike, period: int = 20, *, nan: _Nan = "skip", threads: int = 0
) -> NDArray[np.float64]: ...
@overload
def mfi(
    high: _Series,
    low: _Series,
    close: _Series,
    volume: _Series,
    period: int = 14,
    *,
    nan: _Nan = "skip",
    threads: int = 0,
) -> _Series: ...
@overload
def mfi(
    high: _Frame,
    low: Any = ...,
    close: Any = ...,
    volume: Any = ...,
    period: int = 14,
    *,
    nan: _Nan = "skip",
    threads: int = 0,
) -> Any: ...
@overload
def mfi(
    high: ArrayLike,
    low: ArrayLike,
    close: ArrayLike,
    volume: ArrayLike,
    period: int = 14,
    *,
    nan: _Nan = "skip",
    threads: int = 0,
) -> NDArray[np.float64]: ...
@overload
def aroon(
    high: _Series, low: _Series, period: int = 25, *, nan: _Nan = "skip", threads: int = 0
) -> _aroon[_Series]: ...
@overload
def aroon(high: _Frame, low: Any = ..., period: int = 25, *, nan: _Nan = "skip", threads: int = 0) -> _aroon[Any]: ...
@overload
def aroon(
    high: ArrayLike, low: ArrayLike, period: int = 25, *, nan: _Nan = "skip", threads: int = 0
) -> _aroon[NDArray[np.float64]]: ...
@overload
def aroonosc(high: _Series, low: _Series, period: int = 25, *, nan: _Nan = "skip", threads: int = 0) -> _Series: ...
@overload
def aroonosc(high: _Frame, low: Any = ..., period: int = 25, *, nan: _Nan = "skip", threads: int = 0) -> Any: ...
@overload
def aroonosc(
    high: ArrayLike, low: ArrayLike, period: int = 25, *, nan: _Nan = "skip", threads: int = 0
) -> NDArray[np.float64]: ...
@overload
def ultosc(
    high: _Series,
    low: _Series,
    close: _Series,
    short: int = 7,
    middle: int = 14,
    long: int = 28,
    *,
    nan: _Nan = "skip",
    threads: int = 0,
) -> _Series: ...
@overload
def ultosc(
    high: _Frame,
    low: Any = ...,
    close: Any = ...,
    short: int = 7,
    middle: int = 14,
    long: int = 28,
    *,
    nan: _Nan = "skip",
    threads: int = 0,
) -> Any: ...
@overload
def ultosc(
    high: ArrayLike,
    low: ArrayLike,
    close: ArrayLike,
    short: int = 7,
    middle: int = 14,
    long: int = 28,
    *,
    nan: _Nan = "skip",
    threads: int = 0,
) -> NDArray[np.float64]: ...
@overload
def plus_di(
    high: _Series, low: _Series, close: _Series, period: int = 14, *, nan: _Nan = "skip", threads: int = 0
) -> _Series: ...
@overload
def plus_di(
    high: _Frame, low: Any = ..., close: Any = ..., period: int = 14, *, nan: _Nan = "skip", threads: int = 0
) -> Any: ...
@overload
def plus_di(
    high: ArrayLike, low: ArrayLike, close: ArrayLike, period: int = 14, *, nan: _Nan = "skip", threads: int = 0
) -> NDArray[np.float64]: ...
@overload
def minus_di(
    high: _Series, low: _Series, close: _Series, period: int = 14, *, nan: _Nan = "skip", threads: int = 0
) -> _Series: ...
@overload
def minus_di(
    high: _Frame, low: Any = ..., close: Any = ..., period: int = 14, *, nan: _Nan = "skip", threads: int = 0
) -> Any: ...
@overload
def minus_di(
    high: ArrayLike, low: ArrayLike, close: ArrayLike, period: int = 14, *, nan: _Nan = "skip", threads: int = 0
) -> NDArray[np.float64]: ...
@overload
def dx(
    high: _Series, low: _Series, close: _Series, period: int = 14, *, nan: _Nan = "skip", threads: int = 0
) -> _Series: ...
@overload
def dx(
    high: _Frame, low: Any = ..., close: Any = ..., period: int = 14, *, nan: _Nan = "skip", threads: int = 0
) -> Any: ...
@overload
def dx(
    high: ArrayLike, low: ArrayLike, close: ArrayLike, period: int = 14, *, nan: _Nan = "skip", threads: int = 0
) -> NDArray[np.float64]: ...
@overload
def adx(
    high: _Series, low: _Series, close: _Series, period: int = 14, *, nan: _Nan = "skip", threads: int = 0
) -> _Series: ...
@overload
def adx(
    high: _Frame, low: Any = ..., close: Any = ..., period: int = 14, *, nan: _Nan = "skip", threads: int = 0
) -> Any: ...
@overload
def adx(
    high: ArrayLike, low: ArrayLike, close: ArrayLike, period: int = 14, *, nan: _Nan = "skip", threads: int = 0
) -> NDArray[np.float64]: ...
@overload
def adxr(
    high: _Series, low: _Series, close: _Series, period: int = 14, *, nan: _Nan = "skip", threads: int = 0
) -> _Series: ...
@overload
def adxr(
    high: _Frame, low: Any = ..., close: Any = ..., period: int = 14, *, nan: _Nan = "skip", threads: int = 0
) -> Any: ...
@overload
def adxr(
    high: ArrayLike, low: ArrayLike, close: ArrayLike, period: int = 14, *, nan: _Nan = "skip", threads: int = 0
) -> NDArray[np.float64]: ...
@overload
def trange(high: _Series, low: _Series, close: _Series, *, nan: _Nan = "skip", threads: int = 0) -> _Series: ...
@overload
def trange(high: _Frame, low: Any = ..., close: Any = ..., *, nan: _Nan = "skip", threads: int = 0) -> Any: ...
@overload
def trange(
    high: ArrayLike, low: ArrayLike, close: ArrayLike, *, nan: _Nan = "skip", threads: int = 0
) -> NDArray[np.float64]: ...
@overload
def atr(
    high: _Series, low: _Series, close: _Series, period: int = 14, *, nan: _Nan = "skip", threads: int = 0
) -> _Series: ...
@overload
def atr(
    high: _Frame, low: Any = ..., close: Any = ..., period: int = 14, *, nan: _Nan = "skip", threads: int = 0
) -> Any: ...
@overload
def atr(
    high: ArrayLike, low: ArrayLike, close: ArrayLike, period: int = 14, *, nan: _Nan = "skip", threads: int = 0
) -> NDArray[np.float64]: ...
@overload
def natr(
    high: _Series, low: _Series, close: _Series, period: int = 14, *, nan: _Nan = "skip", threads: int = 0
) -> _Series: ...
@overload
def natr(
    high: _Frame, low: Any = ..., close: Any = ..., period: int = 14, *, nan: _Nan = "skip", threads: int = 0
) -> Any: ...
@overload
def natr(
    high: ArrayLike, low: ArrayLike, close: ArrayLike, period: int = 14, *, nan: _Nan = "skip", threads: int = 0
) -> NDArray[np.float64]: ...
@overload
def supertrend(
    high: _Series,
    low: _Series,
    close: _Series,
    period: int = 10,
    factor: float = 3.0,
    *,
    nan: _Nan = "skip",
    threads: int = 0,
) -> _supertrend[_Series]: ...
@overload
def supertrend(
    high: _Frame,
    low: Any = ...,
    close: Any = ...,
    period: int = 10,
    factor: float = 3.0,
    *,
    nan: _Nan = "skip",
    threads: int = 0,
) -> _supertrend[Any]: ...
@overload
def supertrend(
    high: ArrayLike,
    low: ArrayLike,
    close: ArrayLike,
    period: int = 10,
    factor: float = 3.0,
    *,
    nan: _Nan = "skip",
    threads: int = 0,
) -> _supertrend[NDArray[np.float64]]: ...
@overload
def obv(close: _Series, volume: _Series, *, nan: _Nan = "skip", threads: int = 0) -> _Series: ...
@overload
def obv(close: _Frame, volume: Any = ..., *, nan: _Nan = "skip", threads: int = 0) -> Any: ...
@overload
def obv(close: ArrayLike, volume: ArrayLike, *, nan: _Nan = "skip", threads: int = 0) -> NDArray[np.float64]: ...
@overload
def ad(
    high: _Series, low: _Series, close: _Series, volume: _Series, *, nan: _Nan = "skip", threads: int = 0
) -> _Series: ...
@overload
def ad(
    high: _Frame, low: Any = ..., close: Any = ..., volume: Any = ..., *, nan: _Nan = "skip", threads: int = 0
) -> Any: ...
@overload
def ad(
    high: ArrayLike, low: ArrayLike, close: ArrayLike, volume: ArrayLike, *, nan: _Nan = "skip", threads: int = 0
) -> NDArray[np.float64]: ...
@overload
def cvd(buy_volume: _Series, sell_volume: _Series, *, nan: _Nan = "skip", threads: int = 0) -> _Series: ...
@overload
def cvd(buy_volume: _Frame, sell_volume: Any = ..., *, nan: _Nan = "skip", threads: int = 0) -> Any: ...
@overload
def cvd(
    buy_volume: ArrayLike, sell_volume: ArrayLike, *, nan: _Nan = "skip", threads: int = 0
) -> NDArray[np.float64]: ...
@overload
def adosc(
    high: _Series,
    low: _Series,
    close: _Series,
    volume: _Series,
    fast: int = 3,
    slow: int = 10,
    *,
    nan: _Nan = "skip",
    threads: int = 0,
) -> _Series: ...
@overload
def adosc(
    high: _Frame,
    low: Any = ...,
    close: Any = ...,
    volume: Any = ...,
    fast: int = 3,
    slow: int = 10,
    *,
    nan: _Nan = "skip",
    threads: int = 0,
) -> Any: ...
@overload
def adosc(
    high: ArrayLike,
    low: ArrayLike,
    close: ArrayLike,
    volume: ArrayLike,
    fast: int = 3,
    slow: int = 10,
    *,
    nan: _Nan = "skip",
    threads: int = 0,
) -> NDArray[np.float64]: ...
@overload
def cmf(
    high: _Series,
    low: _Series,
    close: _Series,
    volume: _Series,
    period: int = 20,
    *,
    nan: _Nan = "skip",
    threads: int = 0,
) -> _Series: ...
@overload
def cmf(
    high: _Frame,
    low: Any = ...,
    close: Any = ...,
    volume: Any = ...,
    period: int = 20,
    *,
    nan: _Nan = "skip",
    threads: int = 0,
) -> Any: ...
@overload
def cmf(
    high: ArrayLike,
    low: ArrayLike,
    close: ArrayLike,
    volume: ArrayLike,
    period: int = 20,
    *,
    nan: _Nan = "skip",
    threads: int = 0,
) -> NDArray[np.float64]: ...
@overload
def linearreg(close: _Series, period: int = 14, *, nan: _Nan = "skip", threads: int = 0) -> _Series: ...
@overload
def linearreg(close: _Frame, period: int = 14, *, nan: _Nan = "skip", threads: int = 0) -> Any: ...
@overload
def linearreg(close: ArrayLike, period: int = 14, *, nan: _Nan = "skip", threads: int = 0) -> NDArray[np.float64]: ...
@overload
def linearreg_slope(close: _Series, period: int = 14, *, nan: _Nan = "skip", threads: int = 0) -> _Series: ...
@overload
def linearreg_slope(close: _Frame, period: int = 14, *, nan: _Nan = "skip", threads: int = 0) -> Any: ...
@overload
def linearreg_slope(
    close: ArrayLike, period: int = 14, *, nan: _Nan = "skip", threads: int = 0
) -> NDArray[np.float64]: ...
@overload
def correl(first: _Series, second: _Series, period: int = 20, *, nan: _Nan = "skip", threads: int = 0) -> _Series: ...
@overload
def correl(first: _Frame, second: Any = ..., period: int = 20, *, nan: _Nan = "skip", threads: int = 0) -> Any: ...
@overload
def correl(
    first: ArrayLike, second: ArrayLike, period: int = 20, *, nan: _Nan = "skip", threads: int = 0
) -> NDArray[np.float64]: ...
@overload
def ht_dcperiod(close: _Series, *, nan: _Nan = "skip", threads: int = 0) -> _Series: ...
@overload
def ht_dcperiod(close: _Frame, *, nan: _Nan = "skip", threads: int = 0) -> Any: ...
@overload
def ht_dcperiod(close: ArrayLike, *, nan: _Nan = "skip", threads: int = 0) -> NDArray[np.float64]: ...
@overload
def ht_trendline(close: _Series, *, nan: _Nan = "skip", threads: int = 0) -> _Series: ...
@overload
def ht_trendline(close: _Frame, *, nan: _Nan = "skip", threads: int = 0) -> Any: ...
@overload
def ht_trendline(close: ArrayLike, *, nan: _Nan = "skip", threads: int = 0) -> NDArray[np.float64]: ...
@overload
def cdldoji(
    open: _Series, high: _Series, low: _Series, close: _Series, *, nan: _Nan = "skip", threads: int = 0
) -> _Series: ...
@overload
def cdldoji(
    open: _Frame, high: Any = ..., low: Any = ..., close: Any = ..., *, nan: _Nan = "skip", threads: int = 0
) -> Any: ...
@overload
def cdldoji(
    open: ArrayLike, high: ArrayLike, low: ArrayLike, close: ArrayLike, *, nan: _Nan = "skip", threads: int = 0
) -> NDArray[np.float64]: ...
@overload
def cdlengulfing(
    open: _Series, high: _Series, low: _Series, close: _Series, *, nan: _Nan = "skip", threads: int = 0
) -> _Series: ...
@overload
def cdlengulfing(
    open: _Frame, high: Any = ..., low: Any = ..., close: Any = ..., *, nan: _Nan = "skip", threads: int = 0
) -> Any: ...
@overload
def cdlengulfing(
    open: ArrayLike, high: ArrayLike, low: ArrayLike, close: ArrayLike, *, nan: _Nan = "skip", threads: int = 0
) -> NDArray[np.float64]: ...
@overload
def cdlhammer(
    open: _Series, high: _Series, low: _Series, close: _Series, *, nan: _Nan = "skip", threads: int = 0
) -> _Series: ...
@overload
def cdlhammer(
    open: _Frame, high: Any = ..., low: Any = ..., close: Any = ..., *, nan: _Nan = "skip", threads: int = 0
) -> Any: ...
@overload
def cdlhammer(
    open: ArrayLike, high: ArrayLike, low: ArrayLike, close: ArrayLike, *, nan: _Nan = "skip", threads: int = 0
) -> NDArray[np.float64]: ...
@overload
def cdlshootingstar(
    open: _Series, high: _Series, low: _Series, close: _Series, *, nan: _Nan = "skip", threads: int = 0
) -> _Series: ...
@overload
def cdlshootingstar(
    open: _Frame, high: Any = ..., low: Any = ..., close: Any = ..., *, nan: _Nan = "skip", threads: int = 0
) -> Any: ...
@overload
def cdlshootingstar(
    open: ArrayLike, high: ArrayLike, low: ArrayLike, close: ArrayLike, *, nan: _Nan = "skip", threads: int = 0
) -> NDArray[np.float64]: ...
@overload
def cdlmorningstar(
    open: _Series, high: _Series, low: _Series, close: _Series, *, nan: _Nan = "skip", threads: int = 0
) -> _Series: ...
@overload
def cdlmorningstar(
    open: _Frame, high: Any = ..., low: Any = ..., close: Any = ..., *, nan: _Nan = "skip", threads: int = 0
) -> Any: ...
@overload
def cdlmorningstar(
    open: ArrayLike, high: ArrayLike, low: ArrayLike, close: ArrayLike, *, nan: _Nan = "skip", threads: int = 0
) -> NDArray[np.float64]: ...
@overload
def cdlharami(
    open: _Series, high: _Series, low: _Series, close: _Series, *, nan: _Nan = "skip", threads: int = 0
) -> _Series: ...
@overload
def cdlharami(
    open: _Frame, high: Any = ..., low: Any = ..., close: Any = ..., *, nan: _Nan = "skip", threads: int = 0
) -> Any: ...
@overload
def cdlharami(
    open: ArrayLike, high: ArrayLike, low: ArrayLike, close: ArrayLike, *, nan: _Nan = "skip", threads: int = 0
) -> NDArray[np.float64]: ...
@overload
def cdl3whitesoldiers(
    open: _Series, high: _Series, low: _Series, close: _Series, *, nan: _Nan = "skip", threads: int = 0
) -> _Series: ...
@overload
def cdl3whitesoldiers(
    open: _Frame, high: Any = ..., low: Any = ..., close: Any = ..., *, nan: _Nan = "skip", threads: int = 0
) -> Any: ...
@overload
def cdl3whitesoldiers(
    open: ArrayLike, high: ArrayLike, low: ArrayLike, close: ArrayLike, *, nan: _Nan = "skip", threads: int = 0
) -> NDArray[np.float64]: ...
@overload
def cdlmarubozu(
    open: _Series, high: _Series, low: _Series, close: _Series, *, nan: _Nan = "skip", threads: int = 0
) -> _Series: ...
@overload
def cdlmarubozu(
    open: _Frame, high: Any = ..., low: Any = ..., close: Any = ..., *, nan: _Nan = "skip", threads: int = 0
) -> Any: ...
@overload
def cdlmarubozu(
    open: ArrayLike, high: ArrayLike, low: ArrayLike, close: ArrayLike, *, nan: _Nan = "skip", threads: int = 0
) -> NDArray[np.float64]: ...
