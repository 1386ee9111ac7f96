"""Recordings in a file of our own: read in place, without a copy, in no time."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from quantum import _core, dtypes
from quantum._core import Instrument, Recording
from quantum.errors import DataError

MAGIC = b"QUANTUM-EVENTS 1\n"
_PAGE = 4096
_HEAD = {"events", "bars", "bar_span_ns", "least_latency_ns", "instruments", "source", "notes", "byteorder"}
_LISTING = ("symbol", "venue", "tick_size", "lot_size", "price_increment", "qty_increment", "currency", "multiplier",
            "asset", "sector")  # fmt: skip


def save(recording: Recording, path: str | os.PathLike[str]) -> Path:
    """Write a recording to a file that ``read`` maps into memory instead of decoding it.

    The file is a line that says what it is, a page of JSON (instruments, what was counted), then the events as
    ``ndarray[EVENT]`` at an offset that is a multiple of 4,096, then the bars. It replaces an older one only when it is
    complete. returns: its path. raises: OSError where it cannot be written.
    """
    file = Path(path).expanduser()
    report = recording.report
    head = {
        "byteorder": sys.byteorder,
        "events": len(recording),
        "bars": len(recording.bars),
        "bar_span_ns": recording.bar_span_ns,
        "least_latency_ns": report["least_latency_ns"],
        "instruments": [{name: getattr(one, name) for name in _LISTING} for one in recording.instruments],
        "source": report["source"],
        "notes": report["notes"],
    }
    text = MAGIC + json.dumps(head).encode() + b"\n"
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=file.name, delete=False) as stream:
        try:
            stream.write(text.ljust(-(-len(text) // _PAGE) * _PAGE))
            recording.events.tofile(stream)
            recording.bars.tofile(stream)
            stream.flush()
            os.fsync(stream.fileno())
            os.replace(stream.name, file)
        except BaseException:
            os.unlink(stream.name)
            raise
    return file


def read_saved(file: Path) -> Recording:
    """Map a recording that ``save`` wrote; its events are read where they are."""
    head, offset = _head(file)
    count, bars = int(head["events"]), int(head["bars"])
    wanted = offset + 64 * (count + bars)
    if (size := file.stat().st_size) != wanted:
        raise DataError(f"{file}: {count} events and {bars} bars make {wanted} bytes, the file has {size}")
    if head["byteorder"] != sys.byteorder:
        raise DataError(f"{file}: written on a {head['byteorder']}-endian machine, this one is {sys.byteorder}-endian")
    events: Any = np.memmap(file, dtypes.EVENT, "r", offset, count) if count else np.zeros(0, dtypes.EVENT)
    table = np.fromfile(file, dtypes.BAR, bars, offset=offset + 64 * count)
    instruments = [Instrument(one.pop("symbol"), **one) for one in head["instruments"]]
    notes = [f"saved from {head['source']}", *head["notes"]]
    facts = (str(file), notes, int(head["bar_span_ns"]), head["least_latency_ns"])
    return _core.from_mapped(events, table, instruments, facts)


def _head(file: Path) -> tuple[dict[str, Any], int]:
    """What the first page says, and where the events begin."""
    with file.open("rb") as stream:
        if stream.readline(64) != MAGIC:
            raise DataError(
                f"{file}: not a saved recording of this version (it must begin with {MAGIC.decode().strip()!r})"
            )
        line = stream.readline()
        end = stream.tell()
    try:
        head: dict[str, Any] = dict(json.loads(line))
    except (ValueError, TypeError) as error:
        raise DataError(f"{file}: the head of the file is damaged: {error}") from None
    if missing := _HEAD - head.keys():
        raise DataError(f"{file}: the head of the file is damaged: it lacks {', '.join(sorted(missing))}")
    return head, -(-end // _PAGE) * _PAGE
