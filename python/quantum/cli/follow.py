"""Bars that come to a file or folder after it was first read: each is handed on once, when it appears."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from quantum.scanner.files import GZIP, PARQUET, Advance, Rows, files_of, join, read_file, read_stream

__all__ = ["Follower"]

Mark = tuple[int, int, int]

PROOF_BYTES = 64
REST_S = 2.0
LONG_AGO = np.iinfo(np.int64).min


@dataclass(slots=True)
class Place:
    """How far a file has been read: what it looked like, and for plain text the header, the end, and its last bytes."""

    mark: Mark
    header: bytes = b""
    end: int = 0
    proof: bytes = b""


@dataclass(slots=True)
class Follower:
    """Reads a file or folder, then what is added to it.

    Plain text that grew is read from where it ended; a line still without its end waits until it has one, unless the
    file had rested for ``REST_S`` when it was first read. Files that were replaced or compressed are read again. Of
    what is read only bars later than the last of their symbol are new: a bar that changes after it was handed on is
    not handed on again.
    """

    path: Path
    _places: dict[Path, Place] = field(default_factory=dict)
    _last: dict[str, int] = field(default_factory=dict)

    def read(self, advance: Advance | None = None) -> Rows:
        """All rows there are."""
        files = files_of(self.path)
        parts = []
        for number, file in enumerate(files):
            parts.append(self._read_anew(file, mark(file), advance if len(files) == 1 else None))
            if advance is not None and len(files) > 1:
                advance(number + 1, len(files), 0)
        rows = join(parts)
        self._remember(rows)
        return rows

    def poll(self) -> Rows | None:
        """The new bars, by time, one of a symbol and time; None if there are none."""
        parts = []
        for file in files_of(self.path):
            now = mark(file)
            place = self._places.get(file)
            if place is None:
                parts.append(self._read_anew(file, now, None))
            elif place.mark != now:
                parts += self._read_on(file, place, now)
        if not parts:
            return None
        rows = join(parts)
        names = rows.symbol.categories
        last = np.array([self._last.get(name, LONG_AGO) for name in names], dtype=np.int64)
        codes = np.asarray(rows.symbol.codes)
        fresh = rows.take(rows.time > last[codes])
        fresh = fresh.take(np.lexsort((np.asarray(fresh.symbol.codes), fresh.time)))
        codes = np.asarray(fresh.symbol.codes)
        again = (np.diff(fresh.time) == 0) & (np.diff(codes) == 0)
        fresh = fresh.take(np.concatenate([[True], ~again])[: len(fresh)])
        self._remember(fresh)
        return fresh if len(fresh) else None

    def _read_anew(self, file: Path, now: Mark, advance: Advance | None) -> Rows:
        with file.open("rb") as opened:
            start = opened.read(len(PARQUET))
            opened.seek(0)
            if start == PARQUET or start.startswith(GZIP):
                rows, place = read_file(file, advance=advance), Place(now)
            else:
                data = opened.read()
                rests = time.time_ns() - now[0] > REST_S * 1e9
                end = len(data) if rests else data.rfind(b"\n") + 1
                place = Place(now, data[: data.find(b"\n") + 1], end, data[max(end - PROOF_BYTES, 0) : end])
                rows = read_stream(io.BytesIO(data[:end]), file, max(end, 1), advance=advance)
        self._places[file] = place
        return rows

    def _read_on(self, file: Path, place: Place, now: Mark) -> list[Rows]:
        """What was added to plain text; the whole of anything else."""
        if not place.header or now[1] < place.end or now[2] != place.mark[2]:
            return [self._read_anew(file, now, None)]
        with file.open("rb") as opened:
            opened.seek(place.end - len(place.proof))
            if opened.read(len(place.proof)) != place.proof:
                return [self._read_anew(file, now, None)]
            added = opened.read()
        whole = added[: added.rfind(b"\n") + 1]
        rows = [read_stream(io.BytesIO(place.header + whole), file, now[1])] if whole.strip() else []
        self._places[file] = Place(now, place.header, place.end + len(whole), (place.proof + whole)[-PROOF_BYTES:])
        return rows

    def _remember(self, rows: Rows) -> None:
        last = np.full(len(rows.symbol.categories), LONG_AGO)
        np.maximum.at(last, np.asarray(rows.symbol.codes), rows.time)
        for name, when in zip(rows.symbol.categories, last.tolist(), strict=True):
            self._last[name] = max(self._last.get(name, LONG_AGO), when)


def mark(file: Path) -> Mark:
    """What changes when a file does: time, size, inode."""
    status: Any = file.stat()
    return status.st_mtime_ns, status.st_size, status.st_ino
