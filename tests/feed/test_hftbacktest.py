"""hftbacktest's arrays: row for row what NumPy says."""

from __future__ import annotations

import numpy as np
import pytest

import quantum as q
from quantum.data.files import HFTBACKTEST

ARRAY = "oracles/backtest/usdm_btcusdt_20240808.hftbacktest.npz"
BTC = q.Instrument("BTCUSDT", venue="binance", tick_size="0.1", lot_size="0.001", currency="USDT")
EXCHANGE, LOCAL, BUY, SELL = 1 << 31, 1 << 30, 1 << 29, 1 << 28
BOTH = EXCHANGE | LOCAL
T0 = 1_700_000_000_000_000_000


def rows(*given: tuple) -> np.ndarray:
    """Rows of (ev, exch_ts, local_ts, px, qty), times after T0."""
    array = np.zeros(len(given), HFTBACKTEST)
    for row, (ev, exchange, local, price, qty) in zip(array, given, strict=True):
        row["ev"], row["exch_ts"], row["local_ts"], row["px"], row["qty"] = ev, T0 + exchange, T0 + local, price, qty
    return array


def test_every_row_equals_numpys(shared):
    array = np.load(shared(ARRAY))["data"]
    recording = q.data.read(shared(ARRAY), instrument=BTC)
    events = recording.events
    assert len(events) == len(array) == 491_973
    kind = array["ev"] & 0xFF
    np.testing.assert_array_equal(events["kind"], np.array([0, 2, 1, 10, 2])[kind])
    np.testing.assert_array_equal(events["side"], np.where(array["ev"] & BUY, 1, np.where(array["ev"] & SELL, 2, 0)))
    np.testing.assert_array_equal(events["exchange_ns"], array["exch_ts"])
    np.testing.assert_array_equal(events["receive_ns"], array["local_ts"])
    np.testing.assert_array_equal(events["price"], np.rint(array["px"] * 10).astype(int))
    np.testing.assert_array_equal(events["qty"], np.rint(array["qty"] * 1000).astype(int))
    seen = np.where(array["ev"] & EXCHANGE, 0, 32) | np.where(array["ev"] & LOCAL, 0, 16)
    np.testing.assert_array_equal(events["flags"] & 48, seen)
    np.testing.assert_array_equal(events["flags"] & 2 != 0, kind >= 3)
    prices, qtys = recording.floats()
    np.testing.assert_array_equal(prices, array["px"])
    np.testing.assert_array_equal(qtys[kind != 3], array["qty"][kind != 3])


def test_counters_of_the_array(shared):
    report = q.data.read(shared(ARRAY), instrument=BTC).report
    assert (report["trades"], report["split_events"], report["clock_shift_ns"]) == (21_313, 25_137, 0)
    assert report["volume"] == {"BTCUSDT": 2429.366}


def test_last_closes_each_message_of_each_side(shared):
    array = np.load(shared(ARRAY))["data"]
    events = q.data.from_hftbacktest(array, BTC).events
    part = np.array([0, 1, 2, 3, 3, 4])[array["ev"] & 0xFF]
    for flag, clock in [(LOCAL, "local_ts"), (EXCHANGE, "exch_ts")]:
        seen = np.flatnonzero(array["ev"] & flag)
        time, kind = array[clock][seen], part[seen]
        ends = np.append((time[1:] != time[:-1]) | (kind[1:] != kind[:-1]), True) | (kind == 2)
        assert np.all(events["flags"][seen][ends] & 1)
    whole = np.flatnonzero((array["ev"] & BOTH) == BOTH)
    inner = whole[:-1][(np.diff(whole) == 1) & (part[whole[:-1]] == 1) & (part[whole[1:]] == 1)]
    same_message = (array["local_ts"][inner] == array["local_ts"][inner + 1]) & (
        array["exch_ts"][inner] == array["exch_ts"][inner + 1]
    )
    assert not np.any(events["flags"][inner[same_message]] & 1)


