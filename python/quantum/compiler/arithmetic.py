"""Python's operators and functions in compiled code: the same values, the same errors.

Whole numbers that leave 64 bits are an OverflowError, never another number. ``HELPERS`` are the names that the source's
rewriting puts in; what each becomes stands beside it.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.imputils import lower_builtin
from numba.core.typing import signature
from numba.core.typing.templates import AbstractTemplate, infer_global

from quantum.compiler import emit
from quantum.compiler.emit import FLOAT, WORD, Refusal, fail, is_zero
from quantum.compiler.places import LAYOUT
from quantum.compiler.refusals import LIBRARY

__all__ = ["HELPERS", "key", "named", "number_type", "unwrap"]

HELPERS: dict[str, Any] = {}
_WHOLE = (types.Integer, types.Boolean, types.IntEnumMember)
_NUMBER = (*_WHOLE, types.Float)
_TOO_LARGE = ("the whole number does not fit in the 64 bits of compiled code",)


def named(name: str, arguments: str = "x, y") -> Callable[..., Any]:
    """A function object to hang a meaning on; never called."""
    space: dict[str, Any] = {"__name__": __name__}
    exec(f"def {name}({arguments}): ...", space)  # noqa: S102 - a name of ours
    made: Callable[..., Any] = space[name]
    return made


def key(function: Callable[..., Any]) -> str:
    """What a function of ours is found by."""
    return f"quantum.{function.__name__}"


def _inner(kind: Any) -> Any:
    """A type without ``| None`` and without its literal value."""
    kind = types.unliteral(kind)
    return types.unliteral(kind.type) if isinstance(kind, types.Optional) else kind


def number_type(kind: Any) -> Any:
    """float64 or int64, None for what is no number."""
    inner = _inner(kind)
    if isinstance(inner, types.Float):
        return types.float64
    return types.int64 if isinstance(inner, _WHOLE) else None


def unwrap(context: Any, builder: Any, sig: Any, args: Any, again: Any) -> list[Any]:
    """The arguments as plain numbers; None is Python's error."""
    plain = []
    for kind, value in zip(sig.args, args, strict=True):
        bare = types.unliteral(kind)
        if isinstance(bare, types.Optional):
            optional = context.make_helper(builder, bare, value)
            with cgutils.if_unlikely(builder, builder.not_(cgutils.as_bool_bit(builder, optional.valid))):
                fail(context, builder, TypeError, ("None is no number",), (again, sig.args, args))
            plain.append(context.cast(builder, optional.data, bare.type, number_type(bare)))
        else:
            plain.append(context.cast(builder, value, kind, number_type(bare)))
    return plain


Make = Callable[..., Any]


def _operator(name: str, base: Any, whole: tuple[Any, Make], mixed: Make, helper: str = "") -> None:
    """An operator of two numbers: ``whole`` for two ints (result type, code), ``mixed`` for floats; else numba's."""
    function = named(name)
    HELPERS[f"${helper or base.__name__}"] = function

    @infer_global(function, typing_key=key(function))
    class Template(AbstractTemplate):
        def generic(self, args: Any, kws: Any) -> Any:
            kinds = [number_type(one) for one in args]
            if None not in kinds:
                return signature(whole[0] if kinds == [types.int64] * 2 else types.float64, *args)
            if not all(isinstance(_inner(one), (*_NUMBER, types.Array, types.BaseTuple)) for one in args):
                left, right = (emit.friendly(one) for one in args)
                raise Refusal(f"{base.__name__} of {left} and {right} cannot be compiled")
            return self.context.resolve_function_type(base, tuple(args), {})

    @lower_builtin(key(function), types.Any, types.Any)
    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kinds = [number_type(one) for one in sig.args]
        if None in kinds:
            return context.get_function(base, sig)(builder, args)
        plain = unwrap(context, builder, sig, args, emit.PYTHON.get(helper or base.__name__, base))
        if kinds == [types.int64] * 2:
            return whole[1](context, builder, *plain)
        floats = [context.cast(builder, one, kind, types.float64) for one, kind in zip(plain, kinds, strict=True)]
        return mixed(context, builder, *floats)


def _checked(code: str, again: Any) -> Make:
    """A whole-number operation that must fit."""

    def make(context: Any, builder: Any, left: Any, right: Any) -> Any:
        both = getattr(builder, f"s{code}_with_overflow")(left, right)
        with cgutils.if_unlikely(builder, builder.extract_value(both, 1)):
            fail(context, builder, OverflowError, _TOO_LARGE)
        return builder.extract_value(both, 0)

    _ = again
    return make


def _simple(code: str) -> Make:
    return lambda _, builder, left, right: getattr(builder, code)(left, right)


def _guarded(again: Any, kind: Any, make: Make) -> Make:
    """Division: by zero it is Python's error."""

    def guarded(context: Any, builder: Any, left: Any, right: Any) -> Any:
        with cgutils.if_unlikely(builder, is_zero(builder, kind, right)):
            fail(context, builder, ZeroDivisionError, ("division by zero",), (again, [kind, kind], [left, right]))
        return make(context, builder, left, right)

    return guarded


