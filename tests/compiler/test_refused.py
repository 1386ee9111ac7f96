"""What cannot be compiled is a CompileError at the user's line, with a hint, and nothing of the compiler's own."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

import quantum as q

pytest.importorskip("numba")
sys.path.insert(0, str(Path(__file__).parent))
import refused
import strategies


@pytest.mark.parametrize(("kind", "says", "caret"), refused.CASES, ids=lambda one: getattr(one, "__name__", ""))
def test_the_message_names_the_line_and_the_way_out(kind, says, caret):
    with pytest.raises(q.errors.CompileError) as caught:
        q.backtest(kind(), q.data.sample(), compile=True)
    error = caught.value
    assert re.search(says, error.msg), error.msg
    assert error.filename == refused.__file__
    assert error.text.strip()
    assert error.text.rstrip() == Path(refused.__file__).read_text().splitlines()[error.lineno - 1].rstrip()
    if caret is not None:
        assert error.text[error.offset - 1 :].startswith(caret), (error.text, error.offset)
    assert "numba" not in error.msg.lower()
    assert "\n" not in error.msg


def test_what_compiled_code_was_made_from_is_looked_at_before_each_run(monkeypatch):
    def run(**options):
        strategy = refused.ReadsAround()
        q.backtest(strategy, q.data.sample(), **options)
        return strategy.x

    seen = [run(compile=True)]
    for place, name, value in [
        (refused, "FACTOR", 3.0),
        (strategies, "LEVELS", 5),
        (refused.ReadsAround, "LIMIT", 7.0),
        (refused.scaled, "__defaults__", (10.0,)),
        (refused.scaled, "__kwdefaults__", {"shift": 0.5}),
    ]:
        monkeypatch.setattr(place, name, value)
        seen.append(run(compile=True))
        assert seen[-1] == run()
    assert len(set(seen)) == 6


def test_an_edited_method_is_compiled_again():
    class Plain(refused.Base):
        def on_timer(self, ctx):
            self.x = 1.0

    def other(self, ctx):
        self.x = 2.0

    first, second = Plain(), Plain()
    q.backtest(first, q.data.sample(), compile=True)
    Plain.on_timer = other
    q.backtest(second, q.data.sample(), compile=True)
    assert (first.x, second.x) == (1.0, 2.0)
