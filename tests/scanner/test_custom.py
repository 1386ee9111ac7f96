"""Patterns of the user's own: live as in history, no look ahead, errors that end the scan."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import quantum as q
from quantum.errors import ConfigError, DataError


def three_up(
    opened: np.ndarray, high: np.ndarray, low: np.ndarray, close: np.ndarray, volume: np.ndarray
) -> tuple[int, float, float, float, int] | None:
    """Three closes in a row, each higher."""
    assert len(close) == 3
    return (1, 0.7, low[0], high[-1], 2) if close[0] < close[1] < close[2] else None


def make_market(symbol: str, seed: int, bars: int = 80) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    close = 100 + np.cumsum(rng.normal(0, 1, bars))
    columns = {"open": close, "high": close + 1, "low": close - 1, "close": close, "volume": np.ones(bars)}
    return pd.DataFrame({"symbol": symbol, "time": pd.date_range("2020-01-01", periods=bars)} | columns)


def test_a_pattern_of_ones_own_is_seen_where_it_is_live_and_in_history() -> None:
    market = pd.concat([make_market("A", 1), make_market("B", 2)])
    scanner = q.Scanner([], threads=2)
    scanner.add("three_up", three_up, bars=3)
    hits = scanner.scan(q.Panel.from_pandas(market)).to_pandas()
    for symbol, rows in market.groupby("symbol"):
        close = rows["close"].to_numpy()
        expected = [t for t in range(2, 80) if close[t - 2] < close[t - 1] < close[t]]
        mine = hits[hits["symbol"] == symbol]
        assert list(mine["t"]) == expected and list(mine["origin"]) == [t - 2 for t in expected]
        assert set(mine["pattern"]) == {"three_up"} and set(mine["kind"]) == {"custom"}
    live = q.Scanner([])
    live.add("three_up", three_up, bars=3)
    parts = [live.update(bars).to_pandas().astype({"symbol": str}) for _, bars in market.groupby("time")]
    got = pd.concat(parts).reset_index(drop=True)
    pd.testing.assert_frame_equal(
        got.astype({"pattern": str, "kind": str}), hits.astype({"symbol": str, "pattern": str, "kind": str})
    )


def test_what_is_wrong_with_a_pattern_is_said() -> None:
    panel = q.Panel.from_pandas(make_market("A", 1))
    with pytest.raises(ConfigError, match="name of its own"):
        q.Scanner().add("breakout", three_up, bars=3)
    with pytest.raises(ConfigError, match="1 or more"):
        q.Scanner().add("none", three_up, bars=0)
    scanner = q.Scanner([])
    scanner.add("loud", lambda *columns: (5, 0.5), bars=1)
    with pytest.raises(DataError, match="direction must be"):
        scanner.scan(panel)
    broken = q.Scanner([])
    broken.add("broken", lambda *columns: 1 / 0, bars=1)
    with pytest.raises(ZeroDivisionError):
        broken.scan(panel)
