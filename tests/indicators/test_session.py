"""Indicators without a recorded oracle, against the plain formula."""

from __future__ import annotations

import numpy as np

import quantum as q


def make_market(bars: int) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(8)
    close = 50.0 + np.cumsum(rng.normal(0, 0.5, bars))
    return close + rng.uniform(0, 1, bars), close - rng.uniform(0, 1, bars), close, np.round(rng.exponential(50, bars))


def test_session_vwap_is_the_weighted_mean_and_spread_since_the_session_began() -> None:
    high, low, close, volume = make_market(200)
    volume[:3] = 0.0
    session = np.repeat([1.0, 2.0, 5.0, 4.0], 50)
    got = q.ta.session_vwap(high, low, close, volume, session, width=1.5)
    typical = (high + low + close) / 3
    for t in range(200):
        first = t - t % 50
        weights, prices = volume[first : t + 1], typical[first : t + 1]
        if weights.sum() == 0:
            assert np.isnan(got.vwap[t])
            continue
        mean = np.average(prices, weights=weights)
        spread = 1.5 * np.sqrt(np.average((prices - mean) ** 2, weights=weights))
        np.testing.assert_allclose([got.upper[t], got.vwap[t], got.lower[t]], [mean + spread, mean, mean - spread])


def test_keltner_is_an_average_and_ranges() -> None:
    high, low, close, _ = make_market(100)
    got = q.ta.keltner(high, low, close, 20, 10, 1.5)
    middle, reach = q.ta.ema(close, 20), 1.5 * q.ta.atr(high, low, close, 10)
    np.testing.assert_array_equal(got.middle, middle)
    np.testing.assert_array_equal(got.upper, middle + reach)
    np.testing.assert_array_equal(got.lower, middle - reach)


def test_ichimoku_is_middles_of_ranges_with_the_cloud_of_26_bars_ago() -> None:
    high, low, _, _ = make_market(150)
    got = q.ta.ichimoku(high, low)

    def middle(t: int, period: int) -> float:
        return float((high[t + 1 - period : t + 1].max() + low[t + 1 - period : t + 1].min()) / 2)

    for t in range(8, 150):
        assert got.conversion[t] == middle(t, 9)
        assert np.isnan(got.base[t]) if t < 25 else got.base[t] == middle(t, 26)
        assert np.isnan(got.span_a[t]) if t < 51 else got.span_a[t] == (middle(t - 26, 9) + middle(t - 26, 26)) / 2
        assert np.isnan(got.span_b[t]) if t < 77 else got.span_b[t] == middle(t - 26, 52)


def test_cumulative_volume_delta_is_a_running_sum() -> None:
    rng = np.random.default_rng(1)
    bought, sold = rng.integers(0, 9, 50).astype(float), rng.integers(0, 9, 50).astype(float)
    np.testing.assert_array_equal(q.ta.cvd(bought, sold), np.cumsum(bought - sold))
