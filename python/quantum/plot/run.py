"""Pictures of a run on one time axis: price with fills, equity, drawdown, inventory, as a plotly Figure.

All panels share one x axis, so a zoom in one is a zoom in all. Lines of more than 4,000 points are reduced to the
smallest and largest value of each bucket (a spike stays a spike), fills of more than 5,000 to every n-th; where either
was done, a note on the figure says so. Buys and sells differ in shape as well as in colour.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from quantum.extras import extra
from quantum.plot.canvas import BLUE, GREY, GRID, LINE_POINTS, ORANGE, OTHERS, Canvas, Floats, domains, extremes, panel

if TYPE_CHECKING:
    import plotly.graph_objects as go  # type: ignore[import-untyped, import-not-found, unused-ignore]

__all__ = ["Fills", "Market", "Pictures", "figure"]

FILL_MARKERS = 5_000
PRICE_PANELS = 4
HEIGHTS = {"price": 0.44, "equity": 0.24, "drawdown": 0.14, "position": 0.18}
NANOSECONDS_PER_MS = 1e6
HEIGHT = 860


@dataclass(frozen=True, slots=True)
class Fills:
    """Executions of one instrument: times (n,) int64 ns, the rest (n,) float64, ``buy`` (n,) bool."""

    times_ns: npt.NDArray[np.int64]
    price: Floats
    qty: Floats
    fee: Floats
    buy: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Market:
    """One instrument over the run: mid and position at the sample times, (n,) float64, and its fills."""

    symbol: str
    mid: Floats
    position: Floats
    fills: Fills


@dataclass(frozen=True, slots=True)
class Pictures:
    """What is drawn: times (n,) int64 ns; equity, cash, fees (so far) and drawdown (fraction), each (n,) float64."""

    times_ns: npt.NDArray[np.int64]
    equity: Floats
    cash: Floats
    fees: Floats
    drawdown: Floats
    currency: str
    markets: list[Market]


def figure(pictures: Pictures) -> go.Figure:
    """The four pictures (a price panel per instrument, at most four) as a plotly Figure.

    Needs ``quantum-hft[report]``; without plotly a MissingExtraError says how to install it.
    """
    plotly = extra("plotly.graph_objects", "report")
    canvas = Canvas()
    shown = sorted(pictures.markets, key=lambda market: -len(market.fills.times_ns))[:PRICE_PANELS]
    if len(shown) < len(pictures.markets):
        canvas.notes.append(f"{len(shown)} of {len(pictures.markets)} instruments are drawn, those with the most fills")
    kinds = ["price"] * len(shown) + ["equity", "drawdown", "position"]
    heights = [HEIGHTS[kind] * (0.7 if kind == "price" and len(shown) > 1 else 1) for kind in kinds]
    places = domains(heights)
    for number, (market, domain) in enumerate(zip(shown, places, strict=False), start=1):
        panel(canvas, number, domain, f"{market.symbol}, {pictures.currency}")
        _price(canvas, number, pictures.times_ns, market)
    last = len(kinds)
    panel(canvas, last - 2, places[-3], f"Equity, {pictures.currency}")
    _equity(canvas, last - 2, pictures)
    panel(canvas, last - 1, places[-2], "Drawdown, %")
    _drawdown(canvas, last - 1, pictures)
    panel(canvas, last, places[-1], "Position" + (f", {shown[0].symbol}" if len(shown) == 1 else ""))
    if len(shown) > 1:
        canvas.labels[-1]["text"] += ": " + ", ".join(
            f'<span style="color:{colour}">{html.escape(market.symbol)}</span>'
            for market, colour in zip(shown, OTHERS, strict=False)
        )
    _positions(canvas, last, pictures.times_ns, shown)
    layout = _layout(canvas, last) | {"height": round(HEIGHT * sum(heights))}
    layout["xaxis"]["range"] = _time_range(pictures)
    return plotly.Figure(data=canvas.traces, layout=layout)


def _time_range(pictures: Pictures) -> list[float] | None:
    """The run's time with a hundredth to spare on each side; None where nothing was sampled."""
    if not len(pictures.times_ns):
        return None
    first, last = _milliseconds(pictures.times_ns[[0, -1]]).tolist()
    spare = (last - first) / 100 or 1000.0
    return [first - spare, last + spare]


def _milliseconds(times_ns: npt.NDArray[np.int64]) -> Floats:
    """Times as plotly's date axis takes them: ms since the epoch."""
    return times_ns / NANOSECONDS_PER_MS


def _line(
    canvas: Canvas, number: int, times_ns: npt.NDArray[np.int64], values: Floats, **style: Any
) -> npt.NDArray[np.intp]:
    """A line reduced to its extremes; the indices it kept."""
    kept = extremes(values)
    if len(kept) < len(values):
        note = f"Lines show the smallest and largest of each bucket: {LINE_POINTS:,} of {len(values):,} points"
        canvas.notes += [] if note in canvas.notes else [note]
    trace = {
        "type": "scatter",
        "mode": "lines",
        "x": _milliseconds(times_ns[kept]),
        "y": values[kept],
        "yaxis": f"y{number}",
    }
    canvas.traces.append({**trace, **style})
    return kept


