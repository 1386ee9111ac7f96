"""Cross: on bars, long while a fast average of the closes is above a slow one, flat otherwise.

Run it on bars, from the sources' folder: `make run DATA=path/to/bars.csv.gz`, or
`quantum backtest --strategy examples/cross.py:Cross --data path --report cross.html`.
It shows `on_bar`, an order at the end of a bar that meets the next open, and `on_stop`, which ends the run flat.
"""

import quantum as q


class Cross(q.Strategy):
    """Averages of `fast` and `slow` bars; `qty` at a time."""

    fast: int = 60
    slow: int = 240
    qty: float = 1.0
    fast_average: float = 0.0
    slow_average: float = 0.0
    bars: int = 0

    def on_bar(self, ctx, bar):
        if self.bars == 0:
            self.fast_average = bar.close
            self.slow_average = bar.close
        self.fast_average += 2 / (self.fast + 1) * (bar.close - self.fast_average)
        self.slow_average += 2 / (self.slow + 1) * (bar.close - self.slow_average)
        self.bars += 1
        if self.bars < self.slow:
            return
        if self.fast_average > self.slow_average:
            if ctx.position == 0:
                ctx.buy(self.qty)
        elif ctx.position > 0:
            ctx.close()

    def on_stop(self, ctx):
        ctx.close()
