"""Quantum Engine: one Python strategy from research to live trading on a native core."""

from __future__ import annotations

from quantum import dtypes, errors
from quantum._core import Instrument
from quantum.bus import Bus

__all__ = ["Bus", "Instrument", "dtypes", "errors"]
