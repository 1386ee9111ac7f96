"""Without numba, or with another one, the message is the command that helps."""

from __future__ import annotations

import sys

import pytest

import quantum as q
from quantum.extras import MissingExtraError


class Idle(q.Strategy):
    def on_timer(self, ctx):
        pass


def test_a_missing_numba_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'quantum-hft\[compile\]'"):
        q.backtest(Idle(), q.data.sample(), compile=True)


def test_another_numba_than_this_was_written_for_is_refused(monkeypatch):
    pytest.importorskip("numba")
    from quantum.compiler import pipeline

    monkeypatch.setattr(pipeline, "VERSION", "0.0")
    with pytest.raises(q.errors.ConfigError, match=r"built on numba 0\.0"):
        q.backtest(Idle(), q.data.sample(), compile=True)


def test_the_first_run_says_that_it_compiles(monkeypatch, capsys):
    pytest.importorskip("numba")
    from quantum.compiler import unit

    monkeypatch.setattr(unit, "_said", False)
    q.backtest(Idle(), q.data.sample(), compile=True)
    assert "compiling Idle" in capsys.readouterr().err
    q.backtest(Idle(), q.data.sample(), compile=True)
    assert not capsys.readouterr().err
