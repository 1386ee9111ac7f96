"""The probability of overfitting against a slow reading of the paper, and on records whose answer is known."""

from __future__ import annotations

import itertools
import math
import statistics

import numpy as np
import pytest
from scipy import stats

from quantum import risk
from quantum.errors import ConfigError, DataError


def slowly(record, blocks, score):
    """Section 3 of the paper, step by step: the logits' share at or below zero."""
    size = len(record) // blocks
    rows = record[len(record) - size * blocks :]
    parts = [rows[at * size : (at + 1) * size] for at in range(blocks)]
    logits = []
    for chosen in itertools.combinations(range(blocks), blocks // 2):
        train = [row for at in range(blocks) if at in chosen for row in parts[at]]
        test = [row for at in range(blocks) if at not in chosen for row in parts[at]]
        inside = [score([float(row[trial]) for row in train]) for trial in range(len(record[0]))]
        outside = [score([float(row[trial]) for row in test]) for trial in range(len(record[0]))]
        best = inside.index(max(inside))
        w = stats.rankdata(outside)[best] / (len(outside) + 1)
        logits.append(math.log(w / (1 - w)))
    return sum(each <= 1e-12 for each in logits) / len(logits)


def sharpe(values):
    spread = statistics.stdev(values)
    return statistics.fmean(values) / spread if spread else 0.0


@pytest.mark.parametrize(("seed", "periods", "trials", "blocks"), [(1, 40, 2, 4), (2, 61, 7, 6), (3, 90, 12, 8)])
@pytest.mark.parametrize("score", ["sharpe", "mean"])
def test_agrees_with_the_paper_read_slowly(seed, periods, trials, blocks, score):
    record = np.random.default_rng(seed).normal(0.02, 1.0, (periods, trials))
    record[: periods // 3, 0] = 0.0  # a trial that does not trade at first
    record[:, -1] = record[:, 0] if trials > 5 else record[:, -1]  # and its twin
    oracle = slowly(record.tolist(), blocks, sharpe if score == "sharpe" else statistics.fmean)
    assert risk.overfitting_probability(record, blocks=blocks, score=score) == oracle


def test_by_hand_with_two_blocks_and_two_trials():
    # Block one: trial 0 earns 3, trial 1 earns 1. Block two: 0 earns 1, 1 earns 2. Each half chooses the other's loser.
    record = [[1.0, 0.0], [2.0, 1.0], [0.0, 1.5], [1.0, 0.5]]
    assert risk.overfitting_probability(record, blocks=2, score="mean") == 1.0
    # The same trial is the better one in both.
    assert risk.overfitting_probability([[2.0, 0.0], [2.0, 1.0], [3.0, 1.5], [1.0, 0.5]], blocks=2, score="mean") == 0.0


def test_choosing_among_worthless_trials_is_wrong_half_of_the_time():
    records = (np.random.default_rng(seed).normal(size=(64, 10)) for seed in range(60))
    found = [risk.overfitting_probability(record, blocks=8) for record in records]
    assert np.mean(found) == pytest.approx(0.5, abs=0.06)


def test_one_trial_far_above_the_others_is_no_luck():
    record = np.random.default_rng(5).normal(size=(320, 20))
    record[:, 7] += 1.0
    assert risk.overfitting_probability(record) == 0.0


def test_twins_are_tied_whatever_their_columns():
    record = np.random.default_rng(6).normal(size=(48, 1))
    for trials in (2, 3, 9, 33):
        # All equal: each is the median, so no choice is better than it.
        assert risk.overfitting_probability(np.repeat(record, trials, axis=1), blocks=6) == 1.0


def test_many_trials_are_worked_through_in_pieces_alike():
    record = np.random.default_rng(8).normal(size=(64, 40))
    whole = risk.overfitting_probability(record, blocks=10)
    module = risk.overfitting
    kept, module.CELLS_AT_ONCE = module.CELLS_AT_ONCE, 1
    try:
        assert risk.overfitting_probability(record, blocks=10) == whole
    finally:
        module.CELLS_AT_ONCE = kept


def test_too_little_is_nan():
    assert math.isnan(risk.overfitting_probability(np.ones((100, 1))))
    assert math.isnan(risk.overfitting_probability(np.ones((31, 3))))
    assert not math.isnan(risk.overfitting_probability(np.ones((32, 3))))


def test_what_makes_no_sense_is_said():
    with pytest.raises(DataError, match=r"performance\[2, 1\] is nan"):
        risk.overfitting_probability([[1.0, 1.0], [1.0, 1.0], [1.0, math.nan]])
    with pytest.raises(DataError, match=r"not of shape \(3,\)"):
        risk.overfitting_probability([1.0, 2.0, 3.0])
    for blocks in (0, 3, 22, True, -2):
        with pytest.raises(ConfigError, match="blocks is"):
            risk.overfitting_probability(np.ones((100, 2)), blocks=blocks)
    with pytest.raises(ConfigError, match=r"not .median"):
        risk.overfitting_probability(np.ones((100, 2)), score="median")
