"""Ctrl-C ends every run of a sweep, on whatever thread it is and whatever it does there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numba")

PROGRAM = """
import os, signal, sys, threading, time
sys.path.insert(0, {tests!r})
import quantum as q
from sweep.traders import Endless, Maker

class Sleeper(Maker):
    def on_start(self, ctx):
        while True:
            time.sleep(0.01)

data = q.data.sample()
kind = dict(Endless=Endless, Sleeper=Sleeper)[{kind!r}]
if kind is Endless:
    q.sweep(Maker, data, grid={{"half": [1]}}, compile=True)
threading.Timer({after}, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    q.sweep(kind, data, grid={{"n": [0, 1, 2, 3]}}, compile=True, workers=2)
except KeyboardInterrupt:
    until = time.monotonic() + 20
    while threading.active_count() > 1 and time.monotonic() < until:
        time.sleep(0.01)
    print("stopped, threads left:", threading.active_count() - 1)
"""


@pytest.mark.parametrize("kind", ["Endless", "Sleeper"])
def test_nothing_goes_on_after_ctrl_c(kind):
    program = PROGRAM.format(tests=str(Path(__file__).parent.parent), kind=kind, after=3.0)
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=90, env=environment, check=False
    )
    assert "stopped, threads left: 0" in ended.stdout, ended.stderr
    assert signal.SIGINT  # sent by the program to itself
