"""What every figure starts from: a checked series, simple returns, wealth.

A series is one-dimensional and finite. NaN or infinity is a :class:`~quantum.errors.DataError` (a ValueError) that
names the index: a figure made from a hole in the data would be a lie with two decimals.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from quantum.errors import ConfigError, DataError

__all__ = ["Series", "checked", "has_dispersion", "per_period", "require_fraction", "require_positive", "returns", "wealth"]

Series = npt.ArrayLike
"""Anything NumPy reads as a one-dimensional float series: list, array, pandas or polars column."""

# A simple return is a ratio near 1 minus 1: it carries an error of about one unit in the last place of 1. A spread of
# a few such units is rounding, not risk.
ROUNDING = 4.0 * float(np.finfo(np.float64).eps)


def checked(values: Series, what: str = "returns") -> npt.NDArray[np.float64]:
    """The series as (n,) float64.

    DataError if it is not one-dimensional or numeric, or holds NaN or infinity; the message names the index.
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as cause:
        raise DataError(f"{what} must be numbers: {cause}") from None
    if array.ndim != 1:
        raise DataError(f"{what} must be one-dimensional, not of shape {array.shape}")
    wrong = np.flatnonzero(~np.isfinite(array))
    if wrong.size:
        raise DataError(f"{what}[{wrong[0]}] is {array[wrong[0]]}; every value must be finite")
    return array


def require_positive(value: float, what: str) -> float:
    """The number if it is finite and above 0, else ConfigError."""
    if not (math.isfinite(value) and value > 0):
        raise ConfigError(f"{what} is {value}; it must be a finite number above 0")
    return float(value)


def require_fraction(value: float, what: str) -> float:
    """The number if it is strictly between 0 and 1, else ConfigError."""
    if not 0 < value < 1:
        raise ConfigError(f"{what} is {value}; it must be above 0 and below 1")
    return float(value)


def returns(equity: Series) -> npt.NDArray[np.float64]:
    """Simple returns E_t / E_{t-1} - 1 of an equity curve: (n,) -> (n - 1,) float64, fractions.

    DataError where equity is not positive: a return on nothing, or on debt, has no meaning.
    """
    curve = checked(equity, "equity")
    wrong = np.flatnonzero(curve[:-1] <= 0)
    if wrong.size:
        raise DataError(f"equity[{wrong[0]}] is {curve[wrong[0]]}; a return needs equity above 0 before it")
    return curve[1:] / curve[:-1] - 1.0


def wealth(values: Series) -> npt.NDArray[np.float64]:
    """Growth of 1 through the returns, the 1 included: (n,) -> (n + 1,) float64."""
    return np.concatenate([[1.0], np.cumprod(1.0 + checked(values))])


def per_period(rate: float, periods_per_year: float) -> float:
    """An annual rate per period: (1 + rate)^(1 / periods_per_year) - 1."""
    if not (math.isfinite(rate) and rate > -1):
        raise ConfigError(f"annual rate is {rate}; it must be finite and above -1")
    return math.expm1(math.log1p(rate) / require_positive(periods_per_year, "periods_per_year"))


def has_dispersion(values: npt.NDArray[np.float64]) -> bool:
    """Whether the values differ by more than the rounding of a return."""
    if values.size < 2:
        return False
    return float(np.ptp(values)) > ROUNDING * max(1.0, float(np.max(np.abs(values))))
