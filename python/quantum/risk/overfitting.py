"""How likely the best of many backtests is the best by luck: combinatorially symmetric cross-validation.

After Bailey, Borwein, López de Prado and Zhu, "The Probability of Backtest Overfitting" (Journal of Computational
Finance, 2017; first 2013), section 3. The record of all trials is cut into equal blocks of time; every half of the
blocks in turn chooses the best trial, and the other half says where that one stands among all of them.
"""

from __future__ import annotations

import itertools
import math
from typing import Literal

import numpy as np
import numpy.typing as npt

from quantum.errors import ConfigError, DataError

__all__ = ["LEAST_PERIODS_PER_BLOCK", "MOST_BLOCKS", "overfitting_probability"]

MOST_BLOCKS = 20
LEAST_PERIODS_PER_BLOCK = 2
CELLS_AT_ONCE = 1 << 20
# A spread this far below the values' own size is what rounding leaves of none.
ROUNDING = 1e-12

Floats = npt.NDArray[np.float64]


def overfitting_probability(
    performance: npt.ArrayLike, *, blocks: int = 16, score: Literal["sharpe", "mean"] = "sharpe"
) -> float:
    """PBO: how often the best trial of one half of the time is no better than the median trial in the other half.

    ``performance`` is (periods, trials): profits or returns per period, of all trials that were made, not of the good
    ones. ``blocks`` is even, 2 to 20: of each of its C(blocks, blocks/2) halves the best trial is chosen by ``score``,
    mean / standard deviation (ddof = 1) or the mean; r is its rank among the N trials in the other half, 1 the worst,
    ties at their average rank. PBO is the share of halves with ln(w / (1 - w)) <= 0 where w = r / (N + 1): 0 is best,
    about 0.5 is what choosing among worthless trials gives. Of equal trials the first is chosen. Where a trial does not
    vary its Sharpe ratio counts as 0. Periods that do not fill the blocks are left out at the start.

    NaN for fewer than two trials, or fewer than two periods a block. DataError for another shape, NaN or infinity (the
    message names the place), ConfigError for another number of blocks.
    """
    matrix = _checked(performance)
    if isinstance(blocks, bool) or blocks not in range(2, MOST_BLOCKS + 1, 2):
        raise ConfigError(f"blocks is {blocks}; it must be even, from 2 to {MOST_BLOCKS}")
    if score not in ("sharpe", "mean"):
        raise ConfigError(f'score must be "sharpe" or "mean", not {score!r}')
    periods, trials = matrix.shape
    size = periods // blocks
    if trials < 2 or size < LEAST_PERIODS_PER_BLOCK:
        return math.nan
    parts = matrix[periods - size * blocks :].reshape(blocks, size, trials)
    sums, squares = parts.sum(axis=1), np.square(parts).sum(axis=1)
    halves = np.array(list(itertools.combinations(range(blocks), blocks // 2)))
    others = halves[::-1]  # in this order the complement of the first is the last
    step = max(1, CELLS_AT_ONCE // (trials * blocks))
    missed = 0
    for start in range(0, len(halves), step):
        inside, outside = (_scores(sums, squares, each[start : start + step], size, score) for each in (halves, others))
        chosen = np.argmax(inside, axis=1)
        reached = np.take_along_axis(outside, chosen[:, None], axis=1)
        twice_rank = 2 * np.sum(outside < reached, axis=1) + np.sum(outside == reached, axis=1) + 1
        missed += int(np.sum(twice_rank <= trials + 1))
    return missed / len(halves)


def _scores(sums: Floats, squares: Floats, halves: npt.NDArray[np.intp], size: int, score: str) -> Floats:
    """The score of each trial (columns) over each choice of blocks (rows)."""
    count = halves.shape[1] * size
    total = sums[halves].sum(axis=1)
    if score == "mean":
        return np.asarray(total / count)
    second = squares[halves].sum(axis=1)
    spread = second - total * total / count
    varies = spread > ROUNDING * second
    deviation = np.sqrt(np.where(varies, spread, 1.0) / (count - 1))
    return np.where(varies, total / count / deviation, 0.0)


def _checked(performance: npt.ArrayLike) -> Floats:
    """The matrix as (periods, trials) float64."""
    try:
        matrix = np.asarray(performance, dtype=np.float64)
    except (TypeError, ValueError) as cause:
        raise DataError(f"performance must be numbers: {cause}") from None
    if matrix.ndim != 2:
        raise DataError(f"performance must be (periods, trials), not of shape {matrix.shape}")
    wrong = np.argwhere(~np.isfinite(matrix))
    if wrong.size:
        period, trial = (int(each) for each in wrong[0])
        raise DataError(f"performance[{period}, {trial}] is {matrix[period, trial]}; every value must be finite")
    return matrix
