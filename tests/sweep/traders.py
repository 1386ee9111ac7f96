"""Strategies that other processes can import by name."""

from __future__ import annotations

import enum

import numpy as np

import quantum as q


class Mode(enum.IntEnum):
    BOTH = 0
    BUY = 1


class Maker(q.Strategy):
    """Quotes both sides, `half` away from the mid price."""

    half: float = 1.0
    qty: float = 0.5
    limit: int = 3
    both: bool = True
    mode: Mode = Mode.BOTH
    tag: str = "a"
    fails_at: int = -1
    n: int = 0
    seen: np.ndarray = np.zeros(4)

    def on_start(self, ctx):
        ctx.every("1s")

    def on_timer(self, ctx):
        self.n += 1
        self.seen[self.n % 4] += 1.0
        if self.n == self.fails_at:
            raise ValueError("asked to fail")
        ctx.cancel_all()
        mid = ctx.book.mid
        if ctx.position < self.limit * self.qty and self.seen[0] >= 0:
            ctx.buy(self.qty, limit=1.0 * round(mid - self.half), post_only=True)
        if self.both and self.mode == Mode.BOTH and ctx.position > -self.limit * self.qty:
            ctx.sell(self.qty, limit=1.0 * round(mid + self.half), post_only=True)
        if self.tag == "b" and self.n % 20 == 0:
            ctx.buy(self.qty)


class Endless(q.Strategy):
    """A loop without end in its callback."""

    x: float = 1.0
    n: int = 0

    def on_start(self, ctx):
        ctx.every("1s")

    def on_timer(self, ctx):
        while self.n >= 0:
            self.n = 1 - self.n


class Needs(q.Strategy):
    """A parameter without a default."""

    level: int
    x: float = 1.0

    def on_start(self, ctx): ...


class Idle(q.Strategy):
    """Never trades."""

    x: float = 1.0

    def on_book(self, ctx): ...


class Listed(q.Strategy):
    """Cannot be compiled."""

    x: float = 1.0

    def on_book(self, ctx):
        self.x = len([1, 2, 3]) * 1.0


def sample():
    """The built-in market, for a process of its own."""
    return q.data.sample()