def _numba(base: Any, kind: Any) -> Make:
    """What numba has for two numbers of one type, already checked."""

    def make(context: Any, builder: Any, left: Any, right: Any) -> Any:
        if kind == types.int64:
            least = builder.icmp_signed("==", left, WORD(-(1 << 63)))
            with cgutils.if_unlikely(builder, builder.and_(least, builder.icmp_signed("==", right, WORD(-1)))):
                fail(context, builder, OverflowError, _TOO_LARGE)
        return context.get_function(base, signature(kind, kind, kind))(builder, (left, right))

    return make


def _core(name: str, result: Any = FLOAT) -> Make:
    return lambda _, builder, *values: emit.call_core(builder, f"math_{name}", result, values)


for _base, _code in ((operator.add, "add"), (operator.sub, "sub"), (operator.mul, "mul")):
    _operator(_base.__name__, _base, (types.int64, _checked(_code, _base)), _simple(f"f{_code}"))
    _in_place = getattr(operator, f"i{_base.__name__}")
    _operator(
        f"in_place_{_code}",
        _in_place,
        (types.int64, _checked(_code, _base)),
        _simple(f"f{_code}"),
        f"{_base.__name__}=",
    )
_quotient = _guarded(operator.truediv, types.int64, _core("divide"))
_float_quotient = _guarded(operator.truediv, types.float64, _simple("fdiv"))
_operator("truediv", operator.truediv, (types.float64, _quotient), _float_quotient)
_operator("in_place_truediv", operator.itruediv, (types.float64, _quotient), _float_quotient, "truediv=")
for _base in (operator.floordiv, operator.mod):
    _operator(
        _base.__name__,
        _base,
        (types.int64, _guarded(_base, types.int64, _numba(_base, types.int64))),
        _guarded(_base, types.float64, _numba(_base, types.float64)),
    )


def _finite(builder: Any, value: Any) -> Any:
    """Whether a float is neither infinite nor NaN."""
    return builder.fcmp_ordered("==", builder.fsub(value, value), FLOAT(0))


def _is_nan(builder: Any, value: Any) -> Any:
    return builder.fcmp_unordered("uno", value, value)


def _library(name: str, count: int) -> None:
    """A function of the C library: a NaN or infinity from finite arguments is Python's error."""
    function, python = named(name, ", ".join("xyz"[:count])), getattr(math, name)
    HELPERS[f"$math.{name}"] = function

    @infer_global(function, typing_key=key(function))
    class Template(AbstractTemplate):
        def generic(self, args: Any, kws: Any) -> Any:
            if kws or len(args) != count or any(number_type(one) is None for one in args):
                shown = ", ".join(emit.friendly(one) for one in args)
                raise Refusal(f"math.{name} takes {count} number{'s' * (count > 1)} in compiled code, not ({shown})")
            return signature(types.float64, *args)

    @lower_builtin(key(function), *[types.Any] * count)
    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        plain = unwrap(context, builder, sig, args, python)
        kinds = [number_type(one) for one in sig.args]
        floats = [context.cast(builder, one, kind, types.float64) for one, kind in zip(plain, kinds, strict=True)]
        result = emit.call_core(builder, f"math_{name}", FLOAT, floats)
        suspect = builder.not_(_finite(builder, result))
        for one in floats:
            # With an infinite or NaN argument Python asks case by case: done again there, it tells.
            nan = _is_nan(builder, one)
            suspect = builder.and_(suspect, builder.not_(nan))
        with cgutils.if_unlikely(builder, suspect):
            infinite = [builder.not_(_finite(builder, one)) for one in floats]
            given = infinite[0]
            for one in infinite[1:]:
                given = builder.or_(given, one)
            legal = builder.and_(given, builder.not_(_is_nan(builder, result)))
            with builder.if_then(builder.not_(legal)):
                fail(context, builder, ValueError, ("math domain error",), (python, [types.float64] * count, floats))
        return result


for _name in LIBRARY:
    _library(_name, LAYOUT["library"][_name][0])


def _test(name: str, make: Callable[[Any, Any], Any]) -> None:
    """Isnan and its kin."""
    function, python = named(name, "x"), getattr(math, name)
    HELPERS[f"$math.{name}"] = function

    @infer_global(function, typing_key=key(function))
    class Template(AbstractTemplate):
        def generic(self, args: Any, kws: Any) -> Any:
            return signature(types.boolean, *args) if len(args) == 1 and number_type(args[0]) else None

    @lower_builtin(key(function), types.Any)
    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        plain = unwrap(context, builder, sig, args, python)[0]
        return make(builder, context.cast(builder, plain, number_type(sig.args[0]), types.float64))


_test("isnan", _is_nan)
_test("isfinite", _finite)
_test("isinf", lambda builder, x: builder.not_(builder.or_(_finite(builder, x), _is_nan(builder, x))))


