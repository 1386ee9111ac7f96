"""Places in the user's source that compiled code can name by number: where it fails, where it logs.

Machine code says only a number and the bits of a few values; what they mean is kept here.
"""

from __future__ import annotations

import enum
import struct
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from quantum._core import native_layout

__all__ = ["LAYOUT", "Kind", "Place", "begins", "exception_of", "line_of", "place"]

LAYOUT: dict[str, Any] = native_layout()

Value = tuple[bool, int]
Kind = str | type[enum.Enum]
"""What a value's bits mean: "f", "i", "b", a kind of word, "=" and a constant text, or an Enum."""


@dataclass(frozen=True)
class Place:
    """A line of source and what may happen there."""

    function: str
    file: str
    line: int
    error: type[BaseException] | None = None
    arguments: tuple[Any, ...] = ()
    again: Callable[..., Any] | None = None  # the operation as Python does it: its error is the error
    kinds: tuple[Kind, ...] = ()  # of the values
    parts: tuple[str | tuple[int, str, str], ...] = ()  # of a log line: text, or (value, conversion, format)


_CONVERSIONS: dict[str, Callable[[Any], str]] = {"r": repr, "s": str, "a": ascii}
_PLACES: list[Place] = []


def place(it: Place) -> int:
    """The number of a place."""
    _PLACES.append(it)
    return len(_PLACES) - 1


def begins(number: int) -> bool:
    """Whether an exception begins at a place."""
    return _PLACES[number].error is not None


def _value(kind: Kind, valid: int, bits: int) -> Any:
    """A value from the word that says whether it is there, and its bits."""
    if not valid:
        return None
    if kind == "f":
        return struct.unpack("d", struct.pack("Q", bits))[0]
    signed = struct.unpack("q", struct.pack("Q", bits))[0]
    if kind == "i":
        return signed
    if kind == "b":
        return bool(bits & 1)
    if isinstance(kind, type):
        return kind(signed)
    if kind.startswith("="):
        return kind[1:]
    return LAYOUT["words"][kind][signed] or None


def _values(kinds: Sequence[Kind], words: Sequence[int]) -> list[Any]:
    return [_value(kind, words[2 * index], words[2 * index + 1]) for index, kind in enumerate(kinds)]


def line_of(number: int, words: Sequence[int]) -> str:
    """A log line as Python would have written it."""
    it = _PLACES[number]
    values = _values(it.kinds, words)
    text = []
    for part in it.parts:
        if isinstance(part, str):
            text.append(part)
            continue
        index, conversion, form = part
        value = values[index]
        shown = _CONVERSIONS[conversion](value) if conversion else value
        text.append(format(shown, form))
    return "".join(text)


def exception_of(known: BaseException | None, passed: Sequence[tuple[int, Sequence[int]]]) -> BaseException:
    """The exception that compiled code raised, with the path it took through the user's source.

    ``passed``: places from the innermost outward, with their values; ``known``: the error if the core has it already.
    """
    places = [(_PLACES[number], words) for number, words in passed]
    error = known
    if error is None:
        origin = next(((it, words) for it, words in places if it.error is not None), None)
        error = RuntimeError("compiled code failed without a reason") if origin is None else _raised(*origin)
    trace = None
    for it, _ in places:
        trace = types.TracebackType(trace, _frame(it), -1, it.line)
    return error.with_traceback(trace)


def _raised(it: Place, words: Sequence[int]) -> BaseException:
    """What Python raises there: found by doing it again, where that is possible."""
    if it.again is not None:
        try:
            it.again(*_values(it.kinds, words))
        except Exception as error:  # noqa: BLE001 - the very thing that is looked for
            return error
    kind = it.error or RuntimeError
    return kind(*it.arguments)


def _frame(it: Place) -> types.FrameType:
    """A frame that shows the place."""
    code = compile("raise ValueError", it.file, "exec")
    name = it.function.rpartition(".")[2]
    code = code.replace(co_name=name, co_qualname=it.function, co_firstlineno=it.line)
    try:
        exec(code, {"__name__": "quantum.compiled"})  # noqa: S102 - one raise, for its frame
    except ValueError as error:
        trace = error.__traceback__
        assert trace is not None and trace.tb_next is not None  # noqa: S101, PT018 - this frame, then the code's
        return trace.tb_next.tb_frame
    raise AssertionError("a raise that does not raise")
