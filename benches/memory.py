"""How far memory grows over the events it holds: `python benches/memory.py [millions of events] [period]`.

By default 20 million and 10 s: an hour of the built-in market, again and again with its times moved on, as one
recording of 64 bytes an event. The resident set is taken with the recording made and at its highest during the run of a
strategy that renews a quote on both sides every period. Its orders and their reports are the run's own and come on top:
about half a kilobyte a renewal. Needs Linux (`/proc/self`).
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import quantum as q

PIECE = "1h"


class Quote(q.Strategy):
    """One order a side, renewed every period."""

    period: str = "10s"

    def on_start(self, ctx):
        ctx.every(self.period)

    def on_timer(self, ctx):
        ctx.cancel_all()
        ctx.buy(0.01, limit=ctx.book.best_bid.price, post_only=True)
        ctx.sell(0.01, limit=ctx.book.best_ask.price, post_only=True)


def resident(which: str) -> int:
    """Bytes of this process in memory: "VmRSS" now, "VmHWM" at the highest."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(which))


def recording(events: int) -> q.data.Recording:
    """So many events of the built-in market."""
    piece = q.data.sample(PIECE)
    rows = piece.events
    span = int(rows["receive_ns"].max() - rows["exchange_ns"].min()) + 1_000_000
    long = np.empty(events, rows.dtype)
    for number, start in enumerate(range(0, events, len(rows))):
        part = long[start : start + len(rows)]
        part[:] = rows[: len(part)]
        for name in ("exchange_ns", "receive_ns"):
            part[name] += number * span
    return q.data.from_events(long, piece.instrument)


def main() -> None:
    millions = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    period = sys.argv[2] if len(sys.argv) > 2 else "10s"
    before = resident("VmRSS")
    data = recording(int(millions * 1e6))
    size = len(data) * 64
    made = resident("VmRSS") - before
    Path("/proc/self/clear_refs").write_text("5")  # the highest counts from here
    run = q.backtest(Quote(period=period), data, venue=q.SimVenue(latency="10ms"), progress=False)
    most = resident("VmHWM") - before
    print(f"{len(data):,} events, {size / 1e9:.2f} GB; {len(run.orders):,} orders, {len(run.fills):,} fills")
    print(
        f"in memory, as a multiple of the events' bytes: recording {made / size:.3f}, during the run {most / size:.3f}"
    )


if __name__ == "__main__":
    main()
