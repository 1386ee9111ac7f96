"""What a sweep leaves behind: a row per run, the best, and how far it is to be believed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from quantum.errors import ConfigError
from quantum.report import Run
from quantum.report.metrics import Metric, Metrics
from quantum.strategy import Strategy
from quantum.sweeping import scores, summary
from quantum.sweeping.grid import Grid
from quantum.sweeping.outcome import COUNTS, FIGURES, Outcome
from quantum.tables import Table

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped, unused-ignore]
    import plotly.graph_objects as go  # type: ignore[import-untyped, import-not-found, unused-ignore]
    import polars as pl  # type: ignore[import-not-found, unused-ignore]
    import pyarrow as pa  # type: ignore[import-untyped, import-not-found, unused-ignore]

__all__ = ["METRICS", "Sweep", "Trial"]

METRICS = ("sharpe", "pnl")


class Runner(Protocol):
    """What can run a trial again."""

    def run(self, strategy: Strategy, progress: Any) -> Run:
        """One run in full."""


@dataclass(frozen=True)
class Spent:
    """Wall time of a sweep, and how much of it went into compiling, while the runs waited."""

    elapsed_s: float
    compiling_s: float = 0.0


@dataclass(frozen=True)
class Trial:
    """One run of a sweep: its number, its varied parameters, its figures (empty if it failed), its error."""

    number: int
    parameters: dict[str, Any]
    figures: dict[str, float]
    error: str


class Sweep:
    """The result of ``quantum.sweep``.

    ``runs`` is a table with one row a run, in the grid's order: the varied parameters, ``pnl``, ``total_return``,
    ``sharpe``, ``max_drawdown``, ``trades``, ``orders``, ``fees``, ``turnover`` and ``error``, empty unless it failed.
    ``best`` is the run with the highest metric, ``metrics`` what is to be thought of it: ``deflated_sharpe``,
    ``overfitting_probability`` and ``plateau``, each NaN with its reason in ``metrics.why`` where it cannot be known.
    Of every run its profit per period is kept, not its report: ``sweep.run(number)`` runs one again in full.
    """

    def __init__(
        self, grid: Grid, outcomes: Sequence[Outcome], *, metric: str, where: str, spent: Spent, terms: Runner
    ) -> None:
        self.grid = grid
        self.facts = next(outcome.facts for outcome in outcomes if not outcome.error)
        """What ran: symbols, currency, sources, venues, limits, cash, start and end, of the first run that finished."""
        self.outcomes = [replace(outcome, facts={}) for outcome in outcomes]
        self.metric = metric
        self.where = where
        """What ran it: "2 threads", an executor's name."""
        self.spent = spent
        self._terms = terms

    def __len__(self) -> int:
        return len(self.outcomes)

    def __getitem__(self, number: int) -> Trial:
        """Trial ``number``, counted from 0; from the end where it is negative."""
        if not -len(self) <= number < len(self):
            raise IndexError(f"no run {number}: there are {len(self)}, from 0")
        number %= len(self)
        outcome = self.outcomes[number]
        return Trial(number, dict(self.grid.trials[number]), dict(outcome.figures), outcome.error)

    @cached_property
    def runs(self) -> Table:
        """One row a run: its number, the varied parameters, its figures, its error."""
        columns: dict[str, npt.NDArray[Any]] = {"run": np.arange(len(self))}
        for name in self.grid.axes:
            taken = name in FIGURES or name in ("run", "error")
            columns[f"{name}_parameter" if taken else name] = _column([trial[name] for trial in self.grid.trials])
        for name in FIGURES:
            values = np.array([outcome.figures.get(name, math.nan) for outcome in self.outcomes])
            whole = name in COUNTS and not np.any(np.isnan(values))
            columns[name] = values.astype(np.int64) if whole else values
        columns["error"] = np.array([outcome.error for outcome in self.outcomes], dtype=str)
        return Table.from_columns(columns, name="runs")

    @property
    def failed(self) -> list[Trial]:
        """The runs that failed."""
        return [self[number] for number, outcome in enumerate(self.outcomes) if outcome.error]

    @cached_property
    def best(self) -> Trial | None:
        """The run with the highest metric, the first of equals; None where no run has one."""
        number = scores.best_of(self.outcomes, self.metric)
        return None if number is None else self[number]

    @cached_property
    def metrics(self) -> Metrics:
        """How many trials there were and what that makes of the best."""
        number = None if self.best is None else self.best.number
        finished = len(self) - len(self.failed)
        return Metrics(
            [
                Metric("trials", "Trials", float(finished), "count", "runs that finished"),
                scores.deflated(self.outcomes, number),
                scores.overfitting(self.outcomes, self.metric),
                scores.plateau(self.grid, self.outcomes, self.metric, number),
            ]
        )

    @property
    def profits(self) -> npt.NDArray[np.float64]:
        """Change of equity per period of every run that finished, (periods, runs) float64: what PBO is made of."""
        finished = [outcome.profits for outcome in self.outcomes if not outcome.error]
        periods = min(each.size for each in finished)
        return np.column_stack([each[:periods] for each in finished])

    def strategy(self, number: int | None = None) -> Strategy:
        """A fresh strategy with the parameters of run ``number``, by default the best one's."""
        return self.grid.strategy(self._number(number))

    def run(self, number: int | None = None, *, progress: bool | None = None) -> Run:
        """Runs one of them again, by default the best one, and returns the whole result."""
        return self._terms.run(self.strategy(number), progress)

    def _number(self, number: int | None) -> int:
        """A run's number, the best one's for None."""
        if number is not None:
            return self[number].number
        if self.best is None:
            raise ConfigError(f"no run has the metric {self.metric!r}, so none is the best: name one by its number")
        return self.best.number

    def to_pandas(self) -> pd.DataFrame:
        """The runs as a pandas DataFrame."""
        return self.runs.to_pandas()

    def to_polars(self) -> pl.DataFrame:
        """The runs as a polars DataFrame; needs ``quantum-hft[polars]``."""
        return self.runs.to_polars()

    def to_arrow(self) -> pa.Table:
        """The runs as a pyarrow Table; needs ``quantum-hft[arrow]``."""
        return self.runs.to_arrow()

    def plot(self, x: str | None = None, y: str | None = None, *, metric: str | None = None) -> go.Figure:
        """A line over one varied parameter, or a heat map over two: a plotly Figure.

        By default over the first two that vary; the others stay at the best run's values. ``metric`` is any of the
        figures, by default the one that the best was chosen by. Needs ``quantum-hft[report]``. ConfigError for a name
        that does not vary.
        """
        from quantum.sweeping.pictures import picture

        return picture(self, x, y, metric or self.metric)

    def report(self, path: str | Path) -> Path:
        """Writes the sweep as one HTML file that needs no network, and returns its path."""
        from quantum.sweeping.pictures import page_of

        target = Path(path)
        target.write_text(page_of(self), encoding="utf-8")
        return target

    def __str__(self) -> str:
        return summary.text(self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return summary.html(self)


def _column(values: list[Any]) -> npt.NDArray[Any]:
    """A parameter's values as a column: numbers as numbers, None among floats as NaN, the rest as text."""
    kinds = {type(value) for value in values}
    if kinds == {bool}:
        return np.array(values, dtype=np.bool_)
    if kinds == {int}:
        return np.array(values, dtype=np.int64)
    if kinds <= {int, float, type(None)} and kinds != {type(None)}:
        return np.array([math.nan if value is None else float(value) for value in values])
    return np.array([summary.shown(value) for value in values], dtype=str)
