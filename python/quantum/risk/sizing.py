"""How much: Kelly fractions with their unit named, the capped size made of them, concentration."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from quantum.errors import ConfigError, DataError
from quantum.risk.series import Series, checked, has_dispersion, require_positive

__all__ = ["concentration", "kelly_at_risk", "kelly_binary", "kelly_continuous", "kelly_portfolio", "kelly_size"]

KELLY_LEAST_TRADES = 30


def kelly_binary(win_probability: float, *, win: float, loss: float) -> float:
    """Fraction of capital to *stake* (notional): p/a - q/b.

    A win pays b = ``win``, a loss costs a = ``loss`` per unit staked. May be negative (take the other side) or above 1
    (borrow).
    """
    p = _probability(win_probability)
    return p / require_positive(loss, "loss") - (1 - p) / require_positive(win, "win")


def kelly_at_risk(win_probability: float, *, payoff: float) -> float:
    """Fraction of capital to put *at risk*: the textbook p - q/B, B = average win over average loss.

    It is what may be lost, not the notional: that is this fraction over the loss per unit staked.
    """
    p = _probability(win_probability)
    return p - (1 - p) / require_positive(payoff, "payoff")


def kelly_continuous(returns: Series, *, rf: float = 0.0) -> float:
    """Leverage (μ - r) / σ² from simple returns; ``rf`` per period. NaN for fewer than two returns or no dispersion."""
    values = checked(returns)
    if not has_dispersion(values):
        return math.nan
    return (float(np.mean(values)) - rf) / float(np.var(values, ddof=1))


def kelly_portfolio(mean: Series, covariance: npt.ArrayLike, *, rf: float = 0.0) -> npt.NDArray[np.float64]:
    """Leverage per asset Σ⁻¹(μ - r): (k,), (k, k) -> (k,) float64. DataError where Σ is singular or misshapen."""
    expected, matrix = checked(mean, "mean"), np.asarray(covariance, dtype=np.float64)
    if matrix.shape != (expected.size, expected.size):
        raise DataError(f"covariance has shape {matrix.shape}; {expected.size} means need a square of that side")
    if not np.all(np.isfinite(matrix)):
        raise DataError("covariance holds NaN or infinity; every value must be finite")
    if np.linalg.matrix_rank(matrix) < expected.size:
        raise DataError("covariance is singular; drop an asset that others already span")
    return np.asarray(np.linalg.solve(matrix, expected - rf), dtype=np.float64)


def kelly_size(fraction: float, *, trades: int, multiple: float = 0.5, cap: float = 0.25) -> float:
    """Fraction of capital to use: min(max(multiple · fraction, 0), cap); half Kelly capped at a quarter by default.

    0 where the fraction is negative or NaN, or rests on fewer than 30 trades.
    """
    if trades < KELLY_LEAST_TRADES or math.isnan(fraction):
        return 0.0
    return min(max(require_positive(multiple, "multiple") * fraction, 0.0), require_positive(cap, "cap"))


def concentration(values: Series) -> float:
    """Herfindahl index Σ(|v_i| / Σ|v|)² of position values: 1/n when equal, 1 when in one name, NaN without any."""
    sizes = np.abs(checked(values, "values"))
    largest = float(np.max(sizes)) if sizes.size else 0.0
    if largest == 0:
        return math.nan
    shares = sizes / largest
    return float(np.sum((shares / np.sum(shares)) ** 2))


def _probability(value: float) -> float:
    if not 0 <= value <= 1:
        raise ConfigError(f"win_probability is {value}; it must be between 0 and 1")
    return float(value)
