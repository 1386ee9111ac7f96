"""``quantum.backtest``: a strategy over recordings, through the engine and a simulated venue."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from quantum import _core
from quantum._core import Instrument, Recording
from quantum.config import DEFAULTS
from quantum.data import read
from quantum.errors import ConfigError
from quantum.extras import extra
from quantum.limits import RiskLimits
from quantum.progress import Progress
from quantum.report import Run
from quantum.strategy import Strategy
from quantum.venue import SimVenue

if TYPE_CHECKING:
    from quantum.scanner import Scanner

__all__ = ["Data", "backtest", "read_all"]

Data = Recording | str | os.PathLike[str]


def backtest(
    strategy: Strategy,
    data: Data | Sequence[Data],
    *,
    venue: SimVenue | Sequence[SimVenue] | None = None,
    cash: float | None = None,
    limits: RiskLimits | None = None,
    sample: str | timedelta | None = None,
    progress: bool | Callable[..., object] | None = None,
    compute_time: str | timedelta | None = None,
    compile: bool | str | os.PathLike[str] = False,  # noqa: A002 - the word for it
    scanner: Scanner | None = None,
) -> Run:
    """Runs a strategy over recorded data and returns what came of it.

    ``data`` is a Recording, a path, or several of either (their instruments may differ; the run has one currency).
    ``venue`` models the exchange (default: no latency, no fees, power queue); of several, each serves the instruments
    listed under its name. ``cash`` is the starting cash in the instruments' currency. ``limits`` are the risk gate's,
    none by default. ``sample`` is the step of the equity curve; by default the finest readable step that keeps a run
    within 20,000 samples. ``progress`` shows a bar on standard error: by default on a terminal, after a second; a
    function in its place is called with (rows, rows in all, simulated time in ns) about forty times a second, and
    without arguments by long loops of compiled callbacks; what it raises ends the run.

    ``scanner`` looks for patterns in the bars of the data, or of the strategy's first ``ctx.subscribe``; what it sees
    goes to ``on_hit``.

    ``compute_time`` is how long the strategy takes from an input to the commands it answers with, a duration ("5us"):
    they leave so much later, and inputs that come meanwhile wait and are handled in turn, ``ctx.now`` being when.
    Inputs without a callback cost nothing, neither does on_start. "measured" takes the real time that callbacks and
    risk gate took on this machine, interpreter included; such a run does not repeat, and its summary says so.

    ``compile`` runs the callbacks as machine code, with the same orders, fills and numbers; a path is a shared library
    that has them, in C, Rust or Cython (docs/compiled.md).

    Raises ConfigError for arguments that make no sense and DataError for recordings that cannot be replayed. An
    exception in the strategy ends the run and is raised with a note that says where the run stood; Ctrl-C raises
    KeyboardInterrupt.
    """
    _check_strategy(strategy)
    recordings = read_all(data)
    venues = _venues(venue)
    cash = DEFAULTS.cash if cash is None else cash
    compiler = _compiler(strategy, compile) if compile else None
    parameters = strategy.parameters()
    bar = Progress(None if callable(progress) else progress)
    try:
        raw = _core.run_backtest(
            (strategy if compiler is None else compiler).callbacks(),
            recordings,
            pick=lambda instrument: _pick(venues, instrument),
            cash=_number("cash", cash),
            limits=limits,
            sample=sample,
            pace=progress if callable(progress) else bar,
            compiler=compiler,
            scanner=_scanner(scanner, strategy, compiled=bool(compile)),
            compute=compute_time,
        )
    finally:
        bar.close()
    raw["compute_time"] = None if compute_time is None else str(compute_time)
    of_strategy = {"strategy": type(strategy).__name__, "parameters": parameters}
    return Run(raw | of_strategy | _terms(raw, recordings, venues, cash, limits))


def _scanner(scanner: Scanner | None, strategy: Strategy, *, compiled: bool) -> Any:
    """The core's scanner; errors for one that would not be heard, or that compiled code cannot tell apart."""
    if scanner is None:
        if hasattr(strategy, "on_hit"):
            raise ConfigError("on_hit is called for a scanner's hits: pass scanner=q.Scanner(...)")
        return None
    from quantum.scanner import Scanner

    if not isinstance(scanner, Scanner):
        raise ConfigError(f"scanner must be a quantum.Scanner, not {type(scanner).__name__}")
    if compiled and scanner.custom:
        raise ConfigError(f"compiled code does not know the name of a pattern of your own: {', '.join(scanner.custom)}")
    return scanner.core


