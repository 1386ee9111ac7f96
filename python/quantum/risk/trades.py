"""What the closed trades say: how often they win, how much, how long they last."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from quantum.errors import DataError
from quantum.risk.series import Series, checked

__all__ = ["TradeStatistics", "trade_statistics"]


@dataclass(frozen=True, slots=True)
class TradeStatistics:
    """Statistics of closed trades; money in the currency of the profits given, losses positive, NaN where none."""

    count: int
    wins: int
    losses: int
    win_rate: float
    """Wins over all trades; a trade of exactly 0 is neither a win nor a loss."""
    profit_factor: float
    """Sum of wins over sum of losses; NaN without a loss."""
    average_win: float
    average_loss: float
    largest_win: float
    largest_loss: float
    average_profit: float
    average_duration_s: float


def trade_statistics(profits: Series, durations_s: Series | None = None) -> TradeStatistics:
    """Statistics of trades from their profits (n,) and, where known, durations (n,) in seconds."""
    values = checked(profits, "profits")
    lengths = np.empty(0) if durations_s is None else checked(durations_s, "durations_s")
    if durations_s is not None and lengths.size != values.size:
        raise DataError(f"durations_s has {lengths.size} values for {values.size} trades")
    wins, losses = values[values > 0], -values[values < 0]
    lost = float(np.sum(losses))
    return TradeStatistics(
        count=int(values.size),
        wins=int(wins.size),
        losses=int(losses.size),
        win_rate=wins.size / values.size if values.size else math.nan,
        profit_factor=float(np.sum(wins)) / lost if lost > 0 else math.nan,
        average_win=_mean(wins),
        average_loss=_mean(losses),
        largest_win=_largest(wins),
        largest_loss=_largest(losses),
        average_profit=_mean(values),
        average_duration_s=_mean(lengths),
    )


def _mean(values: npt.NDArray[np.float64]) -> float:
    return float(np.mean(values)) if values.size else math.nan


def _largest(values: npt.NDArray[np.float64]) -> float:
    return float(np.max(values)) if values.size else math.nan
