"""Comparisons and truth as Python has them: None equals only None and is false, texts are known while compiling."""

from __future__ import annotations

import difflib
import operator
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.imputils import lower_builtin
from numba.core.typing import signature
from numba.core.typing.templates import AbstractTemplate, infer_global

from quantum.compiler import emit
from quantum.compiler.arithmetic import HELPERS, key, named, number_type, unwrap
from quantum.compiler.emit import BYTE, WORD, Refusal, is_zero
from quantum.compiler.natives import ORDER, Handle, Native, Orders, Word, opened
from quantum.compiler.places import LAYOUT

__all__ = ["HELPERS"]

_BIT = ir.IntType(1)


def _parts(context: Any, builder: Any, kind: Any, value: Any) -> tuple[Any, Any, Any]:
    """Whether a value is there, its type without ``| None``, itself."""
    if kind == types.none:
        return _BIT(0), kind, None
    if isinstance(kind, types.Optional):
        optional = context.make_helper(builder, kind, value)
        return cgutils.as_bool_bit(builder, optional.valid), kind.type, optional.data
    return _BIT(1), kind, value


def _bare(kind: Any) -> Any:
    """A type without ``| None`` and without its literal value."""
    kind = types.unliteral(kind)
    return types.unliteral(kind.type) if isinstance(kind, types.Optional) else kind


def _numbers(context: Any, builder: Any, kinds: Any, values: Any) -> tuple[Any, Any, bool]:
    """Two numbers as ints, or else as floats; whether they are floats."""
    plain = [number_type(kind) for kind in kinds]
    floating = types.float64 in plain
    want = types.float64 if floating else types.int64
    left, right = (context.cast(builder, value, kind, want) for value, kind in zip(values, kinds, strict=True))
    return left, right, floating


def _equal(context: Any, builder: Any, kinds: Any, values: Any) -> Any:
    """Whether two values that are there are equal."""
    if None not in [number_type(kind) for kind in kinds]:
        left, right, floating = _numbers(context, builder, kinds, values)
        return builder.fcmp_ordered("==", left, right) if floating else builder.icmp_signed("==", left, right)
    if kinds == [ORDER, ORDER]:
        left, right = (opened(context, builder, ORDER, value)[1] for value in values)
        return builder.icmp_unsigned("==", left, right)
    return context.get_function(operator.eq, signature(types.boolean, *kinds))(builder, values)


def _equality(base: Any, wanted: int) -> None:
    """`==` and `!=`."""
    function = named(base.__name__)
    HELPERS[f"${base.__name__}"] = function

    @infer_global(function, typing_key=key(function))
    class Template(AbstractTemplate):
        prefer_literal = True

        def generic(self, args: Any, kws: Any) -> Any:
            if any(isinstance(one, Word) for one in args):
                _word_code(*args)
                return signature(types.boolean, *args)
            if all(isinstance(one, types.StringLiteral) for one in args):
                return signature(types.boolean, *args)
            plain, bare = [types.unliteral(one) for one in args], [_bare(one) for one in args]
            if types.unicode_type in plain:
                raise Refusal(
                    "a text that is chosen while it runs cannot be compared: use an Enum, a bool or two branches"
                )
            easy = types.none in plain or bare == [ORDER, ORDER] or all(number_type(one) for one in bare)
            if not easy and (found := self.context.resolve_function_type(base, tuple(bare), {})) is None:
                shown = " and ".join(emit.friendly(one) for one in args)
                raise Refusal(f"{shown} cannot be compared in compiled code")
            return signature(types.boolean, *plain) if easy or plain != bare else found

    @lower_builtin(key(function), types.Any, types.Any)
    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        if all(isinstance(one, types.StringLiteral) for one in sig.args):
            same = sig.args[0].literal_value == sig.args[1].literal_value
            return _BIT(int(same) == wanted)
        if any(isinstance(one, Word) for one in sig.args):
            codes = [
                value if isinstance(kind, Word) else BYTE(_word_code(*sig.args))
                for kind, value in zip(sig.args, args, strict=True)
            ]
            return builder.icmp_unsigned("==" if wanted else "!=", *codes)
        if sig.return_type != types.boolean:
            return context.get_function(base, sig)(builder, args)
        parts = [_parts(context, builder, kind, value) for kind, value in zip(sig.args, args, strict=True)]
        return _among_none(context, builder, parts, wanted)


def _word_code(left: Any, right: Any) -> int:
    """The number of the text that a word is compared with; a text that is none of its words is a mistake."""
    word, other = (left, right) if isinstance(left, Word) else (right, left)
    if isinstance(other, Word) and other == word:
        return 0
    words: list[str] = LAYOUT["words"][word.words]
    if isinstance(other, types.StringLiteral) and other.literal_value in words and other.literal_value:
        return words.index(other.literal_value)
    if other == types.none:
        return 0
    if isinstance(other, types.StringLiteral):
        close = difflib.get_close_matches(other.literal_value, words, 1)
        hint = f": did you mean {close[0]!r}?" if close else f"; it is one of {', '.join(filter(None, words))}"
        raise Refusal(f"a {word.words} is never {other.literal_value!r}{hint}", other.literal_value)
    raise Refusal(f"a {word.words} can be compared with a text written out")


