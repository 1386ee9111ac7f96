"""Replaced orders against hftbacktest 2.4.4's modified ones, on its own array: equal where the rules are.

Each row was made by hftbacktest's own engine (`follow` in benches/peers/hftbacktest/theirs.py), its depth in an array
and in a hash map, equal both times. Where the rules differ, docs/decisions/0008-replace.md says why.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import quantum as q
from backtest.truths import ARRAY, FEES
from quantum.cli.strategy import load_strategy

Follow: Any = load_strategy(f"{Path(__file__).resolve().parents[2] / 'examples' / 'follow.py'}:Follow")
BTC = q.Instrument("BTCUSDT", venue="binance", tick_size="0.1", lot_size="0.001", currency="USDT")

PARAMETERS: dict[str, dict[str, Any]] = {
    "follow": {"post_only": False},
    "away": {"post_only": False, "away": 0.5},
    "trim": {"post_only": False, "trim": 0.01},
    "maker": {"post_only": True},
    "grow": {"post_only": False, "trim": 0.01, "growing": True},
}

# hftbacktest's, and ours: latencies in ms each way, position in lots, balance in ticks times lots, fee in USDT.
EQUAL = """
#      queue         each way trades lots     balance          fee  orders replaces
follow power                0    615 1900 -1174218000 -23.15164050     617      375
follow power              0.1    611 1900 -1173652300 -21.91572900     613      375
follow power               10    573 2500 -1544500900 119.40271850     575      378
follow power               60    428 2200 -1359298000 210.36652500     430      396
follow risk_averse          0    579 2100 -1297699000 -12.04168350     581      375
follow risk_averse        0.1    574 2000 -1235592500 -10.49806800     576      375
follow risk_averse         10    537 2500 -1544878700 125.88751850     539      377
follow risk_averse         60    400 2400 -1483090000 205.13029350     402      398
away   power                0    427 -300   183527400  25.60452150     429      411
away   power              0.1    422 -400   245458600  22.52502300     424      411
away   power               10    401  500  -310304200 130.81473200     403      416
away   power               60    303 1300  -803983900 147.19260250     305      429
trim   power                0    618 1260  -778292980  53.74897380     620     2767
trim   power              0.1    611  960  -592828780  51.28713530     613     2772
trim   power               10    576 1760 -1086803700 187.05616750     578     2787
trim   power               60    425 1700 -1050091420 223.21012565     427     2064
trim   risk_averse          0    582 1180  -728798940  60.04360080     584     2611
trim   risk_averse        0.1    575  880  -543423740  57.58131730     577     2616
trim   risk_averse         10    541 1650 -1019099700 188.81904090     543     2634
trim   risk_averse         60    395 1310  -809820210 204.13292730     397     1954
maker  power                0    580 2000 -1236090700 -178.98348950    618      375
maker  power              0.1    575 1700 -1050624400 -177.43924400    613      377
maker  risk_averse          0    544 2200 -1359571700 -167.87353250    582      375
maker  risk_averse        0.1    539 1900 -1174194400 -166.32973200    577      377
"""

# Ours where hftbacktest loses the order (post-only, refused at its new price) or the quantity (an order that grows).
OURS = """
maker  power               10    508 3200 -1976911700 -156.76500350    567      385
maker  power               60    355 1900 -1174380500 -109.55696750    419      407
grow   power                0    618 1210  -748277890  44.03146555     620     3774
grow   power               10    576 1710 -1056754180 185.47460150     578     3806
"""


class Row(NamedTuple):
    """What a run ends with."""

    trades: int
    position_lots: int
    balance_tick_lots: int
    fee: Decimal
    orders: int
    replaces: int


def rows(table: str) -> dict[str, Row]:
    found = {}
    for line in table.strip().splitlines():
        if not line.startswith("#"):
            *case, trades, lots, balance, fee, orders, replaces = line.split()
            found[" ".join(case)] = Row(int(trades), int(lots), int(balance), Decimal(fee), int(orders), int(replaces))
    return found


@pytest.fixture(scope="module")
def recording(shared):
    return q.data.read(shared(ARRAY), instrument=BTC)


def run_of(recording, case):
    name, queue, each_way = case.split()
    venue = q.SimVenue(latency=f"{each_way}ms", queue=queue, fees=FEES, fills="whole")
    return q.backtest(Follow(**PARAMETERS[name]), recording, venue=venue, cash=0.0)


def outcome(run):
    fills, totals = run.fills, run.totals
    ticks, lots = np.rint(fills["price"] * 10).astype(np.int64), np.rint(fills["qty"] * 1000).astype(np.int64)
    signs = np.where(fills["side"] == "buy", 1, -1)
    fee = sum((Decimal(repr(fee)).quantize(Decimal("1e-12")) for fee in fills["fee"].tolist()), Decimal(0))
    return Row(
        totals["trades"],
        int((signs * lots).sum()),
        -int((signs * ticks * lots).sum()),
        fee,
        totals["orders"],
        totals["replaced"] + totals["replaces_refused"],
    )


@pytest.mark.parametrize("case", rows(EQUAL))
def test_replaced_orders_end_as_hftbacktests_modified_ones(recording, case):
    assert outcome(run_of(recording, case)) == rows(EQUAL)[case]


def would_take(run):
    return int(
        np.sum((run.refusals["request"] == "replace") & (run.refusals["reason"] == "post-only order would take"))
    )


@pytest.mark.parametrize("case", rows(OURS))
def test_where_hftbacktest_loses_an_order_or_quantity_we_keep_it(recording, case):
    run = run_of(recording, case)
    assert outcome(run) == rows(OURS)[case]
    assert (would_take(run) > 0) == case.startswith("maker")


@pytest.mark.parametrize("case", [case for case in rows(EQUAL) if case.startswith("maker")])
def test_the_post_only_rows_that_are_equal_are_those_where_no_new_price_would_take(recording, case):
    assert would_take(run_of(recording, case)) == 0
