"""Work on threads comes back in its order; one failure ends all of it; a run can be watched and ended."""

from __future__ import annotations

import os
import threading
import time

import pytest

import quantum as q
from quantum.errors import ConfigError
from quantum.progress import Progress
from quantum.sweeping.workers import Board, Stopped, in_turn, on_threads, thread_count


def square(number, pace):
    time.sleep(0.002 * (number % 3))  # later work may end earlier
    pace(number, 10)
    return number * number


@pytest.mark.parametrize("threads", [1, 2, 7, 40])
def test_results_are_in_the_order_of_the_work(threads):
    expected = [number * number for number in range(25)]
    assert on_threads(25, square, threads, Progress(False)) == expected == in_turn(25, square, Progress(False))


def test_a_failure_ends_the_others_and_is_raised():
    begun, waiting = [], threading.Event()

    def work(number, pace):
        begun.append(number)
        if number == 1:
            waiting.wait(20)
            raise ValueError("one is wrong")
        waiting.set()
        while True:  # until somebody says stop
            pace()
            time.sleep(0.001)

    with pytest.raises(ValueError, match="one is wrong"):
        on_threads(50, work, 2, Progress(False))
    assert sorted(begun) == [0, 1]
    assert not [each for each in threading.enumerate() if each.name.startswith("quantum-")]


def test_a_board_counts_rows_and_stops():
    board = Board(4, Progress(False))
    first, second = board.pace(0), board.pace(1)
    first(5, 10)
    second(10, 10)
    board.finish(2)
    assert sum(board.rows) == 25 and board.each * board.count == 40
    board.stop = True
    with pytest.raises(Stopped):
        first()


def test_threads_are_the_cores_unless_said_and_no_more_than_the_work():
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert thread_count(None, 1000) == cores and thread_count(None, 1) == 1
    assert thread_count(64, 1000) == 64 and thread_count(64, 3) == 3
    for wrong in (0, -1, 2.0, True, "2"):
        with pytest.raises(ConfigError, match="workers must be a whole number above 0"):
            thread_count(wrong, 3)


class Slow(q.Strategy):
    """Gives the run time to look up."""

    def on_start(self, ctx):
        ctx.every("10s")

    def on_timer(self, ctx):
        time.sleep(0.03)


def test_a_run_tells_a_function_how_far_it_is_and_ends_when_that_raises():
    data, seen = q.data.sample(), []
    q.backtest(Slow(), data, progress=lambda *at: seen.append(at))
    rows, totals, times = zip(*(at for at in seen if at), strict=True)
    assert list(rows) == sorted(rows) and set(totals) == {len(data.events)} and list(times) == sorted(times)

    def enough(*_at):
        raise TimeoutError("enough")

    with pytest.raises(TimeoutError, match="enough"):
        q.backtest(Slow(), data, progress=enough)
