"""What editors and type checkers are told of the indicators, and what `help` says, held to the core's table."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import pathlib

import pytest

import quantum as q

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ROWS = q.ta.catalog()


def test_the_stub_is_what_the_table_says():
    spec = importlib.util.spec_from_file_location("ta_stub", ROOT / "tools" / "ta_stub.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    held = ast.dump(ast.parse(tool.STUB.read_text()))
    assert held == ast.dump(ast.parse(tool.text())), "run: python tools/ta_stub.py"


def test_the_module_holds_a_function_for_each_row():
    assert {row.name for row in ROWS} <= set(q.ta.__all__) <= set(dir(q.ta))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_help_says_formula_source_shapes_and_ranges(row):
    function = getattr(q.ta, row.name)
    said = " ".join(inspect.getdoc(function).split())
    for part in (*row.about.split()[:4], "Source:", "(n,) float64", "ConfigError", "DataError", *row.inputs):
        assert part in said
    for parameter in row.parameters:
        assert f"{parameter.name}: " in said and f"to {parameter.maximum:g}, {parameter.default:g} if not given" in said
    assert list(inspect.signature(function).parameters) == [
        *row.inputs, *(parameter.name for parameter in row.parameters), "nan", "threads",
    ]  # fmt: skip
