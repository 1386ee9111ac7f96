"""``quantum.fidelity``: one strategy under several models of its venue, and which part makes the difference."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from quantum.attribution.models import Model, Models, causes_between, hybrid, models_of
from quantum.attribution.result import Difference, Facts, Fidelity
from quantum.attribution.shapley import shapley, subsets
from quantum.backtesting import Data, backtest, read_all
from quantum.limits import RiskLimits
from quantum.progress import Progress
from quantum.report import Run
from quantum.strategy import Strategy
from quantum.sweeping.grid import Grid, one_trial
from quantum.sweeping.workers import run_all, thread_count
from quantum.venue import SimVenue

__all__ = ["fidelity"]


def fidelity(
    strategy: Strategy | type[Strategy],
    data: Data | Sequence[Data],
    *,
    venues: Mapping[str, SimVenue | Sequence[SimVenue]],
    cash: float | None = None,
    limits: RiskLimits | None = None,
    sample: str | timedelta | None = None,
    compile: bool = False,  # noqa: A002 - the word for it, as in backtest
    workers: int | None = None,
    progress: bool | None = None,
) -> Fidelity:
    """Runs the same strategy under each model of its venue and attributes the differences in P&L to their causes.

    ``venues`` are the models by name; the first is what the others are compared with. A model is a SimVenue, or a list
    of them where a run has several; the causes are its fields: latency, queue, fees, fills, feed_latency. For each
    model that differs from the first in n fields, the strategy is run with every mixture of the two, 2^n runs of which
    equal ones are shared, and each field's share is its Shapley value: what its change adds, averaged over every order
    in which the fields could be changed. The shares sum to the difference in P&L, and no order is preferred.

    ``compile=True`` runs them at once on ``workers`` threads (default: every core); otherwise they go in turn. The rest
    is as in ``backtest``; each run starts with the strategy as it was handed over. An exception in any run ends them
    all and is raised, with a note that names the model.
    """
    models = models_of(venues)
    terms = _Terms(
        trial=one_trial(strategy),
        data=read_all(data),
        rest={"cash": cash, "limits": limits, "sample": sample, "compile": compile},
    )
    plan, (first_name, first) = Models(), next(iter(models.items()))
    causes = {name: causes_between(first, model) for name, model in models.items()}
    number = {
        (name, parts): plan.number(hybrid(first, model, parts))
        for name, model in models.items()
        for parts in subsets(causes[name])
    }
    whole = {name: number[name, frozenset(causes[name])] for name in models}
    threads = thread_count(workers, len(plan.all)) if compile else 1
    work, bar = _Work(terms, plan.all, {each: name for name, each in reversed(whole.items())}), Progress(progress)
    started = time.perf_counter()
    try:
        done = run_all(len(plan.all), work, threads, bar)
    finally:
        bar.close()

    def pnl(name: str, parts: frozenset[str]) -> float:
        return done[number[name, parts]].pnl

    differences = {
        name: Difference(
            pnl=done[whole[name]].pnl,
            total=done[whole[name]].pnl - done[whole[first_name]].pnl,
            causes=shapley(causes[name], partial(pnl, name)),
        )
        for name in models
    }
    runs = {name: run for name in models if (run := done[whole[name]].run) is not None}
    facts = Facts(_parameters(terms.trial), len(plan.all), threads, time.perf_counter() - started)
    return Fidelity(runs, differences, facts)


def _parameters(trial: Grid) -> dict[str, Any]:
    """The parameters that the runs start with; arrays are state, not settings."""
    return {name: value for name, value in trial.strategy(0).parameters().items() if not hasattr(value, "dtype")}


@dataclass(frozen=True)
class _Terms:
    """What is the same in every run."""

    trial: Grid
    data: Any
    rest: dict[str, Any]


@dataclass(frozen=True)
class _Done:
    """What is kept of a run: all of it only where a user named its model."""

    pnl: float
    run: Run | None


@dataclass(frozen=True)
class _Work:
    """What a worker does: run the strategy under model ``number``."""

    terms: _Terms
    models: Sequence[Model]
    named: Mapping[int, str]

    def __call__(self, number: int, pace: Callable[..., None]) -> _Done:
        terms, model = self.terms, self.models[number]
        try:
            run = backtest(terms.trial.strategy(0), terms.data, venue=list(model), progress=pace, **terms.rest)
        except Exception as failure:
            which = repr(self.named[number]) if number in self.named else f"a mixture of two, {model}"
            failure.add_note(f"under the model {which}")
            raise
        pnl = float(run.raw["samples"]["equity"][-1]) - float(run.raw["cash"])
        return _Done(pnl, run if number in self.named else None)
