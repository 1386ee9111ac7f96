"""Quantum Engine: one Python strategy from research to live trading on a native core.

Importing it loads the native core and NumPy; every other part is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from quantum import _cpu

_cpu.check()  # before the native core loads: a missing CPU feature is named, not a crash

from quantum import errors  # noqa: E402
from quantum._core import Book, Instrument, build_info  # noqa: E402

if TYPE_CHECKING:
    from quantum import config, data, dtypes, plot, report, risk, scanner, ta, venue
    from quantum.attribution import Fidelity, fidelity
    from quantum.backtesting import backtest
    from quantum.bus import Bus
    from quantum.limits import UNLIMITED, RiskLimits
    from quantum.report import Run
    from quantum.scanner import Panel, Scanner
    from quantum.strategy import Strategy
    from quantum.sweeping import Sweep, sweep
    from quantum.venue import Fees, LogQueue, PowerQueue, RiskAverseQueue, SimVenue

__version__: str = build_info()["version"]

__all__ = [
    "UNLIMITED",
    "Book",
    "Bus",
    "Fees",
    "Fidelity",
    "Instrument",
    "LogQueue",
    "Panel",
    "PowerQueue",
    "RiskAverseQueue",
    "RiskLimits",
    "Run",
    "Scanner",
    "SimVenue",
    "Strategy",
    "Sweep",
    "backtest",
    "build_info",
    "config",
    "data",
    "dtypes",
    "errors",
    "fidelity",
    "plot",
    "report",
    "risk",
    "scanner",
    "sweep",
    "ta",
    "venue",
]

_MODULES = ("config", "data", "dtypes", "plot", "report", "risk", "scanner", "ta", "venue")
_HOMES = {
    "UNLIMITED": "limits",
    "Bus": "bus",
    "Fees": "venue",
    "Fidelity": "attribution",
    "LogQueue": "venue",
    "Panel": "scanner",
    "PowerQueue": "venue",
    "RiskAverseQueue": "venue",
    "RiskLimits": "limits",
    "Run": "report",
    "Scanner": "scanner",
    "SimVenue": "venue",
    "Strategy": "strategy",
    "Sweep": "sweeping",
    "backtest": "backtesting",
    "fidelity": "attribution",
    "sweep": "sweeping",
}


def __getattr__(name: str) -> Any:
    """Loads a part when it is first asked for."""
    if name in _MODULES:
        return import_module(f"quantum.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'quantum' has no attribute {name!r}")
    value = getattr(import_module(f"quantum.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
