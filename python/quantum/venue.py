"""What a simulated venue models: latency, queue position, fees and how much a reached order fills."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Literal

from quantum.errors import ConfigError

__all__ = ["Fees", "PowerQueue", "RiskAverseQueue", "SimVenue"]

Duration = str | timedelta | int
Number = str | float | int | Decimal


@dataclass(frozen=True)
class Fees:
    """Fees in basis points of the executed value; a negative rate is a rebate."""

    maker_bps: Number = 0
    taker_bps: Number = 0

    def __post_init__(self) -> None:
        for name in ("maker_bps", "taker_bps"):
            value = getattr(self, name)
            try:
                rate = float(value)
            except (TypeError, ValueError):
                raise ConfigError(f"{name} must be a number of basis points, not {value!r}") from None
            if not math.isfinite(rate) or abs(rate) > 10_000:
                raise ConfigError(f"{name} must be within ±10,000 basis points, not {value!r}")


@dataclass(frozen=True)
class PowerQueue:
    """A shrinking level shrank behind us with probability ``back**n / (back**n + front**n)`` (Rigtorp 2013)."""

    n: float = 2.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.n) and 0 < self.n <= 100):
            raise ConfigError(f"the queue's exponent n must be above 0 and at most 100, not {self.n!r}")


@dataclass(frozen=True)
class RiskAverseQueue:
    """Only trades move us ahead in the queue."""


_QUEUES = {"power": PowerQueue(), "risk_averse": RiskAverseQueue()}


@dataclass(frozen=True, kw_only=True)
class SimVenue:
    """A simulated exchange.

    ``latency`` is the time to the venue and back, each; ``(entry, response)`` gives two. ``feed_latency`` is added to
    the receive times of market data. ``queue`` is ``"power"`` (n = 2), ``"risk_averse"``, ``PowerQueue(n)`` or
    ``RiskAverseQueue()``. ``fills="partial"`` conserves quantity across levels; ``"whole"`` fills a reached order at
    once (hftbacktest's rule). A venue with a ``name`` serves the instruments listed there, one without serves all.
    """

    latency: Duration | tuple[Duration, Duration] = 0
    queue: str | PowerQueue | RiskAverseQueue = "power"
    fees: Fees = field(default_factory=Fees)
    fills: Literal["partial", "whole"] = "partial"
    feed_latency: Duration = 0
    name: str | None = None

    def __post_init__(self) -> None:
        if isinstance(self.queue, str) and self.queue not in _QUEUES:
            raise ConfigError(
                f"queue must be one of {sorted(_QUEUES)}, PowerQueue(n) or RiskAverseQueue(), not {self.queue!r}"
            )
        if not isinstance(self.queue, str | PowerQueue | RiskAverseQueue):
            raise ConfigError(f"queue must be a name, PowerQueue(n) or RiskAverseQueue(), not {self.queue!r}")
        if self.fills not in ("partial", "whole"):
            raise ConfigError(f'fills must be "partial" or "whole", not {self.fills!r}')
        if not isinstance(self.fees, Fees):
            raise ConfigError(f"fees must be Fees(maker_bps=..., taker_bps=...), not {self.fees!r}")

    @property
    def entry_latency(self) -> Duration:
        """Time from the strategy to the venue."""
        return self.latency[0] if isinstance(self.latency, tuple) else self.latency

    @property
    def response_latency(self) -> Duration:
        """Time from the venue back to the strategy."""
        return self.latency[1] if isinstance(self.latency, tuple) else self.latency

    @property
    def queue_model(self) -> tuple[str, float]:
        """The queue model's name and exponent, as the core takes it."""
        queue = _QUEUES[self.queue] if isinstance(self.queue, str) else self.queue
        return ("power", float(queue.n)) if isinstance(queue, PowerQueue) else ("risk_averse", math.nan)

    def describe(self) -> dict[str, str]:
        """The model in words, for summaries and manifests."""
        model, exponent = self.queue_model
        return {
            "name": self.name or "",
            "latency": f"{self.entry_latency} entry, {self.response_latency} response",
            "queue": f"power({exponent:g})" if model == "power" else "risk-averse",
            "fees": f"maker {self.fees.maker_bps} bps, taker {self.fees.taker_bps} bps",
            "fills": self.fills,
            "feed_latency": str(self.feed_latency),
        }
