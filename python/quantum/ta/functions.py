"""One function for each indicator of the table; ``functions.pyi`` is the same for editors and type checkers."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from typing import Any

from quantum.ta.calls import run
from quantum.ta.sources import source
from quantum.ta.table import Indicator, Parameter, catalog

__all__ = [row.name for row in catalog()]  # pyright: ignore[reportUnsupportedDunderAll]

WIDTH = 100


def make(row: Indicator) -> Callable[..., Any]:
    """The function that runs an indicator, with its signature and a text that says all there is to know."""

    def function(*given: Any, nan: str = "skip", threads: int = 0, **named: Any) -> Any:
        series = [named.pop(label) for label in row.inputs if label in named]
        return run(row.name, *series, *given, nan=nan, threads=threads, **named)

    function.__name__ = function.__qualname__ = row.name
    function.__module__ = "quantum.ta"
    kinds = inspect.Parameter
    parameters = [kinds(label, kinds.POSITIONAL_OR_KEYWORD) for label in row.inputs]
    parameters += [kinds(p.name, kinds.POSITIONAL_OR_KEYWORD, default=default_of(p)) for p in row.parameters]
    parameters += [kinds("nan", kinds.KEYWORD_ONLY, default="skip"), kinds("threads", kinds.KEYWORD_ONLY, default=0)]
    function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    function.__doc__ = describe(row)
    return function


def default_of(parameter: Parameter) -> float:
    """The default as a person writes it: 14, not 14.0."""
    return int(parameter.default) if parameter.whole else parameter.default


def describe(row: Indicator) -> str:
    """The text of ``help(q.ta.rsi)``."""
    alone = len(row.inputs) == 1
    paragraphs = [
        row.about,
        f"Source: {source(row.name)}",
        f"{', '.join(row.inputs)}: (n,) float64 or a panel (instruments, n); NumPy, pandas, polars or Arrow, or in "
        f"{'its' if alone else 'their'} place one frame with {'this column' if alone else 'these columns'}.",
    ]
    for parameter in row.parameters:
        kind = "whole number" if parameter.whole else "number"
        paragraphs.append(
            f"{parameter.name}: {kind} from {parameter.minimum:g} to {parameter.maximum:g}, "
            f"{default_of(parameter):g} if not given."
        )
    paragraphs += [
        'nan: what to do at a bar with a NaN or infinite input: "skip" it (the output is NaN there, the state is '
        'kept), "propagate" or "raise". threads: 0 for all cores.',
        f"Returns {returned(row)} of the inputs' shape and kind, float64, NaN {blank(row)}.",
        "Raises ConfigError for an argument out of range, DataError for series of unequal shape, that hold no "
        'numbers, or with a NaN where nan="raise".',
    ]
    return "\n\n".join(textwrap.fill(text, WIDTH) for text in paragraphs)


def returned(row: Indicator) -> str:
    """What comes back."""
    if len(row.outputs) == 1:
        return "one series"
    return f"a named tuple ({', '.join(row.outputs)}), each"


def blank(row: Indicator) -> str:
    """Which bars have no value yet."""
    bars = row.lookback()
    if bars == 0:
        return "only where an input is"
    return f"for the first {bars} bar{'s' if bars > 1 else ''}{' at these defaults' if row.parameters else ''}"


globals().update({row.name: make(row) for row in catalog()})
