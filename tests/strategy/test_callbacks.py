"""When callbacks are called, in which order, and what `ctx` says meanwhile and afterwards."""

from __future__ import annotations

import math
import re

import pytest

import quantum as q
from backtest.market import MS, Market, quiet
from quantum.errors import ConfigError, EngineError


class Diary(q.Strategy):
    """Writes down every call; `act` is what it does at a time in ms."""

    period: str = "100ms"

    def on_start(self, ctx):
        self.calls = [("start", ctx.now // MS)]
        self.ctx = ctx
        ctx.every(self.period)

    def on_timer(self, ctx):
        self.calls.append(("timer", ctx.now // MS))
        self.act(ctx, ctx.now // MS)

    def on_order(self, ctx, order):
        self.calls.append(("order", ctx.now // MS, order.id, order.state, order.filled))

    def on_fill(self, ctx, fill):
        self.calls.append(("fill", ctx.now // MS, fill.order.id, fill.order.state, fill.order.filled, ctx.position))

    def on_stop(self, ctx):
        self.calls.append(("stop", ctx.now // MS))

    def act(self, ctx, at_ms):
        pass

    def of(self, *kinds):
        return [call for call in self.calls if call[0] in kinds]


def play(strategy, market=None, **terms):
    run = q.backtest(strategy, (market or quiet(1000)).recording(), **terms)
    return strategy, run


def test_start_comes_first_stop_last_and_each_once():
    diary, _ = play(Diary())
    assert diary.calls[0] == ("start", 0)
    assert diary.calls[-1] == ("stop", 1000)
    assert len(diary.of("start", "stop")) == 2


def test_a_timer_counts_from_the_first_input_and_fires_one_period_later():
    diary, _ = play(Diary(), Market().book(37, {200: 1}, {202: 1}).level(537, "buy", 200, 2))
    assert diary.of("timer") == [("timer", at) for at in (137, 237, 337, 437)]


def test_timers_at_one_time_fire_in_the_order_they_were_made():
    class Several(Diary):
        def on_start(self, ctx):
            super().on_start(ctx)
            ctx.every("50ms")

        def act(self, ctx, at_ms):
            if at_ms == 250:
                ctx.every("200ms")

    several, _ = play(Several())
    times = [at for _, at in several.of("timer")]
    assert times.count(200) == 2
    assert times == sorted(times)
    assert [times.count(at) for at in (300, 350, 400, 600)] == [2, 1, 3, 3]


def test_the_timers_keep_time_while_the_market_is_silent():
    diary, _ = play(Diary(), Market().book(0, {200: 1}, {202: 1}).level(1_000, "buy", 200, 2))
    assert len(diary.of("timer")) == 9


def test_a_strategy_sees_a_message_at_its_receive_time_and_only_as_a_whole():
    class Watch(q.Strategy):
        def on_start(self, ctx):
            self.seen = []

        def on_book(self, ctx):
            self.seen.append((ctx.now // MS, ctx.book.best_bid.price, ctx.book.best_ask.price, ctx.book.best_ask.qty))

    market = Market(delay_ms=5).book(0, {200: 1}, {202: 1}).book(10, {199: 2}, {202: 3})
    watch, _ = play(Watch(), market)
    assert watch.seen == [(5, 100.0, 101.0, 0.1), (15, 100.0, 101.0, 0.3)]
    late, _ = play(Watch(), market, venue=q.SimVenue(feed_latency="20ms"))
    assert [at for at, *_ in late.seen] == [25, 35]


def test_a_trade_says_what_happened():
    class Watch(q.Strategy):
        def on_start(self, ctx):
            self.seen = []

        def on_trade(self, ctx, trade):
            self.seen.append((ctx.now, trade.exchange_ns, trade.receive_ns, trade.price, trade.qty, trade.side))

    watch, _ = play(Watch(), quiet(10).trade(20, "buy", 202, 3).trade(20, "sell", 200, 4))
    assert watch.seen == [
        (20 * MS, 20 * MS, 20 * MS, 101.0, pytest.approx(0.3), "buy"),
        (20 * MS, 20 * MS, 20 * MS, 100.0, pytest.approx(0.4), "sell"),
    ]


class Orders(Diary):
    """An order that rests and is canceled, at 10 ms each way."""

    def act(self, ctx, at_ms):
        if at_ms == 100:
            self.order = ctx.buy(0.3, limit=100.0)
            self.states = []
        if at_ms < 100:
            return
        self.states.append((at_ms, self.order.state))
        if at_ms == 200:
            ctx.cancel(self.order)
            self.states.append((at_ms, self.order.state))


def test_an_orders_states_follow_the_wire():
    slow = q.SimVenue(latency="120ms")
    orders, _ = play(Orders(period="50ms"), quiet(1000), venue=slow)
    states = dict(orders.states)
    assert states[100] == "Created"
    assert states[150] == states[200] == "Submitted"  # the cancel leaves only when the call has returned
    assert states[250] == states[350] == states[400] == "PendingCancel"
    assert states[450] == "Canceled"
    assert orders.of("order") == [("order", 340, 1, "PendingCancel", 0.0), ("order", 440, 1, "Canceled", 0.0)]


def test_an_order_is_created_submitted_new_canceled():
    orders, _ = play(Orders(), quiet(1000), venue=q.SimVenue(latency="10ms"))
    assert orders.of("order") == [("order", 120, 1, "New", 0.0), ("order", 220, 1, "Canceled", 0.0)]
    assert repr(orders.order).endswith("filled=0, state=Canceled)")
    assert (orders.order.reason, orders.order.is_open, orders.order.leaves) == ("requested", False, 0.0)


def test_every_execution_is_an_order_event_and_then_a_fill():
    class Sweep(Diary):
        def act(self, ctx, at_ms):
            if at_ms == 100:
                self.order = ctx.buy(2.5)

    sweep, run = play(Sweep(), venue=q.SimVenue(latency="10ms"))
    assert sweep.of("order", "fill") == [
        ("order", 120, 1, "New", 0.0),
        ("order", 120, 1, "PartiallyFilled", 1.0),
        ("fill", 120, 1, "PartiallyFilled", 1.0, 1.0),
        ("order", 120, 1, "PartiallyFilled", 2.0),
        ("fill", 120, 1, "PartiallyFilled", 2.0, 2.0),
        ("order", 120, 1, "Filled", 2.5),
        ("fill", 120, 1, "Filled", 2.5, 2.5),
    ]
    assert sweep.order.average_price == pytest.approx((101.0 + 101.5 + 102.0 * 0.5) / 2.5)
    assert run.fills["price"].tolist() == [101.0, 101.5, 102.0]


def test_handles_stay_readable_after_the_run():
    orders, run = play(Orders(), quiet(1000))
    handle = orders.order
    assert (handle.state, handle.side, handle.type, handle.price, handle.qty) == (
        "Canceled",
        "buy",
        "Limit",
        100.0,
        0.3,
    )
    assert (handle.symbol, handle.filled, math.isnan(handle.average_price)) == ("ABC", 0.0, True)
    del run
    assert handle.state == "Canceled"


def test_the_context_is_there_inside_a_callback_only():
    diary, _ = play(Diary())
    ctx = diary.ctx
    for use in (
        lambda: ctx.now,
        lambda: ctx.position,
        lambda: ctx.book,
        lambda: ctx.buy(1),
        lambda: ctx.sell(1, limit=100),
        lambda: ctx.cancel_all(),
        lambda: ctx.close(),
        lambda: ctx.every("1s"),
        lambda: ctx.log("x"),
        lambda: ctx.orders,
    ):
        with pytest.raises(EngineError, match="inside a callback only"):
            use()
    assert ctx.cash == 100_000.0


def test_another_instruments_view_trades_inside_a_callback_only():
    diary, _ = play(Diary())
    with pytest.raises(EngineError):
        diary.ctx["ABC"].buy(1)


def test_an_order_asked_for_at_the_end_still_goes_out():
    class Late(q.Strategy):
        def on_stop(self, ctx):
            self.order = ctx.buy(1)

    late, run = play(Late())
    assert late.order.state == "Filled"
    assert run.raw["samples"]["position"][-1] == 1


def test_orders_lists_what_is_open_and_cancel_all_ends_it():
    class Quotes(Diary):
        def act(self, ctx, at_ms):
            if at_ms == 100:
                self.counts = [len(ctx.orders)]
                for step in range(5):
                    ctx.buy(0.1, limit=95.0 + step)
                self.counts.append(len(ctx.orders))
            elif at_ms == 200:
                self.counts.append(len(ctx.orders))
                assert all(order.is_cancelable for order in ctx.orders)
                ctx.cancel_all()
                ctx.cancel_all()
            elif at_ms == 300:
                self.counts.append(len(ctx.orders))

    quotes, run = play(Quotes(), venue=q.SimVenue(latency="10ms"))
    assert quotes.counts == [0, 0, 5, 0]
    assert run.totals["canceled"] == 5
    assert len(run.refusals) == 0


def test_canceling_what_is_done_is_refused_and_changes_nothing():
    class Again(Diary):
        def act(self, ctx, at_ms):
            if at_ms == 100:
                self.order = ctx.buy(1.0)
            elif at_ms in (200, 300):
                ctx.cancel(self.order)

    again, run = play(Again(), venue=q.SimVenue(latency="10ms", fills="whole"))
    assert (again.order.state, run.totals["position"]) == ("Filled", [1.0])
    assert run.refusals["kind"].tolist() == ["CancelRejected"] * 2
    assert run.refusals["reason"].tolist() == ["unknown or finished order"] * 2


def test_a_cancel_that_crosses_a_fill_comes_too_late():
    class Race(Diary):
        def act(self, ctx, at_ms):
            if at_ms == 100:
                self.order = ctx.buy(0.5, limit=100.0)
            elif at_ms == 300:
                ctx.cancel(self.order)

    market = quiet(290).trade(305, "sell", 199, 20).level(1000, "buy", 100, 7)
    race, run = play(Race(), market, venue=q.SimVenue(latency="10ms"))
    assert (race.order.state, race.order.filled, run.totals["position"]) == ("Filled", 0.5, [0.5])
    assert run.refusals["kind"].tolist() == ["CancelRejected"]


def test_close_flattens_and_says_nothing_when_flat():
    class Close(Diary):
        def act(self, ctx, at_ms):
            if at_ms == 100:
                assert ctx.close() is None
                ctx.sell(1.3)
            elif at_ms == 300:
                self.closing = ctx.close()

    close, run = play(Close(), venue=q.SimVenue(latency="10ms"))
    assert (close.closing.side, close.closing.qty, close.closing.type) == ("buy", 1.3, "Market")
    assert run.totals["position"] == [0.0]


def test_what_is_logged_is_kept_with_its_time():
    class Log(q.Strategy):
        def on_start(self, ctx):
            ctx.log("hello")
            ctx.log(3)

    _, run = play(Log())
    assert run.logs == [(0, "hello"), (0, "3")]


@pytest.mark.parametrize(
    "period", ["0ms", "-1s", "soon", 0, 1, None, "100", 0.1, "1e3ms", True], ids=lambda value: repr(value)
)
def test_a_timer_needs_a_period(period):
    class Timed(q.Strategy):
        def on_start(self, ctx):
            ctx.every(period)

    with pytest.raises(ConfigError, match=r"timer's period|duration"):
        play(Timed())


def test_the_first_answer_is_in_the_order_asked():
    class Batch(Diary):
        def act(self, ctx, at_ms):
            if at_ms == 100:
                self.orders = [ctx.buy(0.1, limit=90.0 + step) for step in range(4)]
                ctx.cancel(self.orders[1])

    batch, _ = play(Batch(), venue=q.SimVenue(latency="10ms"))
    assert [order.id for order in batch.orders] == [1, 2, 3, 4]
    assert [(call[2], call[3]) for call in batch.of("order")] == [
        (1, "New"),
        (2, "PendingCancel"),
        (3, "New"),
        (4, "New"),
        (2, "Canceled"),
    ]


def test_equity_is_cash_and_position_at_the_mid():
    class Equity(Diary):
        def act(self, ctx, at_ms):
            if at_ms == 100:
                ctx.buy(1.0)
            if at_ms == 900:
                self.cash, self.equity, self.position = ctx.cash, ctx.equity, ctx.position

    fees = q.Fees(taker_bps=10)
    equity, run = play(Equity(), venue=q.SimVenue(fees=fees), cash=1_000)
    assert equity.position == 1.0
    assert equity.cash == 1_000 - 101 - 0.101
    assert equity.equity == pytest.approx(equity.cash + 100.5, abs=1e-12)
    assert run.totals["equity"] == equity.equity


def test_a_second_run_inside_a_callback_is_a_run_of_its_own():
    class Inner(Diary):
        def act(self, ctx, at_ms):
            if at_ms == 100:
                ctx.buy(0.2)

    class Outer(Diary):
        def act(self, ctx, at_ms):
            if at_ms == 100:
                self.inner = q.backtest(Inner(), quiet(500).recording())
                ctx.buy(0.1)

    outer, run = play(Outer())
    assert (run.totals["position"], outer.inner.totals["position"]) == ([0.1], [0.2])


def test_one_instance_can_run_twice_and_starts_anew():
    diary = Diary()
    _, first = play(diary)
    calls = diary.calls
    _, second = play(diary)
    assert diary.calls == calls
    assert first.totals == second.totals


def test_context_names_what_there_is():
    class Names(q.Strategy):
        def on_start(self, ctx):
            self.instrument = ctx.instrument
            self.same = ctx["ABC"].instrument == ctx[ctx.instrument].instrument
            with pytest.raises(ConfigError, match=re.escape("'XYZ' is not in this run; it has ABC")):
                ctx["XYZ"]

    names, _ = play(Names())
    assert names.same
    assert names.instrument.symbol == "ABC"
