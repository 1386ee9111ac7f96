"""Strength to probability: scikit-learn's curves, no look ahead, probabilities that come true."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import quantum as q
from markets import make_market
from quantum.errors import ConfigError, DataError
from quantum.scanner.calibration import isotonic, logistic

# scikit-learn 1.9.1: IsotonicRegression(out_of_bounds="clip") and _SigmoidCalibration on the same numbers.
X = np.array(
    [
        0.84, 0.85, 0.61, 0.43, 0.24, 0.51, 0.53, 0.24, 0.24, 1.0, 0.72, 0.39, 0.55, 0.98, 0.92, 0.88, 0.51,
        0.59, 0.74, 0.25, 0.64, 0.42, 0.9, 0.25, 0.74, 0.9, 0.38, 0.92, 0.9, 0.21, 0.77, 0.2, 0.6, 0.55, 0.36,
        0.46, 0.84, 0.45, 0.32, 0.76, 0.56, 0.84, 0.39, 0.46, 0.84, 0.61, 0.61, 0.39, 0.21, 0.95, 0.27, 0.88,
        0.49, 0.96, 0.52, 0.95, 0.64, 0.39, 0.79, 0.74,
    ]
)  # fmt: skip
Y = np.array([float(digit) for digit in "111010010110111000010010101110100101011100111111010111100111"])
ASKED = np.array([0.0, 0.2, 0.25, 0.333, 0.4, 0.5, 0.61, 0.7, 0.77, 0.85, 0.9, 1.0])
ISOTONIC = [
    0.0, 0.0, 0.5, 0.5, 0.55, 0.55, 0.6, 0.6794117647058824, 0.7058823529411765, 0.7058823529411765,
    0.7058823529411765, 1.0,
]  # fmt: skip
LOGISTIC = [
    0.3184712677304453, 0.40948847313963893, 0.43354575657881733, 0.47412618766584147, 0.5071608472228007,
    0.5562627686337197, 0.6089992085857329, 0.6503854604636635, 0.6811122542871656, 0.7143852041439286,
    0.7340872650520891, 0.7707979936353057,
]  # fmt: skip


def test_the_curves_are_scikit_learns():
    np.testing.assert_allclose(isotonic(X, Y)(ASKED), ISOTONIC, rtol=1e-12)
    np.testing.assert_allclose(logistic(X, Y)(ASKED), LOGISTIC, rtol=1e-6)
    apart = logistic(np.array([0.1, 0.2, 0.3, 0.6, 0.7, 0.8]), np.array([0.0, 0, 0, 1, 1, 1]))
    np.testing.assert_allclose(apart(np.array([0.1, 0.45, 0.8])), [0.140145087, 0.5, 0.859855055], rtol=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_isotonic_is_the_largest_mean_of_the_smallest_means(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 12, 40) / 12, rng.integers(0, 2, 40).astype(float)
    points = np.unique(x)
    slow = [
        max(min(y[(x >= a) & (x <= b)].mean() for b in points[points >= each]) for a in points[points <= each])
        for each in points
    ]
    np.testing.assert_allclose(isotonic(x, y)(points), slow, rtol=1e-12)


@pytest.mark.parametrize("fit", [isotonic, logistic])
def test_one_strength_only_gives_its_share(fit):
    share = fit(np.full(50, 0.5), np.repeat([1.0, 0.0], [30, 20]))(np.array([0.1, 0.5, 0.9]))
    assert np.ptp(share) == 0 and abs(share[0] - 0.6) < 0.01


def make_panel(instruments: int = 40, bars: int = 250) -> pd.DataFrame:
    return pd.concat([make_market(f"S{seed}", bars, seed, drift=0.001) for seed in range(instruments)])


@pytest.fixture(scope="module")
def market() -> pd.DataFrame:
    return make_panel()


def scan(market: pd.DataFrame) -> tuple[q.scanner.Table, q.Panel]:
    panel = q.Panel.from_pandas(market)
    return q.Scanner().scan(panel), panel


def test_a_curve_is_the_share_of_hits_that_went_their_way(market):
    hits, panel = scan(market)
    calibration = q.scanner.Calibration.fit(hits, panel, horizon=5, min_hits=50)
    close = market.pivot_table(index="time", columns="symbol", values="close")
    frame = hits.to_pandas().astype({"symbol": str, "pattern": str})
    moved = {symbol: (close[symbol].shift(-5) - close[symbol]).to_numpy() for symbol in close}
    rows = zip(frame["symbol"], frame["t"], frame["direction"], strict=True)
    frame["right"] = [moved[symbol][t] * direction > 0 for symbol, t, direction in rows]
    frame = frame[(frame["t"] + 5 < 250) & (frame["direction"] != 0)]
    shares = frame.groupby(["pattern", "direction"])["right"].agg(["mean", "size"])
    assert len(calibration.summary) == (shares["size"] >= 50).sum() > 10
    for row in calibration.summary:
        expected = shares.loc[row["pattern"], row["direction"]]
        assert row["outcomes"] == expected["size"] and abs(row["right"] - expected["mean"]) < 1e-12
    known = calibration.apply(hits, in_sample=True)
    own = ~np.isnan(known["p"])
    assert own.sum() > 1000 and ((known["p"][own] >= 0) & (known["p"][own] <= 1)).all()
    assert np.isnan(calibration.apply(hits)["p"][hits["time"] <= calibration.known_until]).all()
    assert "curves" in repr(calibration)


@pytest.mark.parametrize("method", ["isotonic", "logistic"])
def test_probabilities_never_depend_on_later_bars(market, method):
    options = {"horizon": 5, "method": method, "every": 10, "min_hits": 20}
    whole = q.scanner.walk_forward(*scan(market), **options)
    cut = market["time"].min() + pd.Timedelta(days=179)
    head = q.scanner.walk_forward(*scan(market[market["time"] <= cut]), **options)
    early = whole["time"] <= np.datetime64(cut)
    np.testing.assert_array_equal(whole["p"][early], head["p"])
    assert np.isfinite(head["p"]).sum() > 1000 and np.isnan(head["p"][:50]).all()
    fitted = q.scanner.Calibration.fit(*scan(market), method=method, until=cut, min_hits=20)
    assert fitted.known_until <= np.datetime64(cut)
    same = q.scanner.Calibration.fit(*scan(market[market["time"] <= cut]), method=method, min_hits=20)
    np.testing.assert_array_equal(fitted.apply(whole, in_sample=True)["p"], same.apply(whole, in_sample=True)["p"])


def test_probabilities_come_true_where_strength_tells_something():
    rng = np.random.default_rng(3)
    x = rng.uniform(0, 1, 20_000)
    truth = 0.35 + 0.3 * x
    y = (rng.uniform(size=20_000) < truth).astype(float)
    for fit in (isotonic, logistic):
        assert np.abs(fit(x, y)(x) - truth).mean() < 0.02


def test_a_column_more_is_in_every_kind_of_table(market):
    hits = q.scanner.walk_forward(*scan(market[market["symbol"] < "S2"]), min_hits=20)
    assert hits.columns[-1] == "p" == hits.to_polars().columns[-1] == hits.to_arrow().column_names[-1]
    assert np.array_equal(hits[hits["direction"] > 0]["p"], hits["p"][hits["direction"] > 0], equal_nan=True)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda h, p: q.scanner.Calibration.fit(h, p, method="isotone"), ConfigError, "'isotonic' or 'logistic'"),
        (lambda h, p: q.scanner.Calibration.fit(h, p, horizon=0), ConfigError, "horizon is 0"),
        (lambda h, p: q.scanner.Calibration.fit(h, p, min_hits=0), ConfigError, "min_hits is 0"),
        (lambda h, p: q.scanner.Calibration.fit(h, p, until="soon"), DataError, "time cannot be read"),
        (lambda h, p: q.scanner.Calibration.fit(h.to_pandas(), p), DataError, "not DataFrame"),
        (lambda h, p: q.scanner.walk_forward(h, p, every=0), ConfigError, "every is 0"),
    ],
)
def test_a_wrong_call_is_told_what_is_right(market, call, error, says):
    with pytest.raises(error, match=says):
        call(*scan(market[market["symbol"] == "S1"]))


def test_hits_of_other_bars_are_refused(market):
    hits, _ = scan(market)
    other = market[market["symbol"] == "S1"]
    with pytest.raises(DataError, match="does not hold"):
        q.scanner.Calibration.fit(hits, scan(other)[1])
    one, _ = scan(other)
    shifted = other.assign(time=other["time"] + pd.Timedelta(days=1))
    with pytest.raises(DataError, match="other times"):
        q.scanner.Calibration.fit(one, scan(shifted)[1])


@pytest.mark.parametrize("bars", [0, 1, 13])
def test_nothing_known_gives_no_probability(bars):
    hits, panel = scan(make_panel(1, bars))
    assert len(q.scanner.Calibration.fit(hits, panel).summary) == 0
    assert len(q.scanner.walk_forward(hits, panel)) == len(hits)
