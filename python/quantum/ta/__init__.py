"""Technical indicators: exact, causal, incremental, on arrays, series and whole panels.

Every function of this module is made from the core's one table (``catalog()``): ``ta.rsi(close, 14)``,
``ta.macd(close, fast=12, slow=26, signal=9)``, ``ta.atr(high, low, close)``, or ``ta.atr(frame)`` with a frame that has
these columns. NumPy, pandas, polars or Arrow in, the same out; shape ``(n,)`` or ``(instruments, n)`` (a pandas or
polars frame is a panel with one column per instrument). Several outputs come as a named tuple. NaN marks the bars
before the first value. All functions take ``nan=`` ("skip": an unusable bar does not advance the state, "propagate",
"raise") and ``threads=`` (0: all cores); they raise ``ConfigError`` for arguments out of range and ``DataError`` for
bad series.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quantum.errors import ConfigError
from quantum.ta.calls import compute, run
from quantum.ta.functions import *  # noqa: F403  # one function for each indicator
from quantum.ta.functions import __all__ as _functions
from quantum.ta.streams import PanelStream, Stream, stream
from quantum.ta.table import Indicator, Parameter, catalog, find, parse

__all__ = ["Indicator", "PanelStream", "Parameter", "Stream", "catalog", "compute", "find", "parse", "run", "stream"]
__all__ += list(_functions)


if not TYPE_CHECKING:  # a type checker is to say of a wrong name that it is wrong

    def __getattr__(name: str) -> Any:
        """A name that is no indicator: the error says which is the nearest."""
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            find(name)
        except ConfigError as error:
            raise AttributeError(str(error)) from None
        raise AttributeError(f"module 'quantum.ta' has no attribute {name!r}; indicator names are lower case")