def _whole(name: str, rounding: str | None, python: Any, helper: str, kind: str = "int_divide") -> None:
    """A float as a whole number."""
    function = named(name if helper != "$int" else kind, "x")
    HELPERS[helper] = function

    @infer_global(function, typing_key=key(function))
    class Template(AbstractTemplate):
        def generic(self, args: Any, kws: Any) -> Any:
            if len(args) != 1 or kws:
                return None
            if isinstance(_inner(args[0]), types.IntEnumMember) and helper == "$int":
                return signature(types.int64, args[0])
            return signature(types.int64, args[0]) if number_type(args[0]) else None

    @lower_builtin(key(function), types.Any)
    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        if isinstance(sig.args[0], types.IntEnumMember):
            return args[0]
        plain = unwrap(context, builder, sig, args, python)[0]
        if number_type(sig.args[0]) == types.int64:
            return plain
        return _truncated(context, builder, plain, rounding, python)


def _truncated(context: Any, builder: Any, value: Any, rounding: str | None, python: Any) -> Any:
    """A float rounded and converted; NaN, infinity and what does not fit are errors."""
    rounded = value
    if rounding is not None:
        kind = ir.FunctionType(FLOAT, [FLOAT])
        rounded = builder.call(cgutils.get_or_insert_function(builder.module, kind, f"llvm.{rounding}.f64"), [value])
    above = builder.fcmp_ordered(">=", rounded, FLOAT(-(2.0**63)))
    below = builder.fcmp_ordered("<", rounded, FLOAT(2.0**63))
    with cgutils.if_unlikely(builder, builder.not_(builder.and_(above, below))):
        fail(context, builder, OverflowError, _TOO_LARGE, (python, [types.float64], [value]))
    return builder.fptosi(rounded, WORD)


_whole("int", None, int, "$int")
for _name, _rounding in (("floor", "floor"), ("ceil", "ceil"), ("trunc", "trunc")):
    _whole(_name, _rounding, getattr(math, _name), f"$math.{_name}")

_round = named("round_digits", "x, digits=None")
HELPERS["$round"] = _round


@infer_global(_round, typing_key=key(_round))
class RoundTemplate(AbstractTemplate):
    """`round(x)` and `round(x, digits)`."""

    def generic(self, args: Any, kws: Any) -> Any:
        """An int without digits, else as the number."""
        if kws or not 1 <= len(args) <= 2 or any(number_type(one) is None for one in args):
            raise Refusal("round takes a number, and digits by place, in compiled code")
        return signature(types.int64 if len(args) == 1 else number_type(args[0]), *args)


@lower_builtin(key(_round), types.Any)
def _round_whole(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    plain = unwrap(context, builder, sig, args, round)[0]
    if number_type(sig.args[0]) == types.int64:
        return plain
    return _truncated(context, builder, plain, "rint", round)


@lower_builtin(key(_round), types.Any, types.Any)
def _round_digits(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    plain = unwrap(context, builder, sig, args, round)
    if [number_type(one) for one in sig.args] != [types.float64, types.int64]:
        raise Refusal("round with digits is for floats in compiled code")
    with cgutils.if_unlikely(builder, builder.icmp_signed("<", plain[1], WORD(0))):
        fail(context, builder, ValueError, ("round with negative digits cannot be compiled",))
    return emit.call_core(builder, "math_round", FLOAT, plain)


_power = named("pow")
HELPERS["$pow"] = _power


@infer_global(_power, typing_key=key(_power))
class PowerTemplate(AbstractTemplate):
    """`x ** y`."""

    prefer_literal = True

    def generic(self, args: Any, kws: Any) -> Any:
        """Ints to a constant power of 0 or more stay ints; an int to a computed power could be either."""
        kinds = [number_type(one) for one in args]
        if kws or None in kinds:
            raise Refusal("** is for numbers in compiled code")
        if kinds == [types.int64] * 2:
            exponent = args[1].literal_value if isinstance(args[1], types.IntegerLiteral) else None
            if exponent is None or exponent > 64:
                raise Refusal(
                    "int ** int is an int or a float in Python: write float(x) ** n, or n as a number up to 64"
                )
            return signature(types.int64 if exponent >= 0 else types.float64, types.unliteral(args[0]), args[1])
        return signature(types.float64, *[types.unliteral(one) for one in args])


@lower_builtin(key(_power), types.Any, types.Any)
def _power_of(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    plain = unwrap(context, builder, sig, args, operator.pow)
    kinds = [number_type(one) for one in sig.args]
    if sig.return_type == types.int64:
        result = WORD(1)
        for _ in range(sig.args[1].literal_value):
            result = _checked("mul", operator.mul)(context, builder, result, plain[0])
        return result
    x, y = (context.cast(builder, one, kind, types.float64) for one, kind in zip(plain, kinds, strict=True))
    result = emit.call_core(builder, "math_power", FLOAT, [x, y])
    usual = builder.or_(_finite(builder, result), builder.not_(builder.and_(_finite(builder, x), _finite(builder, y))))
    with cgutils.if_unlikely(builder, builder.not_(usual)):
        text = ("a negative number ** a fraction is complex in Python: not possible in compiled code",)
        fail(context, builder, ValueError, text, (operator.pow, [types.float64] * 2, [x, y]))
    return result
