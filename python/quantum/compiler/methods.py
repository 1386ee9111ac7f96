"""What a strategy does: `ctx.buy`, `ctx.cancel`, `book.vwap` and the rest, as calls of the core.

Names, defaults and keywords are the interpreted method's own signature; here stands only what each parameter may be.
"""

from __future__ import annotations

import ast
from typing import Any

import numba
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.imputils import lower_builtin
from numba.core.typing import fold_arguments, signature
from numba.core.typing.templates import AbstractTemplate, infer_global

from quantum import _core
from quantum.compiler import emit
from quantum.compiler.emit import BYTE, FLOAT, HALF, POINTER, WORD, Refusal, friendly
from quantum.compiler.natives import (
    BOOK,
    CONTEXT,
    MARKET,
    METHODS,
    ORDER,
    context_of,
    instrument_of,
    make_handle,
    method_signature,
    opened,
)
from quantum.compiler.places import Place, place

__all__: list[str] = []

_OWNERS = {BOOK: "ctx.book", ORDER: "order"}
_NUMBER = (types.Integer, types.Float, types.Boolean)
_SIDES = {"buy": 1, "sell": 2}
_TIFS = {"GTC": 1, "IOC": 3, "FOK": 4}
_KINDS = {
    **dict.fromkeys(("qty",), "number"),
    **dict.fromkeys(("limit",), "number or None"),
    **dict.fromkeys(("post_only",), "flag"),
    **dict.fromkeys(("tif", "instrument", "side", "period"), "text"),
    **dict.fromkeys(("k",), "whole"),
    **dict.fromkeys(("order",), "order"),
    **dict.fromkeys(("replace.qty",), "number or None"),
}


def _accepted(where: str, name: str, given: Any) -> Any:
    """The type an argument is passed as."""
    kind = _KINDS.get(f"{where.rpartition('.')[2]}.{name}") or _KINDS[name]
    plain = types.unliteral(given)
    inner = plain.type if isinstance(plain, types.Optional) else plain
    if isinstance(plain, types.Omitted):
        plain = inner = numba.typeof(plain.value)
    if kind == "text":
        if plain == types.none or isinstance(given, types.StringLiteral):
            return given if isinstance(given, types.StringLiteral) else types.none
        raise Refusal(f"{where}(): {name} must be a text written out or a str field, not {friendly(given)}", name)
    if kind == "number or None" and (plain == types.none or (plain is not inner and isinstance(inner, _NUMBER))):
        return types.none if plain == types.none else types.Optional(types.float64)
    if kind.startswith("number") and isinstance(inner, _NUMBER):
        return types.float64
    if kind == "flag" and isinstance(inner, types.Boolean):
        return types.boolean
    if kind == "whole" and isinstance(inner, types.Integer):
        return types.int64
    if kind == "order" and inner is ORDER:
        return ORDER
    want = {"flag": "True or False", "whole": "an int", "order": "an order"}.get(kind, f"a {kind}")
    raise Refusal(f"{where}(): {name} must be {want}, not {friendly(given)}")


def _method(kinds: tuple[Any, ...], owner: type, name: str, result: Any) -> Any:
    """Registers a method's types; the decorated function makes its code from a dict of (type, value)."""
    pysig = method_signature(owner, name)
    by_place = [one.replace(kind=one.POSITIONAL_OR_KEYWORD) for one in pysig.parameters.values()]
    folded = pysig.replace(parameters=by_place)  # numba knows no keyword-only parameters; `bind` has checked them

    def register(make: Any) -> Any:
        for kind in kinds:
            where = f"{_OWNERS.get(kind, 'ctx')}.{name}"

            class Template(AbstractTemplate):
                key = f"quantum.{kind.label}.{name}"
                prefer_literal = True
                _where = where

                def generic(self, args: Any, kws: Any) -> Any:
                    try:
                        pysig.bind(*args, **dict(kws))
                    except TypeError as error:
                        raise Refusal(f"{self._where}(): {error}; it is {self._where}{pysig}") from None
                    accepted = fold_arguments(
                        folded,
                        args,
                        dict(kws),
                        lambda _, parameter, given: _accepted(self._where, parameter.name, given),
                        lambda _, parameter, default: _accepted(self._where, parameter.name, numba.typeof(default)),
                        None,
                    )
                    return signature(result, *accepted, recvr=self.this).replace(pysig=folded)

            METHODS[kind, name] = Template

            @lower_builtin(Template.key, types.VarArg(types.Any))
            def lower(context: Any, builder: Any, sig: Any, args: Any, kind: Any = kind) -> Any:
                names = list(pysig.parameters)
                given = dict(zip(names, zip(sig.args[1:], args[1:], strict=True), strict=True))
                return make(context, builder, kind, args[0], given)

        return make

    return register


def _text(given: dict[str, tuple[Any, Any]], name: str) -> str | None:
    """A text argument, known while compiling."""
    kind = given[name][0]
    return kind.literal_value if isinstance(kind, types.StringLiteral) else None


