"""Strategies as people write them, each with other corners of the language; to be the same interpreted and compiled."""

from __future__ import annotations

import enum
import math
from math import floor, isnan, sqrt

import numpy as np
from strategies import Base

from quantum import Strategy
from quantum._core import Order

TICK = 0.1
WEIGHTS = (0.5, 0.3, 0.2)
LADDER = ((1, 0.01), (2, 0.02), (4, 0.04))
MAX_LAYERS = 4
DEBUG = False
NAMES = ("fast", "slow")


class Regime(enum.IntEnum):
    QUIET = 0
    TREND = 1
    WILD = 2


class Color(enum.Enum):
    RED = 1
    GREEN = 2


def to_tick(price, tick=TICK):
    return round(floor(price / tick) * tick, 1)


def spread_of(bid, ask):
    return ask - bid, (ask + bid) / 2


def sign(x: float) -> int:
    if x > 0:
        return 1
    if x < 0:
        return -1
    return 0


class AvellanedaStoikov(Base):
    """Reservation price and spread with logs, squares and square roots."""

    gamma: float = 0.1
    k: float = 1.5
    horizon_s: float = 600.0
    began_ns: int = 0
    variance: float = 0.0
    before: float | None = None

    @property
    def sigma(self) -> float:
        return sqrt(self.variance)

    def reservation(self, mid: float, position: float, left: float) -> float:
        return mid - position * self.gamma * self.sigma**2 * left

    def on_timer(self, ctx):
        if self.began_ns == 0:
            self.began_ns = ctx.now
        mid = ctx.book.mid
        if isnan(mid):
            return
        if self.before is not None:
            self.variance += 0.06 * ((mid - self.before) ** 2 - self.variance)
        self.before = mid
        left = max(0.0, 1.0 - (ctx.now - self.began_ns) / 1e9 / self.horizon_s)
        center = self.reservation(mid, ctx.position, left)
        half = (self.gamma * self.sigma**2 * left + 2 / self.gamma * math.log(1 + self.gamma / self.k)) / 2
        ctx.cancel_all()
        ctx.buy(self.qty, limit=to_tick(center - half), post_only=True)
        ctx.sell(self.qty, limit=to_tick(price=center + half, tick=0.1), post_only=True)
        self.x = center


class ZScore(Base):
    """A ring buffer of numbers, mean and deviation in loops, an element of an array as a float."""

    window: int = 64
    ring: np.ndarray = np.zeros(64)
    at: int = 0
    full: bool = False

    def on_start(self, ctx):
        super().on_start(ctx)
        self.ring = np.zeros(self.window)

    def moments(self):
        total = 0.0
        for i in range(self.ring.size):
            total += self.ring[i]
        mean = total / len(self.ring)
        squares = 0.0
        for value in self.ring:
            squares += (value - mean) ** 2
        return mean, sqrt(squares / (len(self.ring) - 1))

    def on_timer(self, ctx):
        self.ring[self.at] = ctx.book.mid
        self.at += 1
        if self.at >= self.window:
            self.at, self.full = 0, True
        if not self.full:
            return
        mean, deviation = self.moments()
        if deviation == 0:
            return
        z = (float(self.ring[self.at - 1]) - mean) / deviation
        self.x = z
        if z > 1.5 and ctx.position >= 0:
            ctx.sell(self.qty)
        elif z < -1.5 and ctx.position <= 0:
            ctx.buy(self.qty)
        elif -0.2 < z < 0.2 and not -1e-9 <= ctx.position <= 1e-9:
            ctx.close()


class Stops(Base):
    """A position with a stop and a target kept in optional floats."""

    entry: float | None = None
    stop: float | None = None
    best: float = -math.inf

    def enter(self, ctx, price):
        ctx.buy(self.qty)
        self.entry, self.stop = price, price - 2.0
        self.best = price

    def on_timer(self, ctx):
        price = ctx.book.best_bid.price
        if self.entry is None:
            if self.n % 5 == 0:
                self.enter(ctx, price)
            self.n += 1
            return
        self.best = max(self.best, price)
        trail = self.best - 1.5
        if self.stop is None or trail > self.stop:
            self.stop = trail
        if price <= self.stop or price >= self.entry + 3:
            ctx.close()
            self.x += price - self.entry
            self.entry = self.stop = None


