"""``quantum.fidelity``: what a strategy's profit owes to the model of its venue, part by part (docs/sweep.md).

``models`` finds the parts in which two models differ and mixes them, ``shapley`` divides the difference among them,
``result`` is what the user holds.
"""

from __future__ import annotations

from quantum.attribution.result import Difference, Fidelity
from quantum.attribution.verb import fidelity

__all__ = ["Difference", "Fidelity", "fidelity"]
