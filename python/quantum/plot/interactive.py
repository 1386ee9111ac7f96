"""A chart as a page of its own: every bar is in it, and a script draws what is in view."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from quantum.extras import extra
from quantum.plot.barchart import CANDLES, MARKS, ZONES, Chart, arrays, describe
from quantum.plot.marks import when
from quantum.plot.page import POLICY, library, packed

__all__ = ["page"]


def page(chart: Chart) -> str:
    """The whole page as text."""
    parts = describe(chart)
    notes = parts["layout"]["annotations"]
    parts["layout"]["annotations"] = [note for note in notes if note["name"] != "notes"]
    for trace in parts["data"]:  # the script fills them in from the arrays
        for name in ("x", "y", "open", "high", "low", "close", "text"):
            trace.pop(name, None)
    figure = extra("plotly.graph_objects", "report").Figure(data=parts["data"], layout=parts["layout"])
    data = figure.to_json()  # plotly writes "<" as an escape, so that no text can end the script
    index, raw = laid_out(arrays(chart))
    about: dict[str, Any] = {
        "bars": len(chart.candles), "most": {"candles": CANDLES, "marks": MARKS, "zones": ZONES},
        "zone": chart.candles.zone, "arrays": index, "timed": chart.candles.shown_ns is not None,
        "series": [[series.title, series.output] for series in chart.series],
    }  # fmt: skip
    title = escape(chart.title)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{asset('chart.css')}</style>\n</head>\n<body>\n"
        f"<header><h1>{title}</h1><p>{escape(span(chart))}</p>"
        '<nav aria-label="Bars in view"></nav></header>\n<p id="readout" aria-live="off"></p>\n'
        '<div id="chart"><noscript>The chart needs JavaScript.</noscript></div>\n<p id="note"></p>\n'
        f'<script type="application/json" id="figure">{data}</script>\n'
        f'<script type="application/json" id="about">{json.dumps(about).replace("<", chr(92) + "u003c")}</script>\n'
        f'<script type="text/plain" id="arrays">{packed(raw)}</script>\n'
        f'<script type="text/plain" id="texts">{packed(chr(10).join(chart.marks.text).encode())}</script>\n'
        f'<script type="text/plain" id="library">{library()}</script>\n'
        f"<script>{asset('chart.js')}</script>\n</body>\n</html>\n"
    )


def span(chart: Chart) -> str:
    """How many bars, from when to when."""
    count = len(chart.candles)
    zone = f" {chart.candles.zone}" if chart.candles.zone else ""
    return f"{count:,} bars, {when(chart.candles, 0)} to {when(chart.candles, count - 1)}{zone}"


def laid_out(held: dict[str, npt.NDArray[Any]]) -> tuple[list[dict[str, Any]], bytes]:
    """Arrays behind each other, the widest first so that each begins at a multiple of its width, and where each is."""
    index, parts, offset = [], [], 0
    for name in sorted(held, key=lambda name: -held[name].dtype.itemsize):
        values = np.ascontiguousarray(held[name])
        index.append({"name": name, "type": str(values.dtype), "offset": offset, "length": len(values)})
        parts.append(values.tobytes())
        offset += values.nbytes
    return index, b"".join(parts)


def asset(name: str) -> str:
    """A file that lies beside this one."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
