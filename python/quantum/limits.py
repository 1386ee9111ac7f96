"""The pre-trade limits every order is held to."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from quantum.errors import ConfigError

__all__ = ["UNLIMITED", "RiskLimits"]

UNLIMITED = math.inf
"""Says on purpose that there is no limit."""


@dataclass(frozen=True, kw_only=True)
class RiskLimits:
    """Limits of one run; ``UNLIMITED`` switches one off, everything else must be a positive finite number.

    ``max_qty`` and ``max_position`` are in units of the instrument, the position being the worst case with every open
    order executed; ``max_notional`` is money per order; ``collar_bps`` is how far a limit order may reach through the
    far touch, in basis points of it; ``max_open_orders`` counts per instrument. Orders that only reduce a position
    always pass.
    """

    max_qty: float = UNLIMITED
    max_notional: float = UNLIMITED
    collar_bps: float = UNLIMITED
    max_position: float = UNLIMITED
    max_open_orders: float = UNLIMITED

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value) or value <= 0:
                raise ConfigError(f"{field.name} must be a positive number or quantum.UNLIMITED, not {value!r}")
        if self.max_open_orders != UNLIMITED and not float(self.max_open_orders).is_integer():
            raise ConfigError(f"max_open_orders must be a whole number from 1, not {self.max_open_orders!r}")

    def set_limits(self) -> dict[str, float]:
        """The limits that are not ``UNLIMITED``."""
        values = {field.name: float(getattr(self, field.name)) for field in fields(self)}
        return {name: value for name, value in values.items() if value != UNLIMITED}
