"""Corners of the language, one or two to a strategy; each to be the same interpreted and compiled."""

from __future__ import annotations

import enum
import math
from typing import ClassVar, Final, Literal

import numpy as np
from numpy.typing import NDArray

import quantum as q
from quantum import Strategy, ta
from quantum._core import Order
from quantum.ta import Stream, stream

SIDES = ("buy", "sell")


class Mode(enum.IntEnum):
    A = 0
    B = 1


class Color(enum.Enum):
    R = 1
    G = 2


class Base(Strategy):
    n: int = 0
    k: int | None = None
    color: Color | None = None
    x: float = 0.0
    last: float | None = None
    flag: bool = False
    mode: Mode = Mode.A
    order: Order | None = None
    buf: np.ndarray = np.zeros(4)

    def on_start(self, ctx):
        ctx.every("1s")
        self.buf = np.zeros(4)


class Private(Base):
    _x: float = 0.0

    def on_timer(self, ctx):
        self._x += 1.0
        self.x = self._x


class Mangled(Base):
    __x: float = 0.0

    def on_timer(self, ctx):
        self.__x += 1.0
        self.x = self.__x


class OrValue(Base):
    def on_timer(self, ctx):
        self.n += 1
        self.x = (self.n % 3) or 7
        self.x += self.n % 2 and 5


class OrOptional(Base):
    def on_timer(self, ctx):
        self.x += self.last or 1.5
        self.last = self.x if self.x < 10 else None


class EqNone(Base):
    def on_timer(self, ctx):
        if self.last == None:  # noqa: E711
            self.last = 1.0
        if self.last != None:  # noqa: E711
            self.n += 1
        if self.last == 1.0:
            self.n += 10


class TruthOptional(Base):
    def on_timer(self, ctx):
        if not self.last:
            self.last = 2.0
        else:
            self.n += 1


class IntFloatMix(Base):
    def on_timer(self, ctx):
        total = 0
        for i in range(5):
            total += i * 0.5
        self.x = total
        y = 1 if self.n % 2 else 2.5
        self.x += y
        self.n += 1


class Swap(Base):
    a: float = 1.0
    b: float = 2.0

    def on_timer(self, ctx):
        self.a, self.b = self.b, self.a + self.b * 0.5
        c, (d, e) = 1, (2, 3.5)
        self.x = c + d + e


class ReverseRange(Base):
    def on_timer(self, ctx):
        for i in range(3, 0, -1):
            self.n += i
        for j in range(self.n % 4, 10, 2):
            self.x += j


class Slices(Base):
    def on_timer(self, ctx):
        self.buf[1:] = self.buf[:-1].copy()
        self.buf[0] = ctx.book.mid
        self.x = float(self.buf[3])


class SlicesOverlap(Base):
    def on_timer(self, ctx):
        self.buf[1:] = self.buf[:-1]
        self.buf[0] = ctx.book.mid
        self.x = float(self.buf[3])


class Broadcast(Base):
    def on_timer(self, ctx):
        y = self.buf * 2.0 + 1.0
        self.buf[:] = y
        self.buf += 0.5
        self.x = y.max()


class LocalArray(Base):
    def fill(self, a, k):
        for i in range(len(a)):
            a[i] = k * i
        return a

    def on_timer(self, ctx):
        a = np.zeros(6)
        self.fill(a, 2.0)
        self.x = float(a[5])


class MaxOfArray(Base):
    def on_timer(self, ctx):
        self.buf[0] = ctx.book.mid
        self.x = max(self.buf)


class ClassConst(Base):
    K = 3

    def on_timer(self, ctx):
        self.n = self.K
        self.x = ClassConst.K


class KwOnly(Base):
    def f(self, a, *, b=2.0):
        return a * b

    def g(self, a, /, c=1):
        return a + c

    def on_timer(self, ctx):
        self.x = self.f(1.0) + self.f(2.0, b=3.0) + self.g(1)


class VarArgs(Base):
    def f(self, *a):
        return a[0]

    def on_timer(self, ctx):
        self.x = self.f(1.0, 2.0)