def _known(where: str, name: str, text: str, known: dict[str, int]) -> int:
    """The number behind a text."""
    if text not in known:
        raise Refusal(f"{where}(): {name} must be {' or '.join(map(repr, known))}, not {text!r}", name)
    return known[text]


def _side(value: Any, name: str) -> Any:
    return BYTE(_known(name, "side", value or "", _SIDES))


def find(context: Any, builder: Any, owner: Any, symbol: str) -> Any:
    """The number of the instrument with a symbol."""
    text = symbol.encode()
    data = context.insert_const_bytes(builder.module, text)
    number = emit.call_core(builder, "find", HALF, [owner, data, WORD(len(text))])
    emit.check(context, builder, builder.icmp_unsigned("==", number, HALF(0xFFFFFFFF)))
    return number


def _optional(context: Any, builder: Any, given: tuple[Any, Any]) -> tuple[Any, Any]:
    """Whether a number that may be left out is there, and the number."""
    kind, value = given
    if kind == types.none:
        return ir.Constant(ir.IntType(1), 0), FLOAT(0)
    if isinstance(kind, types.Optional):
        optional = context.make_helper(builder, kind, value)
        return cgutils.as_bool_bit(builder, optional.valid), optional.data
    return ir.Constant(ir.IntType(1), 1), value


def _submit(side: int) -> Any:
    def make(context: Any, builder: Any, kind: Any, value: Any, given: Any) -> Any:
        where = "ctx.buy" if side == 1 else "ctx.sell"
        tif = (_text(given, "tif") or "GTC").upper()
        in_force = _known(where, "tif", tif, _TIFS)
        has_limit, limit = _optional(context, builder, given["limit"])
        post_only = given["post_only"][1]
        post_only = builder.icmp_unsigned("!=", post_only, post_only.type(0))
        _check_post_only(context, builder, post_only, has_limit, in_force)
        options = builder.or_(builder.zext(has_limit, HALF), builder.shl(builder.zext(post_only, HALF), HALF(1)))
        options = builder.or_(options, HALF(in_force << 8))
        owner, symbol = context_of(builder, kind, value), _text(given, "instrument")
        number = instrument_of(builder, kind, value) if symbol is None else find(context, builder, owner, symbol)
        arguments = [owner, number, BYTE(side), given["qty"][1], limit, options]
        order = emit.call_core(builder, "submit", WORD, arguments)
        emit.check(context, builder, cgutils.is_null(builder, order))
        return make_handle(context, builder, ORDER, owner, order)

    return make


def _check_post_only(context: Any, builder: Any, post_only: Any, has_limit: Any, in_force: int) -> None:
    """The two things a post-only order cannot be."""
    from quantum.errors import ConfigError

    with cgutils.if_unlikely(builder, builder.and_(post_only, builder.not_(has_limit))):
        emit.fail(context, builder, ConfigError, ("post_only needs a limit price",))
    if in_force != 1:
        with cgutils.if_unlikely(builder, post_only):
            emit.fail(context, builder, ConfigError, ('a post_only order rests: it goes with tif="GTC" only',))


BOTH = (CONTEXT, MARKET)
_method(BOTH, _core.Context, "buy", ORDER)(_submit(1))
_method(BOTH, _core.Context, "sell", ORDER)(_submit(2))


@_method(BOTH, _core.Context, "cancel", types.none)
def _cancel(context: Any, builder: Any, _kind: Any, _value: Any, given: Any) -> Any:
    status = emit.call_core(builder, "cancel", HALF, [*opened(context, builder, ORDER, given["order"][1])])
    emit.check(context, builder, cgutils.is_not_null(builder, status))
    return context.get_dummy_value()


def _replace(context: Any, builder: Any, order: Any, given: Any) -> Any:
    (has_qty, qty), (has_limit, limit) = (_optional(context, builder, given[name]) for name in ("qty", "limit"))
    options = builder.or_(builder.zext(has_limit, HALF), builder.shl(builder.zext(has_qty, HALF), HALF(1)))
    status = emit.call_core(builder, "replace", HALF, [*opened(context, builder, ORDER, order), qty, limit, options])
    emit.check(context, builder, cgutils.is_not_null(builder, status))
    return context.get_dummy_value()


@_method(BOTH, _core.Context, "replace", types.none)
def _replace_in_context(context: Any, builder: Any, _kind: Any, _value: Any, given: Any) -> Any:
    return _replace(context, builder, given["order"][1], given)


@_method((ORDER,), _core.Order, "replace", types.none)
def _replace_itself(context: Any, builder: Any, _kind: Any, value: Any, given: Any) -> Any:
    return _replace(context, builder, value, given)


@_method(BOTH, _core.Context, "cancel_all", types.none)
def _cancel_all(context: Any, builder: Any, kind: Any, value: Any, _given: Any) -> Any:
    arguments = [context_of(builder, kind, value), instrument_of(builder, kind, value)]
    status = emit.call_core(builder, "cancel_all", HALF, arguments)
    emit.check(context, builder, cgutils.is_not_null(builder, status))
    return context.get_dummy_value()


