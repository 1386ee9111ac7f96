"""Random markets for tests."""

from __future__ import annotations

import numpy as np
import pandas as pd


def make_market(symbol: str, bars: int, seed: int, *, drift: float = 0.0, step: str = "D") -> pd.DataFrame:
    """A random walk of one symbol: symbol, time, open, high, low, close, volume."""
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(rng.normal(drift, 0.02, bars)))
    opened = np.concatenate([close[:1], close[:-1]]) + rng.normal(0, 0.6, bars)
    wicks = np.abs(rng.normal(0, 0.7, (2, bars)))
    high, low = np.maximum(opened, close) + wicks[0], np.minimum(opened, close) - wicks[1]
    columns = {"open": opened, "high": high, "low": low, "close": close, "volume": np.exp(rng.normal(5, 1, bars))}
    return pd.DataFrame({"symbol": symbol, "time": pd.date_range("2020-01-01", periods=bars, freq=step)} | columns)
