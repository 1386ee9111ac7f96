"""``quantum.sweep``: one strategy with many parameters over the same data."""

from __future__ import annotations

import pickle
import sys
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from quantum.backtesting import Data, backtest, read_all
from quantum.errors import CompileError, ConfigError, DataError, QuantumError
from quantum.extras import MissingExtraError
from quantum.limits import RiskLimits
from quantum.progress import Progress
from quantum.report import Run
from quantum.report.sampling import step_ns
from quantum.strategy import Strategy
from quantum.sweeping.grid import Grid, Values, make_grid
from quantum.sweeping.outcome import Outcome, outcome_of
from quantum.sweeping.result import METRICS, Spent, Sweep
from quantum.sweeping.workers import in_executor, run_all, thread_count
from quantum.venue import SimVenue

__all__ = ["sweep"]

Loader = Callable[[], "Data | Sequence[Data]"]
# What would end every run the same way: said at once, not row by row.
HOPELESS = (CompileError, DataError, MissingExtraError)


@dataclass(frozen=True)
class Terms:
    """What is the same in every run."""

    data: Data | Sequence[Data] | Loader
    venue: SimVenue | Sequence[SimVenue] | None
    cash: float | None
    limits: RiskLimits | None
    sample: str | timedelta | None
    compile: bool
    sampling: str | None
    key: str
    """Names the sweep, so that another process reads its data once."""
    loaded: bool = False
    """Whether ``data`` is the recordings themselves."""

    def run(self, strategy: Strategy, progress: Any) -> Run:
        """One run in full."""
        return backtest(
            strategy,
            recordings_of(self),
            venue=self.venue,
            cash=self.cash,
            limits=self.limits,
            sample=self.sample,
            progress=progress,
            compile=self.compile,
        )


def sweep(
    strategy: type[Strategy] | Strategy,
    data: Data | Sequence[Data] | Loader,
    *,
    grid: Values,
    venue: SimVenue | Sequence[SimVenue] | None = None,
    cash: float | None = None,
    limits: RiskLimits | None = None,
    sample: str | timedelta | None = None,
    compile: bool = False,  # noqa: A002 - the word for it, as in backtest
    metric: str = "sharpe",
    sampling: str | None = None,
    trials: int | None = None,
    seed: int = 0,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: bool | None = None,
) -> Sweep:
    """Runs a strategy with each combination of parameters and says how far the best of them is to be believed.

    ``grid`` gives values by parameter, of which every combination is run, or a list of dicts, the combinations
    themselves; ``trials`` draws so many of them at random by ``seed``. ``strategy`` is the class, or an instance whose
    other parameters are kept. ``data``, ``venue``, ``cash``, ``limits``, ``sample``, ``compile`` and ``progress`` are
    as in ``backtest``.

    With ``compile`` the runs go at once on ``workers`` threads (default: every core) over the one loaded recording;
    the strategy is compiled once. Without, Python's lock lets one callback run at a time, so they go in turn, and
    ``workers`` must be left out; ``executor``, any ``concurrent.futures.Executor``, runs them elsewhere. One of other
    processes takes paths or a function at the top of a module that reads the data, since recordings stay where they
    are, and a strategy class at the top of a module. The result is the same, bit for bit, whoever ran it.

    The best run is the one with the highest ``metric``: "sharpe" or "pnl". ``sampling`` is the period of ratios, of the
    deflated Sharpe ratio and of the probability of overfitting; by default the coarsest readable step, of a day at
    most, with 240 periods.

    A run that fails is a row with its error; the others go on. Where all fail, the first error is raised. Raises
    ConfigError for arguments that make no sense, DataError for recordings that cannot be replayed, CompileError for
    what cannot be compiled; Ctrl-C stops every run.
    """
    if metric not in METRICS:
        raise ConfigError(f"metric must be {' or '.join(repr(name) for name in METRICS)}, not {metric!r}")
    laid_out = make_grid(strategy, grid, trials=trials, seed=seed)
    if sampling is not None:
        step_ns(sampling)
    if executor is not None and hasattr(
        executor, "get_executor"
    ):  # dask.distributed's client is none itself, but makes one
        executor = executor.get_executor()
    if executor is not None and not hasattr(executor, "submit"):
        raise ConfigError(f"executor must be a concurrent.futures.Executor, not {executor!r}")
    if executor is not None and workers is not None:
        raise ConfigError(f"workers={workers} is for threads of this process: an executor has its own")
    if not compile and executor is None and workers not in (None, 1):
        raise ConfigError(
            f"workers={workers} needs compile=True, for Python runs one callback at a time; or pass an executor= of "
            "processes"
        )
    terms = Terms(data, venue, cash, limits, sample, compile, sampling, uuid.uuid4().hex)
    if executor is None:
        terms = replace(terms, data=read_all(data() if callable(data) else data), loaded=True)
    count = len(laid_out.trials)
    threads = thread_count(workers, count) if compile and executor is None else 1
    started, compiling_s = time.perf_counter(), _compiling_s()
    if executor is not None:
        outcomes = _elsewhere(terms, laid_out, executor)
    else:
        bar = Progress(progress)
        work = _Work(terms, laid_out)
        try:
            outcomes = run_all(count, work, threads, bar)
        finally:
            bar.close()
    spent = Spent(time.perf_counter() - started, _compiling_s() - compiling_s)
    if all(outcome.error for outcome in outcomes):
        raise _why_all_failed(outcomes)
    where = f"{type(executor).__name__}" if executor is not None else f"{threads} thread{'s' if threads > 1 else ''}"
    return Sweep(laid_out, outcomes, metric=metric, where=where, spent=spent, terms=terms)


