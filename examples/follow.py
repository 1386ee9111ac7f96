"""Follow: one order a side that stays near the touch by being replaced, 100 ms by 100 ms.

Run it on a recording, from the sources' folder:
`quantum backtest --strategy examples/follow.py:Follow --data path --instrument BTCUSDT:0.1:0.001 --report follow.html`.
It shows `order.replace`: a new price goes to the end of the queue there, a smaller quantity at the same price keeps its
place. It is also the strategy by which replaces are compared with hftbacktest's
(`docs/decisions/0008-replace.md`).
"""

import math

import quantum as q


class Follow(q.Strategy):
    """An order of `qty` a side, `away` from the touch; `trim` is taken off it each time its price stays.

    `growing` gives a trimmed order its whole quantity back with the next price.
    """

    qty: float = 0.1
    away: float = 0.0
    trim: float = 0.0
    growing: bool = False
    post_only: bool = True
    max_position: float = 5.0

    def on_start(self, ctx):
        ctx.every("100ms")

    def on_timer(self, ctx):
        bid, ask = ctx.book.best_bid.price - self.away, ctx.book.best_ask.price + self.away
        if math.isnan(bid + ask):  # a side of the book is empty
            return
        buying = selling = False
        for order in ctx.orders:
            if order.side == "buy":
                buying = True
                self.follow(order, bid)
            else:
                selling = True
                self.follow(order, ask)
        if not buying and ctx.position < self.max_position:
            ctx.buy(self.qty, limit=bid, post_only=self.post_only)
        if not selling and ctx.position > -self.max_position:
            ctx.sell(self.qty, limit=ask, post_only=self.post_only)

    def follow(self, order, price):
        """Replaces an order that the venue has and that no other request is about."""
        if not (order.is_cancelable and order.is_replaceable):
            return
        if abs(order.price - price) > 1e-9 * price:
            if self.growing:
                order.replace(qty=self.qty, limit=price)
            else:
                order.replace(limit=price)
        elif self.trim > 0 and order.qty > 1.5 * self.trim:
            order.replace(qty=order.qty - self.trim)
