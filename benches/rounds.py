"""Measuring side by side: every case once per round, so that whatever slows the machine slows all of them alike.

A figure is the median over the rounds. Two cases are compared by the ratio within each round, never by the ratio of two
figures from different minutes. The spread is the distance from the 10th to the 90th percentile as a share of the
median: on a shared virtual machine single rounds are lost to neighbours, so minimum and maximum say little.

Each case is measured twice. *Time* is what the case says its work took, by the clock on the wall. *CPU* is the
processor time of the whole call, set-up and results included, which counts only the turns the process was given: where
others use the machine it is the ratio to believe.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
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


@dataclass
class Times:
    """Seconds of one case, round by round."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def interleave(cases: Mapping[str, Callable[[], float]], rounds: int, *, warm: int = 2) -> dict[str, Times]:
    """Runs every case once a round; a case returns the seconds its work took. Who goes first changes every round."""
    names = list(cases)
    times = {name: Times() for name in names}
    for number in range(-warm, rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            started = time.process_time()
            wall = cases[name]()
            cpu = time.process_time() - started
            if number >= 0:
                times[name].wall.append(wall)
                times[name].cpu.append(cpu)
    return times


def table(title: str, times: Mapping[str, Times], units: float, unit: str) -> None:
    """Prints the rate of each case, `units` being the work in one run, and how much faster the first is than it."""
    ours = next(iter(times))
    rounds = len(times[ours].wall)
    print(f"\n{title}: {rounds} rounds in turns")
    print(f"  {'':34s}{unit:>12s} {'spread':>7s}   {'by time: ratio, 10..90 %':26s}{'by CPU: ratio, 10..90 %'}")
    for name, each in times.items():
        rate = Spread.of([units / taken for taken in each.wall])
        line = f"  {name:34s}{shown(rate.median):>12s} {rate.frac:6.0%}"
        if name != ours:
            line += f"    {ratios(each.wall, times[ours].wall):26s}{ratios(each.cpu, times[ours].cpu)}"
        print(line)


def ratios(theirs: Sequence[float], ours: Sequence[float]) -> str:
    """How many times as long the one took as the other, round by round."""
    ratio = Spread.of([their / our for their, our in zip(theirs, ours, strict=True)])
    return f"{ratio.median:.2f}  {ratio.low:.2f}..{ratio.high:.2f}"


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
