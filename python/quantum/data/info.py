"""What is in a file, before or without reading it into memory."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quantum import _core
from quantum._core import Instrument
from quantum.errors import ConfigError, DataError, MissingFileError

SURVEYED_BYTES = 32 << 20
"""How much of a file (after decompression) is looked at to infer its instruments."""


@dataclass(frozen=True)
class Inferred:
    """What a recording says about its instrument."""

    symbol: str
    market: str | None
    """``futures`` or ``spot``, None where nothing told."""
    tick_size: str
    lot_size: str
    instrument: Instrument
    lines: int
    """Lines looked at."""
    complete: bool
    """Whether that was the whole file: a finer price may come later otherwise."""

    def __str__(self) -> str:
        part = "all" if self.complete else "the first"
        market = f", {self.market}" if self.market else ""
        return f"{self.symbol}{market}, tick {self.tick_size}, lot {self.lot_size}, from {part} {self.lines:,} lines"


@dataclass(frozen=True)
class FileInfo:
    """What ``info`` found; prints as one screen."""

    path: str
    format: str
    instruments: list[Instrument]
    markets: dict[str, str | None]
    """``futures`` or ``spot`` by symbol."""
    kinds: dict[str, dict[str, int]]
    """Messages by symbol and kind."""
    report: dict[str, Any]
    """The counters of reading it, as a Recording has them."""

    def __str__(self) -> str:
        from quantum.data.tables import show_info

        return show_info(self)

    def _repr_html_(self) -> str:
        from quantum.data.tables import preformatted

        return preformatted(str(self))


def existing(path: str | os.PathLike[str]) -> Path:
    """The path of a file that is there."""
    if not isinstance(path, str | os.PathLike):
        raise ConfigError(f"path must be a str or Path, not {type(path).__name__}")
    file = Path(path).expanduser()
    if file.is_dir():
        raise DataError(f"{file} is a directory, not a file")
    if not file.exists():
        raise MissingFileError(errno.ENOENT, "no such file", str(file))
    return file


def infer(path: str | os.PathLike[str], *, symbol: str | None = None) -> Inferred:
    """Symbol, market and increments of a raw recording, from the first 32 MiB of its text.

    symbol: which one, where the file holds several.
    raises: DataError where the file is no raw recording, has no prices, or holds several symbols.
    """
    file = existing(path)
    survey = _survey(file, SURVEYED_BYTES)
    symbols = list(survey["symbols"])
    if symbol is None and len(symbols) > 1:
        raise DataError(f"{file} holds {len(symbols)} symbols ({_listed(symbols)}): pass symbol=")
    name = symbols[0] if symbol is None else symbol
    if name not in survey["symbols"]:
        raise DataError(f"{file} holds {_listed(symbols)}, not {name}")
    found = survey["symbols"][name]
    instrument = found["instrument"]
    if instrument is None:
        raise DataError(f"{file}: no price of {name} to infer its increments from")
    return Inferred(
        symbol=name,
        market=found["market"],
        tick_size=instrument.tick_size,
        lot_size=instrument.lot_size,
        instrument=instrument,
        lines=survey["lines"],
        complete=survey["complete"],
    )


def info(path: str | os.PathLike[str]) -> FileInfo:
    """Read a file once through and say what is in it: symbols, times, clocks, kinds, gaps, what could not be read.

    returns: FileInfo; ``print`` it.
    raises: DataError where the file is none that can be read (MissingFileError where it is not there).
    """
    file = existing(path)
    found = _core.detect_format(file)
    if found in ("bars", "parquet", "quantum"):
        return _table_info(file)
    if found != "binance":
        return _array_info(file)
    survey = _survey(file, None)
    instruments = _instruments(survey)
    if not instruments:
        raise DataError(f"{file}: no prices in its {survey['lines']:,} lines")
    stream = _core.stream_raw(file, instruments, 65_536)
    for _ in stream:
        pass
    symbols = survey["symbols"]
    return FileInfo(
        path=str(file),
        format="raw Binance messages",
        instruments=instruments,
        markets={name: symbol["market"] for name, symbol in symbols.items()},
        kinds={name: symbol["kinds"] for name, symbol in symbols.items()},
        report=stream.report,
    )


def inferred_instruments(file: Path, limit: int) -> tuple[list[Instrument], str]:
    """The instruments of a raw recording and the sentence that says they were inferred."""
    survey = _survey(file, limit)
    instruments = _instruments(survey)
    if not instruments:
        raise DataError(f"{file}: no prices in its first {survey['lines']:,} lines to infer an instrument from")
    part = "all" if survey["complete"] else "the first"
    shown = ", ".join(f"{one.symbol} tick {one.tick_size} lot {one.lot_size}" for one in instruments)
    return instruments, f"instrument inferred from {part} {survey['lines']:,} lines: {shown}"


def _array_info(file: Path) -> FileInfo:
    """Of an hftbacktest array: the increments that fit it, and its counters."""
    from quantum.data.files import from_hftbacktest, load_rows

    steps = _core.hftbacktest_steps(load_rows(file))
    if steps is None:
        raise DataError(f"{file}: no prices in the array")
    instrument = Instrument("UNNAMED", tick_size=steps[0], lot_size=steps[1], currency="XXX")
    recording = from_hftbacktest(file, instrument)
    return FileInfo(
        path=str(file),
        format="hftbacktest event array",
        instruments=[instrument],
        markets={"UNNAMED": None},
        kinds={},
        report=recording.report,
    )


def _table_info(file: Path) -> FileInfo:
    """Of a table of bars or a saved recording: its instruments and counters."""
    from quantum.data.files import read

    recording = read(file)
    return FileInfo(
        path=str(file),
        format=recording.report["format"],
        instruments=recording.instruments,
        markets={one.symbol: None for one in recording.instruments},
        kinds={},
        report=recording.report,
    )


def _survey(file: Path, limit: int | None) -> dict[str, Any]:
    """The core's look at a file; an error where no symbol was found."""
    survey: dict[str, Any] = _core.survey_raw(file, limit)
    if not survey["symbols"]:
        malformed, ignored = survey["malformed"], survey["ignored"]
        why = f"only {_listed(ignored)}" if ignored else "nothing"
        if malformed["count"]:
            line, what = malformed["first"][0]
            why += f"; {malformed['count']:,} lines could not be read, first line {line}: {what}"
        raise DataError(f"{file}: no depth, trade or quote of Binance in its {survey['lines']:,} lines, {why}")
    return survey


def _instruments(survey: dict[str, Any]) -> list[Instrument]:
    """The instruments whose increments are known."""
    return [one["instrument"] for one in survey["symbols"].values() if one["instrument"] is not None]


def _listed(names: Any) -> str:
    """A few names in a sentence."""
    names = list(names)
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return ", ".join(names[:8]) + more
