"""Order latencies made by a formula, in hftbacktest's layout: what both exchanges are given to be compared."""

from __future__ import annotations

from typing import Any

import numpy as np

MS = 1_000_000
FIRST_NS = 1_723_161_256_298_000_000  # the first exchange time of the array of usdm_btcusdt_20240808
ROW = np.dtype([("req_ts", "i8"), ("exch_ts", "i8"), ("resp_ts", "i8"), ("_padding", "i8")], align=True)


def pseudo_random(count: int) -> np.ndarray[Any, Any]:
    """Numbers in [0, 1) from the linear congruence of Knuth's MMIX."""
    state, numbers = 1, []
    for _ in range(count):
        state = (state * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) % 2**64
        numbers.append((state >> 40) / 2**24)
    return np.array(numbers)


def latencies(kind: str) -> np.ndarray[Any, Any]:
    """Rows from 30 s after the first exchange time on, for nine minutes: the run begins before and ends after them.

    ``waves``: every 100 ms, 5 to 15 ms there and 3 to 9 ms back, as two slow waves. ``bursts``: at uneven times about
    250 ms apart, 1 ms there and back, one in eight up to 150 ms there and 80 ms back.
    """
    if kind == "waves":
        rows = 5_400
        sent = np.arange(rows) * 100 * MS
        entry = 10 * MS + (5 * MS * np.sin(np.arange(rows) / 70)).astype(np.int64)
        response = 6 * MS + (3 * MS * np.sin(np.arange(rows) / 110)).astype(np.int64)
    else:
        rows = 2_160
        draws = pseudo_random(3 * rows).reshape(3, rows)
        sent = np.cumsum(200 * MS + (100 * MS * draws[0]).astype(np.int64))
        burst = draws[1] < 1 / 8
        entry = MS + np.where(burst, (149 * MS * draws[2]).astype(np.int64), 0)
        response = MS + np.where(burst, (79 * MS * draws[2]).astype(np.int64), 0)
    made = np.zeros(rows, ROW)
    made["req_ts"] = FIRST_NS + 30_000 * MS + sent
    made["exch_ts"] = made["req_ts"] + entry
    made["resp_ts"] = made["exch_ts"] + response
    return made