class Layers(Base):
    """Order handles in fields, tuples of tuples, nested loops, continue."""

    first: Order | None = None
    second: Order | None = None

    def on_timer(self, ctx):
        self.n += 1
        if self.n % 3:
            return
        for order in ctx.orders:
            if order.state == "Filled":
                continue
            if order.price < ctx.book.best_bid.price - 3.0 or order.price > ctx.book.best_ask.price + 3:
                ctx.cancel(order)
        for steps, qty in LADDER:
            if len(ctx.orders) >= MAX_LAYERS:
                break
            ctx.buy(qty, limit=round(ctx.book.best_bid.price - steps * TICK, 1))
        if self.first is not None and self.first.is_open:
            self.x += self.first.leaves
        self.second = self.first
        self.first = ctx.sell(self.qty, limit=round(ctx.book.best_ask.price + 4 * TICK, 1))


class Signal(Strategy):
    """A base class with hooks that children fill in."""

    qty: float = 0.01
    score: float = 0.0
    decay: float = 0.9
    trades: int = 0
    THRESHOLD = 0.2

    def on_start(self, ctx):
        ctx.every("500ms")

    def raw(self, ctx):
        return 0.0

    def wanted(self, ctx):
        return sign(self.score) if abs(self.score) > self.THRESHOLD else 0

    def on_timer(self, ctx):
        self.score = self.decay * self.score + (1 - self.decay) * self.raw(ctx)
        target = self.wanted(ctx) * self.qty * 5
        gap = target - ctx.position
        if abs(gap) < self.qty / 2:
            return
        self.trades += 1
        if gap > 0:
            ctx.buy(self.qty)
        else:
            ctx.sell(self.qty)


class Imbalance(Signal):
    depth: int = 5

    def raw(self, ctx):
        return ctx.book.imbalance(k=self.depth)


class DampedImbalance(Imbalance):
    THRESHOLD = 0.1

    def raw(self, ctx):
        return super().raw(ctx) / (1.0 + ctx.book.spread)

    def wanted(self, ctx):
        side = super().wanted(ctx)
        return -side if self.trades % 10 == 9 else side


class Weighted(Signal):
    """Constant tuples, enumerate, zip, reversed signs, min and max of several."""

    def raw(self, ctx):
        total = 0.0
        for place, weight in enumerate(WEIGHTS):
            total += weight * ctx.book.imbalance(place + 1)
        for weight, sign_of in zip(WEIGHTS, (1, -1, 1), strict=False):
            total += 0.001 * weight * sign_of
        return min(max(total, -1), 1, 2.0)


class Regimes(Base):
    """Enums in fields, chosen by chained comparisons, compared by identity and equality, used as numbers."""

    regime: Regime = Regime.QUIET
    color: Color = Color.RED
    last: float = 0.0
    counts: np.ndarray = np.zeros(3, np.int64)

    def classify(self, move):
        if 0.0 <= move < 0.2:
            return Regime.QUIET
        return Regime.TREND if move < 1.0 else Regime.WILD

    def on_start(self, ctx):
        super().on_start(ctx)
        self.counts = np.zeros(3, np.int64)

    def on_timer(self, ctx):
        mid = ctx.book.mid
        self.regime = self.classify(abs(mid - self.last))
        self.last = mid
        self.counts[self.regime] += 1
        self.color = Color.GREEN if self.regime is Regime.TREND else Color.RED
        if self.color is Color.GREEN:
            ctx.buy(self.qty * (1 + self.regime))
        elif self.regime == Regime.WILD or self.regime > 1:
            ctx.close()
        if self.regime != Regime.QUIET:
            self.n += int(self.regime)


