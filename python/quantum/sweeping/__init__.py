"""``quantum.sweep``: many runs of one strategy, and how far the best of them is to be believed (docs/sweep.md).

The grid is checked first (``grid``), the runs go on threads, in turn or through an executor (``workers``), each leaves
an ``outcome``; ``scores`` says what the number of trials makes of the best, ``result`` is what the user holds.
"""

from __future__ import annotations

from quantum.sweeping.result import Sweep, Trial
from quantum.sweeping.verb import sweep

__all__ = ["Sweep", "Trial", "sweep"]
