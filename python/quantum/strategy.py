"""The strategy class: annotated fields are parameters, methods named ``on_*`` are callbacks."""

from __future__ import annotations

import difflib
import inspect
import typing
from collections.abc import Callable
from typing import Any, ClassVar

from quantum.errors import ConfigError
from quantum.ta import Stream

__all__ = ["CALLBACKS", "Strategy"]

CALLBACKS = (
    "on_start",
    "on_book",
    "on_trade",
    "on_quote",
    "on_bar",
    "on_order",
    "on_fill",
    "on_timer",
    "on_stop",
    "on_hit",
)

_RESERVED = ("annotated", "callbacks", "fields", "parameters")


def _nearest(name: str, known: list[str]) -> str:
    """A hint that names the closest known name, or lists what there is."""
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"it has {', '.join(known)}" if known else "it has none"


class Strategy:
    """Base of every strategy.

    A field annotated in the class body is a parameter: it can be given by keyword when the strategy is made, and it is
    what sweeps vary. Only the callbacks a class defines are called:

    ``on_start(ctx)``, ``on_book(ctx)``, ``on_trade(ctx, trade)``, ``on_quote(ctx, quote)``, ``on_bar(ctx, bar)``,
    ``on_order(ctx, order)``, ``on_fill(ctx, fill)``, ``on_timer(ctx)``, ``on_hit(ctx, hit)``, ``on_stop(ctx)``.

    A strategy asks through ``ctx``: ``buy(qty, limit=...)`` and ``sell`` give an order, ``cancel_all()``,
    ``cancel(order)`` and ``replace(order, qty=..., limit=...)`` change what is open, ``close()`` ends the position,
    ``every("100ms")`` calls ``on_timer``. ``on_order`` hears every answer.

    Raises ConfigError for an unknown parameter, one of the wrong type, one without a value, or a method whose name
    starts with ``on_`` and is no callback.
    """

    _fields: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name, value in vars(cls).items():
            if name.startswith("on_") and name not in CALLBACKS:
                raise ConfigError(f"{cls.__name__}.{name} is no callback: {_nearest(name, list(CALLBACKS))}")
            if name in CALLBACKS and not callable(value):
                raise ConfigError(f"{cls.__name__}.{name} must be a method, not {value!r}")
        for name in inspect.get_annotations(cls):
            if name in _RESERVED:
                raise ConfigError(f"{cls.__name__}: {name!r} is a method of Strategy, give the parameter another name")

    def __init__(self, **parameters: Any) -> None:
        cls = type(self)
        fields = cls.fields()
        for name in parameters:
            if name not in fields:
                raise ConfigError(f"{cls.__name__} has no parameter {name!r}: {_nearest(name, list(fields))}")
        for name, kind in fields.items():
            if name in parameters:
                setattr(self, name, _checked(cls, name, kind, parameters[name]))
            elif not hasattr(cls, name):
                raise ConfigError(f"{cls.__name__} needs a value for its parameter {name!r}")

    @classmethod
    def fields(cls) -> dict[str, Any]:
        """The parameters: name -> annotation, base classes first; a name that begins with _ is none."""
        return {name: kind for name, kind in cls.annotated().items() if not name.startswith("_")}

    @classmethod
    def annotated(cls) -> dict[str, Any]:
        """All annotated fields, private ones too: what is state of compiled code."""
        found: dict[str, Any] = {}
        for base in reversed(cls.__mro__):
            if base in (object, Strategy):
                continue
            annotations = inspect.get_annotations(base)
            if any(isinstance(kind, str) for kind in annotations.values()):
                annotations = _resolved(base, annotations)
            found.update({name: kind for name, kind in annotations.items() if not _class_level(kind)})
        return found

    def parameters(self) -> dict[str, Any]:
        """The parameters and their values now."""
        return {name: getattr(self, name) for name in type(self).fields()}

    def callbacks(self) -> dict[str, Callable[..., Any]]:
        """The callbacks this strategy defines, bound, for one run: its indicators begin anew, in states of its own."""
        for name in type(self).annotated():
            stream = getattr(self, name, None)
            if isinstance(stream, Stream):
                setattr(self, name, stream.fresh())
        return {name: getattr(self, name) for name in CALLBACKS if hasattr(self, name)}

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self.parameters().items())
        return f"{type(self).__name__}({values})"


def _resolved(base: type, annotations: dict[str, Any]) -> dict[str, Any]:
    """Annotations written as strings, evaluated where that is possible."""
    try:
        return {name: kind for name, kind in typing.get_type_hints(base).items() if name in annotations}
    except Exception:  # noqa: BLE001 - evaluating a user's annotation may raise anything
        return annotations


def _class_level(kind: Any) -> bool:
    """Whether an annotation says that the field belongs to the class."""
    return kind is ClassVar or str(typing.get_origin(kind)) == "typing.ClassVar"


def _checked(cls: type, name: str, kind: Any, value: Any) -> Any:
    """The value as the annotated type; a whole number is taken for a float."""
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind is int and isinstance(value, bool):
        raise ConfigError(f"{cls.__name__}.{name} must be int, not {value!r}")
    if isinstance(kind, type) and not isinstance(value, kind):
        raise ConfigError(f"{cls.__name__}.{name} must be {kind.__name__}, not {type(value).__name__} {value!r}")
    return value
