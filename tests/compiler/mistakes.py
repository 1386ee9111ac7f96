"""Strategies that go wrong while they run, each to go wrong the same way interpreted and compiled."""

from __future__ import annotations

import math

import numpy as np

from quantum import Strategy


class Base(Strategy):
    n: int = 0
    x: float = 0.0
    last: float | None = None
    big: int = 1
    buf: np.ndarray = np.zeros(4)

    def on_start(self, ctx):
        ctx.every("1s")
        self.buf = np.zeros(4)


def deep(a, b):
    return a / b


class FloatByZero(Base):
    def on_timer(self, ctx):
        self.n += 1
        self.x = 1.0 / (5 - self.n)


class IntByZero(Base):
    def on_timer(self, ctx):
        self.n += 1
        self.x = 1 / (5 - self.n)


class FloorByZero(Base):
    def on_timer(self, ctx):
        self.n += 1
        self.x = 7 // (5 - self.n)


class ModuloZero(Base):
    def on_timer(self, ctx):
        self.n += 1
        self.x = 7.5 % (5.0 - self.n)


class IndexWrite(Base):
    def on_timer(self, ctx):
        self.n += 1
        self.buf[self.n] = 1.0


class IndexRead(Base):
    def on_timer(self, ctx):
        self.n += 1
        self.x = self.buf[-self.n]


class Raise(Base):
    def on_timer(self, ctx):
        self.n += 1
        if self.n == 3:
            raise ValueError("bad state")


class Assert(Base):
    def on_timer(self, ctx):
        self.n += 1
        assert self.n < 3, "too many"


class InFunction(Base):
    def on_timer(self, ctx):
        self.n += 1
        self.x = deep(1.0, 3 - self.n)


class InMethod(Base):
    def divide(self, a):
        return deep(a, self.x)

    def on_timer(self, ctx):
        self.n += 1
        self.x = self.divide(1.0)


class Root(Base):
    def on_timer(self, ctx):
        self.x = math.sqrt(self.x - 1.0)


class LogOfZero(Base):
    def on_timer(self, ctx):
        self.x = math.log(self.x)


class ExpTooLarge(Base):
    def on_timer(self, ctx):
        self.x += 300.0
        self.x = math.exp(self.x)


class IntOfNan(Base):
    def on_timer(self, ctx):
        self.n = int(self.x * math.inf)


class FloorOfInfinity(Base):
    def on_timer(self, ctx):
        self.n = math.floor(math.inf - self.x)


class RoundOfNan(Base):
    def on_timer(self, ctx):
        self.n = round(self.x * math.inf)


class PowerOfZero(Base):
    def on_timer(self, ctx):
        self.x = self.x**-1


class PowerTooLarge(Base):
    def on_timer(self, ctx):
        self.x = 10.0 ** (400 + self.x)


class NoneAdded(Base):
    def on_timer(self, ctx):
        self.x = self.last + 1.0


class TooManyCommands(Base):
    def on_timer(self, ctx):
        for _ in range(self.n):
            ctx.buy(1.0, limit=1.0)
        self.n += 500


class NoLevels(Base):
    def on_timer(self, ctx):
        self.x = ctx.book.imbalance(self.n)


class QtyOffLot(Base):
    def on_timer(self, ctx):
        self.x, _ = ctx.book.vwap("buy", 0.00015)


class PostOnlyMarket(Base):
    def on_timer(self, ctx):
        ctx.buy(1.0, post_only=True)


class UnknownSymbol(Base):
    def on_timer(self, ctx):
        ctx["NOPE"].buy(1.0)


class StepZero(Base):
    def on_timer(self, ctx):
        for i in range(0, 3, self.n):
            self.x += i


class ReplaceNothing(Base):
    def on_timer(self, ctx):
        self.n += 1
        order = ctx.buy(0.01, limit=ctx.book.best_bid.price)
        order.replace(qty=0.02 if self.n < 3 else self.last)


class ReplacesWithoutEnd(Base):
    def on_timer(self, ctx):
        order = ctx.buy(0.01, limit=ctx.book.best_bid.price)
        while True:
            self.n += 1
            ctx.replace(order, qty=0.02)


class NoneCompared(Base):
    def on_timer(self, ctx):
        self.n += 1
        if self.last < 1.0:
            self.n += 1


class TupleIndex(Base):
    WEIGHTS = (0.5, 0.3)

    def on_timer(self, ctx):
        self.n += 1
        self.x = self.WEIGHTS[self.n]


class TableIndex(Base):
    table: np.ndarray = np.zeros((2, 3))

    def on_timer(self, ctx):
        self.n += 1
        self.x = self.table[1, self.n]


class InProperty(Base):
    @property
    def share(self):
        return 1.0 / (3 - self.n)

    def on_timer(self, ctx):
        self.n += 1
        self.x = self.share


class InStatic(Base):
    @staticmethod
    def root(x, *, shift=2.0):
        return math.sqrt(shift - x)

    def on_timer(self, ctx):
        self.n += 1
        self.x = self.root(self.n)


ALL = [
    each for each in list(globals().values()) if isinstance(each, type) and issubclass(each, Base) and each is not Base
]
