"""The result of a run and its faces: one screen of text, tables, a tear sheet in one HTML file.

::

    run = q.backtest(Touch(), data, venue=venue, cash=1_000_000)
    print(run)
    run.metrics["sharpe"], run.metrics.why.get("sharpe")
    run.statistics("1m")
    run.report("touch.html")
"""

from __future__ import annotations

from quantum.report.metrics import Metric, Metrics
from quantum.report.run import Run

__all__ = ["Metric", "Metrics", "Run"]
