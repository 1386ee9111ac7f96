"""Quantum Engine: one Python strategy from research to live trading on a native core."""

from __future__ import annotations

from quantum import dtypes, errors
from quantum._core import Book, Instrument

__all__ = ["Book", "Instrument", "dtypes", "errors"]
