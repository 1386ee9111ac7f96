"""NumPy dtypes of the records that travel, taken from the core's own layouts.

``EVENT`` and ``BAR`` are 64 bytes, ``COMMAND`` and ``REPORT`` 128; little-endian, plain data.
"""

from __future__ import annotations

from quantum._core import BAR, COMMAND, EVENT, REPORT

__all__ = ["BAR", "COMMAND", "EVENT", "REPORT"]
