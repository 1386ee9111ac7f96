"""What holds in any market for any strategy: money and quantity are neither made nor lost."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import quantum as q
from backtest.market import Market, listing

TICK, LOT, MULTIPLIER = Fraction("0.5"), Fraction("0.1"), Fraction(3)
MAKER, TAKER = Fraction("-0.5"), Fraction("7")
UNIT = Fraction(1, 10**12)
INSTRUMENT = listing(multiplier="3")
STEP_MS = 10
NEW, TRADE, REPLACED, MARKET = 1, 4, 6, 1


@st.composite
def markets(draw: Any) -> Market:
    """A book that wanders by single levels, with trades, sometimes a gap."""
    market = Market(INSTRUMENT, delay_ms=draw(st.sampled_from([0, 1, 15])))
    market.book(0, {100 - level: 5 for level in range(5)}, {102 + level: 5 for level in range(5)})
    times = 0
    for _ in range(draw(st.integers(5, 60))):
        times += draw(st.sampled_from([0, 1, 5, 10, 20]))
        what = draw(st.integers(0, 9))
        side = draw(st.sampled_from(["buy", "sell"]))
        if what < 6:
            price = draw(st.integers(95, 101) if side == "buy" else st.integers(101, 107))
            market.level(times, side, price, draw(st.integers(0, 12)))
        elif what < 9 or times < 50:
            market.trade(times, side, draw(st.integers(97, 105)), draw(st.integers(1, 15)))
        else:
            market.gap(times, 1)
    return market.level(times + 50, "buy", 90, 1)


actions = st.tuples(
    st.sampled_from(["buy", "sell", "cancel", "cancel_all", "close", "replace", "replace"]),
    st.integers(0, 25),
    st.one_of(st.none(), st.integers(93, 109)),
    st.sampled_from(["GTC", "IOC", "FOK"]),
    st.booleans(),
)
venues = st.builds(
    q.SimVenue,
    latency=st.sampled_from(["0", "1ms", "25ms"]),
    queue=st.sampled_from(["power", "risk_averse", q.PowerQueue(1.5)]),
    fills=st.sampled_from(["partial", "whole"]),
    fees=st.just(q.Fees(maker_bps="-0.5", taker_bps="7")),
)


class Random(q.Strategy):
    """Does the listed things, one every 10 ms."""

    todo: list[Any]

    def on_start(self, ctx):
        self.at = 0
        self.orders = []
        ctx.every(f"{STEP_MS}ms")

    def on_timer(self, ctx):
        if self.at == len(self.todo):
            return
        what, qty, limit, tif, post_only = self.todo[self.at]
        self.at += 1
        if what == "cancel":
            if self.orders:
                ctx.cancel(self.orders[qty % len(self.orders)])
        elif what == "replace":
            if self.orders and (qty or limit is not None):
                terms = {"qty": qty / 10 if qty else None, "limit": None if limit is None else limit / 2}
                self.orders[qty % len(self.orders)].replace(**terms)
        elif what == "cancel_all":
            ctx.cancel_all()
        elif what == "close":
            ctx.close()
        else:
            terms = {"limit": None if limit is None else limit / 2, "tif": tif}
            if limit is not None and tif == "GTC":
                terms["post_only"] = post_only
            self.orders.append(getattr(ctx, what)(qty / 10, **terms))

    def on_fill(self, ctx, fill):
        assert fill.position == ctx.position
        assert fill.order.filled <= fill.order.qty
        assert math.isclose(fill.order.filled + fill.order.leaves, fill.order.qty)


def half_even(value: Fraction) -> Fraction:
    """To a whole number of money's units."""
    return round(value / UNIT) * UNIT


def exact_fees(run: q.Run) -> list[Fraction]:
    """The fees of the fills to the last unit: 128-bit integers of 1e-12 in two halves."""
    reports = run.raw["reports"]
    halves = reports["detail"][np.isin(reports["kind"], [4])].tolist()
    return [(low + (high << 64) - ((high >> 63) << 128)) * UNIT for low, high in halves]


