"""Strategies that use different parts of the language, each to be the same interpreted and compiled."""

from __future__ import annotations

import enum
import math

import numpy as np

from quantum import Strategy
from quantum._core import Order

LEVELS = 3
OFFSETS = (0.0, 0.5, 1.0)


class Mode(enum.IntEnum):
    FLAT = 0
    LONG = 1
    SHORT = 2


class Phase(enum.Enum):
    WARM = 1
    READY = 2


def clip(x, low=-1.0, high=1.0):
    return max(low, min(high, x))


def weighted(x, weight):
    return clip(x * weight, high=2.0)


class Base(Strategy):
    qty: float = 0.01
    n: int = 0
    x: float = 0.0

    def on_start(self, ctx):
        ctx.every("1s")


class Touch(Base):
    max_position: float = 1.0

    def on_timer(self, ctx):
        ctx.cancel_all()
        bid, ask = ctx.book.best_bid, ctx.book.best_ask
        if ctx.position < self.max_position:
            ctx.buy(self.qty, limit=bid.price, post_only=True)
        if ctx.position > -self.max_position:
            ctx.sell(self.qty, limit=ask.price, post_only=True)
        self.n += 1


class TwoAverages(Base):
    fast: float = 0.2
    slow: float = 0.02
    a: float = 0.0
    b: float = 0.0

    def on_book(self, ctx):
        mid = ctx.book.mid
        if math.isnan(mid):
            return
        if self.n == 0:
            self.a = self.b = mid
        self.a += self.fast * (mid - self.a)
        self.b += self.slow * (mid - self.b)
        self.n += 1
        if self.n % 500 == 0:
            if self.a > self.b and ctx.position < 0.05:
                ctx.buy(self.qty)
            elif self.a < self.b and ctx.position > -0.05:
                ctx.sell(self.qty)


class EveryTrade(Base):
    last: float | None = None
    up: int = 0

    def on_trade(self, ctx, trade):
        if self.last is not None:
            if trade.price > self.last:
                self.up += 1
            self.x += trade.price - self.last
        self.last = trade.price
        if trade.side == "buy" and trade.qty >= 0.5:
            ctx.sell(self.qty, limit=trade.price, tif="IOC")
        elif trade.side != "buy" and trade.qty >= 0.5:
            ctx.buy(self.qty, limit=trade.price, tif="FOK")
        self.n = trade.exchange_ns - trade.receive_ns


class Quoter(Base):
    seen: int = 0

    def on_quote(self, ctx, quote):
        self.seen += 1
        if quote.ask.price - quote.bid.price > 0.15:
            self.x += quote.bid.qty * quote.ask.qty
        if self.seen % 200 == 0:
            ctx.buy(self.qty, limit=quote.bid.price)

    def on_timer(self, ctx):
        ctx.cancel_all()


class FillFollower(Base):
    fees: float = 0.0
    makers: int = 0

    def on_timer(self, ctx):
        if ctx.position == 0:
            ctx.buy(self.qty)
        else:
            ctx.close()

    def on_fill(self, ctx, fill):
        self.fees += fill.fee
        self.x += fill.price * fill.qty if fill.side == "buy" else -fill.price * fill.qty
        if fill.liquidity == "maker":
            self.makers += 1
        elif fill.order.filled >= fill.qty:
            ctx.sell(self.qty, limit=ctx.book.best_ask.price, post_only=True)
        self.n = fill.execution_id


class OrderWatcher(Base):
    new: int = 0
    done: int = 0
    canceled: int = 0

    def on_timer(self, ctx):
        for order in ctx.orders:
            if order.is_cancelable and order.side == "buy":
                ctx.cancel(order)
        ctx.buy(self.qty, limit=ctx.book.best_bid.price - 1.0)

    def on_order(self, ctx, order):
        if order.state == "New":
            self.new += 1
        elif order.state in ("Filled", "Canceled", "Denied"):
            self.done += 1
        if order.reason == "requested":
            self.canceled += 1
        self.x += order.leaves
        self.n = order.id


class Helpers(Base):
    def signal(self, book, weight=1.0):
        return weighted(book.imbalance(3), weight)

    @property
    def limit(self):
        return self.qty * 20

    @staticmethod
    def sign(x):
        return 1 if x > 0 else -1 if x < 0 else 0

    def on_timer(self, ctx):
        signal = self.signal(ctx.book, weight=3.0)
        self.x = signal
        if self.sign(signal) > 0 and ctx.position < self.limit:
            ctx.buy(self.qty)
        elif self.sign(signal) < 0 and ctx.position > -self.limit:
            ctx.sell(self.qty)


