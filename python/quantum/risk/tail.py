"""Value at risk and expected shortfall over one period: losses are positive fractions, ``level`` 0.95 is a tail of 5 %.

``historical`` is for reports. For a live limit take ``ewma`` or ``filtered``: plain historical VaR reacts so late that
its breaches come in clusters.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from quantum.errors import ConfigError
from quantum.risk.normal import density, quantile
from quantum.risk.ratios import kurtosis, skew
from quantum.risk.series import Series, checked, has_dispersion, require_fraction

__all__ = ["CornishFisher", "Method", "cornish_fisher", "ewma_variances", "expected_shortfall", "value_at_risk"]

Method = Literal["historical", "order", "normal", "cornish_fisher", "ewma", "filtered"]

EWMA_DECAY = 0.94
EWMA_SEED = 20


@dataclass(frozen=True, slots=True)
class CornishFisher:
    """A Cornish-Fisher VaR and whether the expansion could be used."""

    value: float
    """VaR, positive fraction; the historical one where ``valid`` is False."""
    valid: bool
    """Whether the expansion is monotone for this skew and kurtosis, so that its quantiles are quantiles."""
    skew: float
    """Population skewness."""
    excess_kurtosis: float
    """Population kurtosis - 3."""


def value_at_risk(returns: Series, *, level: float = 0.95, method: Method = "historical") -> float:
    """The loss that a period exceeds with probability 1 - level.

    ``historical``: -quantile(r, α), NumPy's default; ``order``: -x_(⌈αT⌉), an observed loss; ``normal``: -(μ + z_α σ);
    ``cornish_fisher``: see :func:`cornish_fisher`; ``ewma``: decay 0.94, zero mean; ``filtered``: historical on returns
    over their EWMA deviation. NaN for fewer than two returns (``ewma``, ``filtered``: than 20 and 22) or no dispersion
    where a deviation is needed. ConfigError for another method or a level outside (0, 1).
    """
    values, tail = checked(returns), _tail(level)
    if values.size < 2:
        return math.nan
    match method:
        case "historical":
            return -float(np.quantile(values, tail))
        case "order":
            return -float(np.sort(values)[max(math.ceil(tail * values.size - 1e-9), 1) - 1])
        case "normal":
            return -(float(np.mean(values)) + quantile(tail) * float(np.std(values, ddof=1)))
        case "cornish_fisher":
            return cornish_fisher(values, level=level).value
        case "ewma":
            variances = ewma_variances(values)
            return -quantile(tail) * math.sqrt(variances[-1]) if variances.size else math.nan
        case "filtered":
            return _filtered(values, tail)
    raise ConfigError(f"method is {method!r}; it must be one of {', '.join(Method.__args__)}")


def expected_shortfall(
    returns: Series, *, level: float = 0.95, method: Literal["historical", "normal"] = "historical"
) -> float:
    """The mean loss in the worst 1 - level of periods.

    ``historical``: -[Σ_{i<=k} x_(i) + (αT - k) x_(k+1)] / (αT), k = ⌊αT⌋; ``normal``: -μ + σ φ(z_α) / α.
    NaN for fewer than two returns.
    """
    values, tail = checked(returns), _tail(level)
    if method not in ("historical", "normal"):
        raise ConfigError(f"method is {method!r}; it must be historical or normal")
    if values.size < 2:
        return math.nan
    if method == "normal":
        return -float(np.mean(values)) + float(np.std(values, ddof=1)) * density(quantile(tail)) / tail
    ordered, weight = np.sort(values), tail * values.size
    whole = math.floor(weight + 1e-9)
    rest = max(weight - whole, 0.0)
    return -(float(np.sum(ordered[:whole])) + (rest * float(ordered[whole]) if rest else 0.0)) / weight


def cornish_fisher(returns: Series, *, level: float = 0.95) -> CornishFisher:
    """VaR with the normal quantile corrected for skew S and excess kurtosis K (both population).

    z + (z² - 1) S/6 + (z³ - 3z) K/24 - (2z³ - 5z) S²/36. It is a quantile only where it rises with z: with
    a = K/8 - S²/6, b = S/3, c = 1 - K/8 + 5S²/36 that needs a > 0 and b² <= 4ac, or a = b = 0 and c >= 0. Outside,
    the historical VaR is given and ``valid`` is False. Fewer than four returns or no dispersion: NaN, not valid.
    """
    values, tail = checked(returns), _tail(level)
    s, k = skew(values), kurtosis(values)
    if math.isnan(s) or math.isnan(k):
        return CornishFisher(math.nan, False, s, k)
    if not _rises(s, k):
        return CornishFisher(-float(np.quantile(values, tail)), False, s, k)
    z = quantile(tail)
    z += (z**2 - 1) * s / 6 + (z**3 - 3 * z) * k / 24 - (2 * z**3 - 5 * z) * s**2 / 36
    return CornishFisher(-(float(np.mean(values)) + z * float(np.std(values, ddof=1))), True, s, k)


def ewma_variances(returns: Series) -> npt.NDArray[np.float64]:
    """Variance forecasts σ²_{t+1} = 0.94 σ²_t + 0.06 r²_t for the periods after the first 20.

    The mean of the first 20 squares is the forecast for the 21st period; the last value is for the period to come:
    (n,) -> (n - 19,) float64, empty for n < 20.
    """
    squares = checked(returns) ** 2
    if squares.size < EWMA_SEED:
        return np.empty(0)
    variances = np.empty(squares.size - EWMA_SEED + 1)
    variances[0] = np.mean(squares[:EWMA_SEED])
    for step, square in enumerate(squares[EWMA_SEED:].tolist()):
        variances[step + 1] = EWMA_DECAY * variances[step] + (1 - EWMA_DECAY) * square
    return variances


def _tail(level: float) -> float:
    """1 - level without the dust of the subtraction, so that 5 % of 100 periods are 5."""
    return round(1.0 - require_fraction(level, "level"), 12)


def _rises(s: float, k: float) -> bool:
    """Whether the Cornish-Fisher quantile rises with z everywhere."""
    a, b, c = k / 8 - s**2 / 6, s / 3, 1 - k / 8 + 5 * s**2 / 36
    return (a > 0 and b**2 <= 4 * a * c) or (a == 0 and b == 0 and c >= 0)


def _filtered(values: npt.NDArray[np.float64], tail: float) -> float:
    """Filtered historical VaR: the quantile of returns in units of their forecast deviation, times the next one."""
    deviations = np.sqrt(ewma_variances(values))
    if deviations.size < 3 or not has_dispersion(values) or np.any(deviations == 0):
        return math.nan
    return -float(np.quantile(values[EWMA_SEED:] / deviations[:-1], tail)) * float(deviations[-1])
