"""A comparison of models as waterfalls, from the first model's P&L to each other one's, and as a page."""

from __future__ import annotations

import html
from html import escape
from typing import TYPE_CHECKING, Any

from quantum.extras import extra
from quantum.plot.canvas import BLUE, GREY, GRID, ORANGE
from quantum.report import words
from quantum.report.manifest import version
from quantum.report.page import page
from quantum.report.sections import listing

if TYPE_CHECKING:
    import plotly.graph_objects as go  # type: ignore[import-untyped, import-not-found, unused-ignore]

    from quantum.attribution.result import Fidelity

__all__ = ["page_of", "picture"]

PANEL_HEIGHT = 300
GAP_SHARE = 0.28


def picture(found: Fidelity) -> go.Figure:
    """A panel for each model but the first: the first's P&L, a step for each cause, the model's own P&L."""
    plotly = extra("plotly.graph_objects", "report")
    others = [name for name in found.runs if name != found.first]
    traces, layout = [], _layout(len(others))
    for number, name in enumerate(others, start=1):
        traces.append(_waterfall(found, name, number))
        height = 1 / len(others)
        top = 1 - (number - 1) * height
        layout[f"xaxis{number}"] = {"anchor": f"y{number}", "tickvals": traces[-1]["x"], "ticktext": traces[-1]["text"]}
        layout[f"yaxis{number}"] = {
            "anchor": f"x{number}",
            "domain": [max(0.0, top - height * (1 - GAP_SHARE / 2)), top - height * GAP_SHARE / 2],
            "title": {"text": html.escape(f"P&L, {found.currency}")},
            "gridcolor": GRID,
            "zerolinecolor": GREY,
        }
    return plotly.Figure(data=traces, layout=layout)


def _waterfall(found: Fidelity, name: str, number: int) -> dict[str, Any]:
    """One panel's bars."""
    first, other = found.differences[found.first], found.differences[name]
    causes = [cause for cause in found.causes if cause in other.causes]
    shares = [other.causes[cause] for cause in causes]
    values = [first.pnl, *shares, other.pnl]
    labels = [found.first, *(cause.replace("_", " ") for cause in causes), name]
    return {
        "type": "waterfall",
        "name": html.escape(name),
        "x": list(range(len(labels))),
        "y": values,
        "measure": ["absolute", *("relative" for _ in causes), "total"],
        "text": [
            f"{html.escape(label)}<br>{words.money(value, sign=True)}"
            for label, value in zip(labels, values, strict=True)
        ],
        "textposition": "none",
        "increasing": {"marker": {"color": BLUE}},
        "decreasing": {"marker": {"color": ORANGE}},
        "totals": {"marker": {"color": GREY}},
        "connector": {"line": {"color": GREY, "width": 1}},
        "hovertemplate": "%{text}<extra></extra>",
        "xaxis": f"x{number}",
        "yaxis": f"y{number}",
    }


def _layout(panels: int) -> dict[str, Any]:
    """The house's looks."""
    return {
        "template": "none", "showlegend": False, "height": PANEL_HEIGHT * panels + 40,
        "margin": {"l": 80, "r": 12, "t": 8, "b": 24},
        "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 12, "color": "#70757d"},
    }  # fmt: skip


def page_of(found: Fidelity) -> str:
    """The comparison as one HTML file."""
    facts = "".join(
        f'<tr><th scope="row">{escape(label)}</th><td>{escape(content)}</td></tr>' for label, content in found.facts()
    )
    body = [
        f"<header><h1>{escape(found.title())}</h1></header>",
        f'<table class="facts"><tbody>{facts}</tbody></table>',
        listing(f"P&L by cause, {found.currency}", found.rounded(), len(found.runs)),
        f'<p class="note">Differences are from {escape(found.first)}. A cause\'s share is its Shapley value: what its '
        "change adds, averaged over every order in which the parts could be changed.</p>",
        "<h2>From the first model to each other</h2>",
        '<div id="charts" style="min-height: 0">'
        "<noscript>The chart needs JavaScript; the table does not.</noscript></div>",
        f"<footer>Quantum Engine {escape(version())}. The same strategy, data and models give the same figures."
        "</footer>",
    ]
    data = picture(found).to_json()  # plotly writes "<" as an escape
    return page(found.title(), body, data, "chart.js")
