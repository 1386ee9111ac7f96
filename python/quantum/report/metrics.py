"""Figures with their meaning attached: value, unit, sampling, and why where there is no value."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from quantum.report import words

__all__ = ["Metric", "Metrics"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure of a run."""

    name: str
    label: str
    value: float
    unit: str
    """"fraction", "ratio", "count", "s" or a currency."""
    sampling: str
    """What it was measured on: "daily, x365", "1 s steps", "fills", …"""
    why: str = ""
    """Why there is no value; empty where there is one."""

    def text(self) -> str:
        """The value with its unit."""
        if math.isnan(self.value):
            return words.MISSING
        if self.unit == "fraction":
            return words.fraction(self.value)
        if self.unit == "ratio":
            return words.number(self.value, 4)
        if self.unit == "s":
            return words.duration(self.value * 1e9)
        if self.unit == "count":
            return words.count(int(self.value))
        return f"{words.money(self.value)} {self.unit}"


class Metrics(Mapping[str, float]):
    """The figures of a run by name: ``metrics["sharpe"]`` is a float, ``metrics.why["sharpe"]`` says why it is NaN.

    ``metrics.of("sharpe")`` is the :class:`Metric` with unit and sampling; ``print(metrics)`` shows all of them.
    """

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = {metric.name: metric for metric in metrics}

    def __getitem__(self, name: str) -> float:
        return self.of(name).value

    def __iter__(self) -> Iterator[str]:
        return iter(self._metrics)

    def __len__(self) -> int:
        return len(self._metrics)

    def of(self, name: str) -> Metric:
        """The figure with its unit, sampling and reason; KeyError lists the names there are."""
        if name not in self._metrics:
            raise KeyError(f"no metric {name!r}; there are {', '.join(self._metrics)}")
        return self._metrics[name]

    def all(self) -> list[Metric]:
        """Every figure, in the order they are shown."""
        return list(self._metrics.values())

    @property
    def why(self) -> dict[str, str]:
        """The reason of each figure that has no value."""
        return {metric.name: metric.why for metric in self.all() if metric.why}

    def __repr__(self) -> str:
        rows = [(metric.label, metric.text(), metric.why or metric.sampling) for metric in self.all()]
        label, value = (max((len(row[column]) for row in rows), default=0) for column in (0, 1))
        return "\n".join(f"{name:<{label}}  {text:>{value}}  {note}" for name, text, note in rows)

    def _repr_html_(self) -> str:
        rows = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in (m.label, m.text(), m.why or m.sampling)) + "</tr>"
            for m in self.all()
        )
        return f"<table><thead><tr><th>metric</th><th>value</th><th>sampling</th></tr></thead><tbody>{rows}</tbody></table>"
