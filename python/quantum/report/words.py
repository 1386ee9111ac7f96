"""Numbers as a person reads them: thousands separators, units, the true minus sign, no more digits than they carry."""

from __future__ import annotations

import math

import numpy as np

__all__ = ["count", "duration", "fraction", "instant", "money", "number", "span"]

DAY_NS = 86_400_000_000_000
SCALES = ((DAY_NS, "d"), (3_600_000_000_000, "h"), (60_000_000_000, "min"), (1_000_000_000, "s"))
MISSING = "n/a"


def number(value: float, digits: int = 6) -> str:
    """A number with thousands separators and at most ``digits`` significant digits; "n/a" for NaN."""
    if math.isnan(value):
        return MISSING
    if value == 0:
        return "0"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{decimals}f}" if abs(value) >= 1e-6 else f"{value:.{digits - 1}e}"
    if "." in text and "e" not in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", "−")


def count(value: int) -> str:
    """An integer with thousands separators."""
    return f"{value:,}".replace("-", "−")


def money(value: float, *, sign: bool = False) -> str:
    """An amount: two decimals, six where it is smaller than one; with ``sign`` a plus is written too."""
    if math.isnan(value):
        return MISSING
    decimals = 2 if abs(value) >= 1 or value == 0 else 6
    text = f"{value:+,.{decimals}f}" if sign and value != 0 else f"{value:,.{decimals}f}"
    return text.replace("-", "−")


def fraction(value: float) -> str:
    """A fraction as a percentage with the digits that show it: 0.0123 -> 1.23 %."""
    if math.isnan(value):
        return MISSING
    percent = 100 * value
    decimals = 2 if abs(percent) >= 1 or percent == 0 else min(6, 2 - math.floor(math.log10(abs(percent))))
    return f"{percent:,.{decimals}f} %".replace("-", "−")


def duration(nanoseconds: float) -> str:
    """A duration in its largest unit, two units from a minute up: 643 s -> 10 min 43 s; 1,500 ns -> 1.5 µs."""
    if math.isnan(nanoseconds):
        return MISSING
    size = abs(nanoseconds)
    if size < 60_000_000_000:
        for scale, unit in ((1e9, "s"), (1e6, "ms"), (1e3, "µs")):
            if size >= scale:
                return f"{number(nanoseconds / scale, 3)} {unit}"
        return f"{number(nanoseconds, 3)} ns" if size else "0"
    whole = round(size / 1e9) * 1_000_000_000
    for (scale, unit), (below, below_unit) in zip(SCALES, SCALES[1:], strict=False):
        if whole >= scale:
            rest = (whole % scale) // below
            return f"{whole // scale:,} {unit}" + (f" {rest} {below_unit}" if rest else "")
    return f"{number(nanoseconds / 1e9, 3)} s"


def instant(nanoseconds: int) -> str:
    """A time in UTC to the second."""
    return str(np.datetime64(nanoseconds, "ns").astype("datetime64[s]")).replace("T", " ")


def span(start_ns: int, end_ns: int) -> str:
    """From and to in UTC, the day written once where it is the same."""
    start, end = instant(start_ns), instant(end_ns)
    return f"{start} to {end.split(' ')[1] if start[:10] == end[:10] else end} UTC"
