"""The tear sheet: a run in one HTML file that needs no network and can be mailed, printed and kept.

Figures and tables are plain HTML; only the charts need JavaScript (``page``).
"""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

from quantum.plot import figure
from quantum.report import summary, words
from quantum.report.manifest import version
from quantum.report.page import page
from quantum.report.pictures import pictures
from quantum.report.sections import latencies, listing, manifest_rows, metric_rows, returns_section

if TYPE_CHECKING:
    from quantum.report.run import Run

__all__ = ["tear_sheet"]

LAST_ROWS = 20
ORDER_COLUMNS = ["time", "symbol", "side", "type", "price", "qty", "filled", "average_price", "fee", "state", "reason"]
LOG_LINES = 50


def tear_sheet(run: Run) -> str:
    """The whole page as text."""
    drawing = figure(pictures(run))
    notes = list(drawing.layout.meta["notes"])
    drawing.layout.annotations = [note for note in drawing.layout.annotations if note.name != "notes"]
    data = drawing.to_json()  # plotly writes "<" as an escape, so that no text can end the script
    title = f"{run.strategy} on {', '.join(instrument.symbol for instrument in run.instruments)}"
    body = [
        header(run),
        headline(run),
        "<h2>Price, equity, drawdown, inventory</h2>",
        '<div id="charts"><noscript>The charts need JavaScript; the figures below do not.</noscript></div>',
        f'<p class="note">Times are UTC. Drag to zoom all panels, double-click to see the whole run. '
        f"{escape('. '.join(notes) + '.' if notes else '')}</p>",
        f'<div class="two"><section><h2>Figures</h2>{metric_rows(run)}</section>'
        f"<section><h2>Run</h2>{manifest_rows(run)}{latencies(run)}</section></div>",
        returns_section(run),
        listing("Last orders", run.orders[ORDER_COLUMNS], LAST_ROWS),
        listing("Last refusals", run.refusals, LAST_ROWS),
        log(run),
        f"<footer>Quantum Engine {escape(version())}. The same strategy, data and settings give the same figures."
        "</footer>",
    ]
    return page(title, [part for part in body if part], data, "tearsheet.js")


def header(run: Run) -> str:
    """Who ran on what and when, with the badge and warnings that must be seen first."""
    raw = run.raw
    symbols = ", ".join(instrument.symbol for instrument in run.instruments)
    lasted = words.duration(raw["end_ns"] - raw["start_ns"])
    parameters = ", ".join(f"{name} {value}" for name, value in run.parameters.items())
    badge = '<p class="badge">SYNTHETIC MARKET: generated order flow, not a recording</p>' if run.synthetic else ""
    ended = "" if run.ended == "end of data" else f'<p class="warning">Ended early: {escape(run.ended)}</p>'
    warned = "".join(f'<p class="warning">{escape(warning)}</p>' for warning in summary.warnings(run))
    return (
        f"<header><h1>{escape(run.strategy)} <small>on {escape(symbols)}</small></h1>"
        f"<p>{escape(words.span(raw['start_ns'], raw['end_ns']))} · {escape(lasted)}"
        f"{' · ' + escape(parameters) if parameters else ''}</p></header>{badge}{ended}{warned}"
    )


def headline(run: Run) -> str:
    """The numbers one looks for first."""
    metrics, currency = run.metrics, escape(run.currency)
    profit = metrics["pnl"]
    tone = "gain" if profit > 0 else "loss" if profit < 0 else ""
    cash = f"{words.money(float(run.raw['cash']))} {currency}"
    sharpe = metrics.of("sharpe")
    cells = [
        ("P&amp;L, net of fees", f'<span class="{tone}">{words.money(profit, sign=True)}</span> {currency}',
         f"{metrics.of('total_return').text()} of {cash}"),
        ("Max drawdown", metrics.of("max_drawdown").text(), f"lasted {metrics.of('max_drawdown_duration').text()}"),
        ("Sharpe", sharpe.text(), sharpe.sampling if not math.isnan(sharpe.value) else sharpe.why.partition(";")[0]),
        ("Fills", metrics.of("fills").text(), f"{metrics.of('maker_share').text()} maker"),
        ("Win rate", metrics.of("win_rate").text(), f"{metrics.of('round_trips').text()} round trips"),
    ]  # fmt: skip
    items = "".join(
        f"<div><dt>{label}</dt><dd>{value}<small>{note if number == 0 else escape(note)}</small></dd></div>"
        for number, (label, value, note) in enumerate(cells)
    )
    return f'<dl class="headline">{items}</dl>'


def log(run: Run) -> str:
    """The last lines that the strategy logged."""
    if not run.logs:
        return ""
    lines = [f"{words.instant(int(moment))}  {text}" for moment, text in run.logs[-LOG_LINES:]]
    count = f"last {LOG_LINES} of {words.count(len(run.logs))}" if len(run.logs) > LOG_LINES else "UTC"
    return f"<h2>Log, {count}</h2><pre>{escape(chr(10).join(lines))}</pre>"