@settings(max_examples=300, deadline=None)
@given(market=markets(), todo=st.lists(actions, max_size=25), venue=venues, limited=st.booleans())
def test_money_and_quantity_are_conserved(market, todo, venue, limited):
    limits = q.RiskLimits(max_position=3, max_open_orders=4) if limited else None
    run = q.backtest(Random(todo=todo), market.recording(), venue=venue, limits=limits, cash=1000)
    fills, orders, totals = run.fills, run.orders, run.totals

    lots = np.rint(fills["qty"] * 10).astype(int).tolist()
    ticks = np.rint(fills["price"] * 2).astype(int).tolist()
    signs = np.where(fills["side"] == "buy", 1, -1).tolist()
    cash, position, fees = Fraction(1000), 0, Fraction(0)
    for sign, tick, lot, liquidity, said_fee, said_position in zip(
        signs, ticks, lots, fills["liquidity"].tolist(), exact_fees(run), fills["position"].tolist(), strict=True
    ):
        value = tick * TICK * lot * LOT * MULTIPLIER
        fee = half_even(value * (MAKER if liquidity == "maker" else TAKER) / 10_000)
        assert said_fee == fee
        cash -= sign * value + fee
        fees += fee
        position += sign * lot
        assert said_position == float(position * LOT)
    assert totals["cash"] == float(cash)
    assert math.isclose(totals["fees"], float(fees), abs_tol=1e-12)
    assert totals["position"] == [float(position * LOT)]
    assert totals["trades"] == len(fills)

    assert np.all(orders["filled"] <= orders["qty"])
    filled = dict(zip(orders["order_id"].tolist(), np.rint(orders["filled"] * 10).astype(int).tolist(), strict=True))
    by_order: dict[int, int] = dict.fromkeys(filled, 0)
    for order, lot in zip(fills["order_id"].tolist(), lots, strict=True):
        by_order[order] += lot
    assert by_order == filled
    done = orders["state"] == "Filled"
    assert np.array_equal(orders["filled"][done], orders["qty"][done])
    assert set(orders["filled"][orders["state"] == "Denied"].tolist()) <= {0.0}
    assert set(run.raw["oddities"].values()) == {0}

    equity = run.equity["equity"]
    assert equity[-1] == totals["equity"]
    mid = run.samples["mid"][-1]
    if position and not math.isnan(mid):
        assert math.isclose(equity[-1], float(cash) + float(position * LOT * MULTIPLIER) * mid, rel_tol=1e-12)
    elif not position:
        assert equity[-1] == float(cash)
    if limited:
        assert np.all(np.abs(fills["position"]) <= 3.0 + 1e-12)


@settings(max_examples=150, deadline=None)
@given(market=markets(), todo=st.lists(actions, max_size=25))
def test_a_resting_order_never_gets_more_than_the_market_showed(market, todo):
    """With fills="partial" all makers' fills together are within what traded plus what showed up at levels."""
    run = q.backtest(Random(todo=todo), market.recording(), venue=q.SimVenue(fills="partial"), cash=0)
    makers = run.fills.array[run.fills["liquidity"] == "maker"]
    events = market.events()
    shown = int(events["qty"][(events["kind"] == 1) | (events["kind"] == 2)].sum())
    assert round(float(makers["qty"].sum()) * 10) <= shown


@settings(max_examples=150, deadline=None)
@given(market=markets(), todo=st.lists(actions, max_size=25), venue=venues)
def test_no_fill_is_worse_than_its_limit(market, todo, venue):
    run = q.backtest(Random(todo=todo), market.recording(), venue=venue, cash=0)
    reports, limits = run.raw["reports"], {}
    columns = ("order_id", "kind", "order_type", "side", "price")
    for order, kind, order_type, side, price in zip(*(reports[name].tolist() for name in columns), strict=True):
        if kind in (NEW, REPLACED):
            limits[order] = price
        elif kind == TRADE and order_type != MARKET:
            assert price <= limits[order] if side == 1 else price >= limits[order]
