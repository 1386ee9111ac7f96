"""Annotated fields as a record of memory: where each one lives, and the way in and out."""

from __future__ import annotations

import copy
import enum
import inspect
import re
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quantum._core import Order
from quantum.errors import CompileError
from quantum.strategy import Strategy
from quantum.ta import Stream

__all__ = ["Field", "Record"]

_LETTERS: dict[Any, str] = {float: "f", int: "i", bool: "b"}
_DTYPES = (np.dtype(np.float64), np.dtype(np.int64), np.dtype(np.bool_))
_POSSIBLE = (
    "possible are float, int, bool, an Enum of ints, each of them or None, Order or None, str, a tuple of numbers, "
    "a NumPy array, q.ta.Stream"
)


@dataclass(frozen=True)
class Field:
    """A field: ``kind`` is "number", "enum", "order", "array", "stream" or "constant" (text, a tuple; no memory)."""

    name: str
    kind: str
    # Number: f, i, b; enum: its class; array: (dtype, dimensions, writeable); stream: its indicator; constant: itself.
    detail: Any
    optional: bool
    offset: int


class Record:
    """The fields of one instance. The first word is the context's address, for order handles."""

    def __init__(self, strategy: Strategy) -> None:
        self.cls = type(strategy)
        self.fields: dict[str, Field] = {}
        self.size = 8
        for name, annotation in self.cls.annotated().items():
            if not hasattr(strategy, name):
                continue
            try:
                field = _field(self.cls, name, annotation, getattr(strategy, name), self.size)
            except CompileError:
                if name.startswith("_"):
                    continue  # no parameter: it may be for on_start and on_stop only
                raise
            self.fields[name] = field
            self.size += 8 * (1 + field.detail[1]) if field.kind == "array" else 16

    def key(self) -> tuple[Any, ...]:
        """What compiled code depends on; the text tells 1 from 1.0 inside a tuple."""
        return tuple((field, repr(field.detail)) for field in self.fields.values())

    def pack(self, strategy: Strategy) -> tuple[NDArray[np.uint64], dict[str, Stream]]:
        """The instance's values as memory, and the copies of its streams that the run goes on with.

        Arrays stay where they are; they and the copies must outlive the memory.
        """
        memory, streams = np.zeros(self.size // 8, np.uint64), {}
        floats, integers = memory.view(np.float64), memory.view(np.int64)
        for field in self.fields.values():
            value, at = getattr(strategy, field.name), field.offset // 8
            if field.kind == "array":
                integers[at] = value.ctypes.data
                integers[at + 1 : at + 1 + value.ndim] = value.shape
            elif field.kind == "stream":
                streams[field.name] = copy.copy(value)
                integers[at] = streams[field.name].address
            elif field.kind == "constant" or value is None:
                continue
            elif field.detail == "f":
                floats[at] = value
            elif field.kind == "order":
                integers[at] = value.id
            else:
                integers[at] = value.value if field.kind == "enum" else value
            if field.kind != "array":
                integers[at + 1] = 1
        return memory, streams

    def unpack(
        self,
        strategy: Strategy,
        memory: NDArray[np.uint64],
        streams: dict[str, Stream],
        order: Callable[[int], Order],
    ) -> None:
        """Gives the values back to the instance; ``order`` makes a handle from an id."""
        floats, integers = memory.view(np.float64), memory.view(np.int64)
        for field in self.fields.values():
            at = field.offset // 8
            if field.kind in ("array", "constant"):
                continue
            value: Any
            if field.kind == "stream":
                value = streams[field.name]
            elif not integers[at + 1] & 1:
                value = None
            elif field.kind == "order":
                value = order(int(integers[at]))
            elif field.kind == "enum":
                value = field.detail(int(integers[at]))
            elif field.detail == "f":
                value = float(floats[at])
            else:
                value = bool(integers[at] & 1) if field.detail == "b" else int(integers[at])
            setattr(strategy, field.name, value)


def _field(cls: type, name: str, annotation: Any, value: Any, offset: int) -> Field:
    """Where a field lives; a CompileError at its declaration where it cannot."""
    inner, optional = _without_none(annotation)
    if inner in _LETTERS:
        _check_number(cls, name, inner, value, optional)
        return Field(name, "number", _LETTERS[inner], optional, offset)
    if (
        isinstance(inner, type)
        and issubclass(inner, enum.Enum)
        and all(type(one.value) is int or isinstance(one, int) for one in inner)
    ):
        if not (isinstance(value, inner) or (optional and value is None)):
            raise _at_field(cls, name, f"{cls.__name__}.{name} is declared {inner.__name__} but holds {value!r}")
        return Field(name, "enum", inner, optional, offset)
    if inner is Order:
        return Field(name, "order", "o", True, offset)
    if not optional and ((isinstance(value, str) and inner in (str, Any)) or _is_constant(value)):
        return Field(name, "constant", value, False, offset)
    if isinstance(value, np.ndarray):
        return Field(name, "array", _array(cls, name, value), False, offset)
    if isinstance(value, Stream):
        return Field(name, "stream", value.name, False, offset)
    if inner is Stream:
        raise _at_field(cls, name, f"{cls.__name__}.{name} holds {value!r}: set it in on_start, q.ta.stream(...)")
    held = "None" if value is None else f"a {type(value).__name__}"
    hints: dict[type, str] = {list: "use a NumPy array", dict: "use arrays, or separate fields"}
    hint = hints.get(type(value), _POSSIBLE)
    raise _at_field(cls, name, f"{cls.__name__}.{name} holds {held}, which cannot live in compiled code: {hint}")


def _is_constant(value: Any) -> bool:
    """Whether a value is a tuple of numbers, or of such tuples."""
    plain = (float, int, bool)
    return type(value) is tuple and value != () and all(type(one) in plain or _is_constant(one) for one in value)


def _without_none(annotation: Any) -> tuple[Any, bool]:
    """The annotation without ``| None``, and whether it had that."""
    if typing.get_origin(annotation) in (typing.Final, typing.Annotated):
        annotation = typing.get_args(annotation)[0]
    if typing.get_origin(annotation) is typing.Literal:
        return type(typing.get_args(annotation)[0]), False
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        inner = [one for one in typing.get_args(annotation) if one is not type(None)]
        if len(inner) == 1 and len(typing.get_args(annotation)) == 2:
            return inner[0], True
    return annotation, False


def _check_number(cls: type, name: str, kind: Any, value: Any, optional: bool) -> None:
    """The value is what the annotation says."""
    if optional and value is None:
        return
    fits = isinstance(value, kind) and (kind is not int or (not isinstance(value, bool) and abs(value) < 1 << 63))
    if not fits and not (kind is float and type(value) is int):
        raise _at_field(cls, name, f"{cls.__name__}.{name} is declared {kind.__name__} but holds {value!r}")


def _array(cls: type, name: str, value: NDArray[Any]) -> tuple[Any, int, bool]:
    if value.dtype not in _DTYPES or not value.flags.c_contiguous or not value.flags.aligned or not value.ndim:
        dtypes = ", ".join(str(dtype) for dtype in _DTYPES)
        given = f"{value.dtype}{'' if value.flags.c_contiguous else ', not contiguous'}, {value.ndim} dimensions"
        raise _at_field(cls, name, f"{cls.__name__}.{name}: arrays are contiguous and of {dtypes}, not {given}")
    return value.dtype, value.ndim, value.flags.writeable


def _at_field(cls: type, name: str, message: str) -> CompileError:
    """The error, at the line that declares the field."""
    for base in cls.__mro__:
        if name not in inspect.get_annotations(base):
            continue
        try:
            lines, first = inspect.getsourcelines(base)
        except (OSError, TypeError):
            break
        for number, text in enumerate(lines, first):
            found = re.match(rf"\s*({re.escape(name)})\s*:", text)
            if found:
                line = text.rstrip("\n")
                return CompileError(message, (inspect.getsourcefile(base), number, found.start(1) + 1, line))
    return CompileError(message)
