"""Strategies with native indicators, each to be the same interpreted and compiled, warm-up included."""

from __future__ import annotations

import math

from strategies import Base

import quantum as q


class Strength(Base):
    """One input, one output, its last value read back."""

    rsi: q.ta.Stream = q.ta.stream("rsi", 14)
    unready: int = 0
    seen: float = 0.0

    def on_timer(self, ctx):
        x = self.rsi.update(ctx.book.mid)
        if math.isnan(x):
            self.unready += 1
            return
        self.seen += self.rsi.value
        if x < 30 and ctx.position < 0.1:
            ctx.buy(self.qty)
        elif x > 70 and ctx.position > -0.1:
            ctx.sell(self.qty)


class Crossing(Base):
    """Three outputs: unpacked, by name, by index; begun again now and then."""

    macd: q.ta.Stream = q.ta.stream("macd", 5, 13, signal=4)
    last: float = 0.0

    def on_timer(self, ctx):
        line, signal, histogram = self.macd.update(ctx.book.mid)
        if histogram * self.last < 0:
            ctx.buy(self.qty) if line > signal else ctx.sell(self.qty)
        self.last = self.macd.value.histogram
        self.x += 0.0 if math.isnan(line) else self.macd.value[0]
        self.n += 1
        if self.n % 200 == 0:
            self.macd.reset()
            assert math.isnan(self.macd.value.signal)


class Bands(Base):
    """Made in on_start, from a parameter, handed to a helper."""

    period: int = 20
    bands: q.ta.Stream | None = None
    range: q.ta.Stream | None = None

    def on_start(self, ctx):
        super().on_start(ctx)
        self.bands = q.ta.stream("bbands", self.period)
        self.range = q.ta.stream("atr", self.period)

    def push(self, stream, book):
        return stream.update(book.mid)

    def on_timer(self, ctx):
        ctx.cancel_all()
        bands = self.push(self.bands, ctx.book)
        atr = self.range.update(ctx.book.best_ask.price, ctx.book.best_bid.price, ctx.book.mid)
        if math.isnan(atr) or math.isnan(bands.upper):
            return
        self.x += atr
        ctx.sell(self.qty, limit=round(bands.upper + atr, 1))
        ctx.buy(self.qty, limit=round(bands.lower - atr, 1))


class OnTrades(Base):
    """Volume as an input, whole numbers and floats, a window that a NaN empties."""

    vwma: q.ta.Stream = q.ta.stream("vwma", 10, nan="propagate")
    ema: q.ta.Stream = q.ta.stream("ema", 3)
    cvd: q.ta.Stream = q.ta.stream("obv")
    nans: int = 0

    def on_trade(self, ctx, trade):
        self.n += 1
        price = math.nan if self.n % 50 == 0 else trade.price
        mean = self.vwma.update(price, trade.qty)
        whole = self.ema.update(round(trade.price))
        self.x += self.cvd.update(trade.price, trade.qty) + (0.0 if math.isnan(whole) else whole)
        if math.isnan(mean):
            self.nans += 1
        elif self.n % 40 == 0:
            if trade.price > mean:
                ctx.sell(self.qty)
            else:
                ctx.buy(self.qty)


class Chosen(Base):
    """One of two of a kind, through a name of its own."""

    fast: q.ta.Stream = q.ta.stream("ema", 5)
    slow: q.ta.Stream = q.ta.stream("ema", 30)

    def on_timer(self, ctx):
        for turn in range(2):
            average = self.fast if turn else self.slow
            average.update(ctx.book.mid)
        self.n += 1
        if self.fast.value > self.slow.value and ctx.position <= 0:
            ctx.buy(2 * self.qty)
        elif self.fast.value < self.slow.value and ctx.position >= 0:
            ctx.sell(2 * self.qty)


ALL = [Strength, Crossing, Bands, OnTrades, Chosen]
