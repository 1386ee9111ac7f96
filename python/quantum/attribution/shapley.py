"""A difference between two results, divided among the changes that made it: Shapley's value."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

__all__ = ["shapley", "subsets"]


def shapley(causes: Sequence[str], value: Callable[[frozenset[str]], float]) -> dict[str, float]:
    """Each cause's share of ``value(all causes) - value(none)``.

    A cause's share is the mean, over every order in which the changes could be made, of what its own change adds:
    Σ over S without it of |S|! (n - |S| - 1)! / n! · (value(S with it) - value(S)) (Shapley 1953). The shares sum to
    the difference up to rounding; a cause that never matters has 0; no order of the causes is preferred.
    ``value`` is asked once for each of the 2^n subsets.
    """
    count = len(causes)
    known = {subset: value(subset) for subset in subsets(causes)}
    shares = {}
    for cause in causes:
        parts = [
            (known[subset | {cause}] - known[subset]) / (count * math.comb(count - 1, len(subset)))
            for subset in known
            if cause not in subset
        ]
        shares[cause] = math.fsum(parts)
    return shares


def subsets(causes: Sequence[str]) -> list[frozenset[str]]:
    """Every set of causes, the empty one first."""
    return [frozenset(chosen) for size in range(len(causes) + 1) for chosen in itertools.combinations(causes, size)]
