"""Our side: the replay without callbacks, the grid as a plain Python strategy, the reader."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import numpy as np

import quantum as q
from quantum.cli.strategy import load_strategy

Follow: Any = load_strategy(f"{Path(__file__).resolve().parents[3] / 'examples' / 'follow.py'}:Follow")
INSTRUMENT = q.Instrument("BTCUSDT", venue="binance", tick_size="0.1", lot_size="0.001", currency="USDT")
TICK_SIZE = 0.1


class Nothing(q.Strategy):
    """No callbacks: the replay alone."""


class Top(q.Strategy):
    """Remembers the best bid and ask at the end, in ticks."""

    def on_stop(self, ctx):
        self.top = (round(ctx.book.best_bid.price / TICK_SIZE), round(ctx.book.best_ask.price / TICK_SIZE))


class Grid(q.Strategy):
    """Twenty post-only orders each side of the mid, renewed at each step; prices are known by their ticks."""

    interval: float = 1.0
    half_spread: float = 2.0
    levels: int = 20
    qty: float = 0.1
    max_position: float = 5.0

    def on_start(self, ctx):
        ctx.every("100ms")
        # hftbacktest's position is a float sum, and 50 fills of 0.1 are not 5.0 in it; ctx.position is exact. To ask
        # the same question at the limit, this strategy sums floats too.
        self.position = 0.0

    def on_fill(self, ctx, fill):
        self.position += fill.qty if fill.side == "buy" else -fill.qty

    def on_timer(self, ctx):
        book = ctx.book
        mid = (book.best_bid.price + book.best_ask.price) / 2.0
        if math.isnan(mid):
            return
        first_bid = math.floor((mid - self.half_spread) / self.interval) * self.interval
        first_ask = math.ceil((mid + self.half_spread) / self.interval) * self.interval
        bids = self.ladder(first_bid, -self.interval) if self.position < self.max_position else {}
        asks = self.ladder(first_ask, self.interval) if self.position > -self.max_position else {}
        known = set()
        for order in ctx.orders:
            tick = round(order.price / TICK_SIZE)
            known.add(tick)
            if order.is_cancelable and tick not in (bids if order.side == "buy" else asks):
                ctx.cancel(order)
        for tick, price in bids.items():
            if tick not in known:
                known.add(tick)
                ctx.buy(self.qty, limit=price, post_only=True)
        for tick, price in asks.items():
            if tick not in known:
                ctx.sell(self.qty, limit=price, post_only=True)

    def ladder(self, price, step):
        return {round(price / TICK_SIZE): price for price in (price + step * level for level in range(self.levels))}


class ArrayGrid(q.Strategy):
    """The same grid with what is known in arrays by level, so that it can be compiled."""

    interval: float = 1.0
    half_spread: float = 2.0
    levels: int = 20
    qty: float = 0.1
    max_position: float = 5.0
    position: float = 0.0
    known: np.ndarray = np.zeros((2, 1), np.bool_)

    def on_start(self, ctx):
        ctx.every("100ms")
        self.known = np.zeros((2, self.levels), np.bool_)

    def on_fill(self, ctx, fill):
        self.position += fill.qty if fill.side == "buy" else -fill.qty

    def level(self, away, step):
        """Which level a price is, so many ticks from the first; -1 for none."""
        if away < 0 or away % step != 0 or away // step >= self.levels:
            return -1
        return away // step

    def on_timer(self, ctx):
        bid, ask = ctx.book.best_bid.price, ctx.book.best_ask.price
        if math.isnan(bid) or math.isnan(ask):
            return
        mid = (bid + ask) / 2.0
        step = round(self.interval / TICK_SIZE)
        first_bid = round(math.floor((mid - self.half_spread) / self.interval) * self.interval / TICK_SIZE)
        first_ask = round(math.ceil((mid + self.half_spread) / self.interval) * self.interval / TICK_SIZE)
        buys, sells = self.position < self.max_position, self.position > -self.max_position
        self.known[:] = False
        for order in ctx.orders:
            ticks = round(order.price / TICK_SIZE)
            below = self.level(first_bid - ticks, step) if buys else -1
            above = self.level(ticks - first_ask, step) if sells else -1
            if below >= 0:
                self.known[0, below] = True
            if above >= 0:
                self.known[1, above] = True
            if order.is_cancelable and (below if order.side == "buy" else above) < 0:
                ctx.cancel(order)
        if buys:
            for level in range(self.levels):
                if not self.known[0, level]:
                    ctx.buy(self.qty, limit=(first_bid - level * step) / 10, post_only=True)
        if sells:
            for level in range(self.levels):
                if not self.known[1, level]:
                    ctx.sell(self.qty, limit=(first_ask + level * step) / 10, post_only=True)


def backtest(
    strategy: q.Strategy, recording: q.data.Recording, latency_ns: int, queue: str, *, compiled: bool = False
) -> q.Run:
    fees = q.Fees(maker_bps="-0.5", taker_bps="7")
    venue = q.SimVenue(latency=f"{latency_ns}ns", queue=queue, fees=fees, fills="whole")
    return q.backtest(strategy, recording, venue=venue, cash=0.0, progress=False, compile=compiled)


def replay(recording: q.data.Recording) -> float:
    """Seconds of the run itself, as the core took them: books and wires are made before, the result's arrays after."""
    return float(backtest(Nothing(), recording, 0, "power").raw["elapsed_s"])


def top(recording: q.data.Recording) -> tuple[int, int]:
    """The best bid and ask a replay ends with, in ticks."""
    strategy = Top()
    backtest(strategy, recording, 0, "power")
    return strategy.top


def grid(
    recording: q.data.Recording, latency_ns: int, queue: str, *, compiled: bool = False
) -> tuple[float, dict[str, float]]:
    """Seconds of the grid and what it ends with; the balance is cash before fees, as hftbacktest keeps it."""
    strategy = ArrayGrid() if compiled else Grid()
    raw = backtest(strategy, recording, latency_ns, queue, compiled=compiled).raw
    return float(raw["elapsed_s"]), ended(raw["totals"])


def follow(recording: q.data.Recording, latency_ns: int, queue: str, terms: dict[str, Any]) -> dict[str, float]:
    """What two orders that are replaced to stay at the touch end with."""
    totals = backtest(Follow(**{"post_only": False} | terms), recording, latency_ns, queue).totals
    replaces = totals["replaced"] + totals["replaces_refused"]
    return ended(totals) | {"orders": float(totals["orders"]), "replaces": float(replaces)}


def ended(totals: dict[str, Any]) -> dict[str, float]:
    """The account at the end, as hftbacktest states it."""
    return {
        "trades": float(totals["trades"]),
        "position": totals["position"][0],
        "balance": totals["cash"] + totals["fees"],
        "fee": totals["fees"],
    }


def convert(path: str) -> tuple[float, q.data.Recording]:
    """Seconds to a recording in both time orders, and the recording."""
    started = time.perf_counter()
    made = q.data.read(path, instrument=INSTRUMENT)
    return time.perf_counter() - started, made
