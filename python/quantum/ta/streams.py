"""Indicators fed bar by bar: one, or one on many instruments side by side."""

from __future__ import annotations

from typing import Any

import numpy as np

from quantum import _core
from quantum.errors import ConfigError, DataError
from quantum.ta.arrays import Array
from quantum.ta.calls import RESULTS
from quantum.ta.table import find

__all__ = ["PanelStream", "Stream", "stream"]


class Stream:
    """One indicator fed bar by bar; each value equals the batch's at the same bar."""

    def __init__(self, name: str, *given: float, nan: str = "skip", **named: float) -> None:
        self.indicator = find(name)
        self._crowd = _core.IndicatorCrowd(self.indicator.name, self.indicator.arguments(given, **named), 1, nan)
        self.value: Any = float("nan")

    def update(self, *bar: float) -> Any:
        """Takes one bar (a number per input); the value, or a named tuple of values, NaN before the first."""
        try:
            values = self._crowd.update_one(list(bar))
        except TypeError:
            raise DataError(f"a bar of {self.indicator.name} is numbers, not {bar!r}") from None
        self.value = values[0] if len(values) == 1 else RESULTS[self.indicator.name](*values)
        return self.value


class PanelStream:
    """One indicator live on many instruments at once, states side by side."""

    def __init__(self, name: str, *given: float, instruments: int, nan: str = "skip", **named: float) -> None:
        self.indicator = find(name)
        if not isinstance(instruments, int | np.integer) or instruments < 0:
            raise ConfigError(f"instruments is {instruments!r}; it must be a whole number from 0")
        self._crowd = _core.IndicatorCrowd(
            self.indicator.name, self.indicator.arguments(given, **named), instruments, nan
        )

    def update(self, *bar: Array) -> Any:
        """Takes one bar of every instrument: an array (instruments,) per input; an array, or a named tuple of them."""
        arrays = [np.ascontiguousarray(values, dtype=np.float64) for values in bar]
        values = self._crowd.update(arrays)
        return values[0] if len(values) == 1 else RESULTS[self.indicator.name](*values)


def stream(name: str, *given: float, nan: str = "skip", **named: float) -> Stream:
    """A ``Stream`` of the indicator: ``stream("rsi", 14).update(price)``."""
    return Stream(name, *given, nan=nan, **named)
