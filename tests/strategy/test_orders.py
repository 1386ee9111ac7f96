"""What an order may say: kinds, times in force, numbers in every spelling, and how each mistake is refused."""

from __future__ import annotations

import contextlib
import math
from decimal import Decimal

import numpy as np
import pytest

import quantum as q
from backtest.market import Market, listing, quiet
from quantum.errors import ConfigError, EngineError


class Once(q.Strategy):
    """Does one thing at 100 ms."""

    def __init__(self, act):
        super().__init__()
        self.act = act

    def on_start(self, ctx):
        self.done = False
        self.reports = []
        ctx.every("100ms")

    def on_timer(self, ctx):
        if not self.done:
            self.done = True
            self.result = self.act(ctx)

    def on_order(self, ctx, order):
        self.reports.append((order.id, order.state))


def once(act, market=None, **terms):
    strategy = Once(act)
    run = q.backtest(strategy, (market or quiet(500)).recording(), **terms)
    return strategy.result, run


@pytest.mark.parametrize("qty", ["0.3", Decimal("0.3"), 0.3, 0.1 + 0.2, np.float64(0.3), " 0.3 ", "3e-1"])
@pytest.mark.parametrize("limit", ["99.5", Decimal("99.5"), 99.5, np.float64(99.5)])
def test_numbers_may_be_text_decimals_or_floats(qty, limit):
    order, _ = once(lambda ctx: ctx.buy(qty, limit=limit))
    assert (order.state, order.qty, order.price) == ("New", 0.3, 99.5)


def test_whole_numbers_are_numbers():
    order, _ = once(lambda ctx: ctx.sell(2, limit=np.int64(103)))
    assert (order.state, order.qty, order.price, order.side) == ("New", 2.0, 103.0, "sell")


def test_the_largest_error_that_is_still_the_increment():
    near, _ = once(lambda ctx: ctx.buy(1.0, limit=100.0 * (1 + 0.9e-9)))
    far, run = once(lambda ctx: ctx.buy(1.0, limit=100.0 * (1 + 1.1e-9)))
    assert (near.state, near.price) == ("New", 100.0)
    assert (far.state, far.reason) == ("Denied", "price off the tick")
    assert run.refusals["value"].tolist() == [100.0 * (1 + 1.1e-9)]


NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("qty", "limit", "reason", "value", "bound"),
    [
        (0, None, "quantity not positive", 0.0, 0.0),
        (0.0, 100.0, "quantity not positive", 0.0, 0.0),
        (-0.0, 100.0, "quantity not positive", 0.0, 0.0),
        (-1, None, "quantity not positive", -1.0, 0.0),
        ("-0.1", 100.0, "quantity not positive", -0.1, 0.0),
        (0.25, None, "quantity off the lot", 0.25, 0.1),
        (Decimal("0.15"), 100, "quantity off the lot", 0.15, 0.1),
        (1e-30, 100, "quantity off the lot", 1e-30, 0.1),
        (1e300, None, "out of range", 1e300, None),
        ("1e300", 100.0, "out of range", 1e300, None),
        (NAN, None, "not a finite number", NAN, None),
        (INF, None, "not a finite number", INF, None),
        (-INF, 100.0, "not a finite number", -INF, None),
        ("nan", 100.0, "not a finite number", NAN, None),
        (1.0, 100.25, "price off the tick", 100.25, 0.5),
        (1.0, "100.3", "price off the tick", 100.3, 0.5),
        (1.0, 0, "price not positive", 0.0, 0.0),
        (1.0, -100, "price not positive", -100.0, 0.0),
        (1.0, 1e300, "out of range", 1e300, None),
        (1.0, INF, "not a finite number", INF, None),
        (1.0, -INF, "not a finite number", -INF, None),
        (1.0, NAN, "no book yet", NAN, None),
        (NAN, NAN, "not a finite number", NAN, None),
    ],
)
@pytest.mark.parametrize("side", ["buy", "sell"])
def test_a_number_that_makes_no_sense_is_denied_with_the_number(side, qty, limit, reason, value, bound):
    order, run = once(lambda ctx: getattr(ctx, side)(qty, limit=limit))
    assert (order.state, order.reason, order.filled, order.is_open) == ("Denied", reason, 0.0, False)
    assert run.raw["denials"] == {reason: 1}
    refusal = run.refusals
    if value != 0:
        assert refusal["value"].tolist() == pytest.approx([value], nan_ok=True)
    if bound:
        assert refusal["limit"].tolist() == [bound]
    assert (run.totals["denied"], run.totals["trades"], run.totals["position"]) == (1, 0, [0.0])
    assert run.totals["cash"] == run.raw["cash"]


