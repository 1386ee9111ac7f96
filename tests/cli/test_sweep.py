"""`quantum sweep`: what it prints and writes, and how mistakes are said."""

from __future__ import annotations

from pathlib import Path

import pytest

from quantum.cli.app import execute

TRADERS = f"{Path(__file__).resolve().parents[1] / 'sweep' / 'traders.py'}:Maker"


def test_the_table_is_printed_and_written(tmp_path, capfd):
    table, page = tmp_path / "out" / "runs.csv", tmp_path / "out" / "sweep.html"
    code = execute(
        ["sweep", "--strategy", TRADERS, "--grid", "half=1,2", "--grid", "limit=1, 2", "--param", "qty=0.25",
         "--venue-latency", "5ms", "--csv", str(table), "--report", str(page)]
    )  # fmt: skip
    out = capfd.readouterr().out
    assert code == 0
    assert "half 1, 2; limit 1, 2" in out and "qty 0.25" in out and "4 finished" in out
    lines = table.read_text().splitlines()
    assert lines[0].startswith("run,half,limit,pnl,") and len(lines) == 5
    assert page.read_text().startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("grid", "said"),
    [
        ("hlaf=1,2", "Maker has no parameter 'hlaf'; did you mean half?"),
        ("half", "values to try are given as name=value,value, not 'half'"),
        ("half=", "values to try are given as name=value,value"),
        ("limit=1,x", "Maker.limit is an int, which 'x' is not"),
        ("half=1,1", "holds 1.0 twice"),
    ],
)
def test_mistakes_are_one_line(grid, said, capfd):
    assert execute(["sweep", "--strategy", TRADERS, "--grid", grid]) == 2
    error = capfd.readouterr().err
    assert said in error and error.count("\n") == 1
