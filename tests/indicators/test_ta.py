"""Properties all indicators share: stream = batch, panels = rows, causality, policies for NaN, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import quantum as q
from quantum.errors import ConfigError, DataError

NAMES = [row.name for row in q.ta.catalog()]


def make_bars(bars: int, seed: int, kind: str = "walk") -> dict[str, np.ndarray]:
    """Open, high, low, close and volume of a random market, and every other series an indicator may read."""
    rng = np.random.default_rng(seed)
    if kind == "ties":
        close = 100.0 + np.cumsum(rng.integers(-1, 2, bars))
        wicks = rng.integers(0, 3, (2, bars)).astype(float)
    else:
        close = 100.0 * np.exp(np.cumsum(rng.normal(0, 0.02, bars)))
        wicks = np.abs(rng.normal(0, 1, (2, bars)))
    opened = np.concatenate([close[:1], close[:-1]])
    high, low = np.maximum(opened, close) + wicks[0], np.minimum(opened, close) - wicks[1]
    volume = rng.integers(0, 50, bars) * 10.0
    return {
        "open": opened, "high": high, "low": low, "close": close, "volume": volume, "first": high, "second": low,
        "session": np.repeat(np.arange(bars // 30 + 1), 30)[:bars].astype(float),
        "buy_volume": volume * 0.6, "sell_volume": volume * 0.4,
    }  # fmt: skip


def as_rows(result: object) -> np.ndarray:
    """Outputs side by side."""
    return np.stack(result) if isinstance(result, tuple) else np.asarray(result)[None]


def run(name: str, frame: dict[str, np.ndarray], *arguments: float, **options: object) -> np.ndarray:
    row = q.ta.find(name)
    return as_rows(q.ta.run(name, *[frame[label] for label in row.inputs], *arguments, **options))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["walk", "ties"])
def test_a_stream_gives_the_batch_value_at_every_bar(name: str, kind: str) -> None:
    frame = make_bars(300, 7, kind)
    row, stream = q.ta.find(name), q.ta.stream(name)
    values = [np.atleast_1d(stream.update(*(frame[label][t] for label in row.inputs))) for t in range(300)]
    # Two kernels read each window anew: equal but for rounding. All others are the stream.
    limit = 1e-12 if name in ("bbands", "stddev") else 0.0
    np.testing.assert_allclose(np.stack(values, axis=1), run(name, frame), rtol=limit, atol=limit)


@pytest.mark.parametrize("name", NAMES)
def test_a_value_never_depends_on_later_bars(name: str) -> None:
    frame = make_bars(200, 3)
    whole = run(name, frame)
    for bars in (0, 1, 13, 64, 150):
        start = run(name, {label: series[:bars] for label, series in frame.items()})
        np.testing.assert_array_equal(start, whole[:, :bars])


@pytest.mark.parametrize("name", NAMES)
def test_a_panel_is_its_rows_for_any_number_of_threads(name: str) -> None:
    frames = [make_bars(120, seed) for seed in range(37)]
    panel = {label: np.stack([frame[label] for frame in frames]) for label in frames[0]}
    rows = np.stack([run(name, frame) for frame in frames], axis=1)
    for threads in (1, 2, 3):
        got = run(name, panel, threads=threads).reshape(rows.shape)
        assert got.tobytes() == rows.tobytes()


@pytest.mark.parametrize("name", NAMES)
def test_many_streams_equal_the_panel(name: str) -> None:
    row = q.ta.find(name)
    frames = [make_bars(90, seed) for seed in range(5)]
    stream = q.ta.PanelStream(name, instruments=5)
    for t in range(90):
        got = as_rows(stream.update(*(np.array([frame[label][t] for frame in frames]) for label in row.inputs)))
    want = np.stack([run(name, frame)[:, -1] for frame in frames], axis=1)
    np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_nan_policies(name: str) -> None:
    frame = make_bars(220, 11)
    row = q.ta.find(name)
    broken = {label: series.copy() for label, series in frame.items()}
    broken[row.inputs[0]][100] = np.nan
    skipped = run(name, broken)
    without = run(name, {label: np.delete(series, 100) for label, series in frame.items()})
    np.testing.assert_allclose(np.delete(skipped, 100, axis=1), without, rtol=1e-12, atol=1e-12)
    assert np.isnan(skipped[:, 100]).all()
    with pytest.raises(DataError, match="bar 100"):
        run(name, broken, nan="raise")
    spread = run(name, broken, nan="propagate")
    assert np.isnan(spread[:, 100]).all()
    np.testing.assert_allclose(spread[:, :100], run(name, frame)[:, :100], rtol=1e-12, atol=1e-12)
    if row.stable_after(digits=1) == row.stable_after(digits=12) is not None:
        after = run(name, {label: series[101:] for label, series in frame.items()})
        np.testing.assert_allclose(spread[:, 101:], after, rtol=1e-12, atol=1e-12)
    else:
        assert np.isnan(spread[:, 101:]).all()


@pytest.mark.parametrize("row", [row for row in q.ta.catalog() if row.stable_after() is not None], ids=lambda r: r.name)
def test_stable_after_holds(row: q.ta.Indicator) -> None:
    stable = row.stable_after(digits=6)
    assert stable is not None
    frame = make_bars(stable + 400, 5)
    late = run(row.name, {label: series[200:] for label, series in frame.items()})[:, stable:]
    whole = run(row.name, frame)[:, 200 + stable :]
    scale = np.nanmax(np.abs(whole), initial=1.0)
    np.testing.assert_allclose(late, whole, rtol=0, atol=1e-4 * scale)


def test_stddev_keeps_its_digits_where_running_sums_lose_them() -> None:
    rng = np.random.default_rng(0)
    close = 1e7 + 1e-3 * rng.standard_normal(5000)
    exact = pd.Series(close - 1e7).rolling(20).apply(lambda window: np.std(window), raw=True)
    np.testing.assert_allclose(q.ta.stddev(close, 20)[19:], exact[19:], rtol=1e-7)


@given(st.lists(st.sampled_from([1e-9, 2e-9, 1.0, 1e9, float("nan"), float("inf"), 0.0, -1.0]), max_size=60))
@settings(max_examples=30, deadline=None)
def test_strange_values_never_break_an_indicator(values: list[float]) -> None:
    series = np.array(values)
    for row in q.ta.catalog():
        result = as_rows(q.ta.run(row.name, *[series] * len(row.inputs)))
        assert result.shape == (len(row.outputs), len(values))


def test_output_is_of_the_kind_of_the_input() -> None:
    frame = make_bars(60, 1)
    close = frame["close"]
    series = pd.Series(close, index=pd.date_range("2024-01-01", periods=60))
    expected = q.ta.rsi(close, 14)
    assert isinstance(expected, np.ndarray)
    pd.testing.assert_series_equal(q.ta.rsi(series, 14), pd.Series(expected, index=series.index))
    assert q.ta.rsi(pl.Series(close), 14).to_numpy().tobytes() == expected.tobytes()
    wide = pd.DataFrame({"A": close, "B": close * 2}, index=series.index)
    pd.testing.assert_series_equal(q.ta.rsi(wide, 14)["A"], q.ta.rsi(series, 14), check_names=False)
    lower = q.ta.bbands(pl.DataFrame({"A": close, "B": close * 2})).lower
    assert isinstance(lower, pl.DataFrame) and lower.columns == ["A", "B"]
    assert q.ta.atr(pd.DataFrame(frame)).equals(q.ta.atr(*(pd.Series(frame[k]) for k in ("high", "low", "close"))))


def test_one_pass_over_several_indicators_equals_one_each() -> None:
    frame = make_bars(100, 2)
    several = q.ta.compute(frame, ["ema_20", "macd_12_26_9", "plus_di_14", "bbands_20_2.5"])
    np.testing.assert_array_equal(several["ema_20"], q.ta.ema(frame["close"], 20))
    np.testing.assert_array_equal(several["macd_12_26_9"].signal, q.ta.macd(frame["close"]).signal)
    np.testing.assert_array_equal(several["plus_di_14"], q.ta.plus_di(frame))
    np.testing.assert_array_equal(several["bbands_20_2.5"].upper, q.ta.bbands(frame["close"], width=2.5).upper)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: q.ta.run("rsl", [1.0]), 'nearest is "rsi"'),
        (lambda: q.ta.stream("boll"), "nearest is"),
        (lambda: q.ta.rsi([1.0], 0), "period of rsi is 0; it must be a whole number from 2"),
        (lambda: q.ta.rsi([1.0], 2.5), "whole number"),
        (lambda: q.ta.rsi([1.0], perod=3), "no argument 'perod'"),
        (lambda: q.ta.rsi([1.0], 3, 4), "at most 1"),
        (lambda: q.ta.rsi([1.0], nan="keep"), "skip"),
        (lambda: q.ta.atr([1.0], [1.0]), "reads 3 series"),
    ],
)
def test_a_wrong_call_is_told_what_is_right(call: object, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        call()  # type: ignore[operator]


def test_an_unknown_name_of_the_module_names_the_nearest() -> None:
    with pytest.raises(AttributeError, match="macd"):
        _ = q.ta.mcad
    with pytest.raises(DataError, match="shapes"):
        q.ta.atr(np.ones(3), np.ones(4), np.ones(3))
    with pytest.raises(DataError, match="numbers"):
        q.ta.rsi(["a", "b"])


def test_a_window_longer_than_the_data_gives_nan_only() -> None:
    assert np.isnan(q.ta.sma(np.ones(13), 14)).all()
    assert q.ta.sma(np.ones(0), 14).shape == (0,)
    assert q.ta.sma(np.ones((0, 5)), 14).shape == (0, 5)
