"""From the strength of a pattern to a probability: what hits of that strength did before.

A hit was right if ``horizon`` bars later the close was beyond that of the hit's bar in the hit's direction. For each
pattern and direction the share of right hits is fitted as a function of ``confidence``: never falling (isotonic
regression) or logistic (Platt). The probability contains the market's drift, as the outcomes did.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quantum.errors import ConfigError, DataError
from quantum.frames import to_nanoseconds
from quantum.scanner.panel import Panel
from quantum.scanner.table import Table
from quantum.tables import Table as Summary

__all__ = ["Calibration", "isotonic", "logistic", "walk_forward"]

Floats = NDArray[np.float64]
#: A fitted curve: probabilities of confidences.
Curve = Callable[[Floats], Floats]

NEWTON_STEPS = 100
NEWTON_PRECISION = 1e-12
LONG_AGO = np.iinfo(np.int64).min + 1


@dataclass(frozen=True)
class Outcomes:
    """What became of each hit: ``known_ns`` when it was known (n,) int64, ``right`` (n,) bool, ``usable`` (n,) bool."""

    known_ns: NDArray[np.int64]
    right: NDArray[np.bool_]
    usable: NDArray[np.bool_]


@dataclass(frozen=True)
class Calibration:
    """Curves from confidence to probability by (pattern, direction); ``fit`` makes one, ``apply`` uses it.

    ``known_until`` is the time of the last outcome it has seen.
    """

    curves: dict[tuple[str, int], Curve]
    known_until: np.datetime64
    summary: Summary

    @classmethod
    def fit(
        cls,
        hits: Table,
        panel: Panel,
        *,
        horizon: int = 5,
        method: str = "isotonic",
        until: Any = None,
        min_hits: int = 100,
    ) -> Calibration:
        """Fits on the hits of ``Scanner.scan(panel)`` whose outcome was known by ``until`` (default: all there are).

        ``method`` is "isotonic" or "logistic"; a pattern and direction with fewer than ``min_hits`` outcomes gets no
        curve. Raises ``ConfigError`` for an unknown method or a number below 1, ``DataError`` for hits of other bars.
        """
        outcomes = outcomes_of(hits, panel, horizon)
        limit = None if until is None else int(to_nanoseconds([until])[0])
        return fit_known(hits, outcomes, method, limit, min_hits)

    def apply(self, hits: Table, *, in_sample: bool = False) -> Table:
        """The hits with a further column ``p``, the probability that the hit's direction is right.

        NaN for hits without a direction or a curve, and for those up to ``known_until``, whose outcomes may be in the
        curve; ``in_sample=True`` gives these too.
        """
        p = self.probabilities(hits)
        if not in_sample:
            p[hits["time"] <= self.known_until] = np.nan
        return hits.with_column("p", p)

    def probabilities(self, hits: Table) -> Floats:
        """The curve's value at each hit, NaN where there is no curve."""
        p = np.full(len(hits), np.nan)
        for (pattern, direction), curve in self.curves.items():
            own = is_kind(hits, pattern, direction)
            p[own] = curve(hits["confidence"][own])
        return p

    def __repr__(self) -> str:
        return f"Calibration on outcomes known until {self.known_until}\n{self.summary}"


def walk_forward(
    hits: Table,
    panel: Panel,
    *,
    horizon: int = 5,
    method: str = "isotonic",
    every: int = 20,
    min_hits: int = 100,
) -> Table:
    """The hits of ``Scanner.scan(panel)`` with a column ``p`` that uses, for each, only outcomes known at its time.

    The curves are fitted anew after each ``every`` times at which there were hits; NaN until there is one.
    """
    if every < 1:
        raise ConfigError(f"every is {every}; it must be 1 or more")
    outcomes = outcomes_of(hits, panel, horizon)
    times = hits["time"].view(np.int64)
    p = np.full(len(hits), np.nan)
    starts = np.unique(times)[::every]
    ends = np.append(starts[1:], np.iinfo(np.int64).max)[: len(starts)]
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        block = hits[(times >= start) & (times < end)]
        calibration = fit_known(hits, outcomes, method, start, min_hits)
        p[(times >= start) & (times < end)] = calibration.probabilities(block)
    return hits.with_column("p", p)


