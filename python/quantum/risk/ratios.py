"""Return, risk and their ratios, each per year.

Simple returns, standard deviation with ddof = 1, ``periods_per_year`` 252 unless said. Too few points or no dispersion
give NaN: never infinity, and never 0 dressed up as a figure.
"""

from __future__ import annotations

import math

import numpy as np

from quantum.risk.drawdown import max_drawdown
from quantum.risk.series import Series, checked, has_dispersion, per_period, require_positive, wealth

__all__ = ["cagr", "calmar", "kurtosis", "sharpe", "skew", "sortino", "volatility"]


def volatility(returns: Series, *, periods_per_year: float = 252) -> float:
    """Standard deviation (ddof = 1) of the returns times √periods_per_year; NaN for fewer than two."""
    values = checked(returns)
    year = require_positive(periods_per_year, "periods_per_year")
    return float(np.std(values, ddof=1)) * math.sqrt(year) if values.size >= 2 else math.nan


def sharpe(returns: Series, *, rf: float = 0.0, periods_per_year: float = 252) -> float:
    """mean(r - rf) / std(r - rf, ddof=1) · √periods_per_year; ``rf`` is annual.

    NaN for fewer than two returns or none that differ.
    """
    excess = checked(returns) - per_period(rf, periods_per_year)
    if not has_dispersion(excess):
        return math.nan
    return float(np.mean(excess) / np.std(excess, ddof=1)) * math.sqrt(periods_per_year)


def sortino(returns: Series, *, mar: float = 0.0, periods_per_year: float = 252) -> float:
    """(mean(r) - MAR) · periods / (√(Σ min(r - MAR, 0)² / T) · √periods), T all periods; ``mar`` is per period.

    NaN for fewer than two returns or none below ``mar``.
    """
    values = checked(returns) - mar
    year = require_positive(periods_per_year, "periods_per_year")
    if values.size < 2:
        return math.nan
    downside = math.sqrt(float(np.mean(np.minimum(values, 0.0) ** 2)))
    return float(np.mean(values)) / downside * math.sqrt(year) if downside > 0 else math.nan


def cagr(returns: Series, *, periods_per_year: float = 252) -> float:
    """(Π(1 + r))^(periods_per_year / T) - 1; -1 once wealth was gone, NaN for no returns."""
    values = checked(returns)
    year = require_positive(periods_per_year, "periods_per_year")
    if values.size == 0:
        return math.nan
    if np.any(values <= -1):
        return -1.0
    try:
        return math.expm1(float(np.sum(np.log1p(values))) * year / values.size)
    except OverflowError:
        return math.nan


def calmar(returns: Series, *, periods_per_year: float = 252) -> float:
    """CAGR over the max drawdown of the whole history, both from these returns; NaN where there was no drawdown."""
    fall = max_drawdown(wealth(returns))
    return cagr(returns, periods_per_year=periods_per_year) / fall if fall > 0 else math.nan


def skew(returns: Series) -> float:
    """Population skewness m3 / m2^1.5; NaN for fewer than three returns or no dispersion."""
    return _moment(returns, 3)


def kurtosis(returns: Series, *, excess: bool = True) -> float:
    """Population kurtosis m4 / m2², minus 3 if ``excess``; NaN for fewer than four returns or no dispersion."""
    return _moment(returns, 4) - (3.0 if excess else 0.0)


def _moment(returns: Series, order: int) -> float:
    """The standardised central moment of this order."""
    values = checked(returns)
    if values.size < order or not has_dispersion(values):
        return math.nan
    centred = values - np.mean(values)
    return float(np.mean((centred / math.sqrt(float(np.mean(centred**2)))) ** order))
