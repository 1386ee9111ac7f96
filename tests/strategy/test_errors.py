"""A strategy that raises, a user who interrupts, threads that want their turn."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import traceback
from pathlib import Path

import pytest

import quantum as q
from backtest.market import quiet

TESTS = Path(__file__).resolve().parents[1]


class Whim(Exception):
    pass


def raising(callback):
    def act(self, ctx, *what):
        raise Whim(f"in {callback}")

    def start(self, ctx):
        ctx.every("100ms")

    def trade(self, ctx):
        ctx.buy(0.5)

    body = {"on_start": start, callback: act}
    if callback in ("on_order", "on_fill"):
        body["on_timer"] = trade
    return type("Raising", (q.Strategy,), body)()


@pytest.mark.parametrize(
    ("callback", "at", "position"),
    [
        ("on_start", "0 ns", "position 0 ABC"),
        ("on_book", "0 ns", "position 0 ABC"),
        ("on_trade", "250000000 ns", "position 0 ABC"),
        ("on_timer", "100000000 ns", "position 0 ABC"),
        ("on_order", "100000000 ns", "position 0 ABC"),
        ("on_fill", "100000000 ns", "position 0.5 ABC"),
        ("on_stop", "300000000 ns", "position 0 ABC"),
    ],
)
def test_an_exception_keeps_its_type_and_traceback_and_says_where_the_run_stood(callback, at, position):
    data = quiet(240).trade(250, "buy", 202, 1).level(300, "buy", 100, 3).recording()
    with pytest.raises(Whim, match=f"in {callback}") as raised:
        q.backtest(raising(callback), data)
    assert traceback.extract_tb(raised.value.__traceback__)[-1].name == "act"
    (note,) = raised.value.__notes__
    assert note.startswith(f"in {callback}, at {at}")
    assert position in note


def test_after_an_exception_the_next_run_is_as_if_nothing_had_been():
    with pytest.raises(Whim):
        q.backtest(raising("on_timer"), quiet(300).recording())
    assert q.backtest(type("Nothing", (q.Strategy,), {})(), quiet(300).recording()).ended == "end of data"


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError, RecursionError])
def test_exceptions_of_every_kind_come_through_as_they_are(kind):
    class Raising(q.Strategy):
        def on_start(self, ctx):
            raise kind("x")

    with pytest.raises(kind) as raised:
        q.backtest(Raising(), quiet(10).recording())
    assert "in on_start" in raised.value.__notes__[0]


def test_a_callback_that_recurses_for_ever_is_a_recursion_error():
    class Deep(q.Strategy):
        def on_start(self, ctx):
            self.on_start(ctx)

    with pytest.raises(RecursionError):
        q.backtest(Deep(), quiet(10).recording())


def test_a_wrong_signature_is_a_type_error_that_names_the_callback():
    class Wrong(q.Strategy):
        def on_timer(self):
            pass

        def on_start(self, ctx):
            ctx.every("100ms")

    with pytest.raises(TypeError) as raised:
        q.backtest(Wrong(), quiet(300).recording())
    assert raised.value.__notes__[0].startswith("in on_timer")


NATIVE = """
    class Busy(q.Strategy):
        pass
"""
PYTHON = """
    class Busy(q.Strategy):
        def on_book(self, ctx):
            sum(range(50))
"""
INSIDE_ONE_CALL = """
    class Busy(q.Strategy):
        def on_start(self, ctx):
            while True:
                pass
"""
TIMERS = """
    class Busy(q.Strategy):
        def on_start(self, ctx):
            ctx.every("1ns")
"""
PROGRAM = """
    import sys, time, threading, os, signal
    sys.path.insert(0, sys.argv[1])
    import quantum as q
    from backtest.market import quiet
    {strategy}
    recording = quiet(200_000, step_ms=1).recording()
    def interrupt():
        time.sleep(0.5)
        print(time.monotonic(), flush=True)
        os.kill(os.getpid(), signal.SIGINT)
    threading.Thread(target=interrupt, daemon=True).start()
    try:
        q.backtest(Busy(), [recording] * 200)
    except KeyboardInterrupt:
        print(time.monotonic(), flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGINT is sent to a process of its own")
@pytest.mark.parametrize(
    "strategy", [NATIVE, PYTHON, INSIDE_ONE_CALL, TIMERS], ids=["native", "python", "one call", "timers"]
)
def test_an_interrupt_ends_the_run_within_200_ms(strategy):
    program = textwrap.dedent(PROGRAM.format(strategy=textwrap.dedent(strategy).replace("\n", "\n    ")))
    best = 1e9
    for _ in range(3):  # another process may have had the CPU meanwhile: the best of three counts
        done = subprocess.run(
            [sys.executable, "-c", program, str(TESTS)], capture_output=True, text=True, timeout=60, check=False
        )
        times = [float(line) for line in done.stdout.split()]
        assert len(times) == 2, done.stderr
        best = min(best, times[1] - times[0])
        if best < 0.2:
            break
    assert best < 0.2


def test_other_threads_get_to_run_during_a_long_run():
    recordings = [quiet(300_000, step_ms=1).recording()] * 10
    ticks = []
    done = threading.Event()

    def beat():
        while not done.is_set():
            ticks.append(time.monotonic())
            time.sleep(0.001)

    thread = threading.Thread(target=beat)
    thread.start()
    started = time.monotonic()
    q.backtest(type("Nothing", (q.Strategy,), {})(), recordings)
    ended = time.monotonic()
    done.set()
    thread.join()
    during = [tick for tick in ticks if started <= tick <= ended]
    assert ended - started > 0.2, "too short a run to say anything"
    longest = max(after - before for before, after in zip([started, *during], [*during, ended], strict=True))
    assert longest < 0.2


def test_an_interrupt_leaves_the_handler_in_place():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(Whim):
        q.backtest(raising("on_start"), quiet(10).recording())
    assert signal.getsignal(signal.SIGINT) is before
