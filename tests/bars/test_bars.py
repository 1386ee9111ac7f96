"""Bars against the oracle to the cent, across clock changes, streaming as in batch, and refusals."""

from __future__ import annotations

import pathlib
from collections.abc import Callable

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import quantum as q
from quantum.bars import BarStream, bars
from quantum.errors import ConfigError, DataError

Shared = Callable[[str], pathlib.Path]
ORACLES = {"1m": "1m", "15m": "15m", "1h": "1h", "1d": "1d"}


@pytest.fixture(scope="module")
def ticks(shared: Shared) -> pd.DataFrame:
    return pd.read_csv(shared("oracles/scanner/ticks.csv.gz"))


def check(got: pd.DataFrame, expected: pd.DataFrame) -> None:
    wanted = pd.to_datetime(expected["ts_ns"], utc=True)
    assert (got["time"].dt.tz_convert("UTC").astype("datetime64[ns, UTC]").to_numpy() == wanted.to_numpy()).all()
    names = [name for name in expected.columns if name != "ts_ns"]
    np.testing.assert_allclose(got[names].to_numpy(float), expected[names].to_numpy(float), rtol=1e-12)


@pytest.mark.parametrize("timeframe", ORACLES)
def test_bars_of_ticks_equal_the_oracle(shared: Shared, ticks: pd.DataFrame, timeframe: str) -> None:
    expected = pd.read_csv(shared(f"oracles/scanner/ticks.to_{timeframe}.csv"))
    check(bars(ticks, timeframe), expected)
    check(bars(bars(ticks, "1m"), timeframe), expected)


def test_days_of_new_york_across_the_clock_change(shared: Shared, ticks: pd.DataFrame) -> None:
    expected = pd.read_csv(shared("oracles/scanner/ticks.to_1d_NY.csv"))
    got = bars(ticks, "1d", zone="America/New_York")
    check(got, expected)
    check(bars(bars(ticks, "1m"), "1d", zone="America/New_York"), expected)
    assert [str(time) for time in got["time"]] == list(expected["ts_ns"])


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"])
@pytest.mark.parametrize("start", ["00:00", "09:30", "17:00"])
def test_days_begin_at_the_session_start_of_the_zone(zone: str, start: str) -> None:
    time = pd.date_range("2024-03-01", "2024-04-20", freq="17min", tz="UTC")
    trades = {"time": time.as_unit("ns").asi8, "price": np.ones(len(time)), "size": np.ones(len(time))}
    days = bars(trades, "1d", zone=zone, session_start=start)["time"]
    assert {moment.strftime("%H:%M") for moment in days} == {start}
    assert len(days) in (50, 51, 52)
    hours = bars(trades, "4h", zone=zone, session_start=start)["time"]
    assert set(days[1:]) <= set(hours) and hours.diff().max() <= pd.Timedelta("4h")


def test_weeks_begin_on_monday_and_foreign_exchange_on_sunday_evening() -> None:
    time = pd.date_range("2024-02-25", "2024-03-30", freq="1h", tz="UTC")
    trades = {"time": time.as_unit("ns").asi8, "price": np.arange(1.0, len(time) + 1), "size": np.ones(len(time))}
    weeks = bars(trades, "1w")["time"]
    assert set(weeks.dt.day_name()) == {"Monday"} and set(weeks.dt.hour) == {0}
    forex = bars(trades, "1w", zone="America/New_York", session_start="17:00")["time"]
    assert set(forex.dt.day_name()) == {"Sunday"} and set(forex.dt.hour) == {17}


def test_bars_by_count_volume_and_value() -> None:
    trades = pd.DataFrame({"time": range(10), "price": [2.0] * 10, "size": range(1, 11)})
    assert list(bars(trades, "ticks:4")["trades"]) == [4, 4, 2]
    assert list(bars(trades, "volume:10")["volume"]) == [10.0, 11.0, 15.0, 19.0]
    assert list(bars(trades, "dollar:30")["volume"]) == [15.0, 21.0, 19.0]
    assert len(bars(trades, "tick")) == 10
    assert list(bars(trades, "ticks:4", partial=False)["trades"]) == [4, 4]


@given(st.lists(st.integers(0, 4 * 3600), min_size=1, max_size=60), st.sampled_from(["1m", "1h", "1d", "volume:7"]))
@settings(max_examples=60, deadline=None)
def test_a_stream_gives_the_bars_of_the_batch_and_peek_the_forming_one(gaps: list[int], timeframe: str) -> None:
    time = (np.cumsum(gaps) + 1_710_000_000) * 1_000_000_000
    rng = np.random.default_rng(len(gaps))
    trades = pd.DataFrame(
        {"time": time, "price": rng.integers(90, 110, len(gaps)), "size": rng.integers(0, 4, len(gaps))}
    )
    stream, parts = BarStream(timeframe), []
    for row in range(len(trades)):
        parts.append(stream.update(trades.iloc[row : row + 1]))
        seen = bars(trades.iloc[: row + 1], timeframe)
        forming = stream.peek()
        closed = pd.concat(parts)
        pd.testing.assert_frame_equal(pd.concat([closed, forming]).reset_index(drop=True), seen)


def test_polars_in_polars_out() -> None:
    trades = pl.DataFrame({"time": [0, 1, 60_000_000_000], "price": [1.0, 2.0, 3.0], "size": [1.0, 1.0, 2.0]})
    got = bars(trades, "1m", zone="Europe/Zurich")
    assert isinstance(got, pl.DataFrame) and got["close"].to_list() == [2.0, 3.0] and got["vwap"][0] == 1.5


@pytest.mark.parametrize(
    ("rows", "timeframe", "options", "error", "says"),
    [
        ({"time": [1], "price": [1.0], "size": [1.0]}, "1x", {}, ConfigError, "timeframe"),
        ({"time": [1], "price": [1.0], "size": [1.0]}, "0m", {}, ConfigError, "longer than 0"),
        ({"time": [1], "price": [1.0], "size": [1.0]}, "volume:-1", {}, ConfigError, "above 0"),
        ({"time": [1], "price": [1.0], "size": [1.0]}, "1d", {"zone": "Mars"}, ConfigError, "IANA"),
        ({"time": [1], "price": [1.0], "size": [1.0]}, "1d", {"session_start": "25"}, ConfigError, "time of day"),
        ({"time": [2, 1], "price": [1.0, 1.0], "size": [1.0, 1.0]}, "1d", {}, DataError, "goes back from 2 to 1"),
        ({"time": [1], "price": [float("nan")], "size": [1.0]}, "1d", {}, DataError, "finite"),
        ({"time": [1], "price": [1.0], "size": [-1.0]}, "1d", {}, DataError, "quantity"),
        ({"time": [1], "price": [1.0]}, "1d", {}, DataError, "column size"),
        ({"time": [1, 2], "price": [1.0], "size": [1.0]}, "1d", {}, DataError, "equal length"),
    ],
)
def test_a_wrong_call_is_told_what_is_right(
    rows: dict[str, list[float]], timeframe: str, options: dict[str, str], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        bars(rows, timeframe, **options)


def test_nothing_in_nothing_out() -> None:
    assert len(bars({"time": [], "price": [], "size": []}, "1m")) == 0


def test_the_bars_of_a_recording_hold_all_its_trades(shared):
    recording = q.data.read(shared("data/binance/usdm_btcusdt_20240808.gz"))
    found = q.data.bars(recording, "1m")
    assert found["trades"].sum() == recording.report["trades"] == 21_313
    assert abs(found["volume"].sum() - 2_429.366) < 1e-9
