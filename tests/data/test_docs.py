"""The example of docs/data.md runs as it stands."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "data.md"


def test_the_example_of_the_page_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    exec(compile(example, str(PAGE), "exec"), {})
    assert "line 4: the line is cut off" in capsys.readouterr().out


def test_the_page_explains_every_field_of_a_report(tmp_path):
    import numpy as np

    import quantum as q

    instrument = q.Instrument("A", tick_size="1", lot_size="1")
    report = q.data.from_events(np.zeros(0, q.dtypes.EVENT), instrument).report
    table = PAGE.read_text().partition("## The report")[2]
    missing = [name for name in report if f"`{name}`" not in table]
    assert not missing


def test_the_page_on_bars_runs(tmp_path, monkeypatch):
    pytest.importorskip("numba")
    monkeypatch.chdir(tmp_path)
    script = tmp_path / "page.py"
    script.write_text((PAGE.parent / "bars.md").read_text().partition("```python\n")[2].partition("```")[0])
    runpy.run_path(str(script))
