"""Strategies in C trade as the Python classes do, through the documented layout."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import quantum as q
from quantum import _core
from quantum.cli.strategy import load_strategy

HERE = Path(__file__).parent
Follow = load_strategy(f"{HERE.parents[1] / 'examples' / 'follow.py'}:Follow")


class Touch(q.Strategy):
    qty: float = 0.01
    max_position: float = 1.0

    def on_start(self, ctx):
        ctx.every("100ms")

    def on_timer(self, ctx):
        ctx.cancel_all()
        bid, ask = ctx.book.best_bid, ctx.book.best_ask
        if ctx.position < self.max_position:
            ctx.buy(self.qty, limit=bid.price, post_only=True)
        if ctx.position > -self.max_position:
            ctx.sell(self.qty, limit=ask.price, post_only=True)


class Native:
    """A shared library's entry points where the core asks for compiled ones."""

    def __init__(self, library, memory):
        self.library, self.memory = library, memory

    def build(self):
        address = ctypes.cast(self.library.on_timer, ctypes.c_void_p).value
        return {"on_timer": address}, self.memory.ctypes.data

    def give_back(self, _order, _lines):
        return []

    def failure(self, known, _places, _packed):
        return known


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")
@pytest.mark.parametrize(
    ("source", "strategy", "fields"), [("touch.c", Touch(), [0.01, 1.0]), ("follow.c", Follow(qty=0.01), [0.01, 5.0])]
)
def test_a_strategy_in_c_trades_as_the_python_class(tmp_path, source, strategy, fields):
    made = tmp_path / "native.so"
    subprocess.run(["cc", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", made, HERE / source], check=True)
    venue, data = q.SimVenue(latency="1ms"), q.data.sample()
    expected = q.backtest(strategy, data, venue=venue).raw
    raw = _core.run_backtest(
        strategy.callbacks(),
        [data],
        pick=lambda _: venue,
        cash=0.0,
        limits=None,
        sample=None,
        pace=lambda *_: None,
        compiler=Native(ctypes.CDLL(str(made)), np.array(fields)),
    )
    kinds = [q.dtypes.NAMES["kind"][kind] for kind in raw["reports"]["kind"].tolist()]
    assert len(kinds) > 1000
    assert ("Replaced" in kinds) == (source == "follow.c")
    assert raw["reports"].tobytes() == expected["reports"].tobytes()