def fit_known(hits: Table, outcomes: Outcomes, method: str, until: int | None, min_hits: int) -> Calibration:
    """Curves of what was known by ``until``."""
    if method not in METHODS:
        raise ConfigError(f"method is {method!r}; it must be {' or '.join(map(repr, METHODS))}")
    if min_hits < 1:
        raise ConfigError(f"min_hits is {min_hits}; it must be 1 or more")
    known = outcomes.usable if until is None else outcomes.usable & (outcomes.known_ns <= until)
    curves: dict[tuple[str, int], Curve] = {}
    rows = []
    for pattern in hits.names("pattern"):
        for direction in (1, -1):
            own = np.flatnonzero(is_kind(hits, pattern, direction) & known)
            if len(own) < min_hits:
                continue
            confidence, right = hits["confidence"][own], outcomes.right[own].astype(np.float64)
            curve = curves[pattern, direction] = METHODS[method](confidence, right)
            ends = curve(np.array([confidence.min(), confidence.max()]))
            rows.append((pattern, direction, len(own), float(right.mean()), *map(float, ends)))
    width = max((len(pattern) for pattern, _ in curves), default=1)
    floats = [(name, "f8") for name in ("right", "p_min", "p_max")]
    summary = np.array(rows, dtype=[("pattern", f"U{width}"), ("direction", "i1"), ("outcomes", "i8"), *floats])
    last = int(outcomes.known_ns[known].max()) if known.any() else LONG_AGO
    return Calibration(curves, np.datetime64(last, "ns"), Summary(summary, name="curves"))


def is_kind(hits: Table, pattern: str, direction: int) -> NDArray[np.bool_]:
    """The hits of one pattern and direction."""
    codes = hits.codes("pattern") == hits.names("pattern").index(pattern)
    kind: NDArray[np.bool_] = codes & (hits["direction"] == direction)
    return kind


def outcomes_of(hits: Table, panel: Panel, horizon: int) -> Outcomes:
    """What the closes ``horizon`` bars later said of each hit."""
    if not isinstance(hits, Table):
        raise DataError(f"hits are what Scanner.scan(panel) gives, not {type(hits).__name__}")
    if horizon < 1:
        raise ConfigError(f"horizon is {horizon}; it must be 1 bar or more")
    times, closes, first = panel.closes()
    counts = np.diff(first)
    symbols = np.array([panel.find(name) for name in hits.names("symbol")], dtype=np.int64)
    number = symbols[hits.codes("symbol")] if len(hits) else np.zeros(0, dtype=np.int64)
    t = hits["t"].astype(np.int64)
    if (number < 0).any() or (t >= counts[number]).any():
        raise DataError("there are hits of bars that the panel does not hold; fit takes the hits of scan(panel)")
    place = first[number] + t
    if (times[place] != hits["time"].view(np.int64)).any():
        raise DataError("the hits are not of this panel: their bars have other times")
    usable = (t + horizon < counts[number]) & (hits["direction"] != 0)
    later = np.where(usable, place + horizon, place)
    right = (closes[later] - closes[place]) * hits["direction"] > 0
    return Outcomes(times[later], right, usable)


def isotonic(x: Floats, y: Floats) -> Curve:
    """The never falling function nearest to ``y`` in squares, straight between its points, flat beyond them.

    Adjacent violators are pooled (Ayer and others, 1955): a falling run of means is one block in any solution, so all
    such runs are joined at once until none is left.
    """
    points, place = np.unique(x, return_inverse=True)
    weight = np.bincount(place).astype(np.float64)
    mean = np.bincount(place, y) / weight
    size = np.ones(len(points), dtype=np.int64)
    while (falls := np.diff(mean) < 0).any():
        starts = np.flatnonzero(np.concatenate([[True], ~falls]))
        total = np.add.reduceat(mean * weight, starts)
        size = np.add.reduceat(size, starts)
        weight = np.add.reduceat(weight, starts)
        mean = total / weight
    values = np.repeat(mean, size)

    def curve(confidence: Floats) -> Floats:
        result: Floats = np.interp(confidence, points, values)
        return result

    return curve


def logistic(x: Floats, y: Floats) -> Curve:
    """1 / (1 + exp(-(a x + b))) of greatest likelihood, with Platt's targets (1999) in place of 0 and 1.

    These are (right + 1) / (right + 2) and 1 / (wrong + 2), so that it exists where the outcomes can be told apart.
    """
    right = y.sum()
    target = np.where(y > 0, (right + 1) / (right + 2), 1 / (len(y) - right + 2))
    middle, spread = x.mean(), x.std()
    scaled = (x - middle) / spread if spread > 0 else np.zeros_like(x)
    design = np.stack([scaled, np.ones_like(x)])
    mean = target.mean()
    weights = np.array([0.0, np.log(mean / (1 - mean))])
    for _ in range(NEWTON_STEPS):
        p = 1 / (1 + np.exp(-weights @ design))
        slope = design @ (target - p)
        curvature = (design * (p * (1 - p))) @ design.T
        step = np.linalg.lstsq(curvature, slope, rcond=None)[0]
        weights = weights + step
        if np.abs(step).max() < NEWTON_PRECISION:
            break

    def curve(confidence: Floats) -> Floats:
        place = (confidence - middle) / spread if spread > 0 else np.zeros_like(confidence)
        result: Floats = 1 / (1 + np.exp(-(weights[0] * place + weights[1])))
        return result

    return curve


METHODS: dict[str, Callable[[Floats, Floats], Curve]] = {"isotonic": isotonic, "logistic": logistic}
