"""What a sweep and a comparison look like: a screen, tables, pictures, a page."""

from __future__ import annotations

import pytest

import quantum as q
from quantum.errors import ConfigError
from sweep.traders import Maker

VENUE = q.SimVenue(latency="5ms", fees=q.Fees(maker_bps="-0.5", taker_bps="7"))


class Named(Maker):
    """A parameter with the name of a figure, and text that is markup."""

    pnl: float = 1.0


@pytest.fixture(scope="module")
def swept():
    grid = {"half": [4, 1, 2], "tag": ["a", "<b>"], "pnl": [1, 2]}
    return q.sweep(Named, q.data.sample(), grid=grid, venue=VENUE)


def test_a_screen_is_a_screen(swept):
    lines = str(swept).splitlines()
    assert len(lines) <= 40 and max(len(line) for line in lines) <= 120
    for word in ("Sweep of Named", "SYNTHETIC MARKET", "Best", "Deflated", "PBO", "Plateau", "12 finished, 0 failed"):
        assert word in str(swept)
    assert repr(swept) == str(swept)


def test_tables_have_a_row_a_run(swept):
    frame = swept.to_pandas()
    assert list(frame.columns[:4]) == ["run", "half", "tag", "pnl_parameter"]
    assert len(frame) == len(swept) == swept.to_polars().height == swept.to_arrow().num_rows == 12
    assert frame["half"].tolist() == [4.0] * 4 + [1.0] * 4 + [2.0] * 4


def test_what_a_user_wrote_is_escaped(swept, tmp_path):
    page = swept.report(tmp_path / "sweep.html").read_text()
    assert "&lt;b&gt;" in page and "<b>" not in page.split('<script type="application/json"')[0]
    assert "&lt;b&gt;" in swept._repr_html_() and "<b>" not in swept._repr_html_()


def test_two_parameters_are_a_heat_map_the_others_held_at_the_best(swept):
    heat, mark = swept.plot().data
    assert heat.type == "heatmap" and list(heat.x) == ["1", "2", "4"] and list(heat.y) == ["a", "<b>"]
    best, of = swept.best.parameters, swept.runs.array
    for column, half in enumerate((1.0, 2.0, 4.0)):
        for row, tag in enumerate(("a", "<b>")):
            cell = of[(of["half"] == half) & (of["tag"] == tag) & (of["pnl_parameter"] == best["pnl"])]
            assert heat.z[row][column] == cell["sharpe"][0]
    assert f"{mark.x[0]}" == f"{best['half']:g}" and mark.y[0] == best["tag"]
    assert "pnl" in swept.plot().layout.title.text


def test_one_parameter_is_a_line(swept):
    (line,) = swept.plot("half", metric="trades").data
    assert list(line.x) == [1.0, 2.0, 4.0] and line.y[0] > line.y[2]


def test_a_picture_of_something_else_is_refused(swept):
    with pytest.raises(ConfigError, match="'qty' does not vary in this sweep: half, tag, pnl do"):
        swept.plot("qty")
    with pytest.raises(ConfigError, match="metric must be one of pnl"):
        swept.plot(metric="luck")


def test_a_run_that_failed_is_a_hole_in_the_picture():
    found = q.sweep(Maker, q.data.sample(), grid={"fails_at": [-1, 5, 9999]}, venue=VENUE)
    assert found.plot().data[0].y[1] is None
