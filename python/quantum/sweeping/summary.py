"""The one screen that ``print(sweep)`` shows: what varied, what was best, and how far to believe it."""

from __future__ import annotations

import enum
import html as markup
import math
import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from quantum.report import words
from quantum.report.summary import WIDTH, Section, lines_of, source_line, venue_line
from quantum.sweeping.outcome import COUNTS, FIGURES

if TYPE_CHECKING:
    from quantum.sweeping.result import Sweep
    from quantum.tables import Table

__all__ = ["html", "parameters_line", "sections", "shown", "text", "title", "top"]

ROWS = 10
VALUES = 6


def text(sweep: Sweep) -> str:
    """At most 40 lines of at most 100 columns, but for a table whose parameters need more."""
    lines = [title(sweep), "─" * WIDTH, *lines_of(sections(sweep), 2), ""]
    return "\n".join([*lines, *repr(top(sweep)).splitlines()[:-1]])


def html(sweep: Sweep) -> str:
    """The same as tables."""
    rows = "".join(
        f"<tr><th style='text-align:left'>{markup.escape(label)}</th>"
        f"<td style='text-align:left'>{markup.escape(content)}</td></tr>"
        for section in sections(sweep)
        for label, content in section
    )
    head = f"<table><caption>{markup.escape(title(sweep))}</caption><tbody>{rows}</tbody></table>"
    return head + top(sweep)._repr_html_()


def title(sweep: Sweep) -> str:
    """What was swept over what, shortened to a line."""
    facts = sweep.facts
    mark = " · SYNTHETIC MARKET" if facts["synthetic"] else ""
    what = f"Sweep of {sweep.grid.kind.__name__} on {', '.join(facts['symbols'])}"
    return textwrap.shorten(what, WIDTH - len(mark), placeholder=" …") + mark


def sections(sweep: Sweep) -> list[Section]:
    """The screen's sections as labels and lines."""
    return [_what_ran(sweep), _best(sweep), _belief(sweep)]


def _what_ran(sweep: Sweep) -> Section:
    """Axes, data, venue, how long it took."""
    facts, grid = sweep.facts, sweep.grid
    axes = "; ".join(f"{name} {_values(values)}" for name, values in grid.axes.items())
    drawn = f", {len(sweep):,} drawn of {grid.size:,} combinations" if len(sweep) < grid.size else ""
    rows: Section = [("Grid", axes + drawn)]
    if grid.fixed:
        rows.append(("Fixed", parameters_line(grid.fixed)))
    rows += [("" if number else "Data", source_line(source)) for number, source in enumerate(facts["sources"][:3])]
    lasted = words.duration(facts["end_ns"] - facts["start_ns"])
    rows.append(("Time", f"{words.span(facts['start_ns'], facts['end_ns'])}, {lasted}"))
    rows += [("" if number else "Venue", venue_line(venue)) for number, venue in enumerate(facts["venues"][:3])]
    failed = sweep.failed
    market_rows = sum(outcome.rows for outcome in sweep.outcomes)
    spent = sweep.spent
    running_s = max(spent.elapsed_s - spent.compiling_s, 1e-9)
    rate = (
        f"{words.number(len(sweep) / running_s, 3)} runs/s, {words.number(market_rows / running_s / 1e6, 3)} M rows/s"
    )
    compiled = f", {words.duration(spent.compiling_s * 1e9)} of it compiling" if spent.compiling_s else ""
    took = f"in {words.duration(spent.elapsed_s * 1e9)} by {sweep.where}{compiled}; {rate}"
    rows.append(("Runs", f"{len(sweep) - len(failed):,} finished, {len(failed):,} failed, {took}"))
    if failed:
        first = failed[0]
        rows.append(("Failed", f"first {parameters_line(first.parameters)}: {first.error}"))
    return rows


def _best(sweep: Sweep) -> Section:
    """The best run's parameters and figures."""
    best = sweep.best
    if best is None:
        return [("Best", f"none: no run has the metric {sweep.metric!r}")]
    of, currency = best.figures, sweep.facts["currency"]
    rule = sweep.outcomes[best.number].sampling
    ratio = words.number(of["sharpe"], 4)
    sampling = f"{rule.name}, {rule.year}" if rule else ""
    earned = f"P&L {words.money(of['pnl'], sign=True)} {currency}, drawdown {words.fraction(of['max_drawdown'])}"
    done = f"{words.count(int(of['trades']))} trades, fees {words.money(of['fees'], sign=True)}"
    return [
        ("Best", f"run {best.number}, by {sweep.metric}: {parameters_line(best.parameters)}"),
        ("", f"{earned}, {done}"),
        ("", f"Sharpe {ratio} ({sampling})"),
    ]


def _belief(sweep: Sweep) -> Section:
    """What the number of trials makes of it."""
    of = {metric.name: metric for metric in sweep.metrics.all()}
    meaning = {
        "deflated_sharpe": "probability that the best Sharpe is more than luck among so many; doubt it below 95 %",
        "overfitting_probability": "how often the best of half of the time is no better than the median in the rest",
        "plateau": "1 on a plateau, 0 or less on a lone peak",
    }
    labels = {"deflated_sharpe": "Deflated", "overfitting_probability": "PBO", "plateau": "Plateau"}
    rows: Section = []
    for name, label in labels.items():
        metric = of[name]
        known = f"{metric.text()} ({metric.sampling}): {meaning[name]}"
        rows.append((label, f"n/a: {metric.why}" if math.isnan(metric.value) else known))
    return rows


def top(sweep: Sweep) -> Table:
    """The best runs first, as many as fit; failed ones last. Short figures only."""
    runs = sweep.runs
    values = np.array([outcome.figures.get(sweep.metric, math.nan) for outcome in sweep.outcomes])
    order = np.lexsort((np.arange(len(values)), -np.nan_to_num(values, nan=-np.inf)))[:ROWS]
    others = [name for name in FIGURES if name not in ("total_return", "orders", "turnover")]
    kept = [name for name in runs.columns if name not in FIGURES and name != "error"] + others
    picked = runs[order][kept]
    columns = picked.to_dict()
    for name in others:
        digits = 0 if name in COUNTS else 6
        if columns[name].dtype.kind == "f":
            columns[name] = np.array([_short(value, digits) for value in columns[name].tolist()])
    return type(runs).from_columns(columns, name="runs")


def _short(value: float, digits: int) -> float:
    """A number with so many significant digits."""
    return value if not math.isfinite(value) or value == 0 or not digits else float(f"{value:.{digits}g}")


def parameters_line(parameters: dict[str, Any]) -> str:
    """Parameters in words."""
    return ", ".join(f"{name} {shown(value)}" for name, value in parameters.items())


def _values(values: tuple[Any, ...]) -> str:
    """An axis's values, the middle left out where there are many."""
    if len(values) <= VALUES:
        return ", ".join(shown(value) for value in values)
    return f"{shown(values[0])}, {shown(values[1])} … {shown(values[-1])} ({len(values):,} values)"


def shown(value: Any) -> str:
    """A parameter's value as text: an Enum by its name."""
    if isinstance(value, enum.Enum):
        return value.name
    return f"{value:g}" if isinstance(value, float) and value == float(f"{value:g}") else str(value)
