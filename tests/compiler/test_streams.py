"""Native indicators as fields: every run begins with fresh ones, of its own; mistakes are the same in both forms."""

from __future__ import annotations

import concurrent.futures
import math
import sys
from pathlib import Path

import pytest

import quantum as q

pytest.importorskip("numba")
sys.path.insert(0, str(Path(__file__).parent))
import streams
from test_same import shown


class Mean(streams.Base):
    ema: q.ta.Stream = q.ta.stream("ema", 10)
    bands: q.ta.Stream = q.ta.stream("bbands", 5)
    atr: q.ta.Stream = q.ta.stream("atr", 5, nan="raise")

    def on_timer(self, ctx):
        self.x = self.ema.update(ctx.book.mid)
        self.bands.update(ctx.book.mid)


@pytest.mark.parametrize("compiled", [False, True])
def test_two_runs_of_one_object_give_the_same_and_leave_the_class_alone(compiled):
    strategy = Mean()
    seen = []
    for _ in range(2):
        q.backtest(strategy, q.data.sample(), compile=compiled)
        seen.append((strategy.x, strategy.ema.value, strategy.bands.value))
    assert seen[0] == seen[1]
    assert not math.isnan(seen[0][1])
    assert math.isnan(Mean.ema.value)
    assert strategy.ema is not Mean.ema


def test_copies_run_in_parallel_as_they_do_alone():
    alone = Mean()
    q.backtest(alone, q.data.sample(), compile=True)
    several = [Mean() for _ in range(4)]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda one: q.backtest(one, q.data.sample(), compile=True, progress=False), several))
    assert {shown(one.ema) for one in several} == {shown(alone.ema)}


class Raises(Mean):
    def on_timer(self, ctx):
        self.n += 1
        self.x += self.atr.update(self.n, 1, math.nan if self.n == 4 else 2)


class NoneGiven(Mean):
    last: float | None = 1.0

    def on_timer(self, ctx):
        self.n += 1
        self.ema.update(self.last)
        self.last = None


@pytest.mark.parametrize(
    ("kind", "error", "says"),
    [(Raises, q.errors.DataError, r"bar 0 holds \[4\.0, 1\.0, NaN\]"), (NoneGiven, TypeError, "real number")],
)
def test_an_update_that_fails_is_the_same_error(kind, error, says):
    outcomes = []
    for compiled in (False, True):
        strategy = kind()
        with pytest.raises(error, match=says) as caught:
            q.backtest(strategy, q.data.sample(), compile=compiled)
        outcomes.append((str(caught.value), caught.value.__notes__, strategy.n, shown(strategy.x), shown(strategy.atr)))
    assert outcomes[0] == outcomes[1]


def test_one_compiled_call_in_251_is_timed_and_all_are_counted():
    interpreted = q.backtest(streams.OnTrades(), q.data.sample()).raw["latencies"]
    compiled = q.backtest(streams.OnTrades(), q.data.sample(), compile=True).raw["latencies"]
    calls = interpreted["on_trade"]["count"]
    assert interpreted["on_trade"]["timed"] == calls > 500
    assert compiled["on_trade"]["count"] == calls
    assert compiled["on_trade"]["timed"] == math.ceil(calls / 251)
    assert 0 < compiled["on_trade"]["p50"] <= compiled["on_trade"]["max"]
    assert compiled["on_start"] | {"timed": 1, "count": 1} == compiled["on_start"]
