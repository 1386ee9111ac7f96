"""Strategies that cannot be compiled: what the message says, and at which text of the line its caret stands."""

from __future__ import annotations

import collections
import enum
import functools
import math

import numpy as np
import strategies

import quantum as q
from quantum import Strategy

CASES = []


def refused(says, caret):
    def note(kind):
        CASES.append((kind, says, caret))
        return kind

    return note


class Mode(enum.IntEnum):
    A = 0
    B = 1


class Base(Strategy):
    n: int = 0
    x: float = 0.0
    mode: Mode = Mode.A
    buf: np.ndarray = np.zeros(4)

    def on_start(self, ctx):
        ctx.every("1s")


FACTOR = 2.0


def scaled(x, by=1.0, *, shift=0.0):
    return x * by * FACTOR + shift


class ReadsAround(Base):
    """It can be compiled: what it reads outside itself is changed between runs."""

    LIMIT = 1.0

    def on_timer(self, ctx):
        self.x = scaled(self.LIMIT) + strategies.LEVELS


class Point:
    a = 1.0


def helper(ctx):
    ctx.sel(1.0)


@refused("did you mean 'sell'", "sel(")
class InHelper(Base):
    def on_timer(self, ctx):
        helper(ctx)


@refused("did you mean 'best_bid'", "best_bd")
class Typo(Base):
    def on_timer(self, ctx):
        self.x = ctx.book.best_bd.price


@refused("did you mean 'self'|not defined", "slef")
class NoName(Base):
    def on_timer(self, ctx):
        slef.x = 1.0


@refused("annotate it in the class", "count")
class NoField(Base):
    def on_timer(self, ctx):
        self.count = 1


@refused("declared int, not float: write int", "n = self")
class FloatInInt(Base):
    def on_timer(self, ctx):
        self.n = self.n + 0.5


@refused("read-only", "position =")
class ReadOnly(Base):
    def on_timer(self, ctx):
        ctx.position = 3.0


@refused("unexpected keyword argument 'price'", None)
class Keyword(Base):
    def on_timer(self, ctx):
        ctx.buy(1.0, price=3.0)


@refused("missing a required argument: 'qty'", None)
class NoQty(Base):
    def on_timer(self, ctx):
        ctx.buy()


@refused("qty must be a number", None)
class QtyText(Base):
    def on_timer(self, ctx):
        ctx.buy("1.0")


@refused("try/except", "try:")
class TryExcept(Base):
    def on_timer(self, ctx):
        try:
            self.x = 1.0
        except ValueError:
            self.x = 2.0


@refused("a list cannot be compiled", "[1.0")
class LocalList(Base):
    def on_timer(self, ctx):
        xs = [1.0, 2.0]
        self.x = xs[0]


@refused("comprehension or generator", "(i for i")
class Generator(Base):
    def on_timer(self, ctx):
        self.x = float(sum(i for i in range(3)))


@refused("sum\\(\\) cannot be used", "sum(")
class Sum(Base):
    def on_timer(self, ctx):
        self.x = sum((1.0, 2.0))


@refused("f-string", 'f"')
class Formatted(Base):
    def on_timer(self, ctx):
        text = f"{self.x}"
        self.n = len(text)


@refused("may be used before it is set", "y")
class Unset(Base):
    def on_timer(self, ctx):
        if self.n > 3:
            y = 2.0
        self.n += 1
        if self.n > 6:
            self.x = y


@refused("np.random.random may differ", "np.random")
class Random(Base):
    def on_timer(self, ctx):
        self.x = np.random.random()


@refused("math.gamma may differ", "math.gamma")
class Gamma(Base):
    def on_timer(self, ctx):
        self.x = math.gamma(2.0)


@refused("an array's sum may differ", "sum")
class ArraySum(Base):
    def on_timer(self, ctx):
        self.x = self.buf.sum()


@refused("divides and rounds as NumPy does", None)
class Element(Base):
    def on_timer(self, ctx):
        self.x = 1.0 / self.buf[0]


@refused("int \\*\\* int", None)
class IntPower(Base):
    def on_timer(self, ctx):
        self.n = 2**self.n


@refused("a state is never 'Nwe': did you mean 'New'", "Nwe")
class StateTypo(Base):
    def on_order(self, ctx, order):
        if order.state == "Nwe":
            self.n += 1


@refused("calls itself|recursion|cannot be compiled", None)
class Recursive(Base):
    def fib(self, k):
        return k if k < 2 else self.fib(k - 1) + self.fib(k - 2)

    def on_timer(self, ctx):
        self.n = self.fib(5)


def ping(k):
    return 0 if k < 1 else pong(k - 1)