def _compiler(strategy: Strategy, how: bool | str | os.PathLike[str]) -> Any:
    """What makes machine code of the strategy; a MissingExtraError where numba is needed and not installed."""
    if not isinstance(how, bool):
        from quantum.compiler.plugin import Plugin

        return Plugin(strategy, how)
    extra("numba", "compile")
    from quantum.compiler.unit import Compiler

    return Compiler(strategy)


def _check_strategy(strategy: Strategy) -> None:
    """A strategy instance with at least one callback."""
    if isinstance(strategy, type):
        raise ConfigError(f"pass an instance, {strategy.__name__}(), not the class {strategy.__name__}")
    if not isinstance(strategy, Strategy):
        raise ConfigError(f"strategy must be a quantum.Strategy, not {type(strategy).__name__}")


def read_all(data: Data | Sequence[Data]) -> list[Recording]:
    """Everything to replay, paths read."""
    items = list(data) if isinstance(data, list | tuple) else [data]
    if not items:
        raise ConfigError("data is empty: pass a recording or a path")
    found = []
    for item in items:
        if isinstance(item, Recording):
            found.append(item)
        elif isinstance(item, str | os.PathLike):
            found.append(read(item))
        else:
            raise ConfigError(f"data must be a Recording or a path, not {type(item).__name__}")
    return found


def _venues(venue: SimVenue | Sequence[SimVenue] | None) -> list[SimVenue]:
    """The venues of the run; no two serve the same instruments."""
    given: list[Any] = [SimVenue()] if venue is None else list(venue) if isinstance(venue, list | tuple) else [venue]
    for item in given:
        if not isinstance(item, SimVenue):
            raise ConfigError(f"venue must be a SimVenue, not {type(item).__name__}")
    venues: list[SimVenue] = given
    names = [item.name for item in venues]
    for name in names:
        if names.count(name) > 1:
            which = "without a name" if name is None else f"named {name!r}"
            raise ConfigError(f"two venues {which}: each needs a name of its own")
    return venues


def _pick(venues: list[SimVenue], instrument: Instrument) -> SimVenue:
    """The venue that serves an instrument: the one of its name, else the one without a name."""
    for name in (instrument.venue, None):
        for venue in venues:
            if venue.name == name:
                return venue
    names = ", ".join(repr(venue.name) for venue in venues)
    raise ConfigError(f"no venue serves {instrument.symbol} (listed on {instrument.venue!r}): there is {names}")


def _number(name: str, value: Any) -> float:
    """A float, or a ConfigError that names the argument."""
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ConfigError(f"{name} must be a number, not {value!r}") from None


def _terms(
    raw: dict[str, Any],
    recordings: list[Recording],
    venues: list[SimVenue],
    cash: float,
    limits: RiskLimits | None,
) -> dict[str, Any]:
    """What only this layer knows of a run besides its strategy."""
    return {
        "sources": [_source(recording) for recording in recordings],
        "venues": [venue.describe() for venue in venues],
        "cash": float(cash),
        "currency": raw["instruments"][0].currency,
        "limits": (limits.set_limits() or None) if limits else None,
    }


def _source(recording: Recording) -> dict[str, Any]:
    """What a manifest says of a recording."""
    report = recording.report
    return report | {
        "name": report["source"],
        "synthetic": recording.synthetic,
        "gaps": report["gaps"]["count"],
        "malformed": report["malformed"]["count"],
    }