def test_kinds_sides_and_clears_of_a_small_array():
    events = q.data.from_hftbacktest(
        rows(
            (BOTH | BUY | 1, 0, 5, 100.0, 1.5),
            (BOTH | SELL | 2, 1, 6, 100.1, 0.5),
            (BOTH | 2, 1, 6, 100.1, 0.5),
            (BOTH | BUY | 3, 2, 7, 99.5, 0.0),
            (BOTH | 3, 2, 7, np.nan, 0.0),
            (BOTH | BUY | 4, 2, 7, 99.0, 2.0),
            (BOTH | BUY | 5, 3, 8, 99.0, 2.0),
            (BOTH | SELL | 5, 3, 8, 99.1, 3.0),
        ),
        BTC,
    ).events
    assert events["kind"].tolist() == [2, 1, 1, 10, 10, 2, 3, 4]
    assert events["side"].tolist() == [1, 2, 0, 1, 0, 1, 1, 2]
    assert events["price"].tolist() == [1000, 1001, 1001, 995, 0, 990, 990, 991]
    assert events["flags"].tolist() == [1, 1, 1, 2, 2, 3, 0, 1]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ((BOTH | BUY | 1, 0, 0, 100.05, 1.0), 'All of the array fits tick_size="0.05", lot_size="1"'),
        ((BOTH | BUY | 1, 0, 0, 100.0, 0.0005), "qty 0.0005 is not a whole number of its qty_increment 0.001"),
        ((BOTH | BUY | 1, 0, 0, np.nan, 1.0), "price is NaN"),
        ((BOTH | BUY | 1, 0, 0, np.inf, 1.0), "price is inf"),
        ((BOTH | BUY | 1, 0, 0, -1.0, 1.0), "must be positive"),
        ((BOTH | BUY | 1, 0, 0, 1.0, -1.0), "must be positive"),
        ((BOTH | BUY | 2, 0, 0, 1.0, 0.0), "must be positive"),
        ((BOTH | BUY | 1, 0, 0, 1e300, 1.0), "not a whole number"),
        ((BOTH | 1, 0, 0, 1.0, 1.0), "not a market data row"),
        ((BUY | 1, 0, 0, 1.0, 1.0), "neither side"),
        ((BOTH | BUY | 10, 0, 0, 1.0, 1.0), "market-by-order"),
        ((BOTH | BUY | 99, 0, 0, 1.0, 1.0), "kind 99"),
    ],
)
def test_rows_that_are_no_market_data_are_refused_by_number(row, said):
    good = (BOTH | BUY | 1, 0, 0, 100.0, 1.0)
    with pytest.raises(q.errors.DataError, match="row 1: ") as caught:
        q.data.from_hftbacktest(rows(good, row), BTC)
    assert said in str(caught.value)


@pytest.mark.parametrize(("flag", "clock"), [(BOTH, "receive_ns"), (LOCAL, "receive_ns"), (EXCHANGE, "exchange_ns")])
def test_an_array_out_of_order_is_refused(flag, clock):
    late, early = (flag | BUY | 1, 9, 9, 1.0, 1.0), (flag | BUY | 1, 8, 8, 1.0, 1.0)
    with pytest.raises(q.errors.DataError, match=f"time runs backwards: row 1 has {clock}"):
        q.data.from_hftbacktest(rows(late, early), BTC)


def test_an_array_does_not_name_its_symbol_but_its_increments_are_found(shared, tmp_path):
    with pytest.raises(q.errors.ConfigError, match=r'tick_size="0\.1", lot_size="0\.001"'):
        q.data.read(shared(ARRAY))
    np.save(tmp_path / "one.bin", rows((BOTH | BUY | 1, 0, 0, 2.5, 100.0)))
    (tmp_path / "one.bin.npy").rename(tmp_path / "one")
    assert "tick 2.5, lot 100" in str(q.data.info(tmp_path / "one"))


@pytest.mark.parametrize("array", [np.zeros(3), np.zeros((2, 2), HFTBACKTEST), np.zeros(3, [("ev", "<u8")])])
def test_arrays_of_another_layout_are_refused(array, tmp_path):
    with pytest.raises(q.errors.DataError, match="not an hftbacktest event array"):
        q.data.from_hftbacktest(array, BTC)
    np.savez(tmp_path / "a.npz", data=array)
    with pytest.raises(q.errors.DataError, match=r"a\.npz: not an hftbacktest event array"):
        q.data.read(tmp_path / "a.npz", instrument=BTC)


def test_pickled_objects_are_never_loaded(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("unpickled",))

    np.save(tmp_path / "bomb.npy", np.array([Bomb()], dtype=object), allow_pickle=True)
    with pytest.raises(q.errors.DataError, match="allow_pickle"):
        q.data.read(tmp_path / "bomb.npy", instrument=BTC)


def test_a_zip_archive_of_something_else_is_named(shared):
    with pytest.raises(q.errors.DataError, match=r"XRPUSDT.*data|without a NumPy array"):
        q.data.read(shared("data/bybit/xrpusdt-ob500.data.zip"), instrument=BTC)