def pong(k):
    return ping(k)


@refused("calls itself", "ping(")
class Mutual(Base):
    def on_timer(self, ctx):
        self.n = ping(5)


class MutualMethods(Base):
    def ping(self, k):
        return 0 if k < 1 else self.pong(k - 1)

    def pong(self, k):
        return self.ping(k)

    def on_timer(self, ctx):
        self.n = self.ping(5)


refused("cannot be compiled|calls itself", None)(MutualMethods)


@refused("use arrays, or separate fields", "d")
class DictField(Base):
    d: dict = {}

    def on_timer(self, ctx):
        self.d[1] = 2.0


@refused("holds a deque", "d")
class DequeField(Base):
    d: collections.deque = collections.deque()

    def on_timer(self, ctx):
        self.d.append(1.0)


@refused("Point", "Point")
class Object(Base):
    def on_timer(self, ctx):
        self.x = Point().a


@refused("one variable, one type|on one path", None)
class TypeVaries(Base):
    def on_timer(self, ctx):
        v = 1
        if self.n > 3:
            v = "a"
        if v == 1:
            self.n += 1


@refused("constant arguments", "raise")
class RaiseValue(Base):
    def on_timer(self, ctx):
        raise ValueError("bad", self.n)


@refused("import at the top", "import")
class ImportInside(Base):
    def on_timer(self, ctx):
        import math as m

        self.x = m.sqrt(4.0)


@refused("a global cannot be assigned", "global")
class GlobalState(Base):
    def on_timer(self, ctx):
        global CASES
        CASES = 1


@refused("<<", "1 << 3")
class Shift(Base):
    def on_timer(self, ctx):
        self.n = 1 << 3


@refused("tif must be", None)
class Tif(Base):
    def on_timer(self, ctx):
        ctx.buy(1.0, limit=1.0, tif="GTX")


@refused(r"order\.replace\(\): too many positional arguments; it is order\.replace\(\*, qty=None, limit=None\)", None)
class ReplaceByPlace(Base):
    def on_timer(self, ctx):
        ctx.buy(0.01, limit=1.0).replace(0.02)


@refused(r"ctx\.replace\(\): qty must be a number or None, not str", None)
class ReplaceByText(Base):
    def on_timer(self, ctx):
        ctx.replace(ctx.buy(0.01, limit=1.0), qty="2")


@refused("did you mean 'replace'", "replce")
class ReplaceMisspelt(Base):
    def on_timer(self, ctx):
        ctx.buy(0.01, limit=1.0).replce(qty=0.02)


class Streams(Base):
    rsi: q.ta.Stream = q.ta.stream("rsi", 14)
    atr: q.ta.Stream = q.ta.stream("atr", 14)
    macd: q.ta.Stream = q.ta.stream("macd")
    unset: q.ta.Stream | None = None


refused("Streams.unset holds None: set it in on_start", "unset")(Streams)


class Set(Streams):
    def on_start(self, ctx):
        super().on_start(ctx)
        self.unset = q.ta.stream("ema", 3)


@refused("rsi stream.update\\(\\) takes close: 1 numbers, not 2", "update")
class Arity(Set):
    def on_timer(self, ctx):
        self.x = self.rsi.update(1.0, 2.0)


@refused("atr stream.update\\(\\) takes high, low, close: low must be a number, not str", "update")
class TextInput(Set):
    def on_timer(self, ctx):
        self.x = self.atr.update(2.0, "1.0", 1.5)


@refused("by place, not by keyword", "update")
class KeywordInput(Set):
    def on_timer(self, ctx):
        self.x = self.rsi.update(close=2.0)


@refused("rsi stream has no attribute 'vlue' in compiled code: did you mean 'value'", "vlue")
class StreamTypo(Set):
    def on_timer(self, ctx):
        self.x = self.rsi.vlue


@refused("no attribute 'histogramm'", "histogramm")
class OutputTypo(Set):
    def on_timer(self, ctx):
        self.x = self.macd.value.histogramm


@refused("self.x is declared float, not macd", None)
class WholeTuple(Set):
    def on_timer(self, ctx):
        self.x = self.macd.update(1.0)


@refused("is set in on_start; self.rsi.reset\\(\\) begins again", "rsi = self.unset")
class Replaced(Set):
    def on_timer(self, ctx):
        self.rsi = self.unset


@refused("make it a field: rsi: q.ta.Stream = q.ta.stream", 'q.ta.stream("rsi"')
class MadeInside(Set):
    def on_timer(self, ctx):
        rsi = q.ta.stream("rsi", 14)
        self.x = rsi.update(1.0)