class Parent(Base):
    y: float = 1.0

    def on_timer(self, ctx):
        self.y *= 1.01
        self.place(ctx, 0.3)

    def place(self, ctx, away):
        ctx.buy(self.qty, limit=round(ctx.book.best_bid.price - away, 1))


class Child(Parent):
    z: float = 0.0

    def on_timer(self, ctx):
        ctx.cancel_all()
        super().on_timer(ctx)
        self.z += self.y

    def place(self, ctx, away):
        super().place(ctx, away)
        super().place(ctx, away=2 * away)
        ctx.sell(self.qty, limit=round(ctx.book.best_ask.price + away, 1))


class Modes(Base):
    mode: Mode = Mode.FLAT
    phase: Phase = Phase.WARM

    def on_timer(self, ctx):
        self.n += 1
        if self.phase is Phase.WARM:
            if self.n > 5:
                self.phase = Phase.READY
            return
        if self.mode == Mode.FLAT:
            ctx.buy(self.qty)
            self.mode = Mode.LONG
        elif self.mode == Mode.LONG:
            ctx.sell(2 * self.qty)
            self.mode = Mode.SHORT
        else:
            ctx.close()
            self.mode = Mode.FLAT


class Window(Base):
    size: int = 32
    prices: np.ndarray = np.zeros(1)
    table: np.ndarray = np.zeros((2, 3))

    def on_start(self, ctx):
        super().on_start(ctx)
        self.prices = np.zeros(self.size)
        self.table = np.zeros((2, 3))

    def on_trade(self, ctx, trade):
        self.prices[self.n % self.size] = trade.price
        self.n += 1
        self.table[self.n % 2, 1] += trade.qty
        self.table *= 0.999
        if self.n % 100 == 0 and self.n >= self.size:
            mean = 0.0
            for price in self.prices:
                mean += price
            mean /= self.size
            spread = self.prices.max() - self.prices.min()
            self.x = spread + self.table[0, 1]
            if trade.price < mean - 0.1 * spread:
                ctx.buy(self.qty)
            elif self.prices[-1] > mean:
                ctx.sell(self.qty)


class Loops(Base):
    def on_timer(self, ctx):
        self.n += 1
        for level in range(LEVELS):
            for offset in OFFSETS:
                if level == 1 and offset > 0.5:
                    break
                if offset == 0.5:
                    continue
                ctx.buy(self.qty, limit=round(ctx.book.best_bid.price - level - offset, 1))
            else:
                self.x += 1
        left = len(ctx.orders)
        while left > 12:
            left -= 5
        if left % 3 == 2:
            ctx.cancel_all()


class KeptHandle(Base):
    order: Order | None = None
    waited: int = 0

    def on_timer(self, ctx):
        if self.order is None:
            self.order = ctx.buy(self.qty, limit=ctx.book.best_bid.price)
            self.waited = 0
            return
        self.waited += 1
        if self.order.is_open and self.waited > 3:
            ctx.cancel(self.order)
        elif not self.order.is_open:
            self.x += self.order.filled
            self.n = self.order.id
            self.order = None


class Replacer(Base):
    order: Order | None = None
    limit: float | None = None
    qty_asked: float | None = None
    pending: int = 0

    def on_timer(self, ctx):
        self.n += 1
        bid = ctx.book.best_bid.price
        if self.order is None or not self.order.is_open:
            self.order = ctx.buy(4 * self.qty, limit=bid, post_only=True)
            self.order.replace(qty=3 * self.qty)  # before the venue has it
            return
        if not self.order.is_replaceable:
            self.pending += 1
            return
        which = self.n % 5
        if which == 0:
            ctx.replace(self.order, limit=bid)
        elif which == 1:
            self.order.replace(qty=self.order.qty - self.qty)
        elif which == 2:
            self.order.replace(qty=self.qty * 5, limit=bid - 1)
            self.order.replace(limit=bid)  # refused, one is on its way
        elif which == 3:
            self.limit = bid if self.limit is None else None
            self.qty_asked = self.qty if self.limit is None else None
            ctx.replace(self.order, qty=self.qty_asked, limit=self.limit)
        else:
            self.order.replace(limit=bid + 0.123456)  # off every grid
            self.order.replace(qty=0)
            self.order.replace(limit=math.nan)

    def on_order(self, ctx, order):
        if order.state == "PendingReplace":
            self.pending += 100
        self.x += order.qty * order.price
        ctx.log(f"{order.state} {order.qty} {order.price} {order.is_replaceable} {order.leaves:.3f}")


