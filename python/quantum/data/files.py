"""Files and arrays as recordings."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from quantum import _core, dtypes
from quantum._core import EventStream, Instrument, Recording
from quantum.data.barfiles import read_bars
from quantum.data.info import SURVEYED_BYTES, existing, inferred_instruments
from quantum.data.saved import read_saved
from quantum.errors import ConfigError, DataError

Source: TypeAlias = str | os.PathLike[str]
Instruments: TypeAlias = Instrument | Sequence[Instrument]

HFTBACKTEST = np.dtype(
    [
        ("ev", "<u8"),
        ("exch_ts", "<i8"),
        ("local_ts", "<i8"),
        ("px", "<f8"),
        ("qty", "<f8"),
        ("order_id", "<u8"),
        ("ival", "<i8"),
        ("fval", "<f8"),
    ]
)
"""The rows of hftbacktest's event arrays (64 bytes)."""


def read(path: Source, *, instrument: Instruments | None = None, format: str | None = None) -> Recording:  # noqa: A002 - the word a user looks for
    """Read a recording whole.

    path: a raw Binance recording (lines of ``<receive ns> <json>``, plain or gzip), an hftbacktest array (.npz, .npy)
        bars (CSV, plain or gzip, or Parquet, as ``from_bars`` takes them) or what ``Recording.save`` wrote, which is
        mapped, not copied, and must not be changed meanwhile; which one is known by its content.
    instrument: one, or several for a file that holds several symbols; messages of others are counted and left out.
        ``None`` infers symbol and increments from the first 32 MiB and notes that in the report.
    format: ``"binance"``, ``"hftbacktest"`` or ``"bars"`` to insist on one.
    returns: Recording; ``.events`` is ndarray[EVENT] in both time orders, prices and quantities in increments.
    raises: DataError where the file does not hold what it should (MissingFileError where it is not there),
        ConfigError where arguments do not make sense.
    """
    file = existing(path)
    found = _format(file, format)
    if found == "hftbacktest":
        return from_hftbacktest(file, _one(instrument, "an hftbacktest array"))
    if found == "quantum":
        return read_saved(file)
    if found == "bars":
        return read_bars(file, _one(instrument, "a table of bars"), _core.detect_format(file))
    if instrument is not None:
        return _core.read_raw(file, _several(instrument), [])
    instruments, note = inferred_instruments(file, SURVEYED_BYTES)
    return _core.read_raw(file, instruments, [note])


def stream(path: Source, instrument: Instruments | None = None, *, batch: int = 65_536) -> EventStream:
    """Read a raw recording of any size piece by piece, in bounded memory.

    batch: events per piece, at least; a piece ends with a whole message.
    returns: iterator of ndarray[EVENT] in file order, which is the order they were received in; its ``.report`` is what
        was counted so far.
    raises: as ``read``; errors inside the file are raised when the iteration reaches them.
    """
    if isinstance(batch, bool) or not isinstance(batch, int) or batch < 1:
        raise ConfigError(f"batch must be a whole number from 1, not {batch!r}")
    file = existing(path)
    if (found := _format(file, None)) != "binance":
        raise ConfigError(f"{file} holds {found} data, only raw recordings are streamed: use read()")
    if instrument is None:
        return _core.stream_raw(file, inferred_instruments(file, SURVEYED_BYTES)[0], batch)
    return _core.stream_raw(file, _several(instrument), batch)


def from_events(events: NDArray[np.void], instrument: Instruments) -> Recording:
    """Make a recording of your own events.

    events: (n,) quantum.dtypes.EVENT, in the order they were received, or flagged for the two sides (EXCHANGE_ONLY,
        LOCAL_ONLY) as a Recording's are. They are copied.
    raises: DataError naming the first row that no venue could have sent or that runs backwards in time.
    """
    if not isinstance(events, np.ndarray) or events.dtype != dtypes.EVENT or events.ndim != 1:
        shown = f"{events.ndim}-d {events.dtype}" if isinstance(events, np.ndarray) else type(events).__name__
        raise DataError(f"events must be a one-dimensional array of quantum.dtypes.EVENT, not {shown}")
    return _core.from_events(np.ascontiguousarray(events), _several(instrument), "array")