@pytest.mark.parametrize("qty", [None, [1], "one", "", object(), 1j, b"1", "1,000", "1_000", "0x10"])
def test_what_is_no_number_is_a_mistake(qty):
    with pytest.raises((ConfigError, TypeError), match="qty"):
        once(lambda ctx: ctx.buy(qty))


def test_an_order_before_the_first_book_is_denied():
    class Early(q.Strategy):
        def on_start(self, ctx):
            self.orders = [ctx.buy(1, limit=ctx.book.best_bid.price), ctx.buy(1), ctx.sell(1)]
            assert ctx.book.state == "Empty"

    early = Early()
    run = q.backtest(early, quiet(100).recording())
    assert [order.state for order in early.orders] == ["Denied"] * 3
    assert run.raw["denials"] == {"no book yet": 3}


def test_a_market_order_needs_the_far_side():
    one_sided = Market().level(0, "buy", 200, 10).level(500, "buy", 200, 11)
    bought, run = once(lambda ctx: ctx.buy(1), one_sided)
    sold, _ = once(lambda ctx: ctx.sell(1), one_sided)
    assert (bought.state, bought.reason, run.totals["position"]) == ("Denied", "no book yet", [0.0])
    assert (sold.state, sold.average_price) == ("Filled", 100.0)


def test_a_limit_order_rests_and_is_filled_at_its_price():
    order, run = once(lambda ctx: ctx.buy(0.5, limit=100.5), quiet(200).trade(300, "sell", 200, 30))
    assert (order.state, order.type, order.average_price) == ("Filled", "Limit", 100.5)
    assert run.fills["liquidity"].tolist() == ["maker"]


def test_a_limit_order_takes_no_worse_than_its_price_and_the_rest_rests():
    order, run = once(lambda ctx: ctx.buy(5, limit=102.0))
    assert run.fills["price"].tolist() == [101.0, 101.5, 102.0]
    assert (order.state, order.filled, order.leaves) == ("PartiallyFilled", 3.0, 2.0)
    assert set(run.fills["liquidity"].tolist()) == {"taker"}


@pytest.mark.parametrize(("qty", "state", "filled"), [(5, "Expired", 3.0), (3, "Filled", 3.0), (0.1, "Filled", 0.1)])
def test_ioc_takes_what_is_there_and_never_rests(qty, state, filled):
    order, run = once(lambda ctx: ctx.buy(qty, limit=102.0, tif="IOC"))
    assert (order.state, order.filled) == (state, filled)
    assert run.totals["open"] == 0


def test_ioc_away_from_the_market_expires():
    order, run = once(lambda ctx: ctx.buy(1, limit=100.5, tif="ioc"))
    assert (order.state, order.reason, order.filled) == ("Expired", "nothing to execute against", 0.0)
    assert run.totals["expired"] == 1


@pytest.mark.parametrize(("qty", "state", "filled"), [(3.1, "Expired", 0.0), (3, "Filled", 3.0)])
def test_fok_is_all_or_nothing(qty, state, filled):
    order, run = once(lambda ctx: ctx.sell(qty, limit=99.0, tif="FOK"))
    assert (order.state, order.filled, run.totals["position"]) == (state, filled, [-filled])


def test_a_market_order_sweeps_and_what_the_book_does_not_have_expires():
    order, run = once(lambda ctx: ctx.buy(25))
    assert (order.state, order.filled, order.leaves) == ("Expired", 10.0, 0.0)
    assert run.fills["price"].tolist() == [101.0 + step / 2 for step in range(10)]
    assert run.totals["position"] == [10.0]


def test_fills_whole_takes_all_at_the_best_price():
    order, _ = once(lambda ctx: ctx.buy(25), venue=q.SimVenue(fills="whole"))
    assert (order.state, order.filled, order.average_price) == ("Filled", 25.0, 101.0)


