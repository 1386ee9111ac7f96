"""Quantum Engine: one Python strategy from research to live trading on a native core."""

from __future__ import annotations

from quantum import dtypes, errors, ta
from quantum._core import Instrument

__all__ = ["Instrument", "dtypes", "errors", "ta"]