_equality(operator.eq, 1)
_equality(operator.ne, 0)


def _identity(name: str, wanted: int) -> None:
    """`is` and `is not` of Enums and of bools, where the same means equal."""
    function = named(name)
    HELPERS[f"${name}"] = function

    @infer_global(function, typing_key=key(function))
    class Template(AbstractTemplate):
        def generic(self, args: Any, kws: Any) -> Any:
            left, right = (_bare(one) for one in args)
            if left == right and isinstance(left, types.EnumMember | types.Boolean):
                return signature(types.boolean, *[types.unliteral(one) for one in args])
            shown = " and ".join(emit.friendly(one) for one in args)
            raise Refusal(f"`is` of {shown} cannot be compiled: use == or `is None`")

    @lower_builtin(key(function), types.Any, types.Any)
    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        parts = [_parts(context, builder, kind, value) for kind, value in zip(sig.args, args, strict=True)]
        return _among_none(context, builder, parts, wanted)


def _among_none(context: Any, builder: Any, parts: Any, wanted: int) -> Any:
    """Whether two values are equal, or both None; the contrary if not ``wanted``."""
    there, kinds, values = (list(each) for each in zip(*parts, strict=True))
    equal = builder.icmp_unsigned("==", *there)
    if types.none not in kinds:
        both = builder.and_(*there)
        equal = builder.and_(equal, builder.or_(builder.not_(both), _equal(context, builder, kinds, values)))
    return equal if wanted else builder.not_(equal)


_identity("is_", 1)
_identity("is_not", 0)


def _order(base: Any, sign: str) -> None:
    """`<` and its kin: of numbers, None is Python's error."""
    function = named(base.__name__)
    HELPERS[f"${base.__name__}"] = function

    @infer_global(function, typing_key=key(function))
    class Template(AbstractTemplate):
        def generic(self, args: Any, kws: Any) -> Any:
            if all(number_type(one) for one in args):
                return signature(types.boolean, *args)
            found = self.context.resolve_function_type(base, tuple(args), {})
            if found is None:
                left, right = (emit.friendly(one) for one in args)
                raise Refusal(f"{left} {sign} {right} cannot be compiled: compare numbers")
            return found

    @lower_builtin(key(function), types.Any, types.Any)
    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        if not all(number_type(one) for one in sig.args):
            return context.get_function(base, sig)(builder, args)
        plain = unwrap(context, builder, sig, args, base)
        kinds = [number_type(one) for one in sig.args]
        left, right, floating = _numbers(context, builder, kinds, plain)
        return builder.fcmp_ordered(sign, left, right) if floating else builder.icmp_signed(sign, left, right)


for _base, _sign in ((operator.lt, "<"), (operator.le, "<="), (operator.gt, ">"), (operator.ge, ">=")):
    _order(_base, _sign)


def _true(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    """Whether a value counts as true."""
    there, kind, value = _parts(context, builder, kind, value)
    if number_type(kind) is not None:
        zero = is_zero(builder, kind, context.cast(builder, value, kind, number_type(kind)))
        return builder.and_(there, builder.not_(zero))
    if isinstance(kind, Orders):
        owner, instrument = opened(context, builder, kind, value)
        count = emit.call_core(builder, "count_orders", WORD, [owner, builder.trunc(instrument, emit.HALF)])
        return cgutils.is_not_null(builder, count)
    return cgutils.is_not_null(builder, value) if isinstance(kind, Word) else there


_OURS = (types.Optional, Handle, Orders, Word, Native)


@infer_global(operator.truth)
class Truth(AbstractTemplate):
    """`if x` of what may be None, of orders, words and the core's records."""

    def generic(self, args: Any, kws: Any) -> Any:
        """A bool."""
        return signature(types.boolean, *args) if len(args) == 1 and isinstance(args[0], _OURS) else None


def _truth(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return _true(context, builder, sig.args[0], args[0])


for _kind in _OURS:
    lower_builtin(operator.truth, _kind)(_truth)
    lower_builtin(bool, _kind)(_truth)


def _condition(name: str, base: Any, *, negated: bool) -> None:
    """`not x`, and a field as a condition: what may be None is asked itself, not its number."""
    function = named(f"{name}_of", "x")
    HELPERS[f"${name}"] = function

    def known(kind: Any) -> bool:
        return isinstance(kind, _OURS) or number_type(kind) is not None

    @infer_global(function, typing_key=key(function))
    class Template(AbstractTemplate):
        def generic(self, args: Any, kws: Any) -> Any:
            if known(args[0]):
                return signature(types.boolean, *args)
            return self.context.resolve_function_type(base, tuple(args), {})

    @lower_builtin(key(function), types.Any)
    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        if not known(sig.args[0]):
            return context.get_function(base, sig)(builder, args)
        truth = _true(context, builder, sig.args[0], args[0])
        return builder.not_(truth) if negated else truth


_condition("truth", operator.truth, negated=False)
_condition("not", operator.not_, negated=True)


@lower_builtin(operator.is_, Word, types.none)
def _is_none(_context: Any, builder: Any, _sig: Any, args: Any) -> Any:
    return builder.icmp_unsigned("==", args[0], BYTE(0))
