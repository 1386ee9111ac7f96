"""Compiled is interpreted: every report, every order, every field, every log line, bit for bit."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

import quantum as q

pytest.importorskip("numba")
sys.path.insert(0, str(Path(__file__).parent))

import corners
import strategies
import streams
import users

BTC = "data/binance/usdm_btcusdt_20240808.gz"
ETH = "data/binance/usdm_ethusdt_20240808.gz"
ALL = [*strategies.ALL, *users.ALL, *streams.ALL]
VENUE = q.SimVenue(latency="5ms", fees=q.Fees(maker_bps="-0.5", taker_bps="7"))


@pytest.fixture(scope="session")
def btc(shared):
    return q.data.read(
        shared(BTC), instrument=q.Instrument("BTCUSDT", tick_size="0.1", lot_size="0.001", currency="USDT")
    )


@pytest.fixture(scope="session")
def eth(shared):
    return q.data.read(
        shared(ETH), instrument=q.Instrument("ETHUSDT", tick_size="0.01", lot_size="0.001", currency="USDT")
    )


def shown(value, kind=None):
    """A field as bytes, or as its text where it is no number. A float field is a float, whatever number was put there."""
    if isinstance(value, np.ndarray):
        return value.tobytes()
    if isinstance(value, float) or (kind is float and value is not None):
        return float(value).hex()
    if isinstance(value, q.ta.Stream):
        return np.array(value.value).tobytes()
    return repr(value)


def same(kind, data, venue=VENUE):
    a, b = kind(), kind()
    interpreted = q.backtest(a, data, venue=venue)
    compiled = q.backtest(b, data, venue=venue, compile=True)
    assert compiled.raw["reports"].tobytes() == interpreted.raw["reports"].tobytes()
    for name, column in interpreted.raw["orders"].items():
        assert column.tobytes() == compiled.raw["orders"][name].tobytes(), name
    assert interpreted.raw["calls"] == compiled.raw["calls"]
    assert list(interpreted.raw["logs"]) == list(compiled.raw["logs"])
    for name, each in kind.fields().items():
        assert shown(getattr(a, name), each) == shown(getattr(b, name), each), name
    return interpreted


@pytest.mark.parametrize("kind", ALL)
def test_the_built_in_market_is_traded_the_same(kind):
    same(kind, q.data.sample())


@pytest.mark.parametrize("kind", ALL)
def test_bitcoin_is_traded_the_same(kind, btc):
    run = same(kind, btc)
    assert len(run.raw["reports"]) > 0 or kind is strategies.Quoter


@pytest.mark.parametrize("kind", ALL)
def test_ether_is_traded_the_same(kind, eth):
    same(kind, eth)


@pytest.mark.parametrize("kind", corners.ALL)
def test_corners_of_the_language_are_the_same(kind, btc):
    same(kind, q.data.sample())
    same(kind, btc)


def test_two_instruments_are_traded_the_same(btc, eth):
    assert len(same(strategies.Pairs, [btc, eth]).raw["reports"]) > 0
