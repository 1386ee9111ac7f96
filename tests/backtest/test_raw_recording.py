"""The raw recording against hftbacktest's array of it: the difference, one cause at a time, until nothing is left.

The causes and numbers are explained in docs/decisions/0006-hftbacktest.md.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import quantum as q
from backtest.grids import Grid, RunningFloatGrid
from backtest.truths import ARRAY, FEES

BTC = q.Instrument("BTCUSDT", venue="binance", tick_size="0.1", lot_size="0.001", currency="USDT")
RAW = "data/binance/usdm_btcusdt_20240808.gz"
ARRAY_STARTS_NS, RAW_STARTS_NS = 1_723_161_256_298_000_000, 1_723_161_256_313_000_000
TRADE, LEVEL_SET, QUOTE_BID = 1, 2, 3
SNAPSHOT, EXCHANGE_ONLY, LOCAL_ONLY = 2, 16, 32

Rows = np.ndarray[Any, Any]
Views = tuple[Rows, Rows]
"""What the exchange sees and what the strategy sees."""


def views(recording: q.data.Recording) -> Views:
    """Both views, receive times as a backtest takes them."""
    events = recording.events.copy()
    events["receive_ns"] += recording.report["clock_shift_ns"]
    return events[events["flags"] & LOCAL_ONLY == 0], events[events["flags"] & EXCHANGE_ONLY == 0]


def joined(both: Views) -> q.data.Recording:
    """A recording of two views, every row on one side only."""
    rows = []
    for view, flag in zip(both, (EXCHANGE_ONLY, LOCAL_ONLY), strict=True):
        flagged = view.copy()
        flagged["flags"] = flagged["flags"] & ~np.uint8(EXCHANGE_ONLY | LOCAL_ONLY) | flag
        rows.append(flagged)
    return q.data.from_events(np.concatenate(rows), BTC)


def is_stale(view: Rows) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """The levels of diffs made before the snapshot."""
    snapshot_ns = view["exchange_ns"][view["flags"] & SNAPSHOT != 0][0]
    return (view["kind"] == LEVEL_SET) & (view["exchange_ns"] < snapshot_ns)


def without_stale_diffs(both: Views) -> Views:
    exchange, local = (view[~is_stale(view)] for view in both)
    return exchange, local


def with_early_diffs_replayed(both: Views) -> Views:
    """Diffs received before the snapshot but made after it, put behind it, where they belong."""
    exchange, local = both
    snapshot = np.flatnonzero(local["flags"] & SNAPSHOT)
    early = np.flatnonzero(local["kind"][: snapshot[0]] == LEVEL_SET)
    replayed = local[early].copy()
    replayed["receive_ns"] = local["receive_ns"][snapshot[-1]]
    until = snapshot[-1] + 1
    return exchange, np.concatenate([np.delete(local[:until], early), replayed, local[until:]])


def with_clock_shift_of(both: Views, longer_ns: int) -> Views:
    exchange, local = both[0].copy(), both[1].copy()
    exchange["receive_ns"] += longer_ns
    local["receive_ns"] += longer_ns
    return exchange, local


def with_first_input(both: Views, at_ns: int) -> Views:
    """A quote before everything else: timers count from it, books and trades take no notice of it."""
    quote = np.zeros(1, q.dtypes.EVENT)
    quote["kind"], quote["side"], quote["price"], quote["qty"], quote["flags"] = QUOTE_BID, 1, 1, 1, 1
    quote["exchange_ns"] = quote["receive_ns"] = at_ns
    exchange, local = both
    return np.concatenate([quote, exchange]), np.concatenate([quote, local])


@pytest.fixture(scope="module")
def array(shared):
    return views(q.data.read(shared(ARRAY), instrument=BTC))


@pytest.fixture(scope="module")
def raw(shared):
    return q.data.read(shared(RAW), instrument=BTC)


@pytest.fixture(scope="module")
def steps(array):
    """hftbacktest's array on its way to our reading of the file, the timers' origin left for the last step."""
    dropped = without_stale_diffs(array)
    replayed = with_early_diffs_replayed(dropped)
    shifted = with_clock_shift_of(replayed, 1_272_402_468 - 1_272_156_851)
    return {
        "array": array,
        "stale diffs dropped": with_first_input(dropped, ARRAY_STARTS_NS),
        "early diffs replayed": with_first_input(replayed, ARRAY_STARTS_NS),
        "clock shift over all lines": with_first_input(shifted, ARRAY_STARTS_NS),
        "first input a quote": with_first_input(shifted, RAW_STARTS_NS),
        "stale diffs dropped, first input a trade": dropped,
    }


def trade(recording: q.data.Recording, latency: str) -> tuple[int, list[float], float, int]:
    venue = q.SimVenue(latency=latency, fees=FEES, fills="whole")
    totals = q.backtest(Grid(), recording, venue=venue, cash=0.0).totals
    return totals["trades"], totals["position"], round(totals["cash"] + totals["fees"], 6), totals["orders"]


def test_the_array_holds_four_stale_diffs_of_259_levels(array):
    for view in array:
        stale = view[is_stale(view)]
        assert np.unique(stale["exchange_ns"], return_counts=True)[1].tolist() == [82, 78, 44, 55]


def test_each_side_reads_each_trade_once(array, raw):
    rows = np.concatenate(array)
    assert np.count_nonzero(rows["kind"] == TRADE) == 2 * 21_313
    for view in [*array, *views(raw)]:
        assert np.count_nonzero(view["kind"] == TRADE) == 21_313


def test_163_trades_of_the_array_are_two_rows_one_for_each_side(shared):
    events = q.data.read(shared(ARRAY), instrument=BTC).events
    trades = events[events["kind"] == TRADE]
    assert len(trades) == 21_313 + 163
    for side in (EXCHANGE_ONLY, LOCAL_ONLY):
        assert np.count_nonzero(trades["flags"] & side) == 163


def test_after_the_four_steps_every_row_of_both_views_is_ours(steps, raw):
    market = (TRADE, LEVEL_SET)
    for number, (found, ours) in enumerate(zip(steps["clock shift over all lines"], views(raw), strict=True)):
        found, ours = (view[np.isin(view["kind"], market)] for view in (found, ours))
        assert len(found) == len(ours) == 466_575
        for field in ("kind", "side", "price", "qty", "exchange_ns"):
            assert np.array_equal(found[field], ours[field]), field
        if number == 1:
            assert np.array_equal(found["receive_ns"], ours["receive_ns"])


@pytest.mark.parametrize(
    ("latency", "step", "trades", "position", "balance"),
    [
        ("10ms", "array", 1_054, -1.4, 85_405.5),
        ("10ms", "stale diffs dropped", 1_054, -1.4, 85_405.5),
        ("10ms", "early diffs replayed", 1_054, -1.4, 85_405.5),
        ("10ms", "clock shift over all lines", 1_045, -1.3, 79_237.6),
        ("10ms", "first input a quote", 1_023, -0.3, 17_391.3),
        ("10ms", "stale diffs dropped, first input a trade", 1_031, -0.1, 5_044.4),
        ("0", "array", 1_139, -0.1, 5_364.2),
        ("0", "stale diffs dropped", 1_139, -0.1, 5_364.2),
        ("0", "early diffs replayed", 1_139, -0.1, 5_364.2),
        ("0", "clock shift over all lines", 1_132, -0.2, 11_514.2),
        ("0", "first input a quote", 1_131, -0.3, 17_451.5),
        ("0", "stale diffs dropped, first input a trade", 1_108, 0.0, -1_091.3),
    ],
)
def test_the_grid_after_each_step(steps, latency, step, trades, position, balance):
    assert trade(joined(steps[step]), latency)[:3] == (trades, [position], balance)


@pytest.mark.parametrize("latency", ["10ms", "0"])
def test_the_last_step_trades_as_the_raw_recording_does(steps, raw, latency):
    assert trade(joined(steps["first input a quote"]), latency) == trade(raw, latency)


def test_hftbacktests_own_grid_without_the_stale_diffs_is_ours_too(steps):
    """1,035 trades and -0.3 is what hftbacktest reaches on its array without those rows."""

    venue = q.SimVenue(latency="10ms", fees=FEES, fills="whole")
    totals = q.backtest(
        RunningFloatGrid(), joined(steps["stale diffs dropped, first input a trade"]), venue=venue, cash=0.0
    ).totals
    assert (totals["trades"], totals["position"]) == (1_035, [-0.3])