class Lit(Base):
    side: Literal["buy", "sell"] = "buy"

    def on_timer(self, ctx):
        if self.side == "buy":
            ctx.buy(0.01)


class Opt(Base):
    y: float | None = None
    z: Final[float] = 2.0
    K: ClassVar[int] = 5
    arr: NDArray[np.float64] = np.zeros(3)

    def on_timer(self, ctx):
        self.y = 1.0
        self.x = self.z * self.K


class Orders2(Base):
    def on_timer(self, ctx):
        o = ctx.buy(0.01, limit=ctx.book.best_bid.price)
        if self.order is not None and self.order.id != o.id:
            ctx.cancel(self.order)
        self.order = o
        if self.order == o:
            self.n += 1


class SideParam(Base):
    def order_for(self, ctx, side, price):
        if side == "buy":
            ctx.buy(0.01, limit=price)
        else:
            ctx.sell(0.01, limit=price)

    def on_timer(self, ctx):
        self.order_for(ctx, "buy", ctx.book.best_bid.price)
        self.order_for(ctx, "sell", ctx.book.best_ask.price)


class SideLoop(Base):
    def on_timer(self, ctx):
        for side in ("buy", "sell"):
            p, f = ctx.book.vwap(side, 1.0)
            self.x += p * f


class Invert(Base):
    def on_timer(self, ctx):
        self.n = ~self.n
        self.flag = not self.flag
        self.flag ^= True
        self.x = -self.flag + +self.n


class WhileElse(Base):
    def on_timer(self, ctx):
        k = 0
        while k < 5:
            k += 1
            if k == 7:
                break
        else:
            self.n += 1


class EnumLog(Base):
    def on_timer(self, ctx):
        self.mode = Mode.B if self.mode == Mode.A else Mode.A
        ctx.log(f"{self.mode} {self.mode!r} {self.last}")


class ReturnNone(Base):
    def f(self, a):
        if a > 1:
            return None
        return a

    def on_timer(self, ctx):
        r = self.f(self.x)
        if r is None:
            self.n += 1
        else:
            self.x = r + 1


class ReturnNothing(Base):
    def f(self, a):  # noqa: RET503
        if a > 1:
            return 2.0

    def on_timer(self, ctx):
        r = self.f(self.x)
        if r is not None:
            self.n += 1
        self.x += 1


class TupleReturn(Base):
    def f(self):
        return self.x, self.n, "a"

    def on_timer(self, ctx):
        x, n, s = self.f()
        t = self.f()
        self.x = t[0] + 1 + x * len(s)
        self.n = n + len(t)


class TupleIndexVar(Base):
    W = (0.1, 0.2, 0.3)

    def on_timer(self, ctx):
        self.x = self.W[self.n % 3] + self.W[-1]
        self.n += 1


class NpScalar(Base):
    def on_timer(self, ctx):
        a = np.float64(2.5)
        b = np.int64(3)
        self.x = a * b
        self.n = int(b)


class ArrElemLog(Base):
    def on_timer(self, ctx):
        ctx.log(f"{self.buf[0]:.2f} {self.buf[1]}")


class Chained(Base):
    def on_timer(self, ctx):
        if 0 < self.n < 5 <= 10 != 3:
            self.x += 1
        self.n += 1


class CtxHelper(Base):
    def on_timer(self, ctx):
        book = ctx.book
        bid = book.best_bid
        self.x = bid.price * bid.qty
        pos = ctx.position
        self.flag = bool(pos)


class EveryIn(Base):
    def on_timer(self, ctx):
        if self.n == 0:
            ctx.every("250ms")
        self.n += 1


class Tif(Base):
    tif: str = "IOC"

    def on_timer(self, ctx):
        ctx.buy(0.01, limit=ctx.book.best_ask.price, tif=self.tif)


class FloatStr(Base):
    def on_timer(self, ctx):
        self.x = min(float("inf"), 3.0)


class IntDivNeg(Base):
    def on_timer(self, ctx):
        self.n = -7 // 2 + -7 % 3 + int(-7 / 2)
        self.x = round(2.5) + round(-3.5) + round(2.675, 2) + round(1234.5, 0)


