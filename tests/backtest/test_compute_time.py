"""A strategy that takes time: its commands leave later, and what comes meanwhile waits its turn."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import quantum as q
from backtest.market import MS, Market, quiet
from backtest.test_determinism import digest
from quantum.errors import ConfigError

KINDS = q.dtypes.NAMES["kind"]


class Quotes(q.Strategy):
    """Orders on both sides, on every timer and on some of the trades."""

    count: float = 0.0

    def on_start(self, ctx):
        ctx.every("70ms")

    def on_timer(self, ctx):
        ctx.cancel_all()
        ctx.buy(0.01, limit=ctx.book.best_bid.price, post_only=True)
        ctx.sell(0.02, limit=ctx.book.best_ask.price)

    def on_trade(self, ctx, trade):
        self.count += 1
        if self.count % 7 == 0 and trade.qty > 0:
            ctx.buy(0.03)


class Diary(q.Strategy):
    """Writes down when it is called for what; with orders, one on every fifth call."""

    period: str = "30ms"
    orders: bool = False

    def on_start(self, ctx):
        self.calls = []
        self.sent = []
        ctx.every(self.period)

    def note(self, ctx, what):
        self.calls.append((what, ctx.now))
        if self.orders and len(self.calls) % 5 == 0:
            self.sent.append(ctx.now)
            ctx.buy(0.1, limit=95.0)

    def on_book(self, ctx):
        self.note(ctx, "book")

    def on_timer(self, ctx):
        self.note(ctx, "timer")

    def on_order(self, ctx, order):
        self.note(ctx, "order")


def play(strategy: Any, compute_time: Any, data: Any = None, latency: Any = 0) -> q.Run:
    data = quiet(600).recording() if data is None else data
    return q.backtest(strategy, data, venue=q.SimVenue(latency=latency), compute_time=compute_time)


def uneven() -> q.data.Recording:
    """Messages at uneven times, some together, 3 ms on the way."""
    market = Market(delay_ms=3).book(0, {200 - step: 10 for step in range(10)}, {202 + step: 10 for step in range(10)})
    gaps = [1, 2, 40, 0, 0, 7, 5, 90, 3, 3, 3, 3, 60, 11, 0, 100, 1, 1]
    for number, at_ms in enumerate(np.cumsum(gaps * 3)):
        market.level(float(at_ms), "buy", 100, 10 + number % 2)
    return market.recording()


def test_inputs_wait_in_the_order_they_came_and_each_takes_its_time():
    plain, slow = Diary(), Diary()
    play(plain, None, uneven())
    play(slow, "9ms", uneven())
    expected, free_at = [], 0
    for what, came in plain.calls:  # without orders the inputs are the data and the timers
        handled = max(came, free_at)
        expected.append((what, handled))
        free_at = handled + 9 * MS
    assert slow.calls == expected
    waits = [handled - came for (_, handled), (_, came) in zip(expected, plain.calls, strict=True)]
    assert max(waits) > 20 * MS and waits.count(0) > 10


def test_commands_leave_when_the_strategy_has_computed_them():
    strategy = Diary(orders=True, period="7ms")
    run = play(strategy, "3ms", latency=("10ms", "1ms"))
    reports = run.raw["reports"]
    new = reports[reports["kind"] == next(code for code, name in KINDS.items() if name == "New")]
    assert len(new) > 10
    assert (new["exchange_ns"] - strategy.sent[: len(new)] == 13 * MS).all()
    handled = [now for what, now in strategy.calls if what == "order"]
    assert reports["receive_ns"].tolist() == handled
    late = reports["receive_ns"] - reports["exchange_ns"] - MS
    assert late.min() == 0 and late.max() > 0, "some reports find the strategy busy"
    times = np.array([now for _, now in strategy.calls])
    assert (np.diff(times) >= 3 * MS).all()


def test_the_exchange_goes_on_while_the_strategy_computes():
    """An order that was sent before is filled meanwhile, and the cancel comes too late."""
    market = quiet(600)

    class Late(q.Strategy):
        def on_start(self, ctx):
            ctx.every("100ms")
            self.order = None

        def on_timer(self, ctx):
            if self.order is None:
                self.order = ctx.buy(0.1, limit=100.5)
            elif self.order.is_open:
                ctx.cancel(self.order)

    events = market.events()
    dip = Market().trade(204.5, "sell", 190, 50).events()
    events = np.sort(np.concatenate([events, dip]), order="exchange_ns", kind="stable")
    data = q.data.from_events(events, market.instrument)
    ended = {time: play(Late(), time, data).totals for time in (None, "4ms", "5ms")}
    assert ended[None]["position"] == ended["4ms"]["position"] == [0.0]
    assert ended["5ms"]["position"] == [0.1]


def test_inputs_without_a_callback_cost_nothing():
    class Timed(q.Strategy):
        def on_start(self, ctx):
            self.calls = []
            ctx.every("30ms")

        def on_timer(self, ctx):
            self.calls.append((ctx.now, ctx.book.best_bid.qty))

    plain, slow = Timed(), Timed()
    play(plain, None, uneven())
    run = play(slow, "20ms", uneven())
    assert slow.calls == plain.calls
    assert run.raw["busy_ns"] == len(plain.calls) * 20 * MS and run.raw["longest_wait_ns"] == 0


def test_a_book_read_while_catching_up_is_that_of_the_input_at_hand():
    """What has arrived since then waits too: the strategy does not see it before its turn."""

    class Reader(q.Strategy):
        def on_start(self, ctx):
            self.seen = []

        def on_book(self, ctx):
            self.seen.append(ctx.book.bids().tolist())

    plain, slow = Reader(), Reader()
    play(plain, None, uneven())
    play(slow, "20ms", uneven())
    assert slow.seen == plain.seen and len({str(each) for each in plain.seen}) == 3


@pytest.mark.parametrize("compiled", [False, True])
def test_no_time_to_compute_is_the_run_without(compiled):
    data = q.data.sample("20s")
    venue = q.SimVenue(latency=("3ms", "7ms"), fees=q.Fees(taker_bps=4))

    def run(compute_time):
        return q.backtest(Quotes(), data, venue=venue, compute_time=compute_time, compile=compiled)

    assert digest(run(None)) == digest(run("0")) != digest(run("1ms"))


def test_a_compiled_strategy_takes_the_same_time():
    data = q.data.sample("20s")
    venue = q.SimVenue(latency=q.venue.Jitter("3ms", scale="1ms"))
    runs = [q.backtest(Quotes(), data, venue=venue, compute_time="40ms", compile=each) for each in (False, True)]
    assert digest(runs[0]) == digest(runs[1])
    assert runs[0].raw["longest_wait_ns"] > 0


def test_a_strategy_that_cannot_keep_up_falls_behind_and_its_last_orders_are_denied():
    strategy = Diary(orders=True)
    run = play(strategy, "50ms")
    assert run.raw["longest_wait_ns"] > 1_000 * MS
    assert run.raw["denials"]["run ended"] > 0
    assert run.ended == "end of data"


def test_measured_time_is_real_and_the_summary_says_that_it_does_not_repeat():
    import time

    class Slow(q.Strategy):
        def on_start(self, ctx):
            self.calls = []
            ctx.every("10ms")

        def on_timer(self, ctx):
            self.calls.append(ctx.now)
            if len(self.calls) == 3:
                time.sleep(0.025)

    strategy = Slow()
    run = play(strategy, "measured")
    assert strategy.calls[3] - strategy.calls[2] >= 25 * MS
    assert run.raw["longest_wait_ns"] >= 15 * MS
    text = " ".join(str(run).split())
    assert "Compute measured: busy" in text and "the run is not reproducible" in text


def test_the_summary_and_the_manifest_say_the_compute_time():
    run = play(Diary(), "5ms")
    assert "Compute 5ms an input: busy" in " ".join(str(run).split())
    manifest = json.loads(run.to_json())
    assert manifest["compute_time"] == "5ms" and manifest["busy_ns"] == run.raw["busy_ns"]
    assert "Compute" not in str(play(Diary(), None))


@pytest.mark.parametrize("value", ["-1ms", 5, True, "soon", "measure", 1.0])
def test_what_is_no_compute_time_is_refused(value):
    with pytest.raises(ConfigError, match=r"compute_time|duration"):
        play(Diary(), value)
