"""Chart patterns over many instruments: ``Panel`` holds clean histories, ``Scanner`` finds hits in them.

``Scanner.scan(panel)`` takes whole histories, ``Scanner.update(bars)`` the next bar of each instrument; both give the
same hits, each known at the close of its bar and never changed afterwards. A hit's ``confidence`` is the strength of
the pattern between 0 and 1, not a probability.
"""

from __future__ import annotations

from quantum.scanner.calibration import Calibration, walk_forward
from quantum.scanner.panel import Panel
from quantum.scanner.scan import PATTERNS, Scanner, settings
from quantum.scanner.table import Table

__all__ = ["PATTERNS", "Calibration", "Panel", "Scanner", "Table", "settings", "walk_forward"]
