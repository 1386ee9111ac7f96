"""What a comparison of models leaves behind: a run under each, and the differences by cause."""

from __future__ import annotations

import html as markup
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from quantum.report import Run, words
from quantum.report.summary import WIDTH, Section, lines_of, source_line, venue_line
from quantum.tables import Table

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped, unused-ignore]
    import plotly.graph_objects as go  # type: ignore[import-untyped, import-not-found, unused-ignore]
    import polars as pl  # type: ignore[import-not-found, unused-ignore]
    import pyarrow as pa  # type: ignore[import-untyped, import-not-found, unused-ignore]

__all__ = ["Difference", "Facts", "Fidelity"]

USUAL = ("queue", "latency", "feed_latency", "fees", "fills")


@dataclass(frozen=True)
class Difference:
    """A model's P&L, how far it is from the first model's, and each cause's share of that; amounts in the currency."""

    pnl: float
    total: float
    causes: dict[str, float]
    """Shares by field of the venue; they sum to ``total`` but for rounding. Empty for the first model."""


@dataclass(frozen=True)
class Facts:
    """What was done: the parameters of every run, how many runs, mixtures included, on how many threads, how long."""

    parameters: dict[str, Any]
    runs: int
    threads: int
    elapsed_s: float


class Fidelity:
    """The result of ``quantum.fidelity``.

    ``runs`` holds the run under each model by name, ``differences`` what separates it from the first, ``table`` both
    with one row a model: model, pnl, difference, a column for each cause, trades. ``print``, ``plot`` (a waterfall for
    each model), ``report`` and ``to_pandas`` show it.
    """

    def __init__(self, runs: Mapping[str, Run], differences: Mapping[str, Difference], made: Facts) -> None:
        self.runs = dict(runs)
        self.differences = dict(differences)
        self.made = made

    def __getitem__(self, name: str) -> Run:
        """The run under a model."""
        if name not in self.runs:
            raise KeyError(f"no model {name!r}; there are {', '.join(self.runs)}")
        return self.runs[name]

    @property
    def first(self) -> str:
        """The model that the others are compared with."""
        return next(iter(self.runs))

    @property
    def currency(self) -> str:
        """The currency of every amount."""
        return self.runs[self.first].currency

    @property
    def causes(self) -> list[str]:
        """Every field in which a model differs from the first, the usual suspects first."""
        found = list(dict.fromkeys(cause for each in self.differences.values() for cause in each.causes))
        return sorted(found, key=lambda cause: USUAL.index(cause) if cause in USUAL else len(USUAL))

    @cached_property
    def table(self) -> Table:
        """One row a model: P&L, its difference from the first model's, the causes' shares, trades."""
        each = self.differences.values()
        columns = {
            "model": np.array(list(self.runs), dtype=str),
            "pnl": np.array([one.pnl for one in each]),
            "difference": np.array([one.total for one in each]),
        }
        columns |= {cause: np.array([one.causes.get(cause, 0.0) for one in each]) for cause in self.causes}
        columns["trades"] = np.array([run.totals["trades"] for run in self.runs.values()], dtype=np.int64)
        return Table.from_columns(columns, name="models")

    def to_pandas(self) -> pd.DataFrame:
        """The table as a pandas DataFrame."""
        return self.table.to_pandas()

    def to_polars(self) -> pl.DataFrame:
        """The table as a polars DataFrame; needs ``quantum-hft[polars]``."""
        return self.table.to_polars()

    def to_arrow(self) -> pa.Table:
        """The table as a pyarrow Table; needs ``quantum-hft[arrow]``."""
        return self.table.to_arrow()

    def plot(self) -> go.Figure:
        """From the first model's P&L to each other one's, cause by cause: a plotly Figure of waterfalls.

        Needs ``quantum-hft[report]``; without it the error says how to install it.
        """
        from quantum.attribution.pictures import picture

        return picture(self)

    def report(self, path: str | Path) -> Path:
        """Writes the comparison as one HTML file that needs no network, and returns its path."""
        from quantum.attribution.pictures import page_of

        target = Path(path)
        target.write_text(page_of(self), encoding="utf-8")
        return target

    def title(self) -> str:
        """What ran on what, shortened to a line."""
        run = self.runs[self.first]
        mark = " · SYNTHETIC MARKET" if run.synthetic else ""
        symbols = ", ".join(instrument.symbol for instrument in run.instruments)
        return textwrap.shorten(f"Fidelity of {run.strategy} on {symbols}", WIDTH - len(mark), placeholder=" …") + mark

    def facts(self) -> Section:
        """What ran: parameters, data, each model, how many runs."""
        run = self.runs[self.first]
        made = self.made
        parameters = ", ".join(f"{name} {value}" for name, value in made.parameters.items()) or "none"
        rows: Section = [("Parameters", parameters)]
        rows += [("" if number else "Data", source_line(one)) for number, one in enumerate(run.raw["sources"][:3])]
        rows.append(("Time", words.span(run.raw["start_ns"], run.raw["end_ns"])))
        for name, each in self.runs.items():
            rows.append(("Model", f"{name}: " + "; ".join(venue_line(venue) for venue in each.raw["venues"])))
        by = f"{made.threads} thread{'s' if made.threads > 1 else ''}"
        took = f"{made.runs:,} in {words.duration(made.elapsed_s * 1e9)} by {by}, mixtures of two models included"
        return [*rows, ("Runs", took)]

    def __str__(self) -> str:
        note = (
            f"Amounts in {self.currency}, net of fees. Differences are from {self.first!r}; shares are Shapley values."
        )
        lines = [self.title(), "─" * WIDTH, *lines_of([self.facts()], 2), ""]
        return "\n".join([*lines, *repr(self.rounded()).splitlines()[:-1], "", note])

    __repr__ = __str__

    def rounded(self) -> Table:
        """The table in whole cents, for reading: in each row the causes still add up to the difference."""
        columns = self.table.to_dict()
        columns["pnl"] = np.round(columns["pnl"], 2) + 0.0
        columns["difference"] = np.round(columns["pnl"] - columns["pnl"][0], 2) + 0.0
        if self.causes:
            exact = np.column_stack([columns[cause] for cause in self.causes])
            rows = [_in_cents(shares, total) for shares, total in zip(exact, columns["difference"], strict=True)]
            columns |= dict(zip(self.causes, np.array(rows).T, strict=True))
        return Table.from_columns(columns, name="models")

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{markup.escape(label)}</th>"
            f"<td style='text-align:left'>{markup.escape(content)}</td></tr>"
            for label, content in self.facts()
        )
        head = f"<table><caption>{markup.escape(self.title())}</caption><tbody>{rows}</tbody></table>"
        return head + self.rounded()._repr_html_()


def _in_cents(shares: npt.NDArray[np.float64], total: float) -> npt.NDArray[np.float64]:
    """Shares rounded to cents that sum to ``total``, each less than a cent or two from itself.

    All are rounded down, and the cents that are then missing go to those that lost most; a share of nothing stays so.
    """
    exact = shares * 100
    cents = np.floor(exact)
    missing = round(total * 100) - int(cents.sum())
    order = [number for number in np.argsort(cents - exact, kind="stable").tolist() if shares[number]]
    for turn in range(abs(missing) if order else 0):
        cents[order[turn % len(order)]] += 1 if missing > 0 else -1
    return np.asarray(cents / 100 + 0.0)
