"""Small pieces of machine code that the rest is made of: loads, calls of the core, failures with their place."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import llvmlite.binding
from llvmlite import ir
from numba.core import cgutils, errors, types

from quantum.compiler.places import LAYOUT, Kind, Place, place

__all__ = ["Refusal", "call_core", "check", "fail", "field_at", "friendly", "here", "load", "values_of"]

POINTER = ir.IntType(8).as_pointer()
WORD = ir.IntType(64)
HALF = ir.IntType(32)
BYTE = ir.IntType(8)
FLOAT = ir.DoubleType()


def add_symbols() -> None:
    """Tells the linker where the core's functions are."""
    for name, address in LAYOUT["functions"].items():
        llvmlite.binding.add_symbol(f"quantum_{name}", address)
    for name, (_, address) in LAYOUT["library"].items():
        llvmlite.binding.add_symbol(f"quantum_math_{name}", address)


class Refusal(errors.TypingError):
    """Our own complaint while compiling; the brackets let it be found in what the compiler wraps around it."""

    def __init__(self, text: str, word: str = "", loc: Any = None) -> None:
        self.text = text
        super().__init__(f"⟦{text}⟧{{{word}}}", loc=loc)


def friendly(kind: Any) -> str:
    """A type's name for a user."""
    shown = str(types.unliteral(kind))
    names = {"float64": "float", "int64": "int", "unicode_type": "str", "none": "None", "boolean": "bool"}
    return names.get(shown, getattr(kind, "label", shown).replace("float64", "float").replace("int64", "int"))


def here(builder: Any) -> tuple[str, str, int] | None:
    """Function, file and line of the user's that code is made for; None in code that is not the user's."""
    return getattr(builder, "_quantum_place", None)


def field_at(builder: Any, base: Any, record: str, name: str, kind: Any) -> Any:
    """The address of a record's field."""
    return builder.bitcast(builder.gep(base, [WORD(LAYOUT["records"][record][name])]), kind.as_pointer())


def load(builder: Any, base: Any, record: str, name: str, kind: Any) -> Any:
    """A record's field."""
    return builder.load(field_at(builder, base, record, name, kind))


def call_core(builder: Any, name: str, result: Any, arguments: Sequence[Any]) -> Any:
    """Calls a function of the core."""
    signature = ir.FunctionType(result, [one.type for one in arguments])
    function = cgutils.get_or_insert_function(builder.module, signature, f"quantum_{name}")
    return builder.call(function, list(arguments))


def values_of(context: Any, builder: Any, kinds: Sequence[Any], values: Sequence[Any]) -> tuple[Any, tuple[Kind, ...]]:
    """Values as pairs of words (is it there, its bits) on the stack, and their kinds."""
    words = cgutils.alloca_once(builder, WORD, size=max(2 * len(values), 1))
    letters = []
    for index, (kind, value) in enumerate(zip(kinds, values, strict=True)):
        valid, bits, letter = _bits(context, builder, kind, value)
        builder.store(valid, builder.gep(words, [WORD(2 * index)]))
        builder.store(bits, builder.gep(words, [WORD(2 * index + 1)]))
        letters.append(letter)
    return words, tuple(letters)


def _bits(context: Any, builder: Any, kind: Any, value: Any) -> tuple[Any, Any, Kind]:
    """Whether a value is there, its bits, its kind."""
    if isinstance(kind, types.StringLiteral):
        return WORD(1), WORD(0), f"={kind.literal_value}"
    kind = types.unliteral(kind)
    if kind == types.none:
        return WORD(0), WORD(0), "i"
    if isinstance(kind, types.Optional):
        inner = context.make_helper(builder, kind, value)
        _, bits, letter = _bits(context, builder, kind.type, inner.data)
        return builder.zext(cgutils.as_bool_bit(builder, inner.valid), WORD), bits, letter
    if isinstance(kind, types.Float):
        return WORD(1), builder.bitcast(context.cast(builder, value, kind, types.float64), WORD), "f"
    if isinstance(kind, types.Boolean):
        return WORD(1), builder.zext(value, WORD), "b"
    if isinstance(kind, types.Integer):
        return WORD(1), context.cast(builder, value, kind, types.int64), "i"
    if isinstance(kind, types.EnumMember):
        return WORD(1), value, kind.instance_class
    if hasattr(kind, "words"):
        return WORD(1), builder.zext(value, WORD), kind.words
    raise Refusal(f"a value of type {friendly(kind)} cannot be written into the log: use numbers")


def check(context: Any, builder: Any, failed: Any) -> None:
    """Leaves with the error that the core has noted, if ``failed``."""
    with cgutils.if_unlikely(builder, failed):
        fail(context, builder, RuntimeError)


def fail(
    context: Any,
    builder: Any,
    error: type[BaseException],
    arguments: tuple[Any, ...] = (),
    again: tuple[Callable[..., Any], Sequence[Any], Sequence[Any]] | None = None,
) -> None:
    """Leaves with an error: the one Python gives when the operation ``again`` is done again, else ``error``."""
    words, repeat = cgutils.get_null_value(WORD.as_pointer()), None
    letters: tuple[Kind, ...] = ()
    if again is not None:
        repeat, kinds, values = again
        words, letters = values_of(context, builder, kinds, values)
    pass_place(builder, error, arguments, (words, letters, repeat))
    builder._quantum_passed = True
    try:
        context.call_conv.return_user_exc(builder, error, arguments)
    finally:
        builder._quantum_passed = False


def pass_place(
    builder: Any,
    error: type[BaseException] | None = None,
    arguments: tuple[Any, ...] = (),
    values: tuple[Any, tuple[Kind, ...], Callable[..., Any] | None] | None = None,
) -> None:
    """Notes that an exception passes here; with ``error`` it begins here."""
    at = here(builder)
    if at is None:
        return
    words, letters, repeat = values or (cgutils.get_null_value(WORD.as_pointer()), (), None)
    number = place(Place(*at, error=error, arguments=arguments or (), again=repeat, kinds=letters))
    call_core(builder, "pass", ir.VoidType(), [WORD(number), words, WORD(2 * len(letters))])


def index_again(index: int, size: int, axis: int) -> None:
    """NumPy's words for an index out of range."""
    raise IndexError(f"index {index} is out of bounds for axis {axis} with size {size}")


def is_zero(builder: Any, kind: Any, value: Any) -> Any:
    """Whether a number is zero."""
    if isinstance(kind, types.Float):
        return builder.fcmp_ordered("==", value, value.type(0.0))
    return builder.icmp_signed("==", value, value.type(0))


PYTHON = {name: getattr(operator, name) for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow")}