class Digits(Base):
    """Whole numbers: division, remainder, powers, bits, booleans as numbers, conversions."""

    seed: int = 12345
    flips: int = 0

    def next(self):
        self.seed = (self.seed * 1103515245 + 12345) % 2**31
        return self.seed

    def on_timer(self, ctx):
        draw = self.next()
        digit = draw // 65536 % 10
        self.n += digit == 3 or digit == 7
        self.flips += bool(draw & 4096) + (draw | 1) % 2
        self.x += draw / 2**31 - -draw // 7 % 5 + (-draw) % 13 + 7 // -2
        if digit in (1, 4, 8):
            ctx.buy(self.qty * (digit % 3 + 1))
        elif digit not in (2, 5):
            ctx.sell(float(digit // 3 + 1) * self.qty)
        self.n += int(3.9) + int(True) + int(-2.5) + abs(-3)


class Volatility(Base):
    """A recursion with exp, log and powers; a two-dimensional table with rows and slices."""

    table: np.ndarray = np.zeros((3, 4))
    halves: tuple = (5.0, 20.0, 80.0)
    last: float = math.nan

    def on_start(self, ctx):
        super().on_start(ctx)
        self.table = np.zeros((3, 4))

    def on_timer(self, ctx):
        mid = ctx.book.mid
        if isnan(self.last):
            self.last = mid
            return
        ret = math.log(mid / self.last)
        self.last = mid
        for row, half in enumerate(self.halves):
            keep = math.exp(-math.log(2) / half)
            self.table[row, 0] = keep * self.table[row, 0] + (1 - keep) * ret**2
            self.table[row, 1] += ret
            self.table[row, 2:] = self.table[row, 0]
        self.x = sqrt(float(self.table[0, 0])) - sqrt(float(self.table[2][0]))
        if self.x > 0:
            ctx.buy(self.qty, limit=to_tick(mid - 1e4 * self.x))
        else:
            ctx.sell(self.qty, limit=to_tick(mid + 1e4 * -self.x) + TICK)


class Clocked(Base):
    """Time: milliseconds of the day, a cool-down, a session window."""

    cool_down_ns: int = 3_000_000_000
    quiet_until: int = 0
    trades: int = 0

    @staticmethod
    def seconds_of_day(now_ns, zone_hours=0):
        return (now_ns // 1_000_000_000 + zone_hours * 3600) % 86_400

    @property
    def rested(self):
        return self.quiet_until

    def on_trade(self, ctx, trade):
        self.trades += 1
        if ctx.now < self.rested:
            return
        second = self.seconds_of_day(ctx.now, zone_hours=-5)
        if not 10 < second % 60 <= 50:
            return
        self.quiet_until = ctx.now + self.cool_down_ns
        delay = trade.receive_ns - trade.exchange_ns
        self.n = delay // 1000
        self.x = second / 60
        ctx.sell(self.qty) if trade.side == "buy" else ctx.buy(self.qty)


class Twap(Base):
    """A schedule: shares left over slots left, a while loop, an early return."""

    goal: float = 0.5
    slots: int = 50
    done: float = 0.0

    def on_fill(self, ctx, fill):
        self.done += fill.qty if fill.side == "buy" else -fill.qty

    def on_timer(self, ctx):
        left = self.slots - self.n
        if left <= 0:
            return
        self.n += 1
        share = (self.goal - self.done) / left
        lots = 0
        while (lots + 1) * 0.001 <= share + 1e-12:
            lots += 1
            if lots >= 100:
                break
        else:
            self.x += lots
        if lots:
            ctx.buy(round(lots * 0.001, 3), tif="IOC", limit=ctx.book.best_ask.price + 1)


class Follower(Base):
    """Answers its own fills with orders on the other side, counts kinds of reports, reads all of a fill."""

    makers: int = 0
    rejects: int = 0
    cost: float = 0.0

    def on_timer(self, ctx):
        if ctx.position == 0 and not len(ctx.orders):
            ctx.buy(self.qty, limit=ctx.book.best_bid.price, post_only=True)

    def on_fill(self, ctx, fill):
        self.cost += fill.price * fill.qty * (1 if fill.side == "buy" else -1) + fill.fee
        self.makers += fill.liquidity == "maker"
        if fill.side == "buy":
            ctx.sell(fill.qty, limit=round(fill.price + 5 * TICK, 1))
        self.x = fill.position

    def on_order(self, ctx, order):
        if order.state == "Rejected" or order.state == "Denied":
            self.rejects += 1
        elif order.state in ("Canceled", "Expired") and order.filled > 0:
            self.rejects += 10
        if order.average_price > 0 and order.type == "Limit":
            self.n += 1


class Logs(Base):
    """Texts for the log: formats, conversions, optionals, enums left out, words."""

    last: float | None = None

    def on_trade(self, ctx, trade):
        self.n += 1
        if self.n % 97 == 0:
            ctx.log(f"{trade.side} {trade.qty:>10.3f} @ {trade.price:,.1f} ({self.n:05d}) {self.last} {trade.id}")
            ctx.log(f"{{braces}} {self.n % 2 == 0!r:>6} {'text'} {1 + self.n}")
            self.last = trade.price
            if self.n % 2:
                ctx.buy(self.qty)

    def on_fill(self, ctx, fill):
        ctx.log(f"{fill.liquidity} {fill.order.state}")


class Kelly(Base):
    """Wins and losses, a fraction that may divide by nothing unless guarded, ternaries in ternaries."""

    wins: int = 0
    losses: int = 0
    gained: float = 0.0
    lost: float = 0.0
    entry: float = 0.0

    def fraction(self) -> float:
        total = self.wins + self.losses
        if total < 5 or not self.lost:
            return 1.0
        p = self.wins / total
        b = (self.gained / self.wins if self.wins else 0.0) / (self.lost / self.losses)
        return 0.0 if b <= 0 else p - (1 - p) / b

    def on_timer(self, ctx):
        price = ctx.book.mid
        if ctx.position:
            move = price - self.entry
            self.wins, self.losses = self.wins + (move > 0), self.losses + (move <= 0)
            if move > 0:
                self.gained += move
            else:
                self.lost += -move
            ctx.close()
        else:
            size = self.fraction()
            lots = 10 if size > 0.5 else 5 if size > 0.1 else 1
            ctx.buy(round(lots * 0.001, 3))
            self.entry = price
        self.x = self.fraction()


class Histogram(Base):
    """Whole-number arrays, argmax, min and max, copies, fills, boolean arrays, negative indices."""

    bins: np.ndarray = np.zeros(16, np.int64)
    hit: np.ndarray = np.zeros(16, np.bool_)

    def on_start(self, ctx):
        super().on_start(ctx)
        self.bins = np.zeros(16, np.int64)
        self.hit = np.zeros(16, np.bool_)

    def on_trade(self, ctx, trade):
        place = min(15, int(trade.qty * 10))
        self.bins[place] += 1
        self.hit[place] = True
        self.n += 1
        if self.n % 100 == 0:
            top = self.bins.argmax()
            kept = self.bins.copy()
            kept[-1] = 0
            self.x = kept.max() + self.bins.min() + self.bins[-1]
            if self.hit.all() or kept[top] > 400:
                self.bins.fill(0)
                self.hit[:] = False
            if self.hit.any() and top < 8:
                ctx.buy(self.qty)
            elif top >= 8:
                ctx.sell(self.qty)


class Sweep(Base):
    """The book as a taker sees it: vwap, cost, counts of levels; tuples handed from method to method."""

    def both(self, book, qty=1.0):
        buy, _ = book.vwap("buy", qty)
        sell, there = book.vwap(side="sell", qty=qty)
        return buy, sell, there

    def slippage(self, book, qty):
        buy, sell, there = self.both(book, qty=qty)
        width, middle = spread_of(sell, buy)
        return width / middle if there >= qty else math.inf

    def on_timer(self, ctx):
        cost = self.slippage(ctx.book, 2.0)
        self.x = cost if math.isfinite(cost) else -1.0
        self.n = ctx.book.level_count("buy") - ctx.book.level_count(side="sell")
        if cost < 1e-4 and ctx.book.cost("buy", 1.0) <= ctx.book.cost("sell", 1.0):
            ctx.buy(self.qty, limit=ctx.book.best_ask.price, tif="IOC")
        elif self.n > 0:
            ctx.sell(self.qty, tif="IOC", limit=ctx.book.best_bid.price)


class Quiet(Base):
    """Switched-off branches, module flags, docstrings and bare expressions, pass."""

    side: str = "both"

    def on_timer(self, ctx):
        """What it does."""
        self.n += 1
        if DEBUG:
            ctx.log("never")
        if self.side in ("both", "buy"):
            ctx.buy(self.qty, limit=ctx.book.best_bid.price)
        if self.side != "buy":
            ctx.sell(self.qty, limit=ctx.book.best_ask.price)
        if not self.n % 20:
            ctx.cancel_all()
        else:
            pass

    def on_order(self, ctx, order):
        pass


class Newton(Base):
    """An implied number found by iteration: while with two exits, tanh, powers of fractions, copysign, fmod."""

    steps: int = 0

    def solve(self, target, guess=1.0):
        turns = 0
        while True:
            turns += 1
            error = guess**3 + math.tanh(guess) - target
            if abs(error) < 1e-9 or turns > 50:
                break
            guess -= error / (3 * guess**2 + 1 - math.tanh(guess) ** 2)
        return guess, turns

    def on_timer(self, ctx):
        root, turns = self.solve(ctx.book.spread + ctx.book.mid**0.5 % 1)
        self.steps += turns
        self.x = root + math.copysign(root, -1) + math.fmod(ctx.book.mid, 7.0) + math.atan2(root, 2)
        if self.steps % 2 == 0:
            ctx.buy(self.qty)
        else:
            ctx.sell(self.qty)


ALL = [
    AvellanedaStoikov, ZScore, Stops, Layers, Imbalance, DampedImbalance, Weighted, Regimes, Digits, Volatility, Clocked,
    Twap, Follower, Logs, Kelly, Histogram, Sweep, Quiet, Newton,
]  # fmt: skip
