"""Measuring side by side: every case once per round, so that whatever slows the machine slows all of them alike.

A figure is the median over the rounds. Two cases are compared by the ratio within each round, never by the ratio of two
figures from different minutes. The spread is the distance from the 10th to the 90th percentile as a share of the
median: on a shared virtual machine single rounds are lost to neighbours, so minimum and maximum say little.
"""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Spread:
    """The middle of some figures and how far they scatter."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Median, 10th and 90th percentile."""
        if len(values) < 2:
            return cls(values[0], values[0], values[0])
        deciles = statistics.quantiles(values, n=10, method="inclusive")
        return cls(statistics.median(values), deciles[0], deciles[-1])

    @property
    def frac(self) -> float:
        """10th to 90th percentile as a share of the median."""
        return (self.high - self.low) / self.median


def interleave(cases: Mapping[str, Callable[[], float]], rounds: int, *, warm: int = 2) -> dict[str, list[float]]:
    """Seconds of each case in each round; a case returns what it took. The first to go changes from round to round."""
    names = list(cases)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for number in range(-warm, rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            taken = cases[name]()
            if number >= 0:
                seconds[name].append(taken)
    return seconds


def table(title: str, seconds: Mapping[str, Sequence[float]], units: Mapping[str, float], unit: str) -> None:
    """Prints rates, `units[case]` being the work in one run, and the ratio of the first case to each other one."""
    ours, *others = seconds
    rounds = len(seconds[ours])
    print(f"\n{title}\n  {'':34s}{'median':>12s} {unit:<12s}{'spread':>7s}   ratio of ours to it per round, 10..90 %")
    for name in (ours, *others):
        rate = Spread.of([units[name] / taken for taken in seconds[name]])
        line = f"  {name:34s}{shown(rate.median):>12s} {unit:<12s}{rate.frac:6.0%}"
        if name != ours:
            pairs = zip(seconds[ours], seconds[name], strict=True)
            ratio = Spread.of([their / our * units[ours] / units[name] for our, their in pairs])
            line += f"   {ratio.median:.2f}  {ratio.low:.2f}..{ratio.high:.2f}"
        print(line)
    print(f"  ({rounds} interleaved rounds; spread: 10th to 90th percentile over the median)")


def shown(value: float) -> str:
    """A rate with three digits that mean something."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g} {letter}"
    return f"{value:.3g}"


def machine() -> str:
    """What to put beside a figure."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    cpu = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor())
    virtual = " (virtual)" if any(line.startswith("flags") and " hypervisor" in line for line in lines) else ""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    python = f"Python {platform.python_version()}"
    return f"{cpu}{virtual}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, {python}, load {load}"
