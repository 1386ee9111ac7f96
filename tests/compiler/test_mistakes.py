"""What goes wrong in compiled code goes wrong as in Python: type, text, line, callers, note, fields."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import traceback
from pathlib import Path

import pytest

import quantum as q

pytest.importorskip("numba")
sys.path.insert(0, str(Path(__file__).parent))
import mistakes


def outcome(kind, *, compiled):
    """Type, text, the user's lines, note and fields of a run that fails."""
    strategy = kind()
    with pytest.raises(Exception) as caught:  # noqa: PT011 - which one is what is compared
        q.backtest(strategy, q.data.sample(), compile=compiled)
    error = caught.value
    lines = [
        (one.name, one.lineno) for one in traceback.extract_tb(error.__traceback__) if one.filename == mistakes.__file__
    ]
    return type(error), str(error), lines, error.__notes__, strategy.n


@pytest.mark.parametrize("kind", mistakes.ALL)
def test_a_mistake_is_the_same_error(kind):
    assert outcome(kind, compiled=True) == outcome(kind, compiled=False)


class Overflow(mistakes.Base):
    def on_timer(self, ctx):
        self.big *= 10


def test_a_whole_number_beyond_64_bits_is_an_error_and_never_another_number():
    strategy = Overflow()
    with pytest.raises(OverflowError, match="64 bits"):
        q.backtest(strategy, q.data.sample(), compile=True)
    assert strategy.big == 10**18


class Endless(mistakes.Base):
    def on_timer(self, ctx):
        while self.n >= 0:
            self.x += 1.0


@pytest.mark.parametrize("kind", [Endless])
def test_ctrl_c_ends_an_endless_callback_within_200_ms(kind):
    q.backtest(
        mistakes.Raise(n=5), q.data.sample(), compile=True
    )  # numba is loaded, so that only the loop is waited for
    sent = []

    def press():
        time.sleep(2.0)
        sent.append(time.perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        q.backtest(kind(), q.data.sample(), compile=True)
    assert time.perf_counter() - sent[0] < 0.2
    thread.join()
