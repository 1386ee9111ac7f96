"""Many independent pieces of work: one after another, on threads, or by somebody else's executor.

Results come back in the order of the work, so that they do not depend on who did what when. Compiled runs leave the GIL
alone, so threads run them at once over one loaded recording; interpreted ones would only take turns.
"""

from __future__ import annotations

import ctypes
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import Any, TypeVar

from quantum.errors import ConfigError
from quantum.progress import Progress

__all__ = ["Stopped", "in_executor", "in_turn", "on_threads", "run_all", "thread_count"]

Result = TypeVar("Result")
Pace = Callable[..., None]

LOOK_S = 0.05
PATIENCE_S = 0.1


class Stopped(BaseException):
    """Raised inside a run to end it because the whole was given up."""


class Board:
    """How far each piece of work is, for the bar, and whether to go on."""

    def __init__(self, count: int, bar: Progress) -> None:
        self.count = count
        self.bar = bar
        self.stop = False
        self.each = 0
        self.rows = [0] * count

    def pace(self, number: int) -> Pace:
        """What run ``number`` calls now and then."""

        def look(rows: int = 0, total: int = 0, _now_ns: int = 0) -> None:
            if self.stop:
                raise Stopped
            if total:
                self.each = total
                self.rows[number] = rows

        return look

    def finish(self, number: int) -> None:
        """Run ``number`` is over."""
        self.rows[number] = max(self.rows[number], self.each)

    def draw(self) -> None:
        """Moves the bar."""
        self.bar(sum(self.rows), self.each * self.count)


def thread_count(workers: int | None, count: int) -> int:
    """Threads to use: what was asked for, all cores by default, never more than there is work.

    ConfigError unless ``workers`` is None or a whole number above 0.
    """
    if workers is not None and (isinstance(workers, bool) or not isinstance(workers, int) or workers < 1):
        raise ConfigError(f"workers must be a whole number above 0, or None for every core, not {workers!r}")
    return max(1, min(workers or _cores(), count))


def _cores() -> int:
    """Cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_all(count: int, work: Callable[[int, Pace], Result], threads: int, bar: Progress) -> list[Result]:
    """``work(number, pace)`` for each number, in turn or on so many threads."""
    return in_turn(count, work, bar) if threads == 1 else on_threads(count, work, threads, bar)


def in_turn(count: int, work: Callable[[int, Pace], Result], bar: Progress) -> list[Result]:
    """``work(number, pace)`` for each number, in this thread."""
    board = Board(count, bar)
    results = []
    for number in range(count):
        look = board.pace(number)

        def pace(rows: int = 0, total: int = 0, now_ns: int = 0, look: Pace = look) -> None:
            look(rows, total, now_ns)
            if total:
                board.draw()

        results.append(work(number, pace))
        board.finish(number)
    return results


def on_threads(count: int, work: Callable[[int, Pace], Result], threads: int, bar: Progress) -> list[Result]:
    """``work(number, pace)`` for each number, on so many threads.

    The first exception that a piece of work raises, and Ctrl-C, ends all of them and is raised here; a thread that
    hangs in a loop of Python's is interrupted too.
    """
    board = Board(count, bar)
    results: dict[int, Result] = {}
    failures: list[BaseException] = []
    numbers = iter(range(count))
    lock, done = threading.Lock(), threading.Event()
    running = threads

    def serve() -> None:
        nonlocal running
        try:
            while not board.stop:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    break
                results[number] = work(number, board.pace(number))
                board.finish(number)
        except BaseException as failure:  # noqa: BLE001 - whatever it is, it is raised again where it was asked for
            failures.append(failure)
            board.stop = True
        finally:
            with lock:
                running -= 1
                if not running:
                    done.set()

    crew = [threading.Thread(target=serve, name=f"quantum-{number}") for number in range(threads)]
    try:
        for each in crew:
            each.start()
        while not done.wait(LOOK_S):
            board.draw()
    except BaseException:
        _give_up(board, crew)
        raise
    for each in crew:
        each.join()
    if failures:
        raise failures[0]
    return [results[number] for number in range(count)]


def _give_up(board: Board, crew: list[threading.Thread]) -> None:
    """Asks every thread to stop; those that still run Python after a moment are interrupted in it."""
    board.stop = True
    until = time.monotonic() + PATIENCE_S
    for each in crew:
        if each.ident is not None:
            each.join(max(0.0, until - time.monotonic()))
    for each in crew:
        if each.is_alive() and each.ident is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(each.ident), ctypes.py_object(Stopped))


def in_executor(count: int, submit: Callable[[Executor, int], Future[Result]], executor: Executor) -> list[Result]:
    """A future for each number, made by ``submit(executor, number)``; what is not begun is cancelled on an error."""
    futures: list[Future[Any]] = []
    try:
        futures += (submit(executor, number) for number in range(count))
        left: set[Future[Any]] = set(futures)
        while left:
            ended, left = wait(left, return_when=FIRST_COMPLETED)
            for each in ended:
                each.result()
    except BaseException:
        for each in futures:
            each.cancel()
        raise
    return [each.result() for each in futures]
