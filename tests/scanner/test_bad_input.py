"""What users get wrong, tried: the error is ours, names the value and says what is right; nothing is guessed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import quantum as q
from quantum.errors import ConfigError, DataError


def make_market(bars: int = 60, symbol: str = "A", seed: int = 1) -> pd.DataFrame:
    close = 100 + np.cumsum(np.random.default_rng(seed).normal(0, 1, bars))
    columns = {"open": close, "high": close + 1, "low": close - 1, "close": close, "volume": np.full(bars, 100.0)}
    return pd.DataFrame({"symbol": symbol, "time": pd.date_range("2020-01-01", periods=bars)} | columns)


MARKET = make_market()
BAR = {name: [1.0] for name in ("open", "high", "low", "close", "volume")} | {"time": MARKET["time"][:1]}
panel = q.Panel.from_pandas


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: panel(None), DataError, "named columns"),
        (lambda: panel([1, 2]), DataError, "not list"),
        (lambda: panel(MARKET.assign(close="dear")), DataError, "close cannot be read as numbers"),
        (lambda: panel(MARKET.assign(time=pd.NaT)), DataError, "60 rows have no time"),
        (lambda: panel(MARKET.assign(time="soon")), DataError, "time cannot be read"),
        (lambda: panel(MARKET.assign(time=np.inf)), DataError, "whole nanoseconds"),
        (lambda: panel(MARKET.assign(symbol=None)), DataError, "60 rows have no symbol"),
        (lambda: panel(pd.concat([MARKET, MARKET[["close"]]], axis=1)), DataError, "close has 2 dimensions"),
        (lambda: panel(MARKET, zero_volume="maybe"), ConfigError, '"keep" or "drop"'),
        (lambda: panel(MARKET).bars("a"), DataError, "no symbol 'a'"),
        (lambda: q.Scanner(5), ConfigError, "named by a text, not 5"),
        (lambda: q.Scanner(["breakout", None]), ConfigError, "not None"),
        (lambda: q.Scanner(min_confidence="high"), ConfigError, "min_confidence is 'high'"),
        (lambda: q.Scanner(min_confidence=float("nan")), ConfigError, "from 0 to 1"),
        (lambda: q.Scanner(volume_z="x"), ConfigError, "volume_z is 'x'"),
        (lambda: q.Scanner(volume_z=float("nan")), ConfigError, "from 0 to 100"),
        (lambda: q.Scanner(threads=-1), ConfigError, "threads is -1"),
        (lambda: q.Scanner().scan(MARKET), DataError, "takes a q.Panel"),
        (lambda: q.Scanner().update({**BAR, "symbol": ["A", "B"]}), DataError, "1 rows and 2 symbols"),
        (lambda: q.Scanner().update({**BAR, "symbol": [None]}), DataError, "1 rows have no symbol"),
        (lambda: q.Scanner().update({**BAR, "symbol": ["A"], "low": [1.0, 2.0]}), DataError, "one length"),
        (lambda: q.Scanner().update(MARKET.drop(columns="low")), DataError, "new bars need"),
        (lambda: q.Scanner().scan(panel(MARKET))["confidance"], ConfigError, "confidence"),
        (lambda: q.Panel.read("nowhere.csv"), DataError, "no file nowhere.csv"),
        (lambda: q.ta.rsi([1.0], threads=-1), ConfigError, "threads is -1"),
        (lambda: q.ta.rsi(np.ones(3) * 1j), DataError, "complex"),
        (lambda: q.ta.rsi(pl.Series(["a"])), DataError, "close cannot be read as numbers"),
        (lambda: q.ta.rsi(pd.Series(["a"])), DataError, "close cannot be read as numbers"),
        (lambda: q.ta.rsi(pa.array(["a"])), DataError, "close cannot be read as numbers"),
        (lambda: q.ta.rsi(1.0), DataError, "0 dimensions"),
        (lambda: q.ta.rsi(np.ones((2, 2, 2))), DataError, "3 dimensions"),
        (lambda: q.ta.rsi(np.ones(5), float("nan")), ConfigError, "from 2"),
        (lambda: q.ta.rsi(np.ones(5), 10**12), ConfigError, "to 100000"),
        (lambda: q.ta.atr(MARKET.high, MARKET.low[::-1], MARKET.close), DataError, "different indexes"),
        (lambda: q.ta.compute(MARKET, "ema_20"), ConfigError, "a list of names"),
        (lambda: q.ta.compute(MARKET, ["ema_²"]), ConfigError, "no indicator"),
        (lambda: q.ta.compute(MARKET, [20]), ConfigError, "named by a text"),
        (lambda: q.ta.find(None), ConfigError, "named by a text"),
        (lambda: q.ta.stream("rsi").update("a"), TypeError, "real number"),
        (lambda: q.ta.PanelStream("rsi", instruments=-1), ConfigError, "instruments is -1"),
    ],
)
def test_a_wrong_call_is_told_what_is_right(call, error, says):
    with pytest.raises(error, match=says):
        call()


@pytest.mark.parametrize("kind", ["frame", "shuffled", "polars", "arrow", "categories", "zoned", "dates", "strings"])
def test_the_hits_are_the_same_whatever_kind_of_rows(kind):
    market = pd.concat([make_market(120, "A", 1), make_market(90, "B", 2).iloc[10:]], ignore_index=True)
    given = {
        "frame": lambda: market,
        "shuffled": lambda: market.sample(frac=1.0, random_state=3),
        "polars": lambda: pl.from_pandas(market),
        "arrow": lambda: pa.Table.from_pandas(market),
        "categories": lambda: market.assign(symbol=market["symbol"].astype("category")),
        "zoned": lambda: market.assign(time=market["time"].dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo")),
        "dates": lambda: market.assign(time=market["time"].dt.date),
        "strings": lambda: market.assign(time=market["time"].dt.strftime("%Y-%m-%d")),
    }[kind]()
    make = {"polars": q.Panel.from_polars, "arrow": q.Panel.from_arrow}.get(kind, q.Panel.from_pandas)
    expected = q.Scanner().scan(q.Panel.from_pandas(market))
    assert q.Scanner().scan(make(given)).records.tobytes() == expected.records.tobytes() and len(expected) > 20


@pytest.mark.parametrize("bars", [0, 1, 13])
@pytest.mark.parametrize("window", [2, 1000])
def test_windows_larger_than_the_data_find_nothing_or_less(bars, window):
    hits = q.Scanner(window_bars=window, range_bars=window).scan(panel(make_market(bars)))
    assert len(hits) == 0 or (hits["t"] >= window).all()


def test_what_comes_out_is_of_the_kind_that_went_in():
    close = MARKET["close"]
    plain = q.ta.rsi(close.to_numpy(), 14)
    arrow = q.ta.rsi(pa.array(close), 14)
    chunks = q.ta.rsi(pa.chunked_array([close[:20], close[20:]]), 14)
    wide = q.ta.macd(pa.table({"A": close, "B": close * 2}))
    assert isinstance(arrow, pa.Array) and arrow.to_numpy().tobytes() == plain.tobytes() == chunks.to_numpy().tobytes()
    assert isinstance(wide.signal, pa.Table) and wide.signal.column_names == ["A", "B"]
    whole = q.ta.atr(pa.Table.from_pandas(MARKET))
    np.testing.assert_array_equal(whole.to_numpy(), q.ta.atr(MARKET))
    nullable = close.astype("Float64").mask(close.index == 5)
    np.testing.assert_array_equal(q.ta.ema(nullable, 3), q.ta.ema(close.mask(close.index == 5), 3))
    assert np.isnan(q.ta.ema(pa.array([1.0, None, 3.0]), 2).to_numpy()[1])


@pytest.mark.parametrize("price", [1e-9, 1e9])
def test_oscillators_do_not_depend_on_the_unit_of_price(price):
    for name in ("rsi", "stochf", "willr", "cci", "adx", "natr", "ppo", "roc"):
        one, other = (q.ta.run(name, frame) for frame in (MARKET, MARKET[["open", "high", "low", "close"]] * price))
        one, other = (np.asarray(each[0] if isinstance(each, tuple) else each) for each in (one, other))
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-6, err_msg=name)
