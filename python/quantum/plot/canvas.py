"""What all pictures share: panels under each other on one x axis, lines reduced to their extremes, the look."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from quantum.errors import ConfigError

__all__ = [
    "BLUE",
    "GREY",
    "GRID",
    "LINE_POINTS",
    "ORANGE",
    "OTHERS",
    "Canvas",
    "Floats",
    "domains",
    "extremes",
    "panel",
]

LINE_POINTS = 4_000
GAP = 0.05

# Okabe and Ito's pair of blue and orange, moved to a lightness that reads on white and on near-black.
BLUE, ORANGE, GREY, GRID = "#3b82c4", "#d9730d", "#8b8f97", "rgba(128,132,140,0.22)"
OTHERS = (BLUE, "#8f6fc4", "#2f9e8f", "#b0577c")

Floats = npt.NDArray[np.float64]


@dataclass(slots=True)
class Canvas:
    """A figure in the making: its traces, its axes by number, what was left out."""

    traces: list[dict[str, Any]] = field(default_factory=list)
    layout: dict[str, Any] = field(default_factory=dict)
    labels: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def extremes(values: Floats, points: int = LINE_POINTS) -> npt.NDArray[np.intp]:
    """Indices, rising, of at most ``points`` values: the first, the last, and each bucket's smallest and largest.

    Every index where there are no more than ``points``. NaN is never an extreme; a bucket of nothing else keeps one,
    so that a hole in the line stays a hole. ConfigError for fewer than 4 points.
    """
    if points < 4:
        raise ConfigError(f"points is {points}; a line needs at least 4 to keep its ends and extremes")
    count = len(values)
    if count <= points:
        return np.arange(count)
    buckets = (points - 2) // 2
    edges = np.linspace(0, count, buckets + 1).astype(np.intp)
    width = int(np.max(np.diff(edges)))
    place = np.minimum(edges[:-1, None] + np.arange(width), count - 1)
    inside = edges[:-1, None] + np.arange(width) < edges[1:, None]
    block = values[place]
    known = inside & ~np.isnan(block)
    lowest = np.argmin(np.where(known, block, np.inf), axis=1)
    highest = np.argmax(np.where(known, block, -np.inf), axis=1)
    rows = np.arange(buckets)
    return np.unique(np.concatenate([[0, count - 1], place[rows, lowest], place[rows, highest]]))


def domains(heights: list[float], gap: float = GAP) -> list[tuple[float, float]]:
    """Where each panel sits, from the top down, as fractions of the figure."""
    free = 1.0 - gap * (len(heights) - 1)
    result, top = [], 1.0
    for height in heights:
        size = free * height / sum(heights)
        result.append((max(top - size, 0.0), top))
        top -= size + gap
    return result


def panel(canvas: Canvas, number: int, domain: tuple[float, float], label: str) -> None:
    """A y axis with its name above its upper left corner."""
    canvas.layout[f"yaxis{number}"] = {
        "domain": domain, "anchor": "x", "gridcolor": GRID, "zeroline": False, "tickformat": ",~r", "nticks": 6,
        "automargin": True, "separatethousands": True, "exponentformat": "none", "side": "right",
    }  # fmt: skip
    canvas.labels.append(
        {
            "text": html.escape(label), "xref": "paper", "yref": "paper", "x": 0, "y": domain[1], "xanchor": "left",
            "yanchor": "bottom", "showarrow": False, "font": {"size": 12}, "name": "panel",
        }
    )  # fmt: skip
