"""How far the best of a sweep is to be believed: deflated Sharpe, probability of overfitting, plateau score."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from quantum import risk
from quantum.report.metrics import Metric
from quantum.risk.overfitting import LEAST_PERIODS_PER_BLOCK
from quantum.sweeping.grid import Grid
from quantum.sweeping.outcome import Outcome

__all__ = ["best_of", "cut_blocks", "deflated", "overfitting", "places_of", "plateau"]

MOST_BLOCKS = 16
LEAST_BLOCKS = 4

Floats = npt.NDArray[np.float64]


def best_of(outcomes: Sequence[Outcome], metric: str) -> int | None:
    """The number of the run with the highest metric, the first of equals; None where no run has one."""
    values = [outcome.figures.get(metric, math.nan) for outcome in outcomes]
    known = [number for number, value in enumerate(values) if not math.isnan(value)]
    return max(known, key=lambda number: values[number]) if known else None


def deflated(outcomes: Sequence[Outcome], best: int | None) -> Metric:
    """Deflated Sharpe ratio of the best run: Bailey and López de Prado (2014).

    The variance is that of the trials' Sharpe ratios per period (ddof = 1; a run whose equity never moved counts as 0),
    the number of trials that of the runs which finished. Trials of one grid resemble each other, so there are fewer
    independent ones than that: the figure errs on the side of doubt.
    """
    finished = [outcome for outcome in outcomes if not outcome.error]
    why = ""
    value = math.nan
    if best is None:
        why = "no run has the metric by which the best is chosen"
    elif len(finished) < 2:
        why = "one trial: there is nothing to deflate by"
    else:
        sharpes = [_sharpe(outcome.returns) for outcome in finished]
        chosen = outcomes[best].returns
        sharpe = risk.sharpe(chosen, periods_per_year=1) if chosen.size else math.nan
        if math.isnan(sharpe):
            why = "the best run has no Sharpe ratio"
        elif any(math.isnan(each) for each in sharpes):
            why = "a run's equity was not always above 0, so it has no Sharpe ratio"
        else:
            skew, kurtosis = risk.skew(chosen), risk.kurtosis(chosen, excess=False)
            value = risk.deflated_sharpe(
                sharpe,
                trials=len(finished),
                variance=float(np.var(sharpes, ddof=1)),
                periods=chosen.size,
                skew=0.0 if math.isnan(skew) else skew,
                kurtosis=3.0 if math.isnan(kurtosis) else kurtosis,
            )
            why = "the best run's moments are none a distribution has" if math.isnan(value) else ""
    rule = outcomes[best].sampling if best is not None else None
    basis = f"{len(finished):,} trials, {rule.name}" if rule else f"{len(finished):,} trials"
    return Metric("deflated_sharpe", "Deflated Sharpe", value, "fraction", basis, why)


def _sharpe(returns: Floats) -> float:
    """Sharpe ratio per period; 0 where nothing moved, NaN where there are no returns."""
    if not returns.size:
        return math.nan
    value = risk.sharpe(returns, periods_per_year=1)
    return 0.0 if math.isnan(value) and not np.any(returns) else value


def cut_blocks(periods: int) -> int:
    """Blocks for so many periods: 16, fewer where a block would hold fewer than two; 0 where not even four do."""
    blocks = min(MOST_BLOCKS, periods // LEAST_PERIODS_PER_BLOCK)
    blocks -= blocks % 2
    return blocks if blocks >= LEAST_BLOCKS else 0


def overfitting(outcomes: Sequence[Outcome], metric: str) -> Metric:
    """PBO over the profits per period of every run that finished, by the metric that the sweep chose by."""
    finished = [outcome.profits for outcome in outcomes if not outcome.error]
    periods = min((each.size for each in finished), default=0)
    blocks = cut_blocks(periods)
    value, why = math.nan, ""
    if len(finished) < 2:
        why = "one trial: there was nothing to choose from"
    elif not blocks:
        least = LEAST_BLOCKS * LEAST_PERIODS_PER_BLOCK
        why = f"needs {least} periods, the runs have {periods}: choose a finer step with sampling="
    elif all(np.array_equal(each[:periods], finished[0][:periods]) for each in finished):
        why = "every run had the same profits: there was nothing to choose from"
    else:
        matrix = np.column_stack([each[:periods] for each in finished])
        value = risk.overfitting_probability(matrix, blocks=blocks, score="sharpe" if metric == "sharpe" else "mean")
    basis = f"{len(finished):,} trials, {blocks} blocks of {periods // blocks} periods" if blocks else "too few periods"
    return Metric("overfitting_probability", "Probability of overfitting", value, "fraction", basis, why)


def places_of(grid: Grid) -> npt.NDArray[np.int64]:
    """Each trial's place on each axis, (trials, axes): numbers in rising order, other values as they were given."""
    columns = []
    for name, values in grid.axes.items():
        order = sorted(values) if is_ordered(values) else list(values)
        place = {repr(value): number for number, value in enumerate(order)}
        columns.append([place[repr(trial[name])] for trial in grid.trials])
    return np.array(columns, dtype=np.int64).T.reshape(len(grid.trials), len(grid.axes))


def is_ordered(values: Sequence[object]) -> bool:
    """Whether an axis is of numbers, so that one value is beside another."""
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def plateau(grid: Grid, outcomes: Sequence[Outcome], metric: str, best: int | None) -> Metric:
    """Mean metric of the best run's neighbours over the best's own: 1 on a plateau, 0 or less on a lone peak.

    Neighbours are the runs at most one step away on every axis of numbers, corners included, and equal on every other
    axis. One without the metric, because it failed or never traded, counts as 0.
    """
    value, why, around = math.nan, "", np.zeros(0, dtype=np.intp)
    top = outcomes[best].figures[metric] if best is not None else math.nan
    if best is None:
        why = "no run has the metric by which the best is chosen"
    else:
        places = places_of(grid)
        reach = np.array([1 if is_ordered(values) else 0 for values in grid.axes.values()])
        near = np.all(np.abs(places - places[best]) <= reach, axis=1)
        near[best] = False
        around = np.flatnonzero(near)
        if not around.size:
            why = "no neighbour of the best was run"
        elif top <= 0:
            why = "the best is not above 0"
    if not why:
        beside = np.array([outcomes[number].figures.get(metric, math.nan) for number in around.tolist()])
        value = float(np.mean(np.nan_to_num(beside, nan=0.0))) / top
    basis = f"{metric} of {around.size} neighbours over the best's"
    return Metric("plateau", "Plateau", value, "ratio", basis, why)