class MinMaxKey(Base):
    def on_timer(self, ctx):
        self.x = max(1, 2.0, 3) + min((4.0, 2.0, 3.0))


class OrderIn(Base):
    def on_timer(self, ctx):
        for o in ctx.orders:
            if o.side == "buy" and o.leaves > 0 and o.qty >= 0.01 and o.price:
                self.x += o.price
        ctx.buy(0.01, limit=ctx.book.best_bid.price - 1)


class OrdersTruth(Base):
    def on_timer(self, ctx):
        if not ctx.orders:
            ctx.buy(0.01, limit=ctx.book.best_bid.price - 1)


class Setdefault(Base):
    def on_timer(self, ctx):
        self.last = self.last if self.last is not None else 3.0
        y = 2.0
        if self.last is not None:
            y = self.last
        self.x = y * 2


class Docs(Base):
    def on_timer(self, ctx: q.Strategy) -> None:
        """Doc."""
        x: float = 1.0
        y: int  # noqa: F842
        self.x = x


class AugOpt(Base):
    def on_timer(self, ctx):
        if self.last is None:
            self.last = 0.0
        self.last += 1.5


class MultiTarget(Base):
    def on_timer(self, ctx):
        a = b = self.n = 3
        self.x = a + b


class SelfMethodRef(Base):
    def f(self):
        return 1.0

    def on_timer(self, ctx):
        g = self.f
        self.x = g()


class SuperInit(Base):
    def __init__(self, **kw):
        super().__init__(**kw)
        self.n = 5

    def on_timer(self, ctx):
        self.n += 1


class BigInt(Base):
    def on_timer(self, ctx):
        self.n = 10**18 % 7 + 2**62 // 3


class Inf(Base):
    def on_timer(self, ctx):
        self.x = -math.inf if self.n else float("-inf")
        if self.x == float("-inf"):
            self.n += 1


class StrField(Base):
    name: str = "abc"

    def on_timer(self, ctx):
        ctx.log(f"{self.name} {self.name!r}")
        ctx.log(self.name)
        self.n = len(self.name)


class TickRound(Base):
    def on_timer(self, ctx):
        tick = 0.1
        p = math.floor(ctx.book.mid / tick) * tick
        ctx.buy(0.01, limit=p)


class PrivateDict(Base):
    """A private field that only Python's callbacks use."""

    _seen: dict = {}

    def on_start(self, ctx):
        super().on_start(ctx)
        self._seen["start"] = ctx.now

    def on_timer(self, ctx):
        self.n += 1


class NumpyNames(Base):
    """What people reach for in NumPy for single numbers."""

    low: float = np.inf

    def on_timer(self, ctx):
        mid = ctx.book.mid
        if np.isnan(mid) or not np.isfinite(mid):
            return
        self.low = min(self.low, mid)
        self.x = np.nan if mid > self.low else np.pi


class SidesByName(Base):
    """A loop over a tuple of texts at the top of the file, with what differs by side inside."""

    def on_timer(self, ctx):
        for side in SIDES:
            price, there = ctx.book.vwap(side, 0.5)
            if there < 0.5:
                self.n += 1
            elif side == "buy":
                ctx.buy(self.x + 0.01, limit=round(price - 1, 1))
            else:
                ctx.sell(0.01, limit=round(price + 1, 1))


class MaybeOrder(Base):
    """A handle that may be None, as a condition."""

    def on_timer(self, ctx):
        if self.order and self.order.is_open:
            ctx.cancel(self.order)
            self.order = None
        elif not self.order:
            self.order = ctx.buy(0.01, limit=ctx.book.best_bid.price)
        if ctx.orders and self.n >= 0:
            self.n += 1


class Bounds(Base):
    """Comparisons of what may be None, guarded; of Enums and bools with numbers."""

    cap: int | None = None

    def on_timer(self, ctx):
        if self.cap is not None and self.cap <= self.n:
            self.mode = Mode.B
        self.n += 1
        if self.n == 20:
            self.cap = 30
        self.flag = self.mode >= 1 and self.flag <= True
        self.x += self.mode * 2 + (self.cap == 30)


