"""What a simulated venue models: latency, queue position, fees and how much a reached order fills."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from quantum import _core
from quantum.errors import ConfigError
from quantum.latency import Duration, Jitter, Latency, LatencyFromFeed, LatencySeries, Message

__all__ = [
    "Fees",
    "Jitter",
    "Latency",
    "LatencyFromFeed",
    "LatencySeries",
    "LogQueue",
    "PowerQueue",
    "RiskAverseQueue",
    "SimVenue",
]

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
    """Estimates a resting order's place from how its level shrinks (Rigtorp 2013), with f(x) = x**n.

    A decrease that no trade explains happened behind us with probability, by ``form``: ``"split"`` f(back) / (f(back) +
    f(front)), ``"total"`` f(back) / f(back + front), ``"front"`` 1 - f(front / (front + back)). These are hftbacktest's
    PowerProbQueueModel, 2 and 3.
    """

    n: float = 2.0
    form: Literal["split", "total", "front"] = "split"

    def __post_init__(self) -> None:
        number = isinstance(self.n, int | float) and not isinstance(self.n, bool)
        if not (number and math.isfinite(self.n) and 0 < self.n <= 100):
            raise ConfigError(f"the queue's exponent n must be above 0 and at most 100, not {self.n!r}")
        if self.form not in ("split", "total", "front"):
            raise ConfigError(f'form must be "split", "total" or "front", not {self.form!r}')


@dataclass(frozen=True)
class LogQueue:
    """As PowerQueue, with f(x) = ln(1 + x), x in units of the instrument (hftbacktest's LogProbQueueModel and 2)."""

    form: Literal["split", "total"] = "split"

    def __post_init__(self) -> None:
        if self.form not in ("split", "total"):
            raise ConfigError(f'form must be "split" or "total", not {self.form!r}')


@dataclass(frozen=True)
class RiskAverseQueue:
    """Only trades move us ahead in the queue."""


_QUEUES = {"power": PowerQueue(), "log": LogQueue(), "risk_averse": RiskAverseQueue()}
_QUEUE_TYPES = (PowerQueue, LogQueue, RiskAverseQueue)


@dataclass(frozen=True, kw_only=True)
class SimVenue:
    """A simulated exchange.

    ``latency`` is the time to the venue and back, each; ``(entry, response)`` gives two, ``Latency(new, cancel,
    replace, response)`` one for each kind of message. Each is a duration, or measured (``LatencySeries``), or follows
    the market data's (``LatencyFromFeed``), or has a random part (``Jitter``); these are in ``quantum.venue``.
    ``feed_latency`` is added to the receive times of market data. ``queue`` is ``"power"`` (n = 2), ``"log"``,
    ``"risk_averse"``, ``PowerQueue(n, form)``, ``LogQueue(form)`` or ``RiskAverseQueue()``. ``fills="partial"``
    conserves quantity across levels; ``"whole"`` fills a reached order at once (hftbacktest's rule). A venue with a
    ``name`` serves the instruments listed there, one without serves all.

    On data that are bars, a bar is four prices in time (open, the extreme nearer to it, the other, close): what is sent
    at the end of a bar meets the next open, with ``fill="close"`` that bar's own close, a price nobody could still have
    had; a resting limit executes when the way from one price to the next goes through it, with ``touch=True`` when it
    is only touched.

    Raises ConfigError for anything else, with what was given.
    """

    latency: Message | tuple[Message, Message] | Latency = 0
    queue: str | PowerQueue | LogQueue | RiskAverseQueue = "power"
    fees: Fees = field(default_factory=Fees)
    fills: Literal["partial", "whole"] = "partial"
    fill: Literal["open", "close"] = "open"
    touch: bool = False
    feed_latency: Duration = 0
    name: str | None = None

    def __post_init__(self) -> None:
        known = self.queue in _QUEUES if isinstance(self.queue, str) else isinstance(self.queue, _QUEUE_TYPES)
        if not known:
            names = ", ".join(repr(name) for name in _QUEUES)
            raise ConfigError(
                f"queue must be {names}, PowerQueue(n), LogQueue() or RiskAverseQueue(), not {self.queue!r}"
            )
        if self.fills not in ("partial", "whole"):
            raise ConfigError(f'fills must be "partial" or "whole", not {self.fills!r}')
        if self.fill not in ("open", "close"):
            raise ConfigError(f'fill must be "open" or "close", not {self.fill!r}')
        if not isinstance(self.touch, bool):
            raise ConfigError(f"touch must be True or False, not {self.touch!r}")
        self._check_durations()
        if not isinstance(self.fees, Fees):
            raise ConfigError(f"fees must be Fees(maker_bps=..., taker_bps=...), not {self.fees!r}")

    def _check_durations(self) -> None:
        _core.duration_ns(self.feed_latency, "feed_latency")
        self.latencies.delays()

    @property
    def latencies(self) -> Latency:
        """The latency of each kind of message."""
        if isinstance(self.latency, Latency):
            return self.latency
        if not isinstance(self.latency, tuple):
            return Latency(self.latency)
        if len(self.latency) != 2:
            raise ConfigError(f"latency must be one duration or (entry, response), not {self.latency!r}")
        return Latency(self.latency[0], response=self.latency[1])

    @property
    def queue_model(self) -> tuple[str, float, str]:
        """The queue model as the core takes it: shape, exponent, form."""
        queue = _QUEUES[self.queue] if isinstance(self.queue, str) else self.queue
        if isinstance(queue, PowerQueue):
            return "power", float(queue.n), queue.form
        if isinstance(queue, LogQueue):
            return "log", math.nan, queue.form
        return "risk_averse", math.nan, ""

    def describe(self) -> dict[str, str]:
        """The model in words, for summaries and manifests."""
        shape, exponent, form = self.queue_model
        kind = "" if form in ("", "split") else f", {form}"
        queue = f"power({exponent:g}{kind})" if shape == "power" else f"log{kind}" if shape == "log" else "risk-averse"
        return {
            "name": self.name or "",
            "latency": self.latencies.describe(),
            "queue": queue,
            "fees": f"maker {self.fees.maker_bps} bps, taker {self.fees.taker_bps} bps",
            "fills": self.fills
            + (", at the close of the bar that decided" if self.fill == "close" else "")
            + (", limits also when touched" if self.touch else ""),
            "feed_latency": str(self.feed_latency),
        }
