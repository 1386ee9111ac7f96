"""The standard normal distribution, from the standard library; loaded at first use to keep ``import quantum`` light."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from statistics import NormalDist

__all__ = ["cumulative", "density", "quantile"]


@functools.cache
def _standard() -> NormalDist:
    from statistics import NormalDist

    return NormalDist()


def cumulative(z: float) -> float:
    """P(Z <= z)."""
    return _standard().cdf(z)


def density(z: float) -> float:
    """The density at z."""
    return _standard().pdf(z)


def quantile(probability: float) -> float:
    """The z with P(Z <= z) = probability, 0 < probability < 1."""
    return _standard().inv_cdf(probability)
