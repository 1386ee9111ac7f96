"""Defects that were found by breaking the line on purpose; each test failed before its mend."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import quantum as q
from backtest.market import listing, quiet
from quantum.errors import ConfigError, DataError


class Do(q.Strategy):
    """Calls a function every 100 ms with the number of the call."""

    def __init__(self, act: Callable[[Any, int], Any]) -> None:
        super().__init__()
        self.act = act
        self.calls = 0

    def on_start(self, ctx):
        ctx.every("100ms")

    def on_timer(self, ctx):
        self.calls += 1
        self.act(ctx, self.calls)


class Nothing(q.Strategy):
    """No callback at all."""


def limited(program: str) -> str:
    """What a program prints that may take 4 GB of memory and 60 s."""
    head = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))\n"
        "sys.path.insert(0, 'tests')\nimport quantum as q\nfrom backtest.market import Market, quiet\n"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", head + program], capture_output=True, text=True, timeout=60, check=False, cwd=root
    )
    return done.stdout.strip() or done.stderr


def test_a_strategy_that_answers_every_fill_does_not_keep_the_run_alive():
    program = """
class PingPong(q.Strategy):
    def on_start(self, ctx):
        ctx.every("100ms")
        self.started = False
    def on_timer(self, ctx):
        if not self.started:
            self.started = True
            ctx.buy(0.1)
    def on_fill(self, ctx, fill):
        (ctx.sell if fill.side == "buy" else ctx.buy)(0.1)
run = q.backtest(PingPong(), quiet(500).recording(), venue=q.SimVenue(latency="1ms"))
print(run.ended, run.raw["denials"])
"""
    assert limited(program) == "end of data {'run ended': 1}"


def test_a_sample_step_that_makes_too_many_samples_is_refused():
    program = """
market = Market().book(0, {200: 1}, {202: 1}).level(600_000, "buy", 200, 2)
try:
    q.backtest(type("N", (q.Strategy,), {})(), market.recording(), sample="1us")
except q.errors.ConfigError as error:
    print(error)
