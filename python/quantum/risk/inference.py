"""How much of a Sharpe ratio is luck: probabilistic and deflated Sharpe, minimum track record length.

After Bailey and López de Prado, "The Sharpe Ratio Efficient Frontier" (2012) and "The Deflated Sharpe Ratio" (2014).
Sharpe ratios here are **per period**, not per year, and kurtosis is raw (3 for a normal): the formulas hold for no
other units. ``deflated_sharpe(2.5 / 250**0.5, trials=100, variance=0.5 / 250, periods=1250, skew=-3, kurtosis=10)``
is 0.9004.
"""

from __future__ import annotations

import math

from quantum.errors import ConfigError
from quantum.risk.normal import cumulative, quantile
from quantum.risk.series import require_fraction

__all__ = ["deflated_sharpe", "expected_max_sharpe", "min_track_record_length", "probabilistic_sharpe"]

EULER_GAMMA = 0.5772156649015329


def probabilistic_sharpe(
    sharpe: float, *, periods: int, skew: float = 0.0, kurtosis: float = 3.0, benchmark: float = 0.0
) -> float:
    """Probability that the true Sharpe ratio (per period) is above ``benchmark``, from ``periods`` returns.

    NaN for fewer than two periods, a NaN argument, or moments no distribution has.
    """
    spread = _spread(sharpe, skew, kurtosis)
    if periods < 2 or not spread > 0 or math.isnan(benchmark):
        return math.nan
    return cumulative((sharpe - benchmark) * math.sqrt((periods - 1) / spread))


def expected_max_sharpe(*, trials: int, variance: float) -> float:
    """The largest Sharpe ratio (per period) to expect among ``trials`` worthless strategies.

    ``variance`` is that of the trials' Sharpe ratios, per period. 0 for one trial; ConfigError for none.
    """
    if trials < 1:
        raise ConfigError(f"trials is {trials}; it must be at least 1")
    if not variance >= 0:
        raise ConfigError(f"variance is {variance}; it must be 0 or more")
    if trials == 1:
        return 0.0
    highest = (1 - EULER_GAMMA) * quantile(1 - 1 / trials) + EULER_GAMMA * quantile(1 - 1 / (trials * math.e))
    return math.sqrt(variance) * highest


def deflated_sharpe(
    sharpe: float, *, trials: int, variance: float, periods: int, skew: float = 0.0, kurtosis: float = 3.0
) -> float:
    """Probabilistic Sharpe against the best of ``trials`` worthless strategies: below 0.95, it may well be luck."""
    benchmark = expected_max_sharpe(trials=trials, variance=variance)
    return probabilistic_sharpe(sharpe, periods=periods, skew=skew, kurtosis=kurtosis, benchmark=benchmark)


def min_track_record_length(
    sharpe: float, *, skew: float = 0.0, kurtosis: float = 3.0, benchmark: float = 0.0, confidence: float = 0.95
) -> float:
    """Periods needed before a Sharpe ratio (per period) above ``benchmark`` is believed with ``confidence``.

    NaN where the Sharpe ratio is not above the benchmark: no record is long enough.
    """
    z = quantile(require_fraction(confidence, "confidence"))
    spread = _spread(sharpe, skew, kurtosis)
    if not (sharpe > benchmark and spread > 0):
        return math.nan
    return 1 + spread * (z / (sharpe - benchmark)) ** 2


def _spread(sharpe: float, skew: float, kurtosis: float) -> float:
    """Variance of the Sharpe ratio's estimate times (periods - 1)."""
    return 1 - skew * sharpe + (kurtosis - 1) / 4 * sharpe**2
