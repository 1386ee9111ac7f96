"""Touch: joins the best bid and the best ask every 100 ms, up to a largest position either way.

Run it on the built-in market with `make run`, on a recording with `make run DATA=path`, or from the sources' folder:
`quantum backtest --strategy examples/touch.py:Touch --data path --instrument BTCUSDT:0.1:0.001 --report touch.html`.
It is the smallest strategy that does everything: it watches the book, quotes, is filled, and stays within a limit.
"""

import quantum as q


class Touch(q.Strategy):
    """Quotes both sides at the touch; an annotated field is a parameter: `Touch(qty=0.02)`, `--param qty=0.02`."""

    qty: float = 0.01
    max_position: float = 1.0

    def on_start(self, ctx):
        ctx.every("100ms")

    def on_timer(self, ctx):
        ctx.cancel_all()
        bid, ask = ctx.book.best_bid, ctx.book.best_ask
        if ctx.position < self.max_position:
            ctx.buy(self.qty, limit=bid.price, post_only=True)
        if ctx.position > -self.max_position:
            ctx.sell(self.qty, limit=ask.price, post_only=True)
