"""Many recordings in one run: `python benches/many.py [200] [seconds]`.

The same number of events, from the built-in market, once in one recording and once in so many of one instrument each.
Both runs call no strategy (`replay`), then one that holds an order in every market and renews it (`orders`). Prints CPU
time per event: what choosing the next input costs is the difference. The best of five, in turns.
"""

from __future__ import annotations

import sys
import time

import numpy as np

import quantum as q


class Nothing(q.Strategy):
    """No callbacks."""


class Renew(q.Strategy):
    """An order in every market, renewed on every thousandth of its trades."""

    def on_start(self, ctx):
        self.trades = {}

    def on_trade(self, ctx, trade):
        symbol = ctx.instrument.symbol
        self.trades[symbol] = self.trades.get(symbol, -1) + 1
        if self.trades[symbol] % 1_000 == 0:
            ctx.cancel_all()
            ctx.buy(0.001, limit=ctx.book.best_bid.price)


def listing(number: int, like: q.Instrument) -> q.Instrument:
    """The instrument with this number."""
    sizes = {name: str(getattr(like, name)) for name in ("tick_size", "lot_size")}
    return q.Instrument(f"S{number}", currency=str(like.currency), **sizes)


def several(count: int, seconds: float) -> tuple[list[q.data.Recording], q.data.Recording]:
    """So many recordings, and one with as many events; all begin at the same time."""
    made = [q.data.sample(f"{seconds:g}s", seed=seed) for seed in range(count)]
    many = [q.data.from_events(one.events, listing(n, one.instrument)) for n, one in enumerate(made)]
    long = q.data.sample(f"{seconds * count:g}s", seed=7)
    return many, long


def nanoseconds(strategy: type[q.Strategy], data: object, events: int) -> float:
    """CPU time of a run, ns per event."""
    started = time.process_time_ns()
    q.backtest(strategy(), data, progress=False, sample="10s")  # type: ignore[arg-type]
    return (time.process_time_ns() - started) / events


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 5.0
    many, long = several(count, seconds)
    events = sum(len(one) for one in many)
    for name, strategy in (("replay", Nothing), ("orders", Renew)):
        rounds = [(nanoseconds(strategy, many, events), nanoseconds(strategy, long, len(long))) for _ in range(5)]
        best = np.min(rounds, axis=0)
        print(f"{name}: {count} recordings, {events:,} events, {best[0]:.1f} ns each; in one recording {best[1]:.1f}")


if __name__ == "__main__":
    main()
