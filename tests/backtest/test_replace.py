"""Replacing an order: what it may say, what the venue makes of it, what is refused and how that is told."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest

import quantum as q
from backtest.market import Market, quiet
from quantum.errors import ConfigError

INSTANT = q.SimVenue()
SLOW = q.SimVenue(latency="10ms")


class Script(q.Strategy):
    """Does the listed things, one every 100 ms; ``told`` is of each report: ms, id, state, qty, price."""

    acts: list

    def on_start(self, ctx):
        self.step, self.told = 0, []
        ctx.every("100ms")

    def on_timer(self, ctx):
        if self.step < len(self.acts):
            act = self.acts[self.step]
            self.step += 1
            act(self, ctx)

    def on_order(self, ctx, order):
        self.told.append((ctx.now // 1_000_000, order.id, order.state, order.qty, order.price))


def script(*acts, market=None, venue=INSTANT, **terms):
    strategy = Script(acts=list(acts))
    run = q.backtest(strategy, (market or quiet(1000)).recording(), venue=venue, **terms)
    assert set(run.raw["oddities"].values()) == {0}
    return strategy, run


def bid(qty=1, limit=99.5, **terms):
    def act(strategy, ctx):
        strategy.order = ctx.buy(qty, limit=limit, **terms)

    return act


def change(**terms):
    return lambda strategy, ctx: ctx.replace(strategy.order, **terms)


def refusals(run):
    columns = ("kind", "request", "reason", "value", "limit")
    return list(zip(*(run.refusals[name].tolist() for name in columns), strict=True))


def test_until_the_venue_answers_the_order_shows_its_old_numbers():
    seen = []

    def look(strategy, ctx):
        order = strategy.order
        strategy.order.replace(qty=2, limit=99)
        seen.append((order.state, order.qty, order.price, order.leaves, order.is_replaceable, order.is_cancelable))

    strategy, run = script(bid(), look, lambda strategy, ctx: seen.append(strategy.order.is_replaceable), venue=SLOW)
    assert seen == [("New", 1.0, 99.5, 1.0, True, True), True]
    assert strategy.told == [(120, 1, "New", 1.0, 99.5), (220, 1, "New", 2.0, 99.0)]
    reports = run.raw["reports"]
    assert [q.dtypes.NAMES["kind"][kind] for kind in reports["kind"].tolist()] == ["New", "Replaced"]
    assert reports["exchange_ns"][1] == 210_000_000


def test_on_its_way_it_is_pending_replace_and_below_a_cancel_pending_cancel():
    states = []

    def after(strategy, ctx):
        states.append(strategy.order.state)
        ctx.cancel(strategy.order)

    def later(strategy, ctx):
        states.append(strategy.order.state)

    slow = q.SimVenue(latency="150ms")
    strategy, run = script(bid(), *[later] * 3, change(limit=99), after, later, market=quiet(2000), venue=slow)
    assert states == ["Submitted", "Submitted", "New", "PendingReplace", "PendingCancel"]
    assert [told[2] for told in strategy.told] == ["New", "PendingCancel", "Canceled"]
    assert (run.orders["price"][0], run.orders["replaced"][0], run.orders["state"][0]) == (99.0, 1, "Canceled")


def test_an_order_may_be_replaced_before_the_venue_has_it():
    def both(strategy, ctx):
        bid()(strategy, ctx)
        strategy.order.replace(qty=0.3)
        assert (strategy.order.state, strategy.order.qty) == ("Created", 1.0)

    strategy, run = script(both, venue=SLOW)
    assert strategy.told == [(120, 1, "PendingReplace", 1.0, 99.5), (120, 1, "New", 0.3, 99.5)]
    assert (run.orders["qty"].tolist(), run.orders["replaced"].tolist()) == ([0.3], [1])


@pytest.mark.parametrize("number", ["0.7", Decimal("0.7"), 0.7, np.float64(0.7)])
def test_numbers_may_be_text_decimals_or_floats(number):
    strategy, _ = script(bid(), change(qty=number, limit="98.5"))
    assert (strategy.order.qty, strategy.order.price) == (0.7, 98.5)


def test_nothing_to_replace_with_is_a_mistake():
    for act in (change(), lambda strategy, ctx: strategy.order.replace(), change(qty=None, limit=None)):
        with pytest.raises(ConfigError, match="replace needs qty, limit or both"):
            script(bid(), act)
    with pytest.raises(TypeError, match="qty"):
        script(bid(), change(qty=[1]))
    old, _ = script(bid())
    with pytest.raises(ConfigError, match="another run"):
        script(lambda strategy, ctx: ctx.replace(old.order, qty=1))


NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("terms", "reason", "value", "bound"),
    [
        ({"qty": 0}, "quantity not positive", 0.0, 0.0),
        ({"qty": -1}, "quantity not positive", -1.0, 0.0),
        ({"qty": 0.25}, "quantity off the lot", 0.25, 0.1),
        ({"qty": NAN}, "not a finite number", NAN, NAN),
        ({"qty": 1e300}, "out of range", 1e300, None),
        ({"limit": 99.25}, "price off the tick", 99.25, 0.5),
        ({"limit": 0}, "price not positive", 0.0, 0.0),
        ({"limit": -1, "qty": 2}, "price not positive", -1.0, 0.0),
        ({"limit": NAN}, "no book yet", NAN, NAN),
        ({"limit": INF}, "not a finite number", INF, NAN),
        ({"limit": 99.25, "qty": 0.25}, "quantity off the lot", 0.25, 0.1),
    ],
)
def test_a_replace_that_makes_no_sense_is_refused_with_its_numbers_and_the_order_goes_on(terms, reason, value, bound):
    strategy, run = script(bid(), change(**terms))
    [(kind, request, said, said_value, said_bound)] = refusals(run)
    assert (kind, request, said) == ("CancelRejected", "replace", reason)
    assert said_value == pytest.approx(value, nan_ok=True)
    assert bound is None or said_bound == pytest.approx(bound, nan_ok=True)
    order = strategy.order
    assert (order.state, order.qty, order.price, order.leaves) == ("New", 1.0, 99.5, 1.0)
    assert run.totals["replaces_refused"] == 1
    assert run.totals["denied"] == 0


def test_an_order_that_is_done_or_never_rests_cannot_be_replaced():
    strategy, run = script(bid(1, None), change(qty=2), bid(1, 200), change(qty=2))
    assert strategy.order.state == "Filled"
    assert [refusal[2] for refusal in refusals(run)] == ["unknown or finished order"] * 2

    def market(strategy, ctx):
        strategy.order = ctx.buy(1)
        strategy.order.replace(qty=2)

    _, run = script(market)
    assert [refusal[2] for refusal in refusals(run)] == ["not supported by the venue"]

    def immediate(strategy, ctx):
        strategy.order = ctx.buy(1, limit=99, tif="IOC")
        strategy.order.replace(limit=200)

    strategy, run = script(immediate, venue=SLOW)
    assert (strategy.order.state, run.totals["trades"]) == ("Expired", 0)
    assert [refusal[1:3] for refusal in refusals(run)] == [("replace", "unknown or finished order")]


def test_a_replace_that_comes_too_late_is_refused_and_the_fill_stands():
    market = quiet(200).trade(205, "sell", 199, 100).level(600, "buy", 190, 1)
    strategy, run = script(bid(), change(limit=98, qty=3), market=market, venue=SLOW)
    assert [told[1:3] for told in strategy.told] == [(1, "New"), (1, "PendingReplace"), (1, "Filled")]
    assert [refusal[1:3] for refusal in refusals(run)] == [("replace", "unknown or finished order")]
    assert (run.orders["state"][0], run.orders["qty"][0], run.orders["price"][0]) == ("Filled", 1.0, 99.5)


def test_a_second_replace_on_its_way_is_refused_and_a_cancel_is_not():
    def three(strategy, ctx):
        strategy.order.replace(limit=99)
        strategy.order.replace(limit=98)
        ctx.cancel(strategy.order)
        strategy.order.replace(limit=97)

    strategy, run = script(bid(), three, venue=SLOW)
    assert [refusal[1:3] for refusal in refusals(run)] == [("replace", "request already in flight")] * 2
    assert (strategy.order.state, strategy.order.price) == ("Canceled", 99.0)


def test_cancel_all_reaches_an_order_whose_replace_is_on_its_way():
    def both(strategy, ctx):
        strategy.order.replace(qty=5)
        ctx.cancel_all()

    strategy, run = script(bid(), both, venue=SLOW)
    assert (strategy.order.state, strategy.order.qty, run.totals["open"]) == ("Canceled", 5.0, 0)


def traded(at_ms=150, lots=4):
    """A book that does not move, and a trade that executes part of a bid of 1.0 at 100.5."""
    market = quiet(140).trade(at_ms, "sell", 201, lots)
    for at in range(200, 1000, 50):
        market.level(at, "buy", 100, 10)
    return market


def test_the_quantity_is_the_total_and_at_or_below_what_is_executed_the_order_ends_there():
    strategy, run = script(bid(1, 100.5), change(qty=0.6), market=traded())
    assert (strategy.order.filled, strategy.order.leaves, strategy.order.state) == (0.4, 0.2, "PartiallyFilled")
    for qty in (0.4, 0.1):
        strategy, run = script(bid(1, 100.5), change(qty=qty), market=traded())
        assert (strategy.order.state, strategy.order.qty, strategy.order.leaves) == ("Filled", 0.4, 0.0)
        assert (run.orders["qty"][0], run.orders["filled"][0], run.orders["state"][0]) == (0.4, 0.4, "Filled")
        assert run.totals["open"] == 0


def test_a_larger_quantity_after_a_partial_fill_leaves_what_is_not_executed():
    strategy, run = script(bid(1, 100.5), change(qty=2, limit=102), market=traded())
    assert (strategy.order.filled, strategy.order.state, strategy.order.average_price) == (2.0, "Filled", 101.05)
    assert run.fills["price"].tolist() == [100.5, 101.0, 101.5]
    assert run.fills["qty"].tolist() == pytest.approx([0.4, 1.0, 0.6])
    assert run.fills["liquidity"].tolist() == ["maker", "taker", "taker"]


def test_a_price_that_crosses_takes_and_the_rest_rests_at_it():
    strategy, run = script(bid(5), change(limit=102))
    assert run.fills["price"].tolist() == [101.0, 101.5, 102.0]
    assert (strategy.order.state, strategy.order.leaves, strategy.order.price) == ("PartiallyFilled", 2.0, 102.0)


@pytest.mark.parametrize("fills", ["partial", "whole"])
def test_a_post_only_order_whose_new_price_would_take_stays_as_it_was(fills):
    venue = q.SimVenue(fills=fills)
    strategy, run = script(bid(post_only=True), change(limit=101, qty=0.5), venue=venue)
    assert refusals(run) == [("CancelRejected", "replace", "post-only order would take", 101.0, 101.0)]
    order = strategy.order
    assert (order.state, order.qty, order.price, run.totals["trades"]) == ("New", 1.0, 99.5, 0)


QUEUES = [
    q.RiskAverseQueue(),
    q.PowerQueue(2),
    q.PowerQueue(1.5, "total"),
    q.PowerQueue(2, "front"),
    q.LogQueue(),
    q.LogQueue("total"),
]


@pytest.mark.parametrize("fills", ["partial", "whole"])
@pytest.mark.parametrize("queue", QUEUES, ids=str)
@pytest.mark.parametrize(
    ("changes", "keeps"),
    [
        ([], True),
        ([{"qty": 0.5}], True),
        ([{"qty": 1, "limit": 99.5}], True),
        ([{"qty": 0.8}, {"qty": 0.3, "limit": 99.5}], True),
        ([{"qty": 1.1}], False),
        ([{"qty": 0.5}, {"qty": 0.6}], False),
        ([{"limit": 99}, {"limit": 99.5}], False),
        ([{"limit": 99, "qty": 0.5}, {"limit": 99.5}], False),
    ],
)
def test_only_a_smaller_quantity_at_the_same_price_keeps_the_place(fills, queue, changes, keeps):
    # 10 lots are ahead; 6 of them trade before the changes, then one lot trades every 10 ms from 500 ms on.
    market = quiet(100).trade(150, "sell", 199, 6)
    for at in range(500, 800, 10):
        market.trade(at, "sell", 199, 1)
    venue = q.SimVenue(queue=queue, fills=fills)
    _, run = script(bid(), *[change(**terms) for terms in changes], market=market, venue=venue)
    first = run.fills["time"][0].astype(np.int64) // 1_000_000
    assert first == (540 if keeps else 600)


def test_limits_judge_a_replace_that_asks_for_more_and_never_one_that_asks_for_less():
    limits = q.RiskLimits(max_position=3, max_qty=2.5, max_notional=300, collar_bps=150, max_open_orders=1)

    def asked(**terms):
        strategy, run = script(bid(2, 99.5), change(**terms), limits=limits)
        return refusals(run), strategy.order

    assert asked(qty=2.5)[0] == []
    assert asked(qty=2.6)[0] == [("CancelRejected", "replace", "max quantity", 2.6, 2.5)]
    assert asked(qty=2.5, limit=120.5)[0] == [("CancelRejected", "replace", "max notional", 301.25, 300.0)]
    assert asked(limit=102.5)[0] == []
    [(_, _, reason, value, limit)], order = asked(limit=103)
    assert (reason, limit, order.state, order.price) == ("price collar", 150.0, "New", 99.5)
    assert value == pytest.approx(2 / 101 * 1e4)

    def nearer(strategy, ctx):
        ctx.buy(1.5)
        strategy.order.replace(qty=1.6)

    _, run = script(bid(1.5), nearer, lambda strategy, ctx: strategy.order.replace(qty=0.2, limit=90), limits=None)
    assert refusals(run) == []
    held = q.RiskLimits(max_position=3, max_qty=9, max_notional=9e9, collar_bps=1e4, max_open_orders=9)
    strategy, run = script(bid(1.5), nearer, lambda strategy, ctx: strategy.order.replace(qty=0.2), limits=held)
    assert refusals(run) == [("CancelRejected", "replace", "max position", 3.1, 3.0)]
    assert strategy.order.qty == 0.2


def test_the_larger_quantity_is_reserved_while_a_replace_is_on_its_way():
    limits = q.RiskLimits(max_position=3, max_qty=9, max_notional=9e9, collar_bps=1e4, max_open_orders=9)

    def more(strategy, ctx):
        strategy.order.replace(qty=0.5)
        strategy.second = ctx.buy(1.1, limit=99)

    strategy, _ = script(bid(2), more, venue=SLOW, limits=limits)
    assert (strategy.second.state, strategy.second.reason) == ("Denied", "max position")


def test_tables_and_summary_show_what_was_replaced():
    strategy, run = script(
        bid(), change(limit=99), change(qty=2), change(qty=0.25), bid(1, 98, post_only=True), change(limit=101)
    )
    orders = run.orders
    assert orders["price"].tolist() == [99.0, 98.0]
    assert orders["qty"].tolist() == [2.0, 1.0]
    assert orders["replaced"].tolist() == [2, 0]
    assert orders["state"].tolist() == ["New", "New"]
    assert (run.totals["replaced"], run.totals["replaces_refused"]) == (2, 2)
    assert "2 replaces, 2 replaces refused" in str(run)
    assert strategy.order.price == 98.0


def test_a_stale_book_refuses_what_would_lose_its_place_and_takes_what_keeps_it():
    def gapped():
        market = quiet(150).gap(160)
        for at in range(170, 600, 10):
            market.level(at, "buy", 100, at)
        return market

    strategy, run = script(bid(), change(limit=98), change(qty=0.5), market=gapped())
    assert [refusal[1:3] for refusal in refusals(run)] == [("replace", "stale or missing reference price")]
    assert (strategy.order.qty, strategy.order.price) == (0.5, 99.5)


def test_the_place_of_our_other_orders_is_before_one_that_loses_its():
    def two(strategy, ctx):
        bid(1, 100.5)(strategy, ctx)
        ctx.buy(1, limit=100.5)

    market = quiet(340).trade(350, "sell", 201, 30).level(600, "buy", 100, 10)
    _, run = script(two, change(qty=1.5), market=market)
    assert run.fills["order_id"].tolist() == [2, 1]


def test_a_replace_from_on_order_and_on_fill_is_carried_out():
    class Chase(q.Strategy):
        def on_start(self, ctx):
            self.order = None
            ctx.every("100ms")

        def on_timer(self, ctx):
            if self.order is None:
                self.order = ctx.buy(1, limit=90)

        def on_order(self, ctx, order):
            if order.is_replaceable and order.price < 101 and order.state == "New":
                order.replace(limit=order.price + 0.5)

    chase = Chase()
    run = q.backtest(chase, quiet(2000).recording(), venue=SLOW)
    assert (chase.order.state, chase.order.average_price) == ("Filled", 101.0)
    assert run.orders["replaced"].tolist() == [22]


def test_an_empty_market_keeps_replacing_without_end_from_being_possible():
    class Forever(q.Strategy):
        def on_start(self, ctx):
            ctx.every("100ms")

        def on_timer(self, ctx):
            if not ctx.orders:
                ctx.buy(1, limit=90)

        def on_order(self, ctx, order):
            order.replace(limit=90)

    with pytest.raises(q.errors.EngineError, match="answers its own orders for ever"):
        q.backtest(Forever(), Market().book(0, {200: 1}, {202: 1}).level(500, "buy", 200, 2).recording())
