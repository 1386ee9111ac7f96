"""A sweep and a comparison of venues with the quoting strategy of `touch.py`, on the built-in market.

Run it from the sources' folder: `python examples/sweep_grid.py`. It prints the table of runs with what the number of
trials makes of the best, then by how much latency, queue and fees of the venue change the best one's profit, and writes
both as pages beside each other in `out/`. With numba installed (`pip install 'quantum-hft[compile]'`) the runs go at
once on every core.
"""

from importlib.util import find_spec
from pathlib import Path

import quantum as q


class Quotes(q.Strategy):
    """Quotes both sides, `half_spread` from the mid price, renewed each `period`, up to `max_position` either way."""

    half_spread: float = 1.0
    qty: float = 0.1
    max_position: float = 1.0
    period: str = "100ms"

    def on_start(self, ctx):
        ctx.every(self.period)

    def on_timer(self, ctx):
        ctx.cancel_all()
        mid = ctx.book.mid
        if ctx.position < self.max_position:
            ctx.buy(self.qty, limit=float(round(mid - self.half_spread)), post_only=True)
        if ctx.position > -self.max_position:
            ctx.sell(self.qty, limit=float(round(mid + self.half_spread)), post_only=True)


def main():
    data = q.data.sample()
    fast = find_spec("numba") is not None
    venue = q.SimVenue(latency="10ms", fees=q.Fees(maker_bps=-0.5, taker_bps=7))
    grid = {"half_spread": [1, 2, 3, 4], "qty": [0.1, 0.2, 0.4]}
    found = q.sweep(Quotes, data, grid=grid, venue=venue, cash=1_000_000, compile=fast)
    print(found, end="\n\n")

    venues = {
        "optimistic": q.SimVenue(),
        "10 ms": venue,
        "risk-averse": q.SimVenue(latency="10ms", queue="risk_averse", fees=venue.fees),
    }
    models = q.fidelity(found.strategy(), data, venues=venues, cash=1_000_000, compile=fast)
    print(models)

    out = Path("out")
    out.mkdir(exist_ok=True)
    found.report(out / "sweep.html")
    models.report(out / "fidelity.html")


if __name__ == "__main__":
    main()
