"""Equity at fixed steps, and how many of them make a year.

A ratio without its sampling is a rumour: the same run has a different Sharpe at one second and at one day. The rule is
daily steps, counted from the run's first input; a year has 252 of them, or 365 where the market never closes. A run
shorter than two steps has no ratio, and says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from quantum._core import Instrument
from quantum.errors import ConfigError
from quantum.report import words

__all__ = ["Sampling", "days_per_year", "sampling_of", "step_ns", "steps"]

UNITS_NS = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 10**9, "m": 60 * 10**9, "h": 3_600 * 10**9, "d": words.DAY_NS}
# A day's recording starts and ends milliseconds inside its day; a step that is 99 % there counts as a step.
WHOLE_ENOUGH = 0.99
CRYPTO_CURRENCIES = frozenset({"USDT", "USDC", "BUSD", "FDUSD", "TUSD", "DAI", "BTC", "XBT", "ETH", "BNB", "SOL", "XRP"})
CRYPTO_VENUES = frozenset(
    {"binance", "bybit", "okx", "deribit", "bitmex", "kraken", "coinbase", "bitfinex", "bitstamp", "kucoin", "gateio"}
)


@dataclass(frozen=True, slots=True)
class Sampling:
    """A step of simulated time and how many of them a year has."""

    step_ns: int
    periods_per_year: float | None
    """None where nothing is annualised: the run is too short to stand for a year, or the session's length unknown."""

    @property
    def name(self) -> str:
        """In words: "daily", "1 min steps"."""
        return "daily" if self.step_ns == words.DAY_NS else f"{words.duration(self.step_ns)} steps"

    @property
    def year(self) -> str:
        """The annualisation in words."""
        return "not annualised" if self.periods_per_year is None else f"{words.number(self.periods_per_year, 8)} a year"

    def scaled(self, periods_per_year: float) -> Sampling:
        """The same steps with this many of them a year; ConfigError unless finite and above 0."""
        if not 0 < periods_per_year < float("inf"):
            raise ConfigError(f"periods_per_year is {periods_per_year}; it must be a finite number above 0")
        return Sampling(self.step_ns, float(periods_per_year))


def step_ns(text: str) -> int:
    """A duration such as "100ms", "1m" or "1d" in nanoseconds; ConfigError for anything else."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(ns|us|ms|s|m|h|d)\s*", text)
    if not found or float(found[1]) == 0:
        raise ConfigError(f"sampling is {text!r}; it must be a number and one of {', '.join(UNITS_NS)}, as in '1m'")
    return round(float(found[1]) * UNITS_NS[found[2]])


def days_per_year(instruments: list[Instrument]) -> int:
    """365 where every instrument trades around the clock (crypto, by venue or currency), else 252."""
    around_the_clock = all(
        instrument.currency in CRYPTO_CURRENCIES or instrument.venue.lower() in CRYPTO_VENUES
        for instrument in instruments
    )
    return 365 if instruments and around_the_clock else 252


def sampling_of(text: str, instruments: list[Instrument], *, span_ns: int, finest_ns: int = 1) -> Sampling:
    """The sampling of this name for a run of ``span_ns`` on these instruments.

    Steps finer than a day are annualised only in a market that never closes and from two days up: to scale ten minutes
    to a year is to invent one. ConfigError where it is finer than ``finest_ns``, the step of the run's own samples.
    """
    step, days = step_ns(text), days_per_year(instruments)
    if step < finest_ns:
        finest = words.duration(finest_ns)
        raise ConfigError(f"sampling is {text!r}; the run was sampled each {finest}, so it must be {finest} or more")
    annualised = step >= words.DAY_NS or (days == 365 and span_ns >= 2 * words.DAY_NS)
    return Sampling(step, days * words.DAY_NS / step if annualised else None)


def steps(
    times_ns: npt.NDArray[np.int64], start_ns: int, end_ns: int, step: int, open_only: npt.NDArray[np.float64] | None
) -> npt.NDArray[np.intp]:
    """Indices of the samples that stand at the end of each whole step after ``start_ns``: the last one before it.

    ``open_only`` are mids (n, k): steps in which none of them moved (a night, a holiday) are left out.
    """
    whole = int((end_ns - start_ns) / step + (1 - WHOLE_ENOUGH))
    ends = start_ns + step * np.arange(1, whole + 1, dtype=np.int64)
    index = np.searchsorted(times_ns, ends, side="right") - 1
    index = index[index >= 0]
    if open_only is None or not index.size:
        return index
    moved = np.any(np.diff(open_only, axis=0, prepend=open_only[:1]) != 0, axis=1) & np.any(
        np.isfinite(open_only), axis=1
    )
    seen = np.cumsum(moved)[index]
    return index[np.diff(seen, prepend=0) > 0]
