"""Grid: post-only orders at whole multiples of an interval, on both sides of the mid price, renewed every 100 ms.

Run it on a recording, from the sources' folder:
`quantum backtest --strategy examples/grid.py:Grid --data path --instrument BTCUSDT:0.1:0.001 --report grid.html`.
It shows how to hold a set of orders at the prices one wants: cancel what is no longer wanted, send what is missing,
and leave the rest where it stands in its queues. It is also the strategy by which the simulated exchange is compared
with hftbacktest's, order by order (`docs/decisions/0006-hftbacktest.md`), so its arithmetic is that one's.
"""

import math

import quantum as q


class Grid(q.Strategy):
    """`levels` orders of `qty` a side, `interval` apart, the nearest at least `half_spread` from the mid price."""

    interval: float = 1.0
    half_spread: float = 2.0
    levels: int = 20
    qty: float = 0.1
    max_position: float = 5.0
    period: str = "100ms"

    def on_start(self, ctx):
        self.tick = float(ctx.instrument.tick_size)
        ctx.every(self.period)

    def on_timer(self, ctx):
        self.quote(ctx, ctx.position)

    def quote(self, ctx, position):
        wanted = self.wanted(ctx.book.best_bid.price, ctx.book.best_ask.price, position)
        known = set()
        for order in ctx.orders:
            ticks = round(order.price / self.tick)
            known.add(ticks)
            if order.is_cancelable and ticks not in wanted[order.side]:
                ctx.cancel(order)
        for side, place in (("buy", ctx.buy), ("sell", ctx.sell)):
            for ticks in wanted[side]:
                if ticks not in known:
                    known.add(ticks)
                    place(self.qty, limit=ticks * self.tick, post_only=True)

    def wanted(self, bid, ask, position):
        """The prices to hold orders at, in ticks, nearest first; none on a side that holds enough already."""
        mid = (bid + ask) / 2
        if math.isnan(mid):  # a side of the book is empty
            return {"buy": [], "sell": []}
        first_bid = math.floor((mid - self.half_spread) / self.interval) * self.interval
        first_ask = math.ceil((mid + self.half_spread) / self.interval) * self.interval
        steps = range(self.levels)
        bids = [round((first_bid - step * self.interval) / self.tick) for step in steps]
        asks = [round((first_ask + step * self.interval) / self.tick) for step in steps]
        return {
            "buy": bids if position < self.max_position else [],
            "sell": asks if position > -self.max_position else [],
        }
