"""The example grid, and the same with hftbacktest's arithmetic of the position."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
