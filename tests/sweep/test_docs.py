"""The examples of docs/sweep.md and examples/sweep_grid.py run as they stand."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

import quantum as q
from sweep.traders import Maker

ROOT = Path(__file__).resolve().parents[2]


class Grid(Maker):
    """The strategy of the text, on the built-in market."""

    half_spread: float = 1.0


def test_the_text_runs(tmp_path, monkeypatch, capsys):
    pytest.importorskip("numba")
    monkeypatch.chdir(tmp_path)
    fees = q.Fees(maker_bps=-0.5, taker_bps=7)
    names = {
        "q": q,
        "Grid": Grid,
        "data": q.data.sample(),
        "venue": q.SimVenue(latency="10ms", fees=fees),
        "careful": q.SimVenue(latency="10ms", queue="risk_averse", fees=fees),
    }
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "sweep.md").read_text(), re.DOTALL)
    for block in blocks:
        exec(block, names)
    assert len(blocks) == 2 and {"sweep.html", "10ms.html"} <= {path.name for path in tmp_path.iterdir()}
    assert "Sweep of Grid" in capsys.readouterr().out


def test_the_example_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(ROOT / "examples" / "sweep_grid.py"), run_name="__main__")
    said = capsys.readouterr().out
    assert "Sweep of Quotes" in said and "Fidelity of Quotes" in said
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"sweep.html", "fidelity.html"}