@refused("make it a field", "q.ta.rsi")
class BatchInside(Set):
    def on_timer(self, ctx):
        self.x = q.ta.rsi(self.buf, 2)[0]


@refused("annotate it in the class to make it a field, ema: ", "ema.update")
class NotAnnotated(Set):
    def on_start(self, ctx):
        super().on_start(ctx)
        self.ema = q.ta.stream("ema", 3)

    def on_timer(self, ctx):
        self.x = self.ema.update(1.0)


@refused("3 values cannot be unpacked into 2 names", None)
class Unpacked(Set):
    def on_timer(self, ctx):
        a, b = self.macd.update(1.0)
        self.x = a + b


@refused("this is atr stream on one path and rsi stream on another", None)
class TwoKinds(Set):
    def on_timer(self, ctx):
        one = self.rsi if self.n else self.atr
        self.x = one.value


@refused("a star cannot be compiled", "*b")
class StarUnpack(Base):
    def on_timer(self, ctx):
        a, *b = (1, 2, 3)
        self.n = a


@refused("pow\\(\\) cannot be used in compiled code: use \\*\\*", "pow(")
class PowBuiltin(Base):
    def on_timer(self, ctx):
        self.x = pow(2.0, 3.0)


@refused("use ctx.log", "print(")
class Print(Base):
    def on_timer(self, ctx):
        print(self.x)


@refused("make it a static method", "f(")
class ClassMethod(Base):
    @classmethod
    def f(cls, a):
        return a * 2

    def on_timer(self, ctx):
        self.x = self.f(1.0)


@refused("wrapped by a decorator", "f(")
class Cached(Base):
    @functools.lru_cache  # noqa: B019
    def f(self, a):
        return a * 2

    def on_timer(self, ctx):
        self.x = self.f(1.0)


@refused("use an Enum, a bool or two branches", None)
class SideVar(Base):
    def on_trade(self, ctx, trade):
        side = trade.side
        if side == "buy":
            self.n += 1
        other = "sell" if side == "buy" else "buy"
        if other == "sell":
            self.x += 1


@refused("an Enum is not made from a number", None)
class EnumFromInt(Base):
    def on_timer(self, ctx):
        self.n += 1
        self.mode = Mode(self.n % 2)


@refused("a loop over .* cannot be compiled", None)
class EnumIter(Base):
    def on_timer(self, ctx):
        for m in Mode:
            self.n += m


@refused("wants a constant", None)
class TupleHet(Base):
    W = (1, 0.2, 3)

    def on_timer(self, ctx):
        self.x = self.W[self.n % 3]
        self.n += 1


@refused("np.sqrt may differ .*: for a number, math.sqrt", "np.sqrt")
class NpMath(Base):
    def on_timer(self, ctx):
        self.x = np.sqrt(2.0)


@refused("in a field in on_start", "instrument")
class InstrumentAttr(Base):
    def on_timer(self, ctx):
        self.x = float(ctx.instrument.tick_size)


@refused("negative digits", "round(")
class RoundNeg(Base):
    def on_timer(self, ctx):
        self.x = round(1234.5, -2)


@refused("assign on a line of its own", "m :=")
class Walrus(Base):
    def on_timer(self, ctx):
        if (m := ctx.book.mid) > 0:
            self.x = m


@refused("annotate it in the class", "count")
class UnannotInit(Base):
    def __init__(self, **kw):
        super().__init__(**kw)
        self.count = 5

    def on_timer(self, ctx):
        self.count += 1


@refused("is a property", "p =")
class PropSetter(Base):
    @property
    def p(self):
        return self.x

    @p.setter
    def p(self, v):
        self.x = v

    def on_timer(self, ctx):
        self.p = 3.0


@refused("use|texts are made in ctx.log", "str(")
class StrConcat(Base):
    def on_timer(self, ctx):
        ctx.log("a" + str(self.n))


@refused("use if and elif", "match")
class Match(Base):
    def on_timer(self, ctx):
        match self.n:
            case 0:
                self.n = 1
            case _:
                self.n = 0


@refused("self.f\\(\\): missing a required argument: 'b'; it is def f\\(self, a, \\*, b\\)", "f(")
class KeywordOnly(Base):
    def f(self, a, *, b):
        return a * b

    def on_timer(self, ctx):
        self.x = self.f(1.0)


@refused("without break", "for side")
class TextsWithBreak(Base):
    def on_timer(self, ctx):
        for side in ("buy", "sell"):
            if side == "buy":
                break


@refused("strict=True", "True")
class StrictZip(Base):
    def on_timer(self, ctx):
        for a, b in zip((1, 2), (3, 4), strict=True):
            self.n += a * b
