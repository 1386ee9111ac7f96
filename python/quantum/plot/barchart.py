"""One instrument's bars as a chart: candles, volume, indicators, hits and zones on one axis of bars.

The axis counts bars, so that nights and weekends take no room. The figure of ``Chart.figure`` shows the whole at once,
at most ``CANDLES`` candles of several bars each; the page that ``Chart.save`` writes holds every bar and draws what is
in view as finely as the screen can show it.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from quantum.errors import ConfigError
from quantum.extras import extra
from quantum.plot.candles import Candles, read_candles
from quantum.plot.canvas import BLUE, GREY, GRID, ORANGE, Canvas, Floats, domains, extremes, panel
from quantum.plot.marks import Marks, no_marks, read_marks, when
from quantum.plot.series import Series, guides, inputs_of, read_series

if TYPE_CHECKING:
    import plotly.graph_objects as go  # type: ignore[import-untyped, import-not-found, unused-ignore]

__all__ = ["CANDLES", "Chart", "chart"]

#: The most that is drawn at once; the page's script holds to the same numbers.
CANDLES, MARKS, ZONES = 800, 400, 250
TICKS = 8
PRICE_HEIGHT, VOLUME_HEIGHT, PANEL_HEIGHT, GAP_HEIGHT = 440, 80, 120, 26
LINES = ("#8f6fc4", "#2f9e8f", "#b0577c", "#a38a1c", "#4f7d3a", "#5b6abf")
DASHES = {"middle": "dot", "base": "dash", "span_a": "dot", "span_b": "dashdot"}
#: One colour a pattern; shapes say the direction.
PATTERNS = ("#3b82c4", "#a38a1c", "#2f9e8f", "#b0577c", "#8f6fc4", "#d9730d", "#4f7d3a")
FILLS = {1: "rgba(59,130,196,0.13)", -1: "rgba(217,115,13,0.13)"}
EDGE = "rgba(255,255,255,0.8)"
SHAPES = {1: "triangle-up", -1: "triangle-down", 0: "diamond"}


@dataclass(frozen=True, slots=True)
class Chart:
    """What ``chart`` made: ``figure`` is a plotly Figure of the whole, ``save`` writes the page."""

    candles: Candles
    series: list[Series]
    marks: Marks
    title: str

    @property
    def figure(self) -> go.Figure:
        """The whole as a plotly Figure, reduced to what a screen can show; a note on it says so."""
        plotly = extra("plotly.graph_objects", "report")
        parts = describe(self)
        return plotly.Figure(data=parts["data"], layout=parts["layout"])

    def save(self, path: str | PathLike[str]) -> Path:
        """Writes the chart as one HTML file that needs no network; gives its path.

        Raises ``ConfigError`` for a name that does not end in .html.
        """
        file = Path(path)
        if file.suffix.lower() not in (".html", ".htm"):
            raise ConfigError(f"a chart is saved as .html, not {file.name!r}; figure.write_image makes other formats")
        from quantum.plot.interactive import page

        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page(self), encoding="utf-8")
        return file

    def _repr_mimebundle_(self, *given: Any, **named: Any) -> Any:
        return self.figure._repr_mimebundle_(*given, **named)

    def __repr__(self) -> str:
        lines = len({series.request for series in self.series})
        return f"Chart of {self.title}: {len(self.candles):,} bars, {lines} indicators, {len(self.marks):,} hits"


def chart(
    bars: Any,
    *,
    hits: Any = None,
    indicators: Sequence[str] = (),
    symbol: str | None = None,
    title: str | None = None,
) -> Chart:
    """A chart of one instrument's bars: candles, volume, indicators, hits and their zones.

    ``bars`` is a frame (pandas, polars, Arrow), a mapping or structured array with open, high, low, close and maybe
    time and volume, what ``q.data.bars`` gives, an array (n, 4) or (n, 5), or a ``q.Panel``; where it holds several
    symbols, ``symbol`` says which. ``hits`` is what a scanner gives for these bars or more. ``indicators`` are names
    with numbers, as in ``"ema_20"`` or ``"macd_12_26_9"`` (see ``q.ta.catalog()``): those of the scale of prices lie
    on the candles, each other one has its own panel. Fair value gaps and order blocks are boxes from the bar they come
    from to the one that filled them.

    Raises ``ConfigError`` for an unknown indicator (naming the nearest) or symbol, ``DataError`` for bars or hits that
    lack a column, bars out of order, and hits of which none is at a bar. Drawing needs ``quantum-hft[report]``.
    """
    candles = read_candles(bars, symbol, inputs_of(indicators))
    series = read_series(candles, indicators)
    marks = no_marks() if hits is None else read_marks(hits, candles)
    return Chart(candles, series, marks, title or candles.symbol or "bars")


@dataclass(slots=True)
class Drawing(Canvas):
    """A chart in the making: its panels from the top down, each with its height in pixels."""

    heights: list[int] = field(default_factory=list)
    shapes: list[dict[str, Any]] = field(default_factory=list)


def describe(chart: Chart) -> dict[str, Any]:
    """Data and layout of the figure; ``meta`` of a trace says what it shows, for the page's script."""
    drawing = Drawing()
    panes = list(dict.fromkeys(series.request for series in chart.series if not series.overlay))
    volume = "volume" in chart.candles.columns and bool((chart.candles.columns["volume"] > 0).any())
    drawing.heights = [PRICE_HEIGHT, *([VOLUME_HEIGHT] if volume else []), *[PANEL_HEIGHT] * len(panes)]
    total = sum(drawing.heights) + GAP_HEIGHT * (len(drawing.heights) - 1)
    places = domains([float(height) for height in drawing.heights], GAP_HEIGHT / total)
    panel(drawing, 1, places[0], "")
    draw_zones(drawing, chart)
    draw_candles(drawing, chart.candles)
    overlays = list(dict.fromkeys(series.request for series in chart.series if series.overlay))
    for series in chart.series:
        if series.overlay:
            draw_line(drawing, 1, chart, series, LINES[overlays.index(series.request) % len(LINES)])
    draw_marks(drawing, chart)
    if volume:
        panel(drawing, 2, places[1], "Volume")
        draw_volume(drawing, chart.candles)
    for number, request in enumerate(panes, start=2 + volume):
        lines = [series for series in chart.series if series.request == request]
        panel(drawing, number, places[number - 1], "")
        for place, series in enumerate(lines):
            draw_line(drawing, number, chart, series, LINES[place % len(LINES)])
        drawing.labels[-1]["text"] = heading(lines)
        drawing.shapes += [guide(number, level) for level in guides(request)]
    return {"data": drawing.traces, "layout": layout(drawing, chart, total)}