@pytest.mark.parametrize(
    ("side", "limit", "touch"), [("buy", 101.0, 101.0), ("buy", 200.0, 101.0), ("sell", 100.0, 100.0)]
)
def test_a_post_only_order_that_would_take_is_rejected_with_both_prices(side, limit, touch):
    order, run = once(lambda ctx: getattr(ctx, side)(1, limit=limit, post_only=True))
    assert (order.state, order.reason, order.type) == ("Rejected", "post-only order would take", "PostOnly")
    refusal = run.refusals
    assert (refusal["kind"].tolist(), refusal["value"].tolist(), refusal["limit"].tolist()) == (
        ["Rejected"],
        [limit],
        [touch],
    )
    assert run.totals["rejected"] == 1


def test_a_post_only_order_inside_the_spread_rests():
    order, _ = once(lambda ctx: ctx.buy(1, limit=100.5, post_only=True))
    assert (order.state, order.type) == ("New", "PostOnly")


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"post_only": True}, "post_only needs a limit price"),
        ({"limit": 100, "post_only": True, "tif": "IOC"}, 'tif="GTC" only'),
        ({"limit": 100, "tif": "GTD"}, 'tif must be "GTC", "IOC" or "FOK", not "GTD"'),
        ({"limit": 100, "tif": ""}, "tif must be"),
    ],
)
def test_terms_that_contradict_are_a_mistake(terms, said):
    with pytest.raises(ConfigError, match=said):
        once(lambda ctx: ctx.buy(1, **terms))


def test_1024_commands_fit_in_a_callback_and_one_more_ends_the_run():
    _, run = once(lambda ctx: [ctx.buy(0.1, limit=90) for _ in range(1024)] and None)
    assert run.totals["orders"] == 1024
    with pytest.raises(EngineError, match="more than 1024 commands in one callback"):
        once(lambda ctx: [ctx.buy(0.1, limit=90) for _ in range(1025)])


def test_commands_beyond_the_outbox_end_the_run_even_if_the_strategy_swallows_the_error():
    def swallow(ctx):
        for _ in range(1030):
            with contextlib.suppress(EngineError):
                ctx.buy(0.1, limit=90)

    with pytest.raises(EngineError, match="issued 1030 commands in one callback, at most 1024"):
        once(swallow)


class Stubborn(q.Strategy):
    """Answers its own denial for ever."""

    def on_start(self, ctx):
        ctx.buy(0)

    def on_order(self, ctx, order):
        ctx.buy(0)


def test_a_strategy_that_answers_its_own_denial_ends_with_an_error():
    with pytest.raises(EngineError, match="called more than 100000 times at 0 ns: it answers its own orders for ever"):
        q.backtest(Stubborn(), quiet(10).recording())


class PingPong(q.Strategy):
    """Answers each fill with an order that fills at once."""

    def on_start(self, ctx):
        ctx.every("100ms")
        self.started = False

    def on_timer(self, ctx):
        if not self.started:
            self.started = True
            ctx.buy(0.1)

    def on_fill(self, ctx, fill):
        (ctx.sell if fill.side == "buy" else ctx.buy)(0.1)


def test_a_strategy_that_answers_its_own_fills_at_no_latency_ends_with_an_error():
    with pytest.raises(EngineError, match="called more than 100000 times at 100000000 ns"):
        q.backtest(PingPong(), quiet(500).recording())


def test_an_instrument_may_be_named_in_the_order():
    order, _ = once(lambda ctx: ctx.buy(1, instrument="ABC"))
    assert order.state == "Filled"
    with pytest.raises(ConfigError, match="'XYZ' is not in this run; it has ABC"):
        once(lambda ctx: ctx.buy(1, instrument="XYZ"))
    other = listing("XYZ")
    with pytest.raises(ConfigError, match="XYZ"):
        once(lambda ctx: ctx.buy(1, instrument=other))


def test_fees_are_exact_per_fill():
    fees = q.Fees(maker_bps="-0.25", taker_bps="3.7")
    _, run = once(lambda ctx: ctx.buy(1.5), venue=q.SimVenue(fees=fees))
    expected = [
        Decimal("101") * Decimal("1.0") * Decimal("0.00037"),
        Decimal("101.5") * Decimal("0.5") * Decimal("0.00037"),
    ]
    assert [Decimal(repr(fee)) for fee in run.fills["fee"].tolist()] == expected
