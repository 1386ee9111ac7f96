"""Quantum Engine: one Python strategy from research to live trading on a native core."""

from __future__ import annotations

from quantum import data, dtypes, errors
from quantum._core import Instrument

__all__ = ["Instrument", "data", "dtypes", "errors"]
