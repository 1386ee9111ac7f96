"""Native indicators in compiled code: ``self.rsi.update(price)`` calls the core's own function on the state's pointer.

The state's head says which function; what it gave lies right behind the head (``rust/indicators/native.rs``). Both
forms of a strategy run the same machine code, so their values are the same to the bit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import models
from numba.core.imputils import lower_builtin
from numba.core.typing import signature
from numba.core.typing.templates import AbstractTemplate
from numba.extending import register_model

from quantum import ta
from quantum.compiler import emit
from quantum.compiler.arithmetic import number_type, unwrap
from quantum.compiler.emit import FLOAT, HALF, POINTER, WORD, Refusal, friendly
from quantum.compiler.natives import ATTRIBUTES, METHODS, Native
from quantum.compiler.places import LAYOUT
from quantum.errors import InternalError

__all__ = ["stream_type"]


class Stream(Native):
    """A live indicator; ``result`` is what its update gives: a float, or a named tuple of floats."""

    def __init__(self, indicator: str) -> None:
        row = ta.find(indicator)
        self.indicator, self.inputs, self.count = indicator, row.inputs, len(row.outputs)
        super().__init__(f"{indicator} stream")
        several = type(ta.stream(indicator).value)
        self.result = types.float64 if self.count == 1 else types.NamedUniTuple(types.float64, self.count, several)


register_model(Stream)(models.OpaqueModel)
_TYPES: dict[str, Stream] = {}


def stream_type(indicator: str) -> Stream:
    """The type of an indicator's streams."""
    if indicator not in _TYPES:
        kind = _TYPES[indicator] = Stream(indicator)
        ATTRIBUTES[kind] = {"value": (kind.result, lambda *given: _values(kind, *given))}
        METHODS[kind, "update"], METHODS[kind, "reset"] = UpdateTemplate, ResetTemplate
    return _TYPES[indicator]


def _values(kind: Stream, context: Any, builder: Any, stream: Any) -> Any:
    """What the last update gave."""
    behind = builder.gep(stream, [WORD(LAYOUT["records"]["Live"]["values"])])
    first = builder.bitcast(behind, FLOAT.as_pointer())
    values = [builder.load(builder.gep(first, [WORD(place)])) for place in range(kind.count)]
    return values[0] if kind.count == 1 else context.make_tuple(builder, kind.result, values)


def _again(indicator: str) -> Callable[..., Any]:
    """The update that failed, as Python does it: a state that refuses says the same whatever came before."""
    return lambda *bar: ta.stream(indicator, nan="raise").update(*bar)


class UpdateTemplate(AbstractTemplate):
    """`stream.update(*bar)`."""

    key = "quantum.Stream.update"

    def generic(self, args: Any, kws: Any) -> Any:
        """A number per input; the stream's result."""
        kind = self.this
        takes = f"{kind.label}.update() takes {', '.join(kind.inputs)}"
        if kws:
            raise Refusal(f"{takes} by place, not by keyword", "update")
        if len(args) != len(kind.inputs):
            raise Refusal(f"{takes}: {len(kind.inputs)} numbers, not {len(args)}", "update")
        for name, given in zip(kind.inputs, args, strict=True):
            if number_type(given) is None:
                raise Refusal(f"{takes}: {name} must be a number, not {friendly(given)}", "update")
        return signature(kind.result, *args, recvr=kind)


class ResetTemplate(AbstractTemplate):
    """`stream.reset()`."""

    key = "quantum.Stream.reset"

    def generic(self, args: Any, kws: Any) -> Any:
        """Nothing comes back."""
        if args or kws:
            raise Refusal(f"{self.this.label}.reset() takes no arguments", "reset")
        return signature(types.none, recvr=self.this)


def _call(builder: Any, stream: Any, name: str, *arguments: Any) -> Any:
    """Calls a function of the stream's head; whether it failed."""
    shape = ir.FunctionType(HALF, [POINTER, *[one.type for one in arguments]])
    function = emit.load(builder, stream, "Live", name, shape.as_pointer())
    return cgutils.is_not_null(builder, builder.call(function, [stream, *arguments]))


_DEFECT = ("a defect in quantum's core, please report it: an indicator failed",)


@lower_builtin(UpdateTemplate.key, types.VarArg(types.Any))
def _update(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    kind, stream, given = sig.args[0], args[0], signature(types.none, *sig.args[1:])
    again = _again(kind.indicator)
    plain = unwrap(context, builder, given, args[1:], again)
    bar = cgutils.alloca_once(builder, FLOAT, size=len(plain))
    for place, (value, one) in enumerate(zip(plain, given.args, strict=True)):
        number = context.cast(builder, value, number_type(one), types.float64)
        builder.store(number, builder.gep(bar, [WORD(place)]))
    failed = _call(builder, stream, "update", bar, cgutils.get_null_value(FLOAT.as_pointer()))
    with cgutils.if_unlikely(builder, failed):
        emit.fail(context, builder, InternalError, _DEFECT, (again, given.args, args[1:]))
    return _values(kind, context, builder, stream)


@lower_builtin(ResetTemplate.key, types.VarArg(types.Any))
def _reset(context: Any, builder: Any, _sig: Any, args: Any) -> Any:
    with cgutils.if_unlikely(builder, _call(builder, args[0], "reset")):
        emit.fail(context, builder, InternalError, _DEFECT)
    return context.get_dummy_value()
