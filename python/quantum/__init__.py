"""Quantum Engine: one Python strategy from research to live trading on a native core."""

from __future__ import annotations

from quantum import _cpu

_cpu.check()  # before the native core loads: a missing CPU feature is named, not a crash

from quantum import config, data, dtypes, errors, plot, report, risk  # noqa: E402
from quantum._core import Instrument, build_info  # noqa: E402
from quantum.backtest import backtest  # noqa: E402
from quantum.limits import UNLIMITED, RiskLimits  # noqa: E402
from quantum.report import Run  # noqa: E402
from quantum.strategy import Strategy  # noqa: E402
from quantum.venue import Fees, PowerQueue, RiskAverseQueue, SimVenue  # noqa: E402

__version__: str = build_info()["version"]

__all__ = [
    "UNLIMITED",
    "Fees",
    "Instrument",
    "PowerQueue",
    "RiskAverseQueue",
    "RiskLimits",
    "Run",
    "SimVenue",
    "Strategy",
    "backtest",
    "build_info",
    "config",
    "data",
    "dtypes",
    "errors",
    "plot",
    "report",
    "risk",
]
