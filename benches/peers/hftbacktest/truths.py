"""Prints the rows of `tests/backtest/truths.py` that hftbacktest makes with measured latencies.

Run it where `make bench AREA=hftbacktest` put hftbacktest: `.venv/peers/hftbacktest/bin/python
benches/peers/hftbacktest/truths.py`. Each row is made with the depth in an array and in a hash map and must be equal.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import theirs

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "backtest"))
from measured import latencies  # noqa: E402

ARRAY = "oracles/backtest/usdm_btcusdt_20240808.hftbacktest.npz"
STRATEGIES = {"grid": (1.0, 2.0, 20, 0.1, 5.0), "touch": (0.1, 0.0, 1, 0.01, 1.0)}


def row(data: np.ndarray, strategy: str, queue: str, kind: str) -> str:
    """Trades, position in lots, balance in ticks times lots, fee."""
    measured = latencies(kind)
    ended = {}
    for depth in ("array", "hash"):
        state = theirs.grid_as(data, depth, measured, queue, STRATEGIES[strategy])
        fee = f"{state['fee']:.8f}".rstrip("0")
        ended[depth] = (int(state["trades"]), round(state["position"] * 1e3), round(state["balance"] * 1e4), fee)
    if ended["array"] != ended["hash"]:
        sys.exit(f"{strategy} {queue} {kind}: {ended}")
    trades, lots, balance, fee = ended["array"]
    return f"{strategy:8s} {queue:8s} {kind:8s} {trades:6d} {lots:6d} {balance:11d}  {fee}"


def main() -> None:
    with np.load(Path(os.environ.get("QUANTUM_SHARED", ROOT.parent / "shared")) / ARRAY) as file:
        data = file["data"]
    print("#        queue    latency  trades   lots     balance  fee")
    for strategy in STRATEGIES:
        for queue in ("power2", "averse"):
            for kind in ("waves", "bursts"):
                print(row(data, strategy, queue, kind), flush=True)


if __name__ == "__main__":
    main()
