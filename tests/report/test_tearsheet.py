"""The tear sheet is one file that loads nothing, escapes everything, keeps extremes and says what it left out."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from fake import SECOND, btc, eth, raw_run
from hypothesis import given
from hypothesis import strategies as st

from quantum.errors import ConfigError
from quantum.plot import extremes
from quantum.report import Run

plotly = pytest.importorskip("plotly", reason="plotly is not installed")

HOSTILE = '</script><script>alert("x")</script><img src=//evil.example/x.png onerror=alert(1)>'


class Page(HTMLParser):
    """The tags and attributes of a page, and the text of its scripts by id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: dict[str, str] = {}
        self._script: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._script = (dict(attrs).get("id") or "main") if tag == "script" else None

    def handle_data(self, data: str) -> None:
        if self._script:
            self.scripts[self._script] = self.scripts.get(self._script, "") + data


def write(raw: dict[str, object], folder: Path) -> tuple[str, Page]:
    text = Run(raw).report(folder / "sheet.html").read_text(encoding="utf-8")
    return text, Page(text)


def test_nothing_is_fetched(tmp_path: Path) -> None:
    text, page = write(raw_run(), tmp_path)
    assert not re.search(r"https?://", text)
    assert "@import" not in text
    assert "url(" not in text
    for tag, attributes in page.tags:
        assert tag not in ("link", "iframe", "object", "embed", "base", "img")
        assert not {"src", "href", "srcset", "action"} & set(attributes), (tag, attributes)
    policy = next(attributes for tag, attributes in page.tags if attributes.get("http-equiv"))
    assert "default-src 'none'" in str(policy["content"])


def test_what_a_user_wrote_is_text(tmp_path: Path) -> None:
    raw = raw_run()
    raw.update(
        strategy=HOSTILE, parameters={HOSTILE: HOSTILE}, ended=HOSTILE, denials={HOSTILE: 1}, limits={HOSTILE: 1}
    )
    raw["sources"][0]["name"] = HOSTILE
    raw["venues"][0]["name"] = HOSTILE
    raw["logs"] = [(0, HOSTILE)]
    raw["latencies"] = {HOSTILE: raw["latencies"]["on_timer"]}
    text, page = write(raw, tmp_path)
    assert sum(tag == "script" for tag, _ in page.tags) == 3
    assert not [tag for tag, attributes in page.tags if tag == "img" or "onerror" in attributes]
    assert "alert(&quot;x&quot;)" in text


def test_the_same_run_gives_the_same_file(tmp_path: Path) -> None:
    assert write(raw_run(), tmp_path)[0] == write(raw_run(), tmp_path)[0]


def test_the_page_says_what_the_run_was(tmp_path: Path) -> None:
    raw = raw_run()
    raw["sources"][0]["synthetic"] = True
    raw["ended"] = "interrupted"
    text, _ = write(raw, tmp_path)
    for said in ("SYNTHETIC", "Ended early: interrupted", "fewer than two daily returns", "10 ms entry", "p99.9"):
        assert said in text
    assert "SYNTHETIC" not in write(raw_run(), tmp_path)[0]


def test_a_long_run_is_reduced_keeps_its_extremes_and_says_so(tmp_path: Path) -> None:
    raw = raw_run(seconds=40 * 86_400, every_s=300, sample_ns=60 * SECOND)
    run = Run(raw)
    drawing = run.plot()
    equity = next(trace for trace in drawing.data if trace.name == "equity")
    assert len(equity.y) <= 4_000
    assert max(equity.y) == run.equity["equity"].max()
    assert min(equity.y) == run.equity["equity"].min()
    markers = sum(len(trace.x) for trace in drawing.data if trace.mode == "markers")
    assert markers <= 5_002 < len(run.fills)
    text, _ = write(raw, tmp_path)
    assert "4,000 of 57,600 points" in text
    assert "one in 3 of its 11,520 fills is drawn" in text
    assert "Daily returns" in text
    notes = [note.text for note in drawing.layout.annotations if note.name == "notes"]
    assert "4,000 of 57,600 points" in notes[0]


def test_one_time_axis_under_every_panel() -> None:
    drawing = Run(raw_run(instruments=[btc(), eth()])).plot()
    assert {trace.xaxis or "x" for trace in drawing.data} == {"x"}
    assert len({trace.yaxis for trace in drawing.data}) == 5
    assert [name for name in drawing.layout.to_plotly_json() if name.startswith("xaxis")] == ["xaxis"]
    domains = sorted(drawing.layout[f"yaxis{number}"].domain for number in range(2, 6))
    assert all(low[1] < high[0] for low, high in pairwise(domains))


def test_the_embedded_figure_is_json_of_the_run(tmp_path: Path) -> None:
    _, page = write(raw_run(), tmp_path)
    names = [trace["name"] for trace in json.loads(page.scripts["figure"])["data"]]
    assert names == ["BTCUSDT mid", "BTCUSDT buy", "BTCUSDT sell", "equity", "drawdown", "BTCUSDT position"]


def test_the_embedded_figure_cannot_end_its_script(tmp_path: Path) -> None:
    raw = raw_run(instruments=[btc(), eth()])
    assert "<span" in json.dumps(Run(raw).plot().to_dict(), default=str)
    _, page = write(raw, tmp_path)
    assert "<" not in page.scripts["figure"]


def test_a_run_without_fills_or_samples_still_has_a_page(tmp_path: Path) -> None:
    raw = raw_run(seconds=1, every_s=10)
    for name, values in raw["samples"].items():
        raw["samples"][name] = values[:0]
    raw["reports"] = raw["reports"][:0]
    raw.update(denials={}, latencies={}, logs=[])
    assert "n/a" in write(raw, tmp_path)[0]


def test_without_plotly_the_error_is_the_command() -> None:
    code = (
        "import sys; sys.path.insert(0, 'tests/report'); sys.modules['plotly'] = None\n"
        "from fake import raw_run; from quantum.report import Run\n"
        "try: Run(raw_run()).report('/dev/null')\n"
        "except ImportError as error: print(error)"
    )
    root = Path(__file__).parents[2]
    said = subprocess.check_output([sys.executable, "-c", code], text=True, cwd=root)
    assert "pip install 'quantum-hft[report]'" in said


@given(st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(float("nan"))), max_size=300), st.integers(4, 60))
def test_extremes_keep_ends_smallest_and_largest(values: list[float], points: int) -> None:
    line = np.array(values, dtype=float)
    kept = extremes(line, points)
    assert len(kept) <= max(points, 0) or len(line) <= points
    assert np.all(np.diff(kept) > 0)
    if len(line):
        assert (kept[0], kept[-1]) == (0, len(line) - 1)
    if np.any(~np.isnan(line)):
        assert np.nanmax(line[kept]) == np.nanmax(line)
        assert np.nanmin(line[kept]) == np.nanmin(line)


def test_too_few_points_are_refused() -> None:
    with pytest.raises(ConfigError, match="points is 3"):
        extremes(np.zeros(10), 3)