def _price(canvas: Canvas, number: int, times_ns: npt.NDArray[np.int64], market: Market) -> None:
    """The mid with buys and sells on it."""
    name = html.escape(market.symbol)
    line = {"color": GREY, "width": 1.1}
    _line(canvas, number, times_ns, market.mid, name=f"{name} mid", line=line, hovertemplate="%{y:,.10~r}")
    fills = market.fills
    stride = max(1, -(-len(fills.times_ns) // FILL_MARKERS))
    if stride > 1:
        canvas.notes.append(f"{market.symbol}: one in {stride} of its {len(fills.times_ns):,} fills is drawn")
    size, opacity = _marker(len(fills.times_ns) // stride)
    for side, buy, symbol, colour in (("buy", True, "triangle-up", BLUE), ("sell", False, "triangle-down", ORANGE)):
        rows = np.flatnonzero(fills.buy == buy)[::stride]
        canvas.traces.append(
            {
                "type": "scatter", "mode": "markers", "name": f"{name} {side}", "yaxis": f"y{number}",
                "x": _milliseconds(fills.times_ns[rows]), "y": fills.price[rows],
                "customdata": np.column_stack([fills.qty[rows], fills.fee[rows]]),
                "marker": {"symbol": symbol, "color": colour, "size": size, "opacity": opacity},
                "hovertemplate": "%{customdata[0]:,.10~r} at %{y:,.10~r}, fee %{customdata[1]:,.6~r}, %{x|%H:%M:%S.%L}",
            }
        )  # fmt: skip


def _marker(count: int) -> tuple[float, float]:
    """Size and opacity of so many markers: a crowd is drawn small, so that it does not hide itself."""
    if count <= 400:
        return 7.0, 0.9
    return (5.0, 0.75) if count <= 1500 else (3.5, 0.55)


def _equity(canvas: Canvas, number: int, pictures: Pictures) -> None:
    """Equity, with cash and fees on hover."""
    line = {"color": BLUE, "width": 1.4}
    kept = _line(canvas, number, pictures.times_ns, pictures.equity, name="equity", line=line)
    canvas.traces[-1]["customdata"] = np.column_stack([pictures.cash[kept], pictures.fees[kept]])
    canvas.traces[-1]["hovertemplate"] = "%{y:,.2f} · cash %{customdata[0]:,.2f} · fees %{customdata[1]:,.2f}"


def _drawdown(canvas: Canvas, number: int, pictures: Pictures) -> None:
    """Drawdown as a depth below zero."""
    canvas.layout[f"yaxis{number}"] |= {"autorange": "reversed", "rangemode": "tozero", "nticks": 4}
    style = {"line": {"color": ORANGE, "width": 1.0}, "fill": "tozeroy", "fillcolor": "rgba(217,115,13,0.16)"}
    _line(
        canvas,
        number,
        pictures.times_ns,
        pictures.drawdown * 100,
        name="drawdown",
        hovertemplate="%{y:.4~r} %",
        **style,
    )


def _positions(canvas: Canvas, number: int, times_ns: npt.NDArray[np.int64], markets: list[Market]) -> None:
    """Inventory as steps: it is held until it changes."""
    canvas.layout[f"yaxis{number}"] |= {"zeroline": True, "zerolinecolor": GREY, "zerolinewidth": 1, "nticks": 5}
    for market, colour in zip(markets, OTHERS, strict=False):
        line = {"color": GREY if len(markets) == 1 else colour, "width": 1.1, "shape": "hv"}
        name = f"{html.escape(market.symbol)} position"
        _line(canvas, number, times_ns, market.position, name=name, line=line, hovertemplate="%{y:,.10~r}")


def _layout(canvas: Canvas, last: int) -> dict[str, Any]:
    """One x axis under all panels, one hover across them."""
    notes = {
        "text": html.escape(". ".join(canvas.notes)), "xref": "paper", "yref": "paper", "x": 0, "y": 0, "yshift": -34,
        "xanchor": "left", "yanchor": "top", "showarrow": False, "font": {"size": 11, "color": GREY}, "name": "notes",
    }  # fmt: skip
    return {
        **canvas.layout,
        "xaxis": {
            "type": "date", "anchor": f"y{last}", "gridcolor": GRID, "showspikes": True, "spikemode": "across",
            "spikethickness": 1, "spikedash": "solid", "spikecolor": GREY, "hoverformat": "%Y-%m-%d %H:%M:%S.%L",
        },
        "annotations": [*canvas.labels, *([notes] if canvas.notes else [])],
        "meta": {"notes": canvas.notes},
        "template": "none", "hovermode": "x unified", "hoversubplots": "axis", "showlegend": False,
        "dragmode": "zoom", "margin": {"l": 12, "r": 12, "t": 28, "b": 56},
        "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 12, "color": "#70757d"},
    }  # fmt: skip
