"""Indicators fed bar by bar: one, or one on many instruments side by side."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from quantum import _core
from quantum.errors import ConfigError
from quantum.ta.arrays import Array
from quantum.ta.calls import RESULTS
from quantum.ta.table import Indicator, find

__all__ = ["PanelStream", "Stream", "stream"]


class Stream(_core.IndicatorStream):
    """One indicator fed bar by bar.

    ``update(*bar)`` takes a number per input and gives the value, or a named tuple of values; ``value`` is what the
    last update gave; both are NaN before the first. ``reset()`` begins again; a copy goes on from the same state. As an
    annotated field of a strategy it is native state: a run begins with it fresh, and compiled callbacks call the core's
    own function.

    Raises ConfigError for another count of numbers, DataError for an unusable bar with ``nan="raise"``.
    """

    __slots__ = ()

    def __new__(cls, name: str, *given: float, nan: str = "skip", **named: float) -> Self:
        """The indicator ``name`` with its arguments."""
        row = find(name)
        return super().__new__(cls, row.name, row.arguments(given, **named), nan, RESULTS.get(row.name))

    @property
    def indicator(self) -> Indicator:
        """Its row of the table."""
        return find(self.name)

    def fresh(self) -> Self:
        """The same indicator before its first bar."""
        return type(self)(self.name, *self.arguments, nan=self.nan)

    def __copy__(self) -> Self:
        made = self.fresh()
        made.take_state(self)
        return made

    def __deepcopy__(self, _memo: object) -> Self:
        return self.__copy__()

    def __repr__(self) -> str:
        arguments = "".join(f", {argument:g}" for argument in self.arguments)
        return f"stream({self.name!r}{arguments}{'' if self.nan == 'skip' else f', nan={self.nan!r}'})"


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
