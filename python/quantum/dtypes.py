"""NumPy dtypes of the records that travel, taken from the core's own layouts.

``EVENT`` and ``BAR`` are 64 bytes, ``COMMAND`` and ``REPORT`` 128; little-endian, plain data. ``NAMES`` says what the
numbers in a report's coded fields mean: ``NAMES["state"][10] == "Filled"``.
"""

from __future__ import annotations

from quantum._core import BAR, COMMAND, EVENT, NAMES, REPORT

__all__ = ["BAR", "COMMAND", "EVENT", "NAMES", "REPORT"]
