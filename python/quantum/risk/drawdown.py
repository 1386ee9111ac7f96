"""How far equity fell from its peak, for how long, and whether it came back. No annualisation, so always known."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from quantum.risk.series import Series, checked

__all__ = ["Drawdown", "drawdowns", "max_drawdown", "worst_drawdown"]


@dataclass(frozen=True, slots=True)
class Drawdown:
    """The deepest fall of an equity curve; indices are into the curve."""

    fraction: float
    """1 - trough / peak: 0.1 is a loss of a tenth. Above 1 where equity went below zero."""
    peak: int
    """Index of the peak it fell from."""
    trough: int
    """Index of the deepest point."""
    recovery: int | None
    """Index of the first point at or above the peak again; None if it never came back."""
    duration: int
    """Periods from the peak to the recovery, or to the end."""


def drawdowns(equity: Series) -> npt.NDArray[np.float64]:
    """1 - E_t / max_{s <= t} E_s: (n,) float64, fractions, 0 at each new peak; NaN while no peak was above 0."""
    curve = checked(equity, "equity")
    peaks = np.maximum.accumulate(curve)
    fall = np.full(curve.shape, np.nan)
    np.divide(curve, peaks, out=fall, where=peaks > 0)
    return np.maximum(1.0 - fall, 0.0)


def worst_drawdown(equity: Series) -> Drawdown:
    """The deepest drawdown, the first of equals. The starting equity is the first point of the curve.

    An empty curve, or one that was never above 0, has the fraction NaN.
    """
    curve = checked(equity, "equity")
    falls = drawdowns(curve)
    if curve.size == 0 or np.all(np.isnan(falls)):
        return Drawdown(math.nan, 0, 0, None, 0)
    trough = int(np.nanargmax(falls))
    peak = int(np.argmax(curve[: trough + 1]))
    back = np.flatnonzero(curve[trough:] >= curve[peak])
    recovery = trough + int(back[0]) if back.size else None
    end = recovery if recovery is not None else curve.size - 1
    return Drawdown(float(falls[trough]), peak, trough, recovery, end - peak)


def max_drawdown(equity: Series) -> float:
    """The deepest drawdown as a positive fraction."""
    return worst_drawdown(equity).fraction