"""
    assert limited(program).startswith("sample must be at least")


def test_close_twice_does_not_go_through_zero():
    def act(ctx, call):
        if call == 1:
            ctx.buy(1)
        if call in (5, 6):
            ctx.close()

    run = q.backtest(Do(act), quiet(2000).recording(), venue=q.SimVenue(latency="150ms"))
    assert run.totals["position"] == [0.0]


def test_close_twice_in_one_call_is_denied_the_second_time():
    def act(ctx, call):
        if call == 1:
            ctx.buy(1)
        if call == 5:
            ctx.close()
            ctx.close()

    run = q.backtest(Do(act), quiet(2000).recording(), venue=q.SimVenue(latency="150ms"))
    assert run.totals["position"] == [0.0]
    assert run.raw["denials"] == {"reduce-only order beyond the position": 1}


def test_a_handle_of_another_run_is_refused():
    kept = []
    q.backtest(Do(lambda ctx, call: kept.append(ctx.buy(1, limit=99)) if call == 1 else None), quiet(500).recording())
    with pytest.raises(ConfigError, match="another run"):
        q.backtest(Do(lambda ctx, _: ctx.cancel(kept[0])), quiet(500).recording())


def test_a_handle_knows_its_order_inside_the_call():
    seen = []

    def act(ctx, call):
        if call == 1:
            order = ctx.buy(0.3, limit=99.5)
            seen.append((order.state, order.type, order.side, order.price, order.qty, order.symbol))

    q.backtest(Do(act), quiet(500).recording())
    assert seen == [("Created", "Limit", "buy", 99.5, 0.3, "ABC")]


def test_a_refusal_of_zero_shows_both_numbers():
    run = q.backtest(Do(lambda ctx, call: ctx.buy(0) if call == 1 else None), quiet(500).recording())
    assert (run.refusals["value"].tolist(), run.refusals["limit"].tolist()) == ([0.0], [0.0])


@pytest.mark.parametrize(("qty", "limit"), [(-1e300, 100), (1, -1e300)])
def test_out_of_range_names_the_number_that_is(qty, limit):
    run = q.backtest(Do(lambda ctx, call: ctx.buy(qty, limit=limit) if call == 1 else None), quiet(500).recording())
    assert run.refusals["value"].tolist() == [-1e300]


def test_an_integer_beyond_every_float_is_denied():
    run = q.backtest(Do(lambda ctx, call: ctx.buy(10**400) if call == 1 else None), quiet(500).recording())
    assert run.totals["denied"] == 1


def test_a_symbol_that_is_not_in_the_file_is_said(shared):
    ripple = q.Instrument("XRPUSDT", tick_size="0.1", lot_size="0.001")
    with pytest.raises(DataError, match=r"XRPUSDT.*BTCUSDT|BTCUSDT.*XRPUSDT"):
        q.data.read(shared("data/binance/usdm_btcusdt_20240808.gz"), instrument=ripple)


@pytest.mark.parametrize("multiplier", range(1, 40, 3))
def test_a_fee_is_the_nearest_float(multiplier):
    data = quiet(200, instrument=listing(multiplier=str(multiplier))).recording()
    act = Do(lambda ctx, call: ctx.buy(0.1) if call == 1 else None)
    run = q.backtest(act, data, venue=q.SimVenue(fees=q.Fees(taker_bps="7")))
    assert run.fills["fee"].tolist() == [float(Decimal("10.1") * multiplier * Decimal("0.0007"))]


def test_the_orders_table_and_the_handle_agree_on_the_average_price():
    kept = []
    data = quiet(500, instrument=listing(tick_size="0.1", lot_size="0.001")).recording()
    run = q.backtest(Do(lambda ctx, call: kept.append(ctx.buy(2.7)) if call == 1 else None), data)
    assert run.orders["average_price"].tolist() == [kept[0].average_price]


def test_an_order_is_listed_with_the_time_it_was_asked_for():
    times = []
    act = Do(lambda ctx, call: (times.append(ctx.now), ctx.buy(1)) if call == 1 else None)
    run = q.backtest(act, quiet(500).recording(), venue=q.SimVenue(latency="20ms"))
    assert run.orders["time"].astype("int64").tolist() == times


def test_a_reducing_market_order_is_not_filled_from_a_stale_book():
    def act(ctx, call):
        if call == 1:
            ctx.buy(1)
        if call == 3:
            ctx.close()

    run = q.backtest(Do(act), quiet(200).gap(250, 5).level(1000, "buy", 100, 3).recording())
    assert len(run.fills) == 1
    assert run.orders["state"].tolist() == ["Filled", "Rejected"]


@pytest.mark.parametrize("name", ["fields", "parameters", "callbacks"])
def test_a_parameter_may_not_hide_a_method(name):
    with pytest.raises(ConfigError, match=name):
        type("Hides", (q.Strategy,), {"__annotations__": {name: int}, name: 3})


def test_a_callback_that_is_no_method_is_refused():
    with pytest.raises(ConfigError, match="on_timer"):
        type("Odd", (q.Strategy,), {"on_timer": 3})


def test_on_stop_is_the_last_call():
    calls = []

    class Last(q.Strategy):
        def on_order(self, _ctx, _order):
            calls.append("order")

        def on_stop(self, ctx):
            ctx.buy(1)
            calls.append("stop")

    run = q.backtest(Last(), quiet(100).recording())
    assert calls == ["stop"]
    assert run.orders.to_pandas()["state"].tolist() == ["Filled"]


@pytest.mark.parametrize("latency", ["-1ms", 5, True, None, ("1ms",), ("1ms", "2ms", "3ms"), float("nan"), "soon"])
def test_a_latency_that_is_none_is_refused_when_the_venue_is_made(latency):
    with pytest.raises(ConfigError, match=r"latency|duration"):
        q.SimVenue(latency=latency)


@pytest.mark.parametrize("n", ["2", True, 0, float("nan"), 101])
def test_an_exponent_that_is_none_is_refused(n):
    with pytest.raises(ConfigError, match="exponent"):
        q.PowerQueue(n)


def test_a_count_of_orders_is_whole():
    with pytest.raises(ConfigError, match="max_open_orders"):
        q.RiskLimits(max_open_orders=0.5)


def test_an_exception_that_takes_no_notes_is_raised_as_it_is():
    class OddError(Exception):
        def add_note(self, _text):
            raise RuntimeError

    def act(_ctx, _call):
        raise OddError

    with pytest.raises(OddError):
        q.backtest(Do(act), quiet(500).recording())


def test_a_recording_that_ran_backwards_is_said_in_the_summary(tmp_path, shared):
    import gzip

    with gzip.open(shared("data/binance/usdm_btcusdt_20240808.gz")) as source:
        lines = [next(source).rstrip(b"\n") for _ in range(3000)]
    lines[1400], lines[1500] = lines[1500], lines[1400]
    path = tmp_path / "swapped"
    path.write_bytes(b"\n".join(lines) + b"\n")
    assert "backwards" in str(q.backtest(Nothing(), q.data.read(path)))