class OptEnum(Base):
    def on_timer(self, ctx):
        if self.color is None:
            self.color = Color.R
        elif self.color == Color.R:
            self.color = Color.G
        elif self.color is Color.G:
            self.color = None
        self.n += self.color == Color.G


class OptInt(Base):
    def on_timer(self, ctx):
        if self.k is None or self.k > 10:
            self.k = 0
        self.k += 1
        self.n += self.k == 3
        self.x = self.k / 2
        if self.k:
            self.n += 1


class BoolMath(Base):
    def on_timer(self, ctx):
        self.n += (self.n > 3) + (self.x < 2) * 2
        self.flag = self.n % 2 == 0 and not self.flag
        self.x += 0.5 if self.flag == True else -0.25  # noqa: E712
        if self.flag is True:
            self.x += 1
        if self.flag != (self.x > 0):
            self.n += 1


class OrderNone(Base):
    def on_timer(self, ctx):
        if self.order == None:  # noqa: E711
            self.order = ctx.buy(0.01, limit=ctx.book.best_bid.price)
        elif (
            self.order.state == "New"
            or self.order.state in ("Filled",)
            or (self.order != None and not self.order.is_open)  # noqa: E711
        ):  # noqa: E711, RUF100
            self.order = None


class CloseHandle(Base):
    def on_timer(self, ctx):
        if ctx.position:
            o = ctx.close()
            if o is not None:
                self.x += o.qty
            if o:
                self.n += 1
        else:
            ctx.buy(0.01)


class RangeEdge(Base):
    def on_timer(self, ctx):
        for i in range(0):  # noqa: B007
            self.n += 1
        for i in range(5, 1):  # noqa: B007
            self.n += 1
        for i in range(-3, 3):
            self.x += i
        for i in range(10, 0, -3):
            self.x += i * i


class NestedLoops(Base):
    def on_timer(self, ctx):
        best = -1.0
        for i in range(3):
            for j in range(4):
                v = (i * 7 + j * 3) % 5
                if v > best:
                    best = v
                    self.n = i * 10 + j
                if v == 4:
                    break
            else:
                continue
            if i == 2:
                break
        self.x = best


class EarlyMany(Base):
    def pick(self, a, b, c=None):
        if c is not None and a > c:
            return c
        if a > b:
            return a
        if a == b:
            return 0.0
        return b

    def on_timer(self, ctx):
        self.x = self.pick(self.x, 1.0) + self.pick(2.0, self.x, c=1.5) + self.pick(1, 1)
        if self.x > 50:
            self.x = -self.x / 3


class IntegerDiv(Base):
    def on_timer(self, ctx):
        a = ctx.now // 1_000_000_000
        self.n = a % 60 // 7 * 3 - a // 60 % 5
        self.x = a / 60 % 24 // 1 + (-a) // 7 % 3 + -7.5 // 2 + 7.5 % -2


class PowMix(Base):
    def on_timer(self, ctx):
        v = ctx.book.spread
        self.x = v**2 + 2**3 + 2.0**-v + v**0 + (1 + v) ** (1 / 3) + 10**-2 + (-2) ** 3 + -(2**2)
        self.n = 3**4 % 7


class MathAll(Base):
    def on_timer(self, ctx):
        v = ctx.book.mid / 1000
        self.x = (
            math.log1p(v)
            + math.expm1(v / 1000)
            + math.log2(v)
            + math.log10(v)
            + math.atan(v)
            + math.asin(v % 1)
            + math.acos(v % 1)
            + math.sinh(v % 3)
            + math.cosh(v % 3)
            + math.fabs(-v)
            + math.trunc(v)
            + math.cos(v)
            + math.tan(v)
            + math.e
            + math.tau
        )


class ArrayFull(Base):
    a2: np.ndarray = np.zeros((2, 2))

    def on_start(self, ctx):
        super().on_start(ctx)
        self.a2 = np.full((2, 2), 1.5)

    def on_timer(self, ctx):
        rows, cols = self.a2.shape
        for i in range(rows):
            for j in range(cols):
                self.a2[i, j] += 0.1 * (i + 1) * (j + 1)
        self.a2[1] = self.a2[0]
        self.x = self.a2.max() - self.a2.min() + self.a2.size + self.a2.ndim + len(self.a2)
        self.buf[-1] = self.x
        self.buf[self.n % 3] -= 1
        self.n += 1


