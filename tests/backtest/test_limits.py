"""The risk gate seen from a run: each limit refuses, with its name, the number and the limit, and is counted."""

from __future__ import annotations

import math
import re

import pytest

import quantum as q
from backtest.market import Market, quiet
from quantum.errors import ConfigError


class Once(q.Strategy):
    """Does one thing at 100 ms and another at 200 ms."""

    def __init__(self, first, second=lambda ctx: None):
        super().__init__()
        self.acts = [first, second]

    def on_start(self, ctx):
        self.results = []
        ctx.every("100ms")

    def on_timer(self, ctx):
        if len(self.results) < 2:
            self.results.append(self.acts[len(self.results)](ctx))


def trade(limits, *acts, market=None):
    strategy = Once(*acts)
    return strategy, q.backtest(strategy, (market or quiet(500)).recording(), limits=limits)


@pytest.mark.parametrize(
    ("limits", "passes", "refused", "reason", "value", "limit"),
    [
        (
            {"max_qty": 1},
            lambda ctx: ctx.buy(1, limit=100),
            lambda ctx: ctx.buy(1.1, limit=100),
            "max quantity",
            1.1,
            1.0,
        ),
        (
            {"max_qty": 1.15},
            lambda ctx: ctx.buy(1.1, limit=100),
            lambda ctx: ctx.buy(1.2, limit=100),
            "max quantity",
            1.2,
            1.1,
        ),
        (
            {"max_notional": 100},
            lambda ctx: ctx.buy(1, limit=100),
            lambda ctx: ctx.buy(1, limit=100.5),
            "max notional",
            100.5,
            100.0,
        ),
        ({"max_notional": 101}, lambda ctx: ctx.buy(1), lambda ctx: ctx.buy(1.1), "max notional", 111.1, 101.0),
        (
            {"collar_bps": 100},
            lambda ctx: ctx.buy(0.1, limit=102),
            lambda ctx: ctx.buy(0.1, limit=102.5),
            "price collar",
            1.5 / 101 * 1e4,
            100.0,
        ),
        (
            {"collar_bps": 100},
            lambda ctx: ctx.sell(0.1, limit=99),
            lambda ctx: ctx.sell(0.1, limit=98.5),
            "price collar",
            150.0,
            100.0,
        ),
        (
            {"max_position": 2},
            lambda ctx: [ctx.buy(1, limit=100), ctx.buy(1, limit=99)],
            lambda ctx: ctx.buy(0.1, limit=98),
            "max position",
            2.1,
            2.0,
        ),
        (
            {"max_position": 2},
            lambda ctx: ctx.sell(2),
            lambda ctx: ctx.sell(0.1, limit=102),
            "max position",
            2.1,
            2.0,
        ),
        (
            {"max_open_orders": 2},
            lambda ctx: [ctx.buy(1, limit=100), ctx.sell(1, limit=102)],
            lambda ctx: ctx.buy(1, limit=99),
            "max open orders",
            3.0,
            2.0,
        ),
    ],
)
def test_each_limit_refuses_what_is_beyond_it_and_nothing_else(limits, passes, refused, reason, value, limit):
    strategy, run = trade(q.RiskLimits(**limits), passes, refused)
    order = strategy.results[1]
    assert (order.state, order.reason) == ("Denied", reason)
    assert run.raw["denials"] == {reason: 1}
    assert run.refusals["value"].tolist() == pytest.approx([value])
    assert run.refusals["limit"].tolist() == pytest.approx([limit])
    assert run.raw["limits"] == limits
    assert reason in str(run)


def test_a_refused_order_leaves_no_trace_in_the_worst_case():
    def second(ctx):
        return [ctx.buy(3, limit=100), ctx.buy(2, limit=100)]

    strategy, _ = trade(q.RiskLimits(max_position=2), lambda ctx: None, second)
    assert [order.state for order in strategy.results[1]] == ["Denied", "New"]


def test_orders_of_one_call_count_each_other():
    def first(ctx):
        return [ctx.buy(1, limit=100) for _ in range(4)]

    strategy, _ = trade(q.RiskLimits(max_position=2.5), first)
    assert [order.state for order in strategy.results[0]] == ["New", "New", "Denied", "Denied"]


def test_a_canceled_order_frees_its_room():
    class Cancel(q.Strategy):
        def on_start(self, ctx):
            self.step = 0
            ctx.every("100ms")

        def on_timer(self, ctx):
            self.step += 1
            if self.step == 1:
                ctx.buy(2, limit=100)
            elif self.step == 2:
                ctx.cancel_all()
            elif self.step == 3:
                self.order = ctx.buy(2, limit=100)

    cancel = Cancel()
    q.backtest(cancel, quiet(500).recording(), limits=q.RiskLimits(max_position=2))
    assert cancel.order.state == "New"


def test_a_reducing_order_passes_every_limit():
    limits = q.RiskLimits(max_qty=1, max_notional=150, max_position=1, max_open_orders=1)

    def first(ctx):
        return ctx.buy(1)

    def second(ctx):
        return [ctx.sell(0.5, limit=105), ctx.sell(0.5, limit=104), ctx.sell(0.1, limit=103)]

    strategy, run = trade(limits, first, second)
    assert [order.state for order in strategy.results[1]] == ["New", "New", "Denied"]
    assert run.raw["denials"] == {"max open orders": 1}


def test_an_order_through_zero_is_no_reducing_order():
    strategy, _ = trade(q.RiskLimits(max_position=1), lambda ctx: ctx.buy(1), lambda ctx: ctx.sell(2.1))
    assert strategy.results[1].reason == "max position"


def test_without_limits_the_summary_says_so():
    _, run = trade(None, lambda ctx: ctx.buy(10))
    assert run.raw["limits"] is None
    assert re.search(r"Limits\s+none", str(run))
    _, unlimited = trade(q.RiskLimits(max_qty=q.UNLIMITED), lambda ctx: ctx.buy(10))
    assert unlimited.raw["limits"] is None


@pytest.mark.parametrize("value", [0, -1, math.nan, -math.inf, "1", None, True])
@pytest.mark.parametrize("name", ["max_qty", "max_notional", "collar_bps", "max_position", "max_open_orders"])
def test_a_limit_is_a_positive_number_or_unlimited(name, value):
    with pytest.raises(ConfigError, match=rf"{name} must be a positive number or quantum\.UNLIMITED, not"):
        q.RiskLimits(**{name: value})


def test_the_collar_needs_a_far_side_to_judge_by():
    one_sided = Market().level(0, "buy", 200, 10).level(500, "buy", 200, 11)
    strategy, run = trade(q.RiskLimits(collar_bps=10), lambda ctx: ctx.buy(1, limit=100), market=one_sided)
    assert strategy.results[0].reason == "stale or missing reference price"
    assert run.refusals["value"].tolist() == [100.0]
