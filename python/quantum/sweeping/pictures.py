"""A sweep as a picture, a line over one parameter or a heat map over two, and as a page."""

from __future__ import annotations

import html
import math
from html import escape
from typing import TYPE_CHECKING, Any

from quantum.errors import ConfigError
from quantum.extras import extra
from quantum.plot.canvas import BLUE, GREY, GRID, ORANGE
from quantum.report.manifest import version
from quantum.report.page import page
from quantum.report.sections import listing
from quantum.sweeping import summary
from quantum.sweeping.outcome import FIGURES
from quantum.sweeping.scores import is_ordered

if TYPE_CHECKING:
    import plotly.graph_objects as go  # type: ignore[import-untyped, import-not-found, unused-ignore]

    from quantum.sweeping.result import Sweep

__all__ = ["page_of", "picture"]

HEIGHT = 480
MIDDLE = "#f4f4f1"
LAST_ROWS = 500


def picture(sweep: Sweep, x: str | None, y: str | None, metric: str) -> go.Figure:
    """The metric over one or two parameters, the others held where the best run has them."""
    plotly = extra("plotly.graph_objects", "report")
    axes = _axes(sweep, x, y)
    if metric not in FIGURES:
        raise ConfigError(f"metric must be one of {', '.join(FIGURES)}, not {metric!r}")
    held = _held(sweep, axes)
    cells = {
        tuple(repr(trial[name]) for name in axes): outcome.figures.get(metric, math.nan)
        for trial, outcome in zip(sweep.grid.trials, sweep.outcomes, strict=True)
        if all(repr(trial[name]) == repr(value) for name, value in held.items())
    }
    trace = _line(sweep, axes[0], cells, metric) if len(axes) == 1 else _heat(sweep, axes, cells, metric)
    note = f"at {summary.parameters_line(held)}" if held else ""
    return plotly.Figure(data=trace, layout=_layout(axes, metric, note))


def _axes(sweep: Sweep, x: str | None, y: str | None) -> list[str]:
    """What is drawn over: what was asked for, else the first two parameters that have more than one value."""
    asked = list(dict.fromkeys(name for name in (x, y) if name is not None))
    for name in asked:
        if name not in sweep.grid.axes:
            raise ConfigError(f"{name!r} does not vary in this sweep: {', '.join(sweep.grid.axes)} do")
    varied = [name for name, values in sweep.grid.axes.items() if len(values) > 1]
    return asked or varied[:2] or list(sweep.grid.axes)[:1]


def _held(sweep: Sweep, axes: list[str]) -> dict[str, Any]:
    """The parameters that are not drawn, where the best run (else the first) has them."""
    number = 0 if sweep.best is None else sweep.best.number
    return {name: value for name, value in sweep.grid.trials[number].items() if name not in axes}


def _ticks(sweep: Sweep, name: str) -> list[Any]:
    """An axis's values in the order they are drawn."""
    values = sweep.grid.axes[name]
    return sorted(values) if is_ordered(values) else list(values)


def _line(sweep: Sweep, x: str, cells: dict[tuple[str, ...], float], metric: str) -> list[dict[str, Any]]:
    """The metric over one parameter."""
    values = _ticks(sweep, x)
    return [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": [value if is_ordered(values) else summary.shown(value) for value in values],
            "y": [_known(cells.get((repr(value),), math.nan)) for value in values],
            "line": {"color": BLUE, "width": 1.4},
            "marker": {"color": BLUE, "size": 7},
            "hovertemplate": f"{html.escape(x)} %{{x}}: {metric} %{{y:,.6~g}}<extra></extra>",
        }
    ]


def _heat(sweep: Sweep, axes: list[str], cells: dict[tuple[str, ...], float], metric: str) -> list[dict[str, Any]]:
    """The metric over two parameters, blue above 0 and orange below; the best run is marked."""
    across, up = (_ticks(sweep, name) for name in axes)
    grid = [[_known(cells.get((repr(a), repr(b)), math.nan)) for a in across] for b in up]
    largest = max((abs(value) for row in grid for value in row if value is not None), default=1.0) or 1.0
    heat = {
        "type": "heatmap",
        "x": [summary.shown(value) for value in across],
        "y": [summary.shown(value) for value in up],
        "z": grid,
        "zmin": -largest,
        "zmax": largest,
        "colorscale": [[0.0, ORANGE], [0.5, MIDDLE], [1.0, BLUE]],
        "colorbar": {"title": {"text": metric}, "outlinewidth": 0, "thickness": 12},
        "xgap": 1,
        "ygap": 1,
        "hovertemplate": f"{html.escape(axes[0])} %{{x}}, {html.escape(axes[1])} %{{y}}: "
        f"{metric} %{{z:,.6~g}}<extra></extra>",
    }
    if sweep.best is None:
        return [heat]
    at = [summary.shown(sweep.best.parameters[name]) for name in axes]
    mark = {
        "type": "scatter",
        "mode": "markers",
        "x": [at[0]],
        "y": [at[1]],
        "marker": {"symbol": "circle-open", "size": 18, "color": "#16181d", "line": {"width": 2}},
        "hovertemplate": f"best by {sweep.metric}<extra></extra>",
    }
    return [heat, mark]


def _known(value: float) -> float | None:
    """A hole where there is no value."""
    return None if math.isnan(value) else value


def _layout(axes: list[str], metric: str, note: str) -> dict[str, Any]:
    """Titles and the house's looks."""
    two = len(axes) == 2
    named = [html.escape(name) for name in (axes if two else [axes[0], metric])]
    ticks = {"type": "category"} if two else {}
    return {
        "xaxis": {"title": {"text": named[0]}, "gridcolor": GRID, "zeroline": False, **ticks},
        "yaxis": {"title": {"text": named[1]}, "gridcolor": GRID, "zerolinecolor": GREY, **ticks},
        "title": {"text": html.escape(note), "font": {"size": 12}, "x": 0, "xref": "paper"},
        "template": "none", "showlegend": False, "height": HEIGHT,
        "margin": {"l": 70, "r": 12, "t": 40, "b": 56},
        "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 12, "color": "#70757d"},
    }  # fmt: skip


def page_of(sweep: Sweep) -> str:
    """The sweep as one HTML file."""
    title = summary.title(sweep)
    facts = "".join(
        f'<tr><th scope="row">{escape(label)}</th><td>{escape(content)}</td></tr>'
        for section in summary.sections(sweep)
        for label, content in section
    )
    body = [
        f"<header><h1>{escape(title)}</h1></header>",
        f'<table class="facts"><tbody>{facts}</tbody></table>',
        f"<h2>{escape(sweep.metric)}</h2>",
        '<div id="charts" style="min-height: 0">'
        "<noscript>The chart needs JavaScript; the tables do not.</noscript></div>",
        listing("Best runs", summary.top(sweep), summary.ROWS),
        listing("Runs", sweep.runs, LAST_ROWS),
        f"<footer>Quantum Engine {escape(version())}. The same strategy, data and grid give the same runs.</footer>",
    ]
    data = picture(sweep, None, None, sweep.metric).to_json()  # plotly writes "<" as an escape
    return page(title, [part for part in body if part], data, "chart.js")
