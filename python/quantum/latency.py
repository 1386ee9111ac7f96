"""How long messages take to a simulated venue and back: constant, by kind, as measured, after the feed, with jitter."""

from __future__ import annotations

import difflib
import hashlib
import os
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from quantum import _core
from quantum.data.files import load_array
from quantum.data.info import existing
from quantum.errors import ConfigError, DataError
from quantum.frames import to_numpy

__all__ = ["Jitter", "Latency", "LatencyFromFeed", "LatencySeries"]

Duration = str | timedelta | int
Way = Literal["entry", "response"]
WAYS: tuple[Way, Way] = ("entry", "response")
REQUESTS = ("new", "cancel", "replace")
DISTRIBUTIONS = ("uniform", "exponential", "lognormal")
ROW = ("req_ts", "exch_ts", "resp_ts")


@dataclass(frozen=True, eq=False)
class LatencySeries:
    """Latencies measured on real orders; between two of them a straight line, outside them the first or the last.

    ``time``: (n,) when each request was sent, ns since 1970 or datetime64, never running backwards. ``entry``: (n,)
    until the exchange had it, ns or timedelta64. ``response``: (n,) from there until the answer was back. ``refused``:
    (n,) bool, requests that the venue did not process: ``response`` is then the time until its refusal was back,
    ``entry`` counts for nothing, and a run's requests beside such a row are refused too ("not processed by the venue").

    A request is looked up by when it is sent, a response by when the exchange sends it; the interpolation is
    hftbacktest's IntpOrderLatency to the last ns.

    Raises ConfigError for columns of different lengths or none at all, NaN, negative delays, times that run backwards.
    """

    time: Any
    entry: Any
    response: Any
    refused: Any = field(default=None, kw_only=True)
    measured: _core.LatencySeries = field(init=False, repr=False)

    def __post_init__(self) -> None:
        time, entry, response = (_nanoseconds(name, getattr(self, name)) for name in ("time", "entry", "response"))
        refused = _flags(self.refused, len(time))
        measured = _core.LatencySeries(time, entry, response, refused)
        columns: dict[str, Any] = {"time": time, "entry": entry, "response": response, "refused": refused}
        for column in columns.values():
            column.flags.writeable = False
        for name, value in {**columns, "measured": measured}.items():
            object.__setattr__(self, name, value)

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> LatencySeries:
        """Reads hftbacktest's order latencies: a .npz or .npy file of rows with req_ts, exch_ts and resp_ts, in ns.

        Rows whose exch_ts is 0 or less are refused requests.

        raises: FileNotFoundError; DataError for another layout, or rows that LatencySeries refuses.
        """
        file = existing(path)
        rows = load_array(file)
        if rows.ndim != 1 or not set(ROW) <= set(rows.dtype.names or ()):
            raise DataError(f"{file}: not order latencies: want 1-d rows with {', '.join(ROW)}, not {rows.dtype}")
        sent, there, back = (rows[name].astype(np.int64) for name in ROW)
        refused = there <= 0
        try:
            return cls(sent, np.where(refused, 0, there - sent), back - np.where(refused, sent, there), refused=refused)
        except ConfigError as error:
            raise DataError(f"{file}: {error}") from None

    def __len__(self) -> int:
        return len(self.time)

    def __repr__(self) -> str:
        return f"LatencySeries({_words(self, 'entry')})"


