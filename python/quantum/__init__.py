"""Quantum Engine: one Python strategy from research to live trading on a native core."""

from __future__ import annotations

from quantum import _cpu

_cpu.check()  # before the native core loads: a missing CPU feature is named, not a crash

from quantum import config, dtypes, errors  # noqa: E402
from quantum._core import Instrument, build_info  # noqa: E402

__version__: str = build_info()["version"]

__all__ = ["Instrument", "build_info", "config", "dtypes", "errors"]