class ArrCompare(Base):
    def on_timer(self, ctx):
        self.buf[self.n % 4] = ctx.book.spread
        self.n += 1
        if self.buf[0] > self.buf[1] and self.buf[2] == self.buf[3]:
            self.x += 1
        if (self.buf > 0.1).any():
            self.x += 2


class ArrArith(Base):
    def on_timer(self, ctx):
        self.buf[0] += 1
        y = self.buf[0] + self.buf[1] * 2 - 3
        self.x = y
        z = float(self.buf[0]) / 3
        self.x += z


class ArrInPlace(Base):
    def on_timer(self, ctx):
        self.buf[0] += 1
        self.buf[1] *= 2
        self.buf[2] -= self.buf[0]
        self.buf[3] /= 2


class ArrDiv(Base):
    def on_timer(self, ctx):
        self.buf[0] += 1.0
        y = self.buf / 3.0
        self.x = y.max()


class ModArr(Base):
    def on_timer(self, ctx):
        self.buf[0] += 2.5
        self.x = float(self.buf[0]) % 2


class TwoProps(Base):
    @property
    def a(self):
        return self.n * 2

    @property
    def b(self):
        return self.a + 1.5

    def on_timer(self, ctx):
        self.n += 1
        self.x = self.b * self.a


class SuperProp(TwoProps):
    @property
    def a(self):
        return super().a + 1

    def on_timer(self, ctx):
        super().on_timer(ctx)
        self.x += 1


class MixA(Base):
    def hook(self, ctx):
        return 1.0


class MixB(Base):
    def hook(self, ctx):
        return super().hook(ctx) * 2 if False else 2.0


class Diamond(MixB, MixA):
    def hook(self, ctx):
        return super().hook(ctx) + 1

    def on_timer(self, ctx):
        self.x += self.hook(ctx)


class Coop1(Base):
    def hook(self):
        return 1.0


class Coop2(Coop1):
    def hook(self):
        return super().hook() + 10


class Coop3(Coop1):
    def hook(self):
        return super().hook() + 100


class Coop(Coop2, Coop3):
    def on_timer(self, ctx):
        self.x = self.hook()


class StaticCalls(Base):
    @staticmethod
    def add(a, b=2):
        return a + b

    def on_timer(self, ctx):
        self.x = self.add(1) + self.add(1.5, b=3) + StaticCalls.add(1)


class StaticByClass(Base):
    @staticmethod
    def add(a, b=2):
        return a + b

    def on_timer(self, ctx):
        self.x = StaticByClass.add(1)


class FromTa(Base):
    rsi: Stream = stream("rsi", 14)
    two: ta.Stream = ta.stream("ema", 3)

    def on_timer(self, ctx):
        self.x = self.rsi.update(ctx.book.mid) + self.two.update(self.rsi.value)


class StreamIf(Base):
    rsi: Stream | None = None

    def on_start(self, ctx):
        super().on_start(ctx)
        self.rsi = stream("rsi", 3)

    def on_timer(self, ctx):
        if self.rsi is not None:
            self.x = self.rsi.update(ctx.book.mid)
        if self.rsi:
            self.n += 1


class StreamNamed(Base):
    b: Stream = stream("bbands", 5)

    def on_timer(self, ctx):
        v = self.b.update(ctx.book.mid)
        self.x = v.upper - v.lower + v[1]
        u, m, l = v  # noqa: E741
        if u == u and m > l:
            self.n += len(v)


class StreamCond(Base):
    r: Stream = stream("rsi", 5)

    def on_timer(self, ctx):
        x = self.r.update(ctx.book.mid) if self.n % 2 else self.r.value
        self.n += 1
        if 30 < x < 70 or x != x:
            self.x += 1


