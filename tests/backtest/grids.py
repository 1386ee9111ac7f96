"""The example grid, the same with hftbacktest's arithmetic of the position, and one that compiles."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

import quantum as q
from quantum.cli.strategy import load_strategy

Grid: Any = load_strategy(f"{Path(__file__).resolve().parents[2] / 'examples' / 'grid.py'}:Grid")


class RunningFloatGrid(Grid):
    """The grid that keeps hftbacktest's own position: a float to which every fill is added."""

    def on_start(self, ctx):
        super().on_start(ctx)
        self.running = 0.0

    def on_fill(self, ctx, fill):
        self.running += fill.qty if fill.side == "buy" else -fill.qty

    def on_timer(self, ctx):
        self.quote(ctx, self.running)


class WholeTickTouch(Grid):
    """The grid of one level at the touch with its prices in whole ticks instead of floats."""

    def wanted(self, bid, ask, position):
        double_mid = round(bid / self.tick) + round(ask / self.tick)
        return {
            "buy": [double_mid // 2] if position < self.max_position else [],
            "sell": [-(-double_mid // 2)] if position > -self.max_position else [],
        }


class ArrayGrid(q.Strategy):
    """`RunningFloatGrid` with what is known in arrays by level, which compiles."""

    interval: float = 1.0
    half_spread: float = 2.0
    levels: int = 20
    qty: float = 0.1
    max_position: float = 5.0
    period: str = "100ms"
    running: float = 0.0
    known: np.ndarray = np.zeros((2, 1), np.bool_)

    def on_start(self, ctx):
        ctx.every(self.period)
        self.running = 0.0
        self.known = np.zeros((2, self.levels), np.bool_)

    def on_fill(self, ctx, fill):
        self.running += fill.qty if fill.side == "buy" else -fill.qty

    def level(self, away, step):
        """Which level a price is that lies so many ticks from the first; -1 for none."""
        if away < 0 or away % step != 0 or away // step >= self.levels:
            return -1
        return away // step

    def note(self, row, away, step):
        """The level, noted as known; -1 for none."""
        level = self.level(away, step)
        if level >= 0:
            self.known[row, level] = True
        return level

    def on_timer(self, ctx):
        bid, ask = ctx.book.best_bid.price, ctx.book.best_ask.price
        mid = (bid + ask) / 2
        buys, sells = self.running < self.max_position, self.running > -self.max_position
        step, first_bid, first_ask = 1, 0, 0
        if math.isnan(mid):
            buys, sells = False, False
        else:
            step = round(self.interval / 0.1)
            first_bid = round(math.floor((mid - self.half_spread) / self.interval) * self.interval / 0.1)
            first_ask = round(math.ceil((mid + self.half_spread) / self.interval) * self.interval / 0.1)
        self.known[:] = False
        for order in ctx.orders:
            ticks = round(order.price / 0.1)
            below = self.note(0, first_bid - ticks, step) if buys else -1
            above = self.note(1, ticks - first_ask, step) if sells else -1
            if order.is_cancelable and (below if order.side == "buy" else above) < 0:
                ctx.cancel(order)
        for level in range(self.levels if buys else 0):
            if not self.known[0, level]:
                ticks = first_bid - level * step
                self.note(1, ticks - first_ask, step)
                ctx.buy(self.qty, limit=ticks / 10, post_only=True)
        for level in range(self.levels if sells else 0):
            if not self.known[1, level]:
                ctx.sell(self.qty, limit=(first_ask + level * step) / 10, post_only=True)
