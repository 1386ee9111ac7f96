"""A progress bar on standard error for runs that take longer than a moment."""

from __future__ import annotations

import sys
import time

__all__ = ["Progress"]

_WIDTH = 32
_QUIET_S = 1.0
_REDRAW_S = 0.1


class Progress:
    """Called with (done, total, simulated time); draws only on a terminal and only once a second has passed.

    ``unit`` is what is counted; None where a rate would say nothing.
    """

    def __init__(self, show: bool | None, *, unit: str | None = "rows") -> None:
        self._unit = unit
        self._shows = sys.stderr.isatty() if show is None else show
        self._started = time.monotonic()
        self._drawn = 0.0

    def __call__(self, rows: int = 0, total: int = 0, _now_ns: int = 0) -> None:
        """Draws the bar, if it is time; without numbers a loop inside a callback asks whether to go on."""
        if not self._shows or not total:
            return
        now = time.monotonic()
        if now - self._started < _QUIET_S or now - self._drawn < _REDRAW_S:
            return
        self._drawn = now
        done = rows / total if total else 1.0
        rate = rows / (now - self._started)
        left_s = (total - rows) / rate if rate else 0.0
        bar = "█" * round(done * _WIDTH)
        speed = f"{rate / 1e6:.1f} M {self._unit}/s, " if self._unit else ""
        print(f"\r  {bar:<{_WIDTH}} {done:4.0%}  {speed}{left_s:.0f} s left ", end="", file=sys.stderr)
        sys.stderr.flush()

    def close(self) -> None:
        """Wipes the bar."""
        if self._drawn:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
