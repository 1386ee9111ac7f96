"""Quantum Engine: one Python strategy from research to live trading on a native core."""

from __future__ import annotations

from quantum import bars, dtypes, errors, ta
from quantum._core import Instrument
from quantum.scanner import Panel, Scanner

__all__ = ["Instrument", "Panel", "Scanner", "bars", "dtypes", "errors", "ta"]