class Follower(Base):
    away: float = 0.5

    def on_timer(self, ctx):
        bid, ask = ctx.book.best_bid, ctx.book.best_ask
        buying = selling = False
        for order in ctx.orders:
            if order.side == "buy":
                buying = True
                self.follow(order, bid.price)
            else:
                selling = True
                self.follow(order, ask.price)
        if not buying:
            ctx.buy(self.qty, limit=bid.price)
        if not selling:
            ctx.sell(self.qty, limit=ask.price)
        self.n += 1
        if self.n % 7 == 0:
            for order in ctx.orders:
                order.replace(qty=2 * self.qty)
                ctx.cancel(order)

    def follow(self, order, price):
        if order.is_cancelable and order.price != price:
            order.replace(limit=price)


class Depth(Base):
    def on_timer(self, ctx):
        book = ctx.book
        price, filled = book.vwap("buy", 5.0)
        self.x = book.microprice + book.spread + book.liquidity_ratio(k=5) + price + filled
        self.n = book.level_count("sell")
        if book.cost("sell", 2.0) < 10 and not book.stale and not book.crossed and book.state == "Synced":
            ctx.buy(self.qty, limit=book.best_ask.price, tif="IOC")


class Arithmetic(Base):
    total: float = 0.0
    whole: int = 7

    def on_trade(self, ctx, trade):
        p, v = trade.price, trade.qty + 0.001
        self.total += p**2 + v**3 + v**-1 + v**0.5 + math.log(p) + math.exp(-v) + math.tanh(v) + math.sin(p)
        self.total += p // 7 + p % 7 + -p // 7.5 + round(p * v, 3) + round(v) + math.floor(p) + math.ceil(v)
        self.total += math.sqrt(v) + math.atan2(v, p) + abs(-v) + min(v, 1, 2.0) + max(p, v) + int(p) / 3
        self.whole = (self.whole * 31 + int(p * 10)) % 1_000_003 + self.whole // 2 - 3**4
        self.n = ctx.now // 1_000_000 % 1000
        self.x = ctx.now / 1_000_000 + ctx.now / 1e9
        if self.whole % 97 == 0:
            ctx.buy(self.qty)
        elif self.whole % 89 == 0:
            ctx.sell(self.qty)


class Logger(Base):
    def on_timer(self, ctx):
        self.n += 1
        if self.n % 10 == 0:
            bid = ctx.book.best_bid
            ctx.log(f"n={self.n} bid={bid.price:.2f} x {bid.qty!r} {ctx.position:+.3f} {self.n > 50}")
            ctx.log("plain")
            ctx.log(bid.price)
        if self.n % 7 == 0:
            order = ctx.buy(self.qty, limit=ctx.book.best_bid.price)
            ctx.log(f"{order.state} {order.side} {order.id}")

    def on_order(self, ctx, order):
        ctx.log(
            f"{order.id} {order.state} {order.type} {order.side} {order.price} {order.filled} {order.average_price}"
        )


class OffGrid(Base):
    """Orders that the gate and the venue refuse."""

    def on_timer(self, ctx):
        ctx.buy(0.00015, limit=ctx.book.best_bid.price)
        ctx.sell(self.qty, limit=ctx.book.best_ask.price + 0.033)
        ctx.buy(-1.0)
        ctx.buy(float("nan"))
        ctx.buy(self.qty, limit=ctx.book.best_ask.price + 5, post_only=True)

    def on_order(self, ctx, order):
        if order.state == "Denied":
            self.n += 1
        elif order.state == "Expired" and order.reason == "post-only order would take":
            self.x += 1.0


class Account(Base):
    low: float = math.inf

    def on_timer(self, ctx):
        self.low = min(self.low, ctx.equity)
        self.x = ctx.cash
        if ctx.equity >= self.low and ctx.position <= 0.1:
            ctx.buy(self.qty)
        else:
            ctx.close()


