"""Our side: a strategy that does nothing with each quote, and the crossing of two averages on bars, in both forms."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

import quantum as q

VENUE = q.SimVenue(fees=q.Fees(taker_bps="1.8"), fill="close")


class Quotes(q.Strategy):
    """Is called with each quote and does nothing."""

    calls: int = 0

    def on_quote(self, ctx, quote):
        self.calls += 1


class EmaCross(q.Strategy):
    """Long while the fast average is not below the slow one, else short; acts at the close of each bar."""

    fast: int = 10
    slow: int = 20
    ema_fast: float = 0.0
    ema_slow: float = 0.0
    seen: int = 0

    def on_bar(self, ctx, bar):
        if self.seen == 0:
            self.ema_fast = bar.close
            self.ema_slow = bar.close
        self.ema_fast += 2 / (self.fast + 1) * (bar.close - self.ema_fast)
        self.ema_slow += 2 / (self.slow + 1) * (bar.close - self.ema_slow)
        self.seen += 1
        if self.seen < self.slow:
            return
        if self.ema_fast >= self.ema_slow:
            if ctx.position <= 0:
                ctx.close()
                ctx.buy(1.0)
        elif ctx.position >= 0:
            ctx.close()
            ctx.sell(1.0)

    def on_stop(self, ctx):
        ctx.close()


def quotes(instrument: q.Instrument, columns: dict[str, np.ndarray]) -> q.data.Recording:
    """Quotes of bid, ask (ticks of 0.1), bid_qty, ask_qty (units) and time in ns: two events each."""
    count = len(columns["time"])
    events = np.zeros(2 * count, q.dtypes.EVENT)
    for side, (price, qty) in enumerate((("bid", "bid_qty"), ("ask", "ask_qty"))):
        rows = events[side::2]
        rows["exchange_ns"] = rows["receive_ns"] = columns["time"]
        rows["price"] = np.round(columns[price] * 10)
        rows["qty"] = np.round(columns[qty] * 1000)
        rows["kind"], rows["side"] = 3 + side, 1 + side
        rows["venue_sequence"] = np.arange(count)
    events["flags"][1::2] = 1
    return q.data.from_events(events, instrument)


def run_quotes(data: q.data.Recording, *, compiled: bool = False) -> tuple[float, int]:
    """Seconds of the run itself, and how many quotes the strategy was called with."""
    strategy = Quotes()
    run = q.backtest(strategy, data, progress=False, compile=compiled)
    return float(run.raw["elapsed_s"]), strategy.calls


def run_cross(data: q.data.Recording, *, compiled: bool = False) -> tuple[float, tuple[int, Decimal]]:
    """Seconds of the run itself, and how many orders and what cash it ends with."""
    run = q.backtest(EmaCross(), data, venue=VENUE, cash=1_000_000, progress=False, compile=compiled)
    return float(run.raw["elapsed_s"]), (len(run.orders), round(Decimal(str(run.raw["totals"]["cash"])), 5))
