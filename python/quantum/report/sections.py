"""The tear sheet's tables as HTML; whatever comes from a user is escaped here."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from quantum.report import summary, words
from quantum.tables import Table

if TYPE_CHECKING:
    from quantum._core import Instrument
    from quantum.report.run import Run

__all__ = ["latencies", "listing", "manifest_rows", "metric_rows", "returns_section"]

GROUPS = {"pnl": "Result", "cagr": "Ratios", "orders": "Trading"}
DAILY_ROWS = 62


def metric_rows(run: Run) -> str:
    """Every figure with its sampling, or with the reason that it has no value."""
    rows = []
    said = ""
    for metric in run.metrics.all():
        if metric.name in GROUPS:
            rows.append(f'<tr class="group"><th colspan="3">{GROUPS[metric.name]}</th></tr>')
        note = metric.why or metric.sampling
        # One reason for eight figures is said once.
        shown = "as above" if metric.why and metric.why == said else note
        said = metric.why
        rows.append(
            f'<tr><th scope="row">{escape(metric.label)}</th><td class="n">{escape(metric.text())}</td>'
            f'<td class="w">{escape(shown)}</td></tr>'
        )
    head = '<thead><tr><th>Figure</th><th class="n">Value</th><th>Sampling, or why there is none</th></tr></thead>'
    return f'<table class="figures">{head}<tbody>{"".join(rows)}</tbody></table>'


def units_of(instrument: Instrument) -> str:
    """Venue, order grid and currency of an instrument in words."""
    venue = instrument.venue or "any venue"
    return f"{venue}, tick {instrument.tick_size}, lot {instrument.lot_size}, {instrument.currency}"


def manifest_rows(run: Run) -> str:
    """What ran: parameters, data, venue, limits, why it ended."""
    facts = [*summary.what_ran(run), ("Start cash", f"{words.money(float(run.raw['cash']))} {run.currency}")]
    facts += [(instrument.symbol, units_of(instrument)) for instrument in run.instruments]
    facts += [fact for fact in summary.speed(run) if fact[0] == "Replay"]
    facts += [fact for fact in summary.verdict(run) if fact[0] != "Warning"]
    body = "".join(f'<tr><th scope="row">{escape(name)}</th><td>{escape(text)}</td></tr>' for name, text in facts)
    return f'<table class="facts"><tbody>{body}</tbody></table>'


def latencies(run: Run) -> str:
    """Measured wall time of the strategy's callbacks."""
    if not run.raw["latencies"]:
        return ""
    names = ("p50", "p90", "p99", "p999", "max")
    rows = "".join(
        f'<tr><th scope="row">{escape(callback)}</th><td class="n">{words.count(figures["count"])}</td>'
        + "".join(f'<td class="n">{words.duration(figures[name])}</td>' for name in names)
        + "</tr>"
        for callback, figures in run.raw["latencies"].items()
    )
    labels = ("Calls", "p50", "p90", "p99", "p99.9", "Max")
    head = "<thead><tr><th>Callback</th>" + "".join(f'<th class="n">{label}</th>' for label in labels) + "</tr></thead>"
    return f'<h2>Callbacks, measured</h2><div class="scroll"><table>{head}<tbody>{rows}</tbody></table></div>'


def listing(title: str, table: Table, rows: int) -> str:
    """The last rows of a table; nothing where it is empty."""
    if not len(table):
        return ""
    last = table[-rows:]
    numeric = [last.array.dtype[column].kind in "iuf" for column in last.columns]
    tag = ['<td class="n">' if number else "<td>" for number in numeric]
    head = "".join(
        f"<th{' class=n' if number else ''}>{escape(column.replace('_', ' '))}</th>"
        for column, number in zip(last.columns, numeric, strict=True)
    )
    body = "".join(
        "<tr>" + "".join(f"{tag[place]}{escape(_blank(cell))}</td>" for place, cell in enumerate(row)) + "</tr>"
        for row in last.cells(rows)[0]
    )
    count = f"{title}, {len(last)} of {words.count(len(table))}" if len(table) > rows else title
    return (
        f'<h2>{escape(count)}</h2><div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _blank(cell: str) -> str:
    """A missing number as a blank, a truth as a word."""
    return {"nan": "", "True": "yes", "False": ""}.get(cell, cell).replace("-", "−" if _is_number(cell) else "-")


def _is_number(cell: str) -> bool:
    return cell[:1] == "-" and cell[1:2].isdigit()


def returns_section(run: Run) -> str:
    """Returns per day, or per month of a longer run; nothing for a run of fewer than two days."""
    daily = run.returns("1d")
    if len(daily) < 2:
        return ""
    labels, values = daily["time"].astype("datetime64[D]"), daily["return"]
    title = "Daily returns, 24 h steps by their end"
    if len(daily) > DAILY_ROWS:
        months = labels.astype("datetime64[M]")
        labels, place = np.unique(months, return_inverse=True)
        growth = np.zeros(len(labels))
        np.add.at(growth, place, np.log1p(np.maximum(values, -1 + 1e-12)))
        values, title = np.expm1(growth), "Monthly returns, daily steps compounded"
    largest = float(np.max(np.abs(values))) or math.inf
    rows = "".join(
        f'<tr><th scope="row">{label}</th><td class="n">{words.fraction(value)}</td>{_bar(value / largest)}</tr>'
        for label, value in zip(labels.astype(str).tolist(), values.tolist(), strict=True)
    )
    return f"<h2>{title}</h2><table><tbody>{rows}</tbody></table>"


def _bar(share: float) -> str:
    """A bar to the right for a gain, to the left for a loss; ``share`` of half the cell."""
    width = abs(share) * 50
    left = 50.0 if share >= 0 else 50.0 - width
    side = "" if share >= 0 else ' class="down"'
    return f'<td class="bar"><i{side} style="left:{left:.2f}%;width:{width:.2f}%"></i></td>'
