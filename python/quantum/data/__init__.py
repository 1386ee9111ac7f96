"""Recordings: files and arrays of market events, read whole, streamed, or just looked at.

``read`` takes any supported format (known by content, never by name) and returns a ``Recording``: what ``q.backtest``
replays. ``stream`` yields the events of a file of any size in bounded memory, ``info`` says what is in a file,
``infer`` which symbol and increments it has. ``sample`` is the built-in market,
which is synthetic and says so. ``bars`` makes bars of trades or of lower bars, ``from_bars`` a recording of bars.
"""

from __future__ import annotations

from quantum._core import EventStream, Recording
from quantum.bars import BarStream, bars
from quantum.data.barfiles import from_bars
from quantum.data.files import from_events, from_hftbacktest, read, sample, stream
from quantum.data.info import FileInfo, Inferred, infer, info

__all__ = [
    "BarStream",
    "EventStream",
    "FileInfo",
    "Inferred",
    "Recording",
    "bars",
    "from_bars",
    "from_events",
    "from_hftbacktest",
    "infer",
    "info",
    "read",
    "sample",
    "stream",
]
