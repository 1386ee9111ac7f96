"""How a sweep scales: market rows a second, by the clock and by CPU time, on one thread and on more, in turns.

`python benches/sweep.py [threads]`. The compiled grid of resting orders over the BTCUSDT recording, 48 parameter sets.
The ratio by the clock is the scaling where the machine is otherwise idle; the ratio of CPU time is what the threads
cost each other, and holds on a busy machine too.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path

import quantum as q

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "compiler"))
import strategies

ROUNDS = 5
GRID = {"half": [0.5, 1, 1.5, 2, 3, 4, 6, 8], "levels": [5, 10, 20], "qty": [0.1, 0.2]}


def rates(data, venue, workers):
    """Market rows by second of the clock, and by second of CPU."""
    clock, cpu = time.perf_counter(), time.process_time()
    found = q.sweep(strategies.Grid, data, grid=GRID, venue=venue, compile=True, workers=workers, progress=False)
    clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
    rows = sum(outcome.rows for outcome in found.outcomes)
    return rows / clock / 1e6, rows / cpu / 1e6, found


def main() -> None:
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    shared = Path(os.environ.get("QUANTUM_SHARED", "../shared"))
    btc = q.Instrument("BTCUSDT", tick_size="0.1", lot_size="0.001", currency="USDT")
    data = q.data.read(shared / "data/binance/usdm_btcusdt_20240808.gz", instrument=btc)
    venue = q.SimVenue(latency="10ms", fees=q.Fees(maker_bps=-0.5, taker_bps=7))
    rates(data, venue, 1)  # compiles
    by_clock, by_cpu = [], []
    for _ in range(ROUNDS):
        one, several = rates(data, venue, 1), rates(data, venue, threads)
        assert one[2].runs.array.tobytes() == several[2].runs.array.tobytes()
        by_clock.append(several[0] / one[0])
        by_cpu.append(several[1] / one[1])
        print(
            f"1 thread {one[0]:5.1f} M rows/s ({one[1]:.1f} M per CPU second); "
            f"{threads} threads {several[0]:5.1f} M rows/s ({several[1]:.1f} M per CPU second)"
        )
    print(f"scaling x{statistics.median(by_clock):.2f} by the clock, x{statistics.median(by_cpu):.2f} per CPU second")


if __name__ == "__main__":
    main()
