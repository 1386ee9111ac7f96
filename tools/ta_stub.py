"""Writes python/quantum/ta/functions.pyi from the core's table of indicators: ``python tools/ta_stub.py``.

A test holds the file to what this writes, so an indicator cannot be added without its types.
"""

from __future__ import annotations

from pathlib import Path

from quantum.ta import Indicator, catalog
from quantum.ta.functions import default_of

STUB = Path(__file__).resolve().parent.parent / "python" / "quantum" / "ta" / "functions.pyi"

HEAD = '''# ruff: noqa: A001
"""Types of the indicators; written by tools/ta_stub.py from the core's table."""

from collections.abc import Mapping
from typing import Any, Generic, Literal, NamedTuple, TypeVar, overload

import numpy as np
import pandas as pd  # type: ignore[import-untyped, unused-ignore]
import polars as pl  # type: ignore[import-not-found, unused-ignore]
from numpy.typing import ArrayLike, NDArray

_Nan = Literal["skip", "propagate", "raise"]
_Frame = pd.DataFrame | pl.DataFrame | Mapping[str, Any]
_Series = TypeVar("_Series", pd.Series[Any], pl.Series)
_Out = TypeVar("_Out")
'''


def class_of(row: Indicator) -> str:
    """The type of several outputs."""
    fields = "".join(f"    {name}: _Out\n" for name in row.outputs)
    return f"class _{row.name}(NamedTuple, Generic[_Out]):\n{fields}"


def function(row: Indicator) -> str:
    """The three ways to call an indicator: pandas or polars series, a frame, whatever NumPy takes."""
    arguments = "".join(
        f", {each.name}: {'int' if each.whole else 'float'} = {default_of(each)}" for each in row.parameters
    )
    tail = f"{arguments}, *, nan: _Nan = 'skip', threads: int = 0"

    def result(kind: str) -> str:
        return f"_{row.name}[{kind}]" if len(row.outputs) > 1 else kind

    def given(kind: str) -> str:
        return ", ".join(f"{name}: {kind}" for name in row.inputs)

    return (
        f"@overload\ndef {row.name}({given('_Series')}{tail}) -> {result('_Series')}: ...\n"
        f"@overload\ndef {row.name}({frames(row)}{tail}) -> {result('Any')}: ...\n"
        f"@overload\ndef {row.name}({given('ArrayLike')}{tail}) -> {result('NDArray[np.float64]')}: ...\n"
    )


def frames(row: Indicator) -> str:
    """One frame in place of the series, or a frame for each, a column an instrument."""
    first, *others = row.inputs
    return ", ".join([f"{first}: _Frame", *(f"{name}: Any = ..." for name in others)])


def text() -> str:
    """The whole file, before it is formatted."""
    rows = catalog()
    names = ", ".join(f'"{row.name}"' for row in sorted(rows, key=lambda row: row.name))
    classes = "\n".join(class_of(row) for row in rows if len(row.outputs) > 1)
    return "\n".join([HEAD, f"__all__ = [{names}]\n", classes, *map(function, rows)])


if __name__ == "__main__":
    import subprocess
    import sys

    STUB.write_text(text(), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", str(STUB)], check=True)  # noqa: S603