def from_hftbacktest(source: Source | NDArray[np.void], instrument: Instrument | None) -> Recording:
    """Read hftbacktest's event array, row for row, from a .npz or .npy file or from memory.

    instrument: needed, the array does not say of what it is; the error without one names the increments that fit.
    raises: DataError for arrays of another layout, rows off the increments, NaN, or times that run backwards; pickled
        objects are never loaded.
    """
    name = "array" if isinstance(source, np.ndarray) else str(source)
    rows = load_rows(source)
    if instrument is None:
        steps = _core.hftbacktest_steps(rows)
        fits = f', tick_size="{steps[0]}", lot_size="{steps[1]}"' if steps else ", tick_size=..., lot_size=..."
        raise ConfigError(f'{name}: the array does not say its symbol; pass instrument=q.Instrument("SYMBOL"{fits})')
    return _core.from_hftbacktest(rows, instrument, name)


def load_rows(source: Source | NDArray[np.void]) -> NDArray[np.uint8]:
    """The bytes of hftbacktest's event array, from a file or from memory, checked to be one."""
    array = source if isinstance(source, np.ndarray) else load_array(existing(source))
    if array.dtype.names != HFTBACKTEST.names or array.ndim != 1:
        name = "array" if isinstance(source, np.ndarray) else source
        found = f"{array.ndim}-d {array.dtype}"
        raise DataError(f"{name}: not an hftbacktest event array: want 1-d {HFTBACKTEST.names}, not {found}")
    return np.ascontiguousarray(array.astype(HFTBACKTEST, copy=False)).view(np.uint8)


def _format(file: Path, wanted: str | None) -> str:
    """What the file holds: ``binance``, ``hftbacktest`` or ``bars``."""
    if wanted not in (None, "binance", "hftbacktest", "bars", "quantum"):
        raise ConfigError(f'format must be "binance", "hftbacktest", "bars" or "quantum" (or left out), not {wanted!r}')
    kinds = {"npy": "hftbacktest", "npz": "hftbacktest", "parquet": "bars"}
    detected = _core.detect_format(file)
    found = kinds.get(detected, detected)
    if wanted not in (None, found):
        raise DataError(f"{file} holds {found} data, not {wanted}")
    return found


def _several(instrument: Instruments) -> list[Instrument]:
    """One or several instruments as a list."""
    instruments = [instrument] if isinstance(instrument, Instrument) else list(instrument)
    for one in instruments:
        if not isinstance(one, Instrument):
            raise ConfigError(f"instrument must be a quantum.Instrument or several, not {one!r}")
    return instruments


def _one(instrument: Instruments | None, what: str) -> Instrument | None:
    """At most one instrument."""
    if instrument is None:
        return None
    instruments = _several(instrument)
    if len(instruments) != 1:
        raise ConfigError(f"{what} is of one instrument, {len(instruments)} were given")
    return instruments[0]


def load_array(file: Path) -> NDArray[Any]:
    """The array in a .npy file, or the only one in a .npz file."""
    try:
        loaded = np.load(file, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded
        with loaded:
            arrays = [name for name in loaded.files if loaded.zip is not None]
            if "data" in arrays or len(arrays) == 1:
                return _array(file, loaded["data" if "data" in arrays else arrays[0]])
            raise DataError(f"{file}: a zip archive that holds {', '.join(arrays) or 'nothing'}, not one array")
    except (ValueError, EOFError, OSError, zipfile.BadZipFile, KeyError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{file}: not a readable NumPy file: {error}") from None


def _array(file: Path, member: Any) -> NDArray[Any]:
    """A member of an archive, if it is an array: NumPy hands out other members as bytes."""
    if isinstance(member, np.ndarray):
        return member
    raise DataError(f"{file}: a zip archive without a NumPy array in it")


def sample(
    duration: str | timedelta = "10m",
    *,
    seed: int = 7,
    limit_orders_per_second: float | None = None,
    market_orders_per_second: float | None = None,
    volatility_ticks: float | None = None,
) -> Recording:
    """The built-in market: a seeded, synthetic order flow over a real price-time book, the same bytes on every machine.

    duration: of simulated time, such as ``"10m"``. seed: equal seeds give equal events.
    limit_orders_per_second, market_orders_per_second: mean Poisson rates. volatility_ticks: how far the latent value
        moves in a second. What is not given has the model's default; the model is described in ``docs/data.md``.
    returns: Recording of the instrument SAMPLE; every event is flagged SYNTHETIC and the print says so.
    raises: ConfigError where a value is out of its range.
    """
    return _core.sample_recording(
        duration=duration,
        seed=seed,
        limit_orders_per_second=limit_orders_per_second,
        market_orders_per_second=market_orders_per_second,
        volatility_ticks=volatility_ticks,
    )