class StreamLog(Base):
    r: Stream = stream("rsi", 5)

    def on_timer(self, ctx):
        ctx.log(f"{self.r.update(ctx.book.mid):.4f} {self.r.value}")


class LogOrder(Base):
    def on_timer(self, ctx):
        o = ctx.buy(0.01)
        ctx.log(f"{o.id} {o.side} {o.type} {o.limit if False else 1}")


class LogExpr(Base):
    def on_timer(self, ctx):
        ctx.log(f"{self.n=} {ctx.book.mid=:.1f} {1 / 3:.3e} {10**6:,} {-0.0} {float('nan')} {2**62}")


class UnusedGlobal(Base):
    def on_timer(self, ctx):
        x = math.pi * np.pi
        self.x = x


class ShadowModule(Base):
    def on_timer(self, ctx):
        math = 3
        self.n = math


class ParamNamedLog(Base):
    def helper(self, log):
        return log * 2

    def on_timer(self, ctx):
        self.x = self.helper(2.0)


class CtxRenamed(Base):
    def on_timer(self, c):
        b = c.book
        c.log(f"{b.mid}")
        if c.position <= 0:
            c.buy(0.01)


class Kwargs(Base):
    def on_timer(self, ctx):
        ctx.buy(qty=0.01, limit=ctx.book.best_bid.price, tif="GTC", post_only=False)
        ctx.sell(0.01, limit=None)


class NegQty(Base):
    def on_timer(self, ctx):
        ctx.buy(-0.01)
        ctx.sell(0.0)
        ctx.buy(1e12)


class NanPrice(Base):
    def on_timer(self, ctx):
        ctx.buy(0.01, limit=math.nan)
        ctx.sell(0.01, limit=math.inf)


class IntQty(Base):
    def on_timer(self, ctx):
        ctx.buy(1, limit=int(ctx.book.best_bid.price))


class BoolQty(Base):
    def on_timer(self, ctx):
        ctx.buy(True)


class PostVar(Base):
    def on_timer(self, ctx):
        self.flag = not self.flag
        ctx.buy(0.01, limit=ctx.book.best_bid.price, post_only=self.flag)


class OptBool(Base):
    maybe: bool | None = None

    def on_timer(self, ctx):
        if self.maybe:
            self.n += 1
        self.maybe = not self.maybe


class CancelKept(Base):
    def on_timer(self, ctx):
        if self.order is not None:
            ctx.cancel(self.order)
            self.order = None
        else:
            self.order = ctx.buy(0.01, limit=ctx.book.best_bid.price - 1)


class LocalVarTypes(Base):
    def on_timer(self, ctx):
        x = 1
        x = 2.5
        y = x
        x = self.n
        self.x = y + x
        self.n += 1


class WhileTrue(Base):
    def on_timer(self, ctx):
        k = 0
        while True:
            k += 1
            if k % 2:
                continue
            if k > 10:
                break
        self.n = k


class DeepTernary(Base):
    def on_timer(self, ctx):
        p = ctx.position
        ctx.buy(0.01) if p < 0.02 else ctx.sell(0.05) if p > 0.04 else ctx.buy(0.02)


class AndOr(Base):
    def on_timer(self, ctx):
        a = (ctx.position > 0 and ctx.book.spread) or 2.0
        self.x += a
        if a or (not a and self.n):
            ctx.buy(0.01)


class FloorFloat(Base):
    def on_timer(self, ctx):
        lots = int(ctx.book.mid * 3 // 1)
        self.n = lots // 2
        self.x = lots * 0.1


class MinMax3(Base):
    def on_timer(self, ctx):
        self.x = max(self.n, self.x, 2) + min(1, self.n) + max(1.0, 1)
        self.n = max(self.n, 3) + min(2, 7)


class AbsRound(Base):
    def on_timer(self, ctx):
        ctx.log(
            f"{abs(-0.0)} {round(0.5)} {round(1.5)} {round(-0.4)} {round(2.5, 0)} {round(-2.675, 2)} {7} {abs(-7)} {abs(True)}"
        )


ALL = [
    each for each in list(globals().values()) if isinstance(each, type) and issubclass(each, Base) and each is not Base
]
