"""The manifest: what a run was, so that another person can repeat it, as plain values and JSON."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from quantum.report.words import instant

if TYPE_CHECKING:
    from quantum.report.run import Run

__all__ = ["manifest", "to_json"]

CARRIED = ("sources", "venues", "cash", "currency", "limits", "start_ns", "end_ns", "sample_ns", "ended", "rows",
           "totals", "denials", "latencies", "books", "compute_time", "busy_ns", "longest_wait_ns")  # fmt: skip


def manifest(run: Run) -> dict[str, Any]:
    """Strategy, data, venue, limits, versions, counts and figures; NaN and infinity are None, as JSON has neither."""
    raw = run.raw
    result: dict[str, Any] = {
        "strategy": run.strategy,
        "parameters": run.parameters,
        "synthetic": run.synthetic,
        "instruments": [_instrument(instrument) for instrument in run.instruments],
        "start": instant(int(raw["start_ns"])) + " UTC",
        "end": instant(int(raw["end_ns"])) + " UTC",
        **{name: raw[name] for name in CARRIED if name in raw},
        "elapsed_s": raw["elapsed_s"],
        "metrics": {
            metric.name: {
                "value": metric.value,
                "unit": metric.unit,
                "sampling": metric.sampling,
                **({"why": metric.why} if metric.why else {}),
            }
            for metric in run.metrics.all()
        },
        "versions": {"quantum": version(), "numpy": np.__version__},
    }
    plain = _plain(result)
    return dict(plain)


def to_json(run: Run) -> str:
    """The manifest as JSON text."""
    return json.dumps(manifest(run), indent=2, ensure_ascii=False, allow_nan=False)


def version() -> str:
    """The installed version of quantum, or "unknown" where it runs from a bare source tree."""
    from importlib import metadata  # 20 ms that ``import quantum`` need not spend

    try:
        return metadata.version("quantum-hft")
    except metadata.PackageNotFoundError:
        return "unknown"


def _instrument(instrument: Any) -> dict[str, str]:
    names = ("symbol", "venue", "tick_size", "lot_size", "price_increment", "qty_increment", "currency", "multiplier")
    return {name: str(getattr(instrument, name)) for name in names}


def _plain(value: Any) -> Any:
    """The value in JSON's types; what JSON has no word for is written as text."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)
