"""NumPy dtypes of the records that travel, taken from the core's own layouts.

``EVENT`` and ``BAR`` are 64 bytes, ``COMMAND`` and ``REPORT`` 128; little-endian, plain data. ``NAMES`` says what the
numbers in a report's coded fields mean: ``NAMES["state"][10] == "Filled"``. ``user`` makes a dtype for records of your
own on the bus:

>>> import quantum as q
>>> PNL = q.dtypes.user([("pnl", "f8"), ("delta", "f8")])
>>> PNL.itemsize, PNL.names
(64, ('sequence', 'exchange_ns', 'receive_ns', 'pnl', 'delta', 'instrument', 'venue', 'kind', 'side', 'flags'))
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from quantum._core import BAR, COMMAND, EVENT, NAMES, REPORT
from quantum.errors import ConfigError

__all__ = ["BAR", "COMMAND", "EVENT", "NAMES", "REPORT", "user"]

_RECORDS = {"event": EVENT, "bar": BAR, "command": COMMAND, "report": REPORT}
_HEAD = ("sequence", "exchange_ns", "receive_ns")
_TAIL = ("instrument", "venue", "kind", "side", "flags")


def _fields(dtype: np.dtype[Any]) -> dict[str, tuple[np.dtype[Any], int]]:
    """Each field's dtype and offset, in order."""
    found: Mapping[str, Any] = dtype.fields or {}
    return {name: (found[name][0], found[name][1]) for name in dtype.names or ()}


_FREE = _fields(EVENT)["price"][1]
_FREE_BYTES = _fields(EVENT)["instrument"][1] - _FREE


def user(fields: npt.DTypeLike) -> np.dtype[np.void]:
    """A dtype of 64 bytes for records of your own: an EVENT whose ``price`` to ``venue_sequence`` are your fields.

    ``fields`` is what NumPy takes for a structured dtype, such as ``[("pnl", "f8"), ("delta", "f8")]``: plain numbers,
    texts and arrays of them, little-endian, in their order at their natural alignment, in 32 bytes. Set ``kind`` (from
    128) and ``instrument`` (``bus.topic(name, dtype=...)``) of each record yourself. Raises ConfigError for fields that
    do not fit or have a name of the EVENT's other fields.
    """
    try:
        own = _fields(np.dtype(fields, align=True))
    except (TypeError, ValueError) as error:
        raise ConfigError(f"fields must be those of a NumPy dtype, not {fields!r}: {error}") from None
    if not own:
        raise ConfigError(f"fields must have names, such as [('pnl', 'f8')], not {fields!r}")
    for name, (form, _) in own.items():
        _check(name, form)
    end = max(offset + form.itemsize for form, offset in own.values())
    if end > _FREE_BYTES:
        raise ConfigError(f"fields must fit into {_FREE_BYTES} bytes at their alignment, these take {end}")
    return _around([(name, form, offset) for name, (form, offset) in own.items()])


def _check(name: str, form: np.dtype[Any]) -> None:
    if name in _HEAD + _TAIL or not name.isidentifier():
        raise ConfigError(f"a field must have a name of letters and digits that is none of the EVENT's, not {name!r}")
    base = form.base
    if base.hasobject or base.names or base.itemsize == 0 or base.byteorder == ">":
        raise ConfigError(f"field {name!r} must be a plain little-endian number or text, or an array of them: {form}")


def _around(own: list[tuple[str, np.dtype[Any], int]]) -> np.dtype[np.void]:
    """EVENT with these fields instead of its free bytes."""
    event = _fields(EVENT)
    kept = [(name, *event[name]) for name in _HEAD + _TAIL]
    rows = kept[: len(_HEAD)] + [(name, form, _FREE + at) for name, form, at in own] + kept[len(_HEAD) :]
    names, formats, offsets = zip(*rows, strict=True)
    return np.dtype(
        {"names": list(names), "formats": list(formats), "offsets": list(offsets), "itemsize": EVENT.itemsize}
    )


def _text(form: np.dtype[Any]) -> str:
    return f"{form.shape}{form.base.str}" if form.shape else form.str


def describe(dtype: npt.DTypeLike) -> tuple[str, str]:
    """The record type of a dtype of the bus, and the fields of a user's dtype as text: ``pnl:<f8;delta:<f8``.

    Raises ConfigError for a dtype that is neither one of the records' nor made by ``user``.
    """
    try:
        given: np.dtype[Any] = np.dtype(dtype)
    except TypeError:
        given = np.dtype("V")
    for record, known in _RECORDS.items():
        if given == known:
            return record, ""
    own = [(name, form) for name, (form, _) in _fields(given).items() if name not in _HEAD + _TAIL]
    text = ";".join(f"{name}:{_text(form)}" for name, form in own)
    if own and _is_users(text, given):
        return "event", text
    raise ConfigError(
        f"dtype must be quantum.dtypes.EVENT, BAR, COMMAND, REPORT or one of quantum.dtypes.user, not {dtype!r}"
    )


def _is_users(text: str, given: np.dtype[Any]) -> bool:
    try:
        return restore(text) == given
    except ConfigError:
        return False


def restore(fields: str) -> np.dtype[np.void]:
    """The dtype that :func:`describe` gave this text of."""
    pairs = (field.partition(":") for field in fields.split(";"))
    return user([(name, form) for name, _, form in pairs])