@dataclass(frozen=True)
class LatencyFromFeed:
    """Order latencies that follow the market data's: ``factor`` times the newest message's delay, plus an offset.

    The delay of a message is its receive time less its exchange time, as the run has them: the recording's, with the
    clock shift and ``feed_latency`` added. A request takes after the newest message the strategy has received, a
    response after the newest one the exchange has sent. Factors are 0 to 1,000, offsets durations.
    """

    entry_factor: float = 1.0
    response_factor: float = 1.0
    entry_offset: Duration = field(default=0, kw_only=True)
    response_offset: Duration = field(default=0, kw_only=True)

    def __post_init__(self) -> None:
        for name in ("entry_factor", "response_factor"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ConfigError(f"{name} must be a number from 0 to 1000, not {value!r}")
        for way in WAYS:
            delay(self, way, "latency")


@dataclass(frozen=True)
class Jitter:
    """A latency with a random part on top, never below 0: ``Jitter("10ms", "lognormal", scale="2ms", seed=7)``.

    ``distribution``: "uniform" between 0 and ``scale``; "exponential" with the mean ``scale``; "lognormal" with the
    median ``scale`` and ``sigma`` (0 to 10), the standard deviation of its logarithm. ``base`` is a duration, a
    LatencySeries or a LatencyFromFeed.

    The draw of a message depends on ``seed``, on the listing (symbol and venue), on the way it goes and on how many
    went that way before: what else is in the run changes nothing, and neither does the machine.
    """

    base: Duration | LatencySeries | LatencyFromFeed = 0
    distribution: Literal["uniform", "exponential", "lognormal"] = "lognormal"
    scale: Duration = field(kw_only=True)
    sigma: float = field(default=1.0, kw_only=True)
    seed: int = field(default=0, kw_only=True)

    def __post_init__(self) -> None:
        if isinstance(self.base, Jitter | Latency | tuple):
            raise ConfigError(
                f"the base of a jitter is a duration, a LatencySeries or a LatencyFromFeed, not {self.base!r}"
            )
        if self.distribution not in DISTRIBUTIONS:
            close = difflib.get_close_matches(str(self.distribution), DISTRIBUTIONS, 1, 0.5)
            hint = f": did you mean {close[0]!r}?" if close else ""
            raise ConfigError(
                f"distribution must be {', '.join(map(repr, DISTRIBUTIONS))}, not {self.distribution!r}{hint}"
            )
        if isinstance(self.sigma, bool) or not isinstance(self.sigma, int | float):
            raise ConfigError(f"sigma must be a number from 0 to 10, not {self.sigma!r}")
        whole = isinstance(self.seed, int) and not isinstance(self.seed, bool)
        if not (whole and 0 <= self.seed < 2**64):
            raise ConfigError(f"seed must be a whole number from 0 to 2**64 - 1, not {self.seed!r}")
        for way in WAYS:
            delay(self, way, "latency")


Message = Duration | LatencySeries | LatencyFromFeed | Jitter


@dataclass(frozen=True)
class Latency:
    """A latency for each kind of message: ``Latency(new="10ms", cancel="3ms", response="8ms")``.

    ``new``, ``cancel`` and ``replace`` are those of requests on their way to the venue, ``response`` that of all it
    answers. What is left out is as ``new``. Each is a duration, a LatencySeries, a LatencyFromFeed or a Jitter.

    All requests of an instrument go over one wire, and none overtakes another: a cancel that takes less than the order
    before it arrives with that order, directly behind it.
    """

    new: Message
    cancel: Message | None = field(default=None, kw_only=True)
    replace: Message | None = field(default=None, kw_only=True)
    response: Message | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        self.delays()

    def of(self, name: str) -> Message:
        """The latency of one kind of message."""
        value: Message | None = getattr(self, name)
        return self.new if value is None else value

    def delays(self) -> tuple[_core.Delay, _core.Delay, _core.Delay, _core.Delay]:
        """Those of new orders, cancels, replaces and responses, as the core takes them."""
        new, cancel, replace = (delay(self.of(name), "entry", f"{name} latency") for name in REQUESTS)
        return new, cancel, replace, delay(self.of("response"), "response", "response latency")

    def describe(self) -> str:
        """In words; kinds of requests that take alike are said together."""
        kinds: dict[str, list[str]] = {}
        for name in REQUESTS:
            kinds.setdefault(_words(self.of(name), "entry"), []).append(name)
        entry = ["entry"] if len(kinds) == 1 else [" and ".join(names) for names in kinds.values()]
        said = [f"{words} {names}" for words, names in zip(kinds, entry, strict=True)]
        return ", ".join([*said, f"{_words(self.of('response'), 'response')} response"])


def delay(latency: Any, way: Way, name: str) -> _core.Delay:
    """One way of a latency, as the core takes it; ConfigError, naming it, for what is none."""
    if isinstance(latency, LatencySeries):
        return _core.Delay.measured(latency.measured, way)
    if isinstance(latency, LatencyFromFeed):
        factor, offset = getattr(latency, f"{way}_factor"), getattr(latency, f"{way}_offset")
        return _core.Delay.after_feed(float(factor), offset, f"{way}_offset")
    if isinstance(latency, Jitter):
        base = delay(latency.base, way, name)
        return base.jittered(latency.distribution, latency.scale, float(latency.sigma), latency.seed)
    return _core.Delay.constant(latency, name)


def _words(latency: Any, way: Way) -> str:
    """One way of a latency in words."""
    if isinstance(latency, LatencySeries):
        digest = hashlib.sha256()
        for column in (latency.time, latency.entry, latency.response, latency.refused):
            digest.update(column)
        refused = f", {int(latency.refused.sum()):,} refused" if latency.refused.any() else ""
        return f"measured ({len(latency):,} orders{refused}, sha256 {digest.hexdigest()[:8]})"
    if isinstance(latency, LatencyFromFeed):
        factor, offset = getattr(latency, f"{way}_factor"), getattr(latency, f"{way}_offset")
        return f"{factor:g} × the feed's{f' + {offset}' if offset != 0 else ''}"
    if isinstance(latency, Jitter):
        sigma = f"sigma {latency.sigma:g}, " if latency.distribution == "lognormal" else ""
        random = f"{latency.distribution} {latency.scale} ({sigma}seed {latency.seed})"
        return f"{_words(latency.base, way)} + {random}"
    return str(latency)


def _nanoseconds(name: str, values: Any) -> NDArray[np.int64]:
    """A column of times or durations as its own whole ns; ConfigError with the row of what is none."""
    given = array = to_numpy(values)
    if array.ndim != 1:
        raise ConfigError(f"{name} must be a one-dimensional array, not {array.ndim}-d")
    if array.dtype.kind == ("M" if name == "time" else "m"):
        missing = np.isnat(array)
        array = array.astype("datetime64[ns]" if name == "time" else "timedelta64[ns]").view(np.int64)
    elif array.dtype.kind in "iuf":
        missing = ~(np.isfinite(array) & (np.abs(array) < 2.0**63))
        if not missing.any() and (array != np.floor(array)).any():
            row = int(np.argmax(array != np.floor(array)))
            raise ConfigError(f"{name} must be whole nanoseconds, not {array[row]} (row {row}): round them")
    else:
        kinds = "datetime64" if name == "time" else "timedelta64"
        raise ConfigError(f"{name} must be whole nanoseconds or {kinds}, not {array.dtype}")
    if missing.any():
        row = int(np.argmax(missing))
        raise ConfigError(f"{name} must be whole nanoseconds, not {given[row]} (row {row})")
    return np.array(array, dtype=np.int64)


def _flags(refused: Any, rows: int) -> NDArray[np.bool_]:
    """Which requests were refused; none by default."""
    if refused is None:
        return np.zeros(rows, dtype=np.bool_)
    array = to_numpy(refused)
    if array.ndim != 1 or array.dtype.kind != "b":
        raise ConfigError(f"refused must be a one-dimensional array of bool, not {array.ndim}-d {array.dtype}")
    return np.array(array, dtype=np.bool_)