class OptionalLimit(Base):
    target: float | None = 0.05
    flag: bool = False

    def price(self, book):
        if self.flag:
            return None
        return book.best_bid.price

    def on_timer(self, ctx):
        self.flag = not self.flag
        ctx.buy(self.qty, limit=self.price(ctx.book))
        limit = ctx.book.best_ask.price if self.n % 2 else None
        ctx.sell(self.qty, limit=limit)
        if self.target is not None and ctx.position > self.target:
            self.target = None
        self.n += 1


class Text(Base):
    side: str = "buy"
    symbol: str = "BTCUSDT"

    def on_timer(self, ctx):
        if self.side == "buy":
            ctx.buy(self.qty, limit=ctx.book.best_bid.price)
        else:
            ctx.sell(self.qty)
        assert self.n >= 0, "never"
        self.n += 1


class Stopper(Base):
    stopped: int = 0

    def on_timer(self, ctx):
        self.n += 1
        self.x = ctx.book.best_bid.price

    def on_stop(self, ctx):
        self.stopped = self.n
        ctx.log(f"stopped after {self.n} at {self.x}")
        ctx.buy(self.qty)


class Grid(Strategy):
    interval: float = 1.0
    half: float = 2.0
    levels: int = 20
    qty: float = 0.1
    max_position: float = 5.0
    held: float = 0.0
    wanted: np.ndarray = np.zeros((2, 1), np.int64)
    known: np.ndarray = np.zeros((2, 1), np.bool_)

    def on_start(self, ctx):
        ctx.every("100ms")
        self.wanted = np.zeros((2, self.levels), np.int64)
        self.known = np.zeros((2, self.levels), np.bool_)

    def on_fill(self, ctx, fill):
        self.held += fill.qty if fill.side == "buy" else -fill.qty

    def want(self, row, first, step):
        for level in range(self.levels):
            self.wanted[row, level] = round(first / 0.1)
            first += step

    def is_wanted(self, row, ticks):
        for level in range(self.levels):
            if self.wanted[row, level] == ticks:
                return True
        return False

    def note(self, ticks):
        for row in range(2):
            for level in range(self.levels):
                if self.wanted[row, level] == ticks:
                    self.known[row, level] = True

    def on_timer(self, ctx):
        bid, ask = ctx.book.best_bid.price, ctx.book.best_ask.price
        if math.isnan(bid) or math.isnan(ask):
            return
        mid = (bid + ask) / 2.0
        self.wanted[:] = 0
        self.known[:] = False
        if self.held < self.max_position:
            self.want(0, math.floor((mid - self.half) / self.interval) * self.interval, -self.interval)
        if self.held > -self.max_position:
            self.want(1, math.ceil((mid + self.half) / self.interval) * self.interval, self.interval)
        for order in ctx.orders:
            ticks = round(order.price / 0.1)
            self.note(ticks)
            if order.is_cancelable and not self.is_wanted(0 if order.side == "buy" else 1, ticks):
                ctx.cancel(order)
        for row in range(2):
            for level in range(self.levels):
                ticks = self.wanted[row, level]
                if ticks > 0 and not self.known[row, level]:
                    self.note(ticks)
                    if row == 0:
                        ctx.buy(self.qty, limit=round(ticks * 0.1, 1), post_only=True)
                    else:
                        ctx.sell(self.qty, limit=round(ticks * 0.1, 1), post_only=True)


class Pairs(Base):
    first: str = "BTCUSDT"
    second: str = "ETHUSDT"

    def on_trade(self, ctx, trade):
        self.n += 1
        btc, eth = ctx[self.first], ctx[self.second]
        ratio = btc.book.mid / eth.book.mid
        if self.n % 200 == 0 and ratio > 1 and abs(btc.position) < 0.1:
            btc.buy(self.qty)
            eth.sell(0.1, limit=eth.book.best_bid.price)
        elif self.n % 300 == 0:
            ctx["ETHUSDT"].close()
            ctx.buy(self.qty, instrument="BTCUSDT", limit=btc.book.best_bid.price)
        self.x = ratio

    def on_timer(self, ctx):
        ctx.cancel_all()


ALL = [
    Touch, TwoAverages, EveryTrade, Quoter, FillFollower, OrderWatcher, Helpers, Child, Modes, Window, Loops, KeptHandle,
    Replacer, Follower, Depth, Arithmetic, Logger, OffGrid, Account, OptionalLimit, Text, Stopper, Grid,
]  # fmt: skip