def _compiling_s() -> float:
    """Wall time this process has spent on compiling; the compiler is loaded only by who needs it."""
    compiler = sys.modules.get("quantum.compiler.unit")
    return compiler.seconds_compiling() if compiler else 0.0


@dataclass(frozen=True)
class _Work:
    """What a worker does: run trial ``number`` and keep what the sweep needs of it."""

    terms: Terms
    grid: Grid

    def __call__(self, number: int, pace: Callable[..., None]) -> Outcome:
        try:
            run = self.terms.run(self.grid.strategy(number), pace)
            outcome = outcome_of(run, self.terms.sampling)
        except HOPELESS:
            raise
        except Exception as failure:  # noqa: BLE001 - a strategy may raise anything; it is the row's error
            # An exception holds on to the run's frames; only the first run's is ever raised again.
            return Outcome(error=_text(failure), failure=failure if number == 0 else None)
        pace(outcome.rows, outcome.rows)
        return outcome


def _text(failure: BaseException) -> str:
    """An exception in a line: what it is, what it says, where the run stood."""
    notes = "; ".join(getattr(failure, "__notes__", ()))
    return f"{type(failure).__name__}: {failure}" + (f" ({notes})" if notes else "")


def _why_all_failed(outcomes: list[Outcome]) -> BaseException:
    """The first run's exception, with a note that it was not the only one."""
    failure = outcomes[0].failure or ConfigError(outcomes[0].error)
    if len(outcomes) > 1:
        failure.add_note(f"all {len(outcomes):,} runs of the sweep failed; this is the first one's error")
    return failure


_READ: dict[str, Any] = {}
_READING = threading.Lock()


def recordings_of(terms: Terms) -> Any:
    """The sweep's recordings, read once in each process."""
    if terms.loaded:
        return terms.data
    with _READING:
        if terms.key not in _READ:
            data = terms.data
            _READ.clear()
            _READ[terms.key] = read_all(data() if callable(data) else data)
        return _READ[terms.key]


def _elsewhere(terms: Terms, grid: Grid, executor: Executor) -> list[Outcome]:
    """The runs through an executor; what cannot be sent to it is said in our words."""

    # Each task carries its own trial, not the whole grid.
    def submit(to: Executor, number: int) -> Future[Outcome]:
        return to.submit(_remote, terms, replace(grid, trials=[grid.trials[number]], axes={}), 0)

    try:
        return in_executor(len(grid.trials), submit, executor)
    except QuantumError:
        raise
    except (TypeError, AttributeError, ImportError, pickle.PicklingError) as cause:
        raise ConfigError(
            f"the executor cannot be handed the runs ({cause}): other processes take paths, or a function at the top "
            "of a module that reads the data, and a strategy class at the top of a module"
        ) from cause


def _remote(terms: Terms, grid: Grid, number: int) -> Outcome:
    """A run in whatever place the executor has; the exception itself stays there."""
    outcome = _Work(terms, grid)(number, _no_pace)
    return replace(outcome, failure=None)


def _no_pace(rows: int = 0, total: int = 0, now_ns: int = 0) -> None:
    """Nobody looks."""