@_method(BOTH, _core.Context, "close", types.Optional(ORDER))
def _close(context: Any, builder: Any, kind: Any, value: Any, _given: Any) -> Any:
    owner = context_of(builder, kind, value)
    number = emit.call_core(builder, "close", WORD, [owner, instrument_of(builder, kind, value)])
    emit.check(context, builder, builder.icmp_unsigned("==", number, WORD(0xFFFF_FFFF_FFFF_FFFF)))
    order = context.make_helper(builder, types.Optional(ORDER))
    order.data = make_handle(context, builder, ORDER, owner, number)
    order.valid = cgutils.is_not_null(builder, number)
    return order._getvalue()


@_method(BOTH, _core.Context, "every", types.none)
def _every(context: Any, builder: Any, kind: Any, value: Any, given: Any) -> Any:
    try:
        period_ns = _core.duration_ns(_text(given, "period") or "", "the timer's period", 1)
    except ValueError as error:
        raise Refusal(f"ctx.every(): {error}", "every") from None
    status = emit.call_core(builder, "every", HALF, [context_of(builder, kind, value), WORD(period_ns)])
    emit.check(context, builder, cgutils.is_not_null(builder, status))
    return context.get_dummy_value()


def _depth(name: str, which: int) -> None:
    @_method((BOOK,), _core.Book, name, types.float64)
    def make(context: Any, builder: Any, kind: Any, value: Any, given: Any) -> Any:
        answer = cgutils.alloca_once(builder, FLOAT)
        book = [context_of(builder, kind, value), instrument_of(builder, kind, value), HALF(which)]
        status = emit.call_core(builder, "book_depth", HALF, [*book, given["k"][1], answer])
        emit.check(context, builder, cgutils.is_not_null(builder, status))
        return builder.load(answer)


def _take(name: str, which: int, result: Any) -> None:
    @_method((BOOK,), _core.Book, name, result)
    def make(context: Any, builder: Any, kind: Any, value: Any, given: Any) -> Any:
        answer = cgutils.alloca_once(builder, FLOAT, size=2)
        book = [context_of(builder, kind, value), instrument_of(builder, kind, value), HALF(which)]
        taken = [_side(_text(given, "side"), f"ctx.book.{name}"), given["qty"][1], answer]
        status = emit.call_core(builder, "book_take", HALF, [*book, *taken])
        emit.check(context, builder, cgutils.is_not_null(builder, status))
        first = builder.load(answer)
        if result == types.float64:
            return first
        return context.make_tuple(builder, result, [first, builder.load(builder.gep(answer, [WORD(1)]))])


@_method((BOOK,), _core.Book, "level_count", types.int64)
def _level_count(_context: Any, builder: Any, kind: Any, value: Any, given: Any) -> Any:
    which = _known("ctx.book.level_count", "side", _text(given, "side") or "", _SIDES) + 2
    arguments = [context_of(builder, kind, value), instrument_of(builder, kind, value), HALF(which)]
    return emit.call_core(builder, "book_code", WORD, arguments)


_depth("imbalance", 0)
_depth("liquidity_ratio", 1)
_take("vwap", 0, types.UniTuple(types.float64, 2))
_take("cost", 1, types.float64)


class LogTemplate(AbstractTemplate):
    """`ctx.log(parts, value, ...)`, as the source's rewriting left it."""

    key = "quantum.Context.log"
    prefer_literal = True

    def generic(self, args: Any, kws: Any) -> Any:
        """Nothing comes back."""
        known = [hasattr(one, "words") or isinstance(one, types.StringLiteral) for one in args[1:]]
        values = [one if is_known else types.unliteral(one) for one, is_known in zip(args[1:], known, strict=True)]
        return None if kws else signature(types.none, args[0], *values, recvr=self.this)


METHODS[CONTEXT, "log"] = LogTemplate


@lower_builtin(LogTemplate.key, types.VarArg(types.Any))
def _log(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    words, letters = emit.values_of(context, builder, sig.args[2:], args[2:])
    parts = ast.literal_eval(sig.args[1].literal_value)
    at = emit.here(builder) or ("", "", 0)
    number = place(Place(*at, kinds=letters, parts=parts))
    emit.call_core(builder, "log", ir.VoidType(), [args[0], WORD(number), words, WORD(2 * len(letters))])
    return context.get_dummy_value()


def _getitem() -> Any:
    import operator

    @infer_global(operator.getitem)
    class GetMarket(AbstractTemplate):
        """`ctx["BTCUSDT"]`."""

        prefer_literal = True

        def generic(self, args: Any, kws: Any) -> Any:
            """Another instrument's view."""
            if kws or len(args) != 2 or args[0] not in BOTH:
                return None
            if not isinstance(args[1], types.StringLiteral):
                raise Refusal("ctx[...] takes a symbol written out or a str field")
            return signature(MARKET, *args)

    @lower_builtin(operator.getitem, CONTEXT, types.StringLiteral)
    @lower_builtin(operator.getitem, MARKET, types.StringLiteral)
    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        owner = context_of(builder, sig.args[0], args[0])
        number = find(context, builder, owner, sig.args[1].literal_value)
        return emit.call_core(builder, "market", POINTER, [owner, number])

    return GetMarket


_getitem()
