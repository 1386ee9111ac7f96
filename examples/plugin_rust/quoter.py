"""A strategy whose callbacks are written in Rust: fields, parameters and on_start here, on_timer in src/lib.rs.

Run it in this folder: `cargo build --release && python quoter.py`. The on_timer below does the same in Python, to
compare with; leave it out and the class runs only with the library.
"""

from pathlib import Path

import quantum as q


class Quoter(q.Strategy):
    """Quotes both sides at the touch while the relative strength is near 50."""

    qty: float = 0.01
    calm: float = 20.0
    quotes: int = 0
    rsi: q.ta.Stream = q.ta.stream("rsi", 14)

    def on_start(self, ctx):
        ctx.every("100ms")

    def on_timer(self, ctx):
        ctx.cancel_all()
        bid, ask = ctx.book.best_bid, ctx.book.best_ask
        strength = self.rsi.update(0.5 * (bid.price + ask.price))
        if abs(strength - 50) < self.calm:
            ctx.buy(self.qty, limit=bid.price, post_only=True)
            ctx.sell(self.qty, limit=ask.price, post_only=True)
            self.quotes += 1


if __name__ == "__main__":
    library = Path(__file__).parent / "target" / "release" / "libquoter.so"
    print(q.backtest(Quoter(), q.data.sample(), compile=library))
