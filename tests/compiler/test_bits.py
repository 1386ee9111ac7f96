"""Expressions give the same bits, and the same errors, interpreted and compiled: one strategy evaluates them on a table."""

from __future__ import annotations

import math
import struct
import sys
from pathlib import Path

import numpy as np
import pytest

numba = pytest.importorskip("numba")
sys.path.insert(0, str(Path(__file__).parent))
import expressions  # noqa: E402

from quantum.compiler import emit, pipeline  # noqa: E402
from quantum.compiler.comparisons import HELPERS  # noqa: E402
from quantum.compiler.source import translate  # noqa: E402

emit.add_symbols()
RANDOM = np.random.default_rng(1)
FLOATS = np.concatenate(
    [RANDOM.normal(0, 3, 2000), RANDOM.normal(0, 1000, 2000), 10.0 ** RANDOM.uniform(-20, 20, 1000)]
)
SPECIAL = np.array(
    [0.0, -0.0, 1.0, -1.0, 0.5, 2.5, -2.5, 0.125, 1e308, -1e308, 5e-324, math.inf, -math.inf, math.nan, 2.0**53]
)
WHOLE = np.concatenate(
    [RANDOM.integers(-1000, 1000, 2000), RANDOM.integers(-(2**62), 2**62, 2000), [0, 1, -1, 7, -(2**63) + 1]]
)


def bits(value):
    return struct.pack("d", value) if isinstance(value, float) and value == value else repr(value)


def compiled(function):
    """A function of plain numbers, compiled with our pipeline and called through numba's own wrapper."""
    made = translate(function, None, HELPERS).function
    return numba.njit(**(pipeline.OPTIONS | {"no_cpython_wrapper": False}))(made)


def result(function, *arguments):
    try:
        return bits(function(*arguments))
    except (ArithmeticError, ValueError):
        return "error"  # which one is told by doing it again, see test_mistakes.py


def beyond(expected):
    """Whether Python's result is a whole number of more than 64 bits, or complex."""
    text = expected if isinstance(expected, str) else ""
    return text.endswith("j)") or (text.lstrip("-").isdigit() and not -(2**63) <= int(text) < 2**63)


@pytest.mark.parametrize("function", expressions.FLOAT, ids=lambda one: one.__name__)
def test_floats_agree_to_the_bit(function):
    values = np.concatenate([FLOATS, SPECIAL, SPECIAL]).tolist()
    others = np.concatenate([RANDOM.permutation(FLOATS), SPECIAL, SPECIAL[::-1]]).tolist()
    native = compiled(function)
    for x, y in zip(values, others, strict=True):
        expected = result(function, x, y)
        got = result(native, x, y)
        assert got == expected or (got == "error" and beyond(expected)), (x, y, expected, got)


@pytest.mark.parametrize("function", expressions.INT, ids=lambda one: one.__name__)
def test_whole_numbers_agree_or_overflow(function):
    native = compiled(function)
    for x, y in zip(WHOLE.tolist(), RANDOM.permutation(WHOLE).tolist(), strict=True):
        expected, got = result(function, x, y), result(native, x, y)
        assert got == expected or (got == "error" and beyond(expected)), (x, y, expected, got)