def heading(lines: list[Series]) -> str:
    """What a panel shows, each output in the colour of its line."""
    if len(lines) == 1:
        return html.escape(lines[0].title)
    outputs = [
        f'<span style="color:{LINES[place % len(LINES)]}">{html.escape(series.output)}</span>'
        for place, series in enumerate(lines)
    ]
    return f"{html.escape(lines[0].title)}  {' · '.join(outputs)}"


def groups(count: int, most: int = CANDLES) -> tuple[int, npt.NDArray[np.int64]]:
    """How many bars go into one candle so that there are at most ``most``, and where each candle begins."""
    stride = max(1, -(-count // most))
    return stride, np.arange(0, count, stride)


def draw_candles(drawing: Drawing, candles: Candles) -> None:
    """Candles, of several bars each where there are too many."""
    stride, starts = groups(len(candles))
    open_, high, low, close = (candles.columns[name] for name in ("open", "high", "low", "close"))
    ends = np.minimum(starts + stride, len(candles)) - 1
    if stride > 1:
        drawing.notes.append(f"Each candle is {stride} of {len(candles):,} bars")
    drawing.traces.append(
        {
            "type": "candlestick", "name": "candles", "meta": {"role": "candles"}, "yaxis": "y1", "showlegend": False,
            "x": starts + (ends - starts) / 2, "open": open_[starts], "high": np.fmax.reduceat(high, starts),
            "low": np.fmin.reduceat(low, starts), "close": close[ends], "whiskerwidth": 0,
            "increasing": {"line": {"color": BLUE, "width": 1}, "fillcolor": BLUE},
            "decreasing": {"line": {"color": ORANGE, "width": 1}, "fillcolor": ORANGE},
            "text": [when(candles, int(bar)) for bar in starts], "hoverinfo": "text+y",
        }
    )  # fmt: skip


def draw_volume(drawing: Drawing, candles: Candles) -> None:
    """Volume of each candle in the candle's colour."""
    stride, starts = groups(len(candles))
    ends = np.minimum(starts + stride, len(candles)) - 1
    up = candles.columns["close"][ends] >= candles.columns["open"][starts]
    volume = np.nan_to_num(candles.columns["volume"])
    drawing.traces.append(
        {
            "type": "bar", "name": "volume", "meta": {"role": "volume"}, "yaxis": "y2", "showlegend": False,
            "x": starts + (ends - starts) / 2, "y": np.add.reduceat(volume, starts),
            "marker": {"color": np.where(up, BLUE, ORANGE).tolist(), "line": {"width": 0}, "opacity": 0.55},
            "hovertemplate": "%{y:,.4~s}<extra></extra>",
        }
    )  # fmt: skip
    drawing.layout["yaxis2"] |= {"rangemode": "tozero", "nticks": 3, "tickformat": ".3~s"}


def draw_line(drawing: Drawing, number: int, chart: Chart, series: Series, colour: str) -> None:
    """One indicator's line, reduced to its extremes, or its columns."""
    kept = extremes(series.values, CANDLES * 2)
    first = next(each for each in chart.series if each.request == series.request) is series
    trace: dict[str, Any] = {
        "name": html.escape(series.title), "legendgroup": series.request,
        "yaxis": f"y{number}", "x": kept, "y": series.values[kept],
        "meta": {"role": "columns" if series.columns else "line", "series": chart.series.index(series)},
        "showlegend": first and series.overlay, "hovertemplate": "%{y:,.7~g}",
    }  # fmt: skip
    if series.columns:
        columns = {"marker": {"color": colour, "line": {"width": 0}, "opacity": 0.7}}
        drawing.traces.append({**trace, "type": "bar", **columns})
        return
    style = {"color": colour, "width": 1.3, "dash": DASHES.get(series.output, "solid") if series.overlay else "solid"}
    drawing.traces.append({**trace, "type": "scatter", "mode": "lines", "line": style})


def strongest(marks: Marks, rows: npt.NDArray[np.int64], most: int) -> npt.NDArray[np.int64]:
    """At most ``most`` of the rows, those of the greatest confidence, in order."""
    if len(rows) <= most:
        return rows
    kept: npt.NDArray[np.int64] = np.sort(rows[np.argsort(-marks.confidence[rows], kind="stable")[:most]])
    return kept


def draw_zones(drawing: Drawing, chart: Chart) -> None:
    """Boxes of the zones, a trace for each pattern and direction so that the legend can hide them."""
    marks = chart.marks
    rows = strongest(marks, np.flatnonzero(marks.until >= 0), ZONES)
    if len(rows) < int((marks.until >= 0).sum()):
        drawing.notes.append(f"{ZONES} of {int((marks.until >= 0).sum()):,} zones are drawn, the strongest")
    for pattern, name in enumerate(marks.patterns):
        for direction in (1, -1):
            own = rows[(marks.pattern[rows] == pattern) & (marks.direction[rows] == direction)]
            if not ((marks.until >= 0) & (marks.pattern == pattern) & (marks.direction == direction)).any():
                continue
            left, right = marks.origin[own] - 0.5, np.minimum(marks.until[own], len(chart.candles) - 1) + 0.5
            gap = np.full(len(own), np.nan)
            x = np.column_stack([left, right, right, left, left, gap]).ravel()
            lo, hi = marks.lo[own], marks.hi[own]
            y = np.column_stack([lo, lo, hi, hi, lo, gap]).ravel()
            drawing.traces.append(
                {
                    "type": "scatter", "mode": "lines", "fill": "toself", "hoverinfo": "skip", "x": x, "y": y,
                    "name": f"{words(name)} zones", "legendgroup": name, "showlegend": False, "yaxis": "y1",
                    "fillcolor": FILLS[direction], "line": {"width": 0.6, "color": FILLS[direction]},
                    "meta": {"role": "zones", "pattern": pattern, "direction": direction},
                }
            )  # fmt: skip


def draw_marks(drawing: Drawing, chart: Chart) -> None:
    """Hits under their bar (up) or over it (down), several of a bar under each other."""
    marks, candles = chart.marks, chart.candles
    rows = strongest(marks, np.arange(len(marks)), MARKS)
    if len(rows) < len(marks):
        drawing.notes.append(f"{MARKS} of {len(marks):,} hits are drawn, the strongest")
    height = float(np.nanmax(candles.columns["high"]) - np.nanmin(candles.columns["low"])) or 1.0
    price, stacked = np.zeros(len(rows)), dict[tuple[int, bool], int]()
    for place, row in enumerate(rows.tolist()):
        bar, above = int(marks.bar[row]), bool(marks.direction[row] < 0)
        level = stacked[bar, above] = stacked.get((bar, above), 0) + 1
        price[place] = candles.columns["high" if above else "low"][bar] + (0.025 if above else -0.025) * level * height
    for pattern, name in enumerate(marks.patterns):
        own = np.flatnonzero(marks.pattern[rows] == pattern)
        count = int((marks.pattern == pattern).sum())
        drawing.traces.append(
            {
                "type": "scatter", "mode": "markers", "yaxis": "y1",
                # The first point is drawn nowhere: it gives the legend a shape that says no direction.
                "x": [None, *marks.bar[rows[own]].tolist()], "y": [None, *price[own].tolist()],
                "name": f"{words(name)} {count:,}", "legendgroup": name, "meta": {"role": "marks", "pattern": pattern},
                "text": ["", *(marks.text[row] for row in rows[own].tolist())],
                "hovertemplate": "%{text}<extra></extra>",
                "marker": {
                    "symbol": ["circle", *(SHAPES[int(way)] for way in marks.direction[rows[own]])], "size": 9,
                    "color": PATTERNS[pattern % len(PATTERNS)], "line": {"width": 0.8, "color": EDGE},
                },
            }
        )  # fmt: skip


def words(pattern: str) -> str:
    """A pattern's name as words."""
    return html.escape(pattern.replace("_", " "))


def guide(number: int, level: float) -> dict[str, Any]:
    """A dotted line across a panel."""
    line = {"color": GREY, "width": 1, "dash": "dot"}
    return {
        "type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": f"y{number}", "y0": level, "y1": level, "line": line,
        "layer": "below", "name": "guide",
    }  # fmt: skip


def layout(drawing: Drawing, chart: Chart, height: int) -> dict[str, Any]:
    """One x axis of bars under all panels."""
    count, last = len(chart.candles), len(drawing.heights)
    ticks = np.unique(np.linspace(0, count - 1, min(TICKS, count)).astype(np.int64))
    notes = {
        "text": html.escape(". ".join(drawing.notes)), "xref": "paper", "yref": "paper", "x": 0, "y": 0, "yshift": -30,
        "xanchor": "left", "yanchor": "top", "showarrow": False, "font": {"size": 11, "color": GREY}, "name": "notes",
    }  # fmt: skip
    labels = [label for label in drawing.labels if label["text"]]
    return {
        **drawing.layout,
        "xaxis": {
            "anchor": f"y{last}", "gridcolor": GRID, "zeroline": False, "range": [-0.5, count - 0.5],
            "tickvals": ticks.tolist(), "ticktext": [when(chart.candles, int(bar)) for bar in ticks],
            "rangeslider": {"visible": False}, "showspikes": True, "spikemode": "across", "spikesnap": "cursor",
            "spikethickness": 1, "spikedash": "solid", "spikecolor": GREY,
        },
        "annotations": [*labels, *([notes] if drawing.notes else [])], "shapes": drawing.shapes,
        "meta": {"notes": drawing.notes}, "template": "none", "hovermode": "closest", "dragmode": "pan", "bargap": 0.25,
        "showlegend": True, "height": height + 100, "margin": {"l": 8, "r": 8, "t": 46, "b": 44},
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "font": {"size": 12}, "tracegroupgap": 0},
        "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 12, "color": "#70757d"},
    }  # fmt: skip


def arrays(chart: Chart) -> dict[str, npt.NDArray[Any]]:
    """Everything the page's script draws from, by name."""
    candles, marks = chart.candles, chart.marks
    held: dict[str, npt.NDArray[Any]] = {name: candles.columns[name] for name in ("open", "high", "low", "close")}
    if "volume" in candles.columns:
        held["volume"] = candles.columns["volume"].astype(np.float32)
    if candles.shown_ns is not None:
        held["time"] = candles.shown_ns / 1e6
    held |= {f"series{number}": series.values.astype(np.float32) for number, series in enumerate(chart.series)}
    held |= {f"mark_{name}": getattr(marks, name).astype(np.int32) for name in ("bar", "origin", "until", "pattern")}
    held["mark_direction"] = marks.direction.astype(np.int32)
    floats: tuple[tuple[str, Floats], ...] = (("confidence", marks.confidence), ("lo", marks.lo), ("hi", marks.hi))
    return held | {f"mark_{name}": values for name, values in floats}
