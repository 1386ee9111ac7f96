"""The types of compiled code: `self`, `ctx`, its book, a level, a trade, a quote, a fill, an order.

Each is one pointer to memory of the core (an order handle is a pointer and an id). What an attribute is stands in one
table per type: the type of its value, and the few instructions that read it.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable
from typing import Any

from numba.core import cgutils, types
from numba.core.datamodel import models
from numba.core.imputils import (
    RefType,
    impl_ret_untracked,
    iternext_impl,
    lower_builtin,
    lower_getattr_generic,
)
from numba.core.typing import signature
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_getattr, infer_global
from numba.extending import register_model

from quantum.compiler import emit
from quantum.compiler.emit import BYTE, FLOAT, HALF, POINTER, WORD, Refusal
from quantum.compiler.places import LAYOUT

__all__ = [
    "CONTEXT",
    "ORDER",
    "SUBJECTS",
    "Native",
    "Pointer",
    "Self",
    "Word",
    "make_handle",
    "market_of",
    "opened",
    "unknown",
]


class Pointer(types.Opaque):
    """A pointer to memory of the core; ``label`` is its name for users."""

    label: str


class Native(Pointer):
    """One of the core's own records."""

    def __init__(self, label: str) -> None:
        self.label = label
        super().__init__(f"quantum.{label}")


class Self(Pointer):
    """The record of one strategy class; ``start`` is where in the MRO ``super()`` looks from."""

    def __init__(self, key: str, cls: type, fields: dict[str, Any], compile_function: Any, start: int = 0) -> None:
        self.cls, self.fields, self.compile_function, self.start = cls, fields, compile_function, start
        self.key_text, self.label = key, cls.__name__
        super().__init__(f"quantum.Self.{key}.{start}")

    def whole(self) -> Self:
        """The same without ``super()``."""
        return Self(self.key_text, self.cls, self.fields, self.compile_function)

    def static(self, name: str) -> Any:
        """A class attribute, or None."""
        for base in self.cls.__mro__[self.start :]:
            if name in base.__dict__:
                return base.__dict__[name]
        return None


class Word(types.Type):
    """One text of a few, by number: a side, a state, a type."""

    def __init__(self, words: str) -> None:
        self.words, self.label = words, words
        super().__init__(f"quantum.Word.{words}")


class Handle(types.Type):
    """A context and a number: an order handle, or the open orders of an instrument."""

    def __init__(self, label: str) -> None:
        self.label = label
        super().__init__(f"quantum.{label}")


class Orders(types.SimpleIterableType):
    """`ctx.orders`."""

    label = "orders"

    def __init__(self) -> None:
        super().__init__("quantum.Orders", WALK)


class Walk(types.SimpleIteratorType):
    """A walk through the open orders."""

    def __init__(self) -> None:
        super().__init__("quantum.Walk", ORDER)


register_model(Native)(models.OpaqueModel)
register_model(Self)(models.OpaqueModel)


@register_model(Word)
class WordModel(models.PrimitiveModel):
    """A byte."""

    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, BYTE)


@register_model(Handle)
@register_model(Orders)
class HandleModel(models.StructModel):
    """The context's address and a number."""

    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, [("context", types.voidptr), ("id", types.int64)])


@register_model(Walk)
class WalkModel(models.StructModel):
    """Where a walk stands."""

    def __init__(self, manager: Any, kind: Any) -> None:
        place = types.EphemeralPointer(types.int64)
        super().__init__(manager, kind, [("context", types.voidptr), ("id", types.int64), ("place", place)])


CONTEXT, MARKET, BOOK, LEVEL = Native("Context"), Native("Market"), Native("Book"), Native("Level")
TRADE, QUOTE, FILL, ORDER = Native("Trade"), Native("Quote"), Native("Fill"), Handle("Order")
BAR, HIT = Native("Bar"), Native("Hit")
WALK = Walk()
ORDERS = Orders()
SUBJECTS = {"on_trade": TRADE, "on_quote": QUOTE, "on_fill": FILL, "on_order": ORDER,
            "on_bar": BAR, "on_hit": HIT}  # fmt: skip

Read = Callable[[Any, Any, Any], Any]
ATTRIBUTES: dict[Any, dict[str, tuple[Any, Read]]] = {}


def _plain(record: str, name: str, kind: Any) -> tuple[Any, Read]:
    """A field that is there as it is."""
    machine = {types.float64: FLOAT, types.int64: WORD}.get(kind, BYTE)
    return kind, lambda _, builder, value: emit.load(builder, value, record, name, machine)


def _inner(record: str, name: str, kind: Any) -> tuple[Any, Read]:
    """A record inside a record."""
    offset = LAYOUT["records"][record][name]
    return kind, lambda _, builder, value: builder.gep(value, [WORD(offset)])


def market_of(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    """The market that `ctx` or `ctx[...]` means; leaves with an error where there is none."""
    if kind is not CONTEXT:
        return value
    market = emit.load(builder, value, "Context", "market", POINTER)
    with cgutils.if_unlikely(builder, cgutils.is_null(builder, market)):
        emit.call_core(builder, "market", POINTER, [value, instrument_of(builder, kind, value)])
        emit.fail(context, builder, RuntimeError)
    return market


def context_of(builder: Any, kind: Any, value: Any) -> Any:
    """The context behind `ctx`, `ctx[...]` or a book."""
    return value if kind is CONTEXT else emit.load(builder, value, "MarketView", "context", POINTER)


def instrument_of(builder: Any, kind: Any, value: Any) -> Any:
    """The instrument's number, all ones where `ctx` means none."""
    return emit.load(builder, value, "Context" if kind is CONTEXT else "MarketView", "instrument", HALF)


def make_handle(context: Any, builder: Any, kind: Any, owner: Any, number: Any) -> Any:
    """A context and a number."""
    handle = cgutils.create_struct_proxy(kind)(context, builder)
    handle.context, handle.id = owner, number
    return handle._getvalue()


def _core_number(name: str, which: int, *, book: bool) -> tuple[Any, Read]:
    def read(_: Any, builder: Any, value: Any) -> Any:
        if not book:
            return emit.call_core(builder, name, FLOAT, [value, HALF(which)])
        arguments = [context_of(builder, BOOK, value), instrument_of(builder, BOOK, value), HALF(which)]
        return emit.call_core(builder, name, FLOAT, arguments)

    return types.float64, read


def _book_code(which: int, kind: Any) -> tuple[Any, Read]:
    def read(_: Any, builder: Any, value: Any) -> Any:
        arguments = [context_of(builder, BOOK, value), instrument_of(builder, BOOK, value), HALF(which)]
        return _narrow(builder, kind, emit.call_core(builder, "book_code", WORD, arguments))

    return kind, read


def _narrow(builder: Any, kind: Any, code: Any) -> Any:
    """A code as the type it stands for."""
    return builder.trunc(code, BYTE) if isinstance(kind, Word) else cgutils.is_not_null(builder, code)


def _of_market(kind: Any, name: str, result: Any, read: Callable[[Any, Any, Any], Any]) -> None:
    def through(context: Any, builder: Any, value: Any) -> Any:
        return read(context, builder, market_of(context, builder, kind, value))

    ATTRIBUTES[kind][name] = (result, through)


def _fill_tables() -> None:
    """The attributes of every type but `self`."""
    for kind in (CONTEXT, MARKET):
        ATTRIBUTES[kind] = {}
        _of_market(kind, "position", *_plain("MarketView", "position", types.float64))
        _of_market(kind, "book", BOOK, lambda _context, _builder, market: market)
        for which, name in enumerate(("cash", "equity")):
            _, account = _core_number("account", which, book=False)
            ATTRIBUTES[kind][name] = (types.float64, _through_context(kind, account))
        ATTRIBUTES[kind]["now"] = (types.int64, _through_context(kind, _plain("Context", "now_ns", types.int64)[1]))
        ATTRIBUTES[kind]["orders"] = (ORDERS, _orders(kind))
    ATTRIBUTES[BOOK] = {name: _inner("MarketView", name, LEVEL) for name in ("best_bid", "best_ask")}
    for which, name in enumerate(("mid", "spread", "microprice")):
        ATTRIBUTES[BOOK][name] = _core_number("book_number", which, book=True)
    ATTRIBUTES[BOOK]["stale"] = _book_code(0, types.boolean)
    ATTRIBUTES[BOOK]["crossed"] = _book_code(1, types.boolean)
    ATTRIBUTES[BOOK]["state"] = _book_code(2, Word("book_state"))
    ATTRIBUTES[LEVEL] = {name: _plain("LevelView", name, types.float64) for name in ("price", "qty")}
    times = {name: _plain("Subject", name, types.int64) for name in ("exchange_ns", "receive_ns")}
    deal = {name: _plain("Subject", name, types.float64) for name in ("price", "qty")}
    side = {"side": _plain("Subject", "side", Word("side"))}
    ATTRIBUTES[TRADE] = times | deal | side | {"id": _plain("Subject", "id", types.int64)}
    ATTRIBUTES[QUOTE] = times | {name: _inner("Subject", name, LEVEL) for name in ("bid", "ask")}
    more = {name: _plain("Subject", name, types.float64) for name in ("fee", "position")}
    more["liquidity"] = _plain("Subject", "liquidity", Word("liquidity"))
    more["execution_id"] = _plain("Subject", "id", types.int64)
    ATTRIBUTES[FILL] = times | deal | side | more | {"order": (ORDER, _order_of_fill)}
    ATTRIBUTES[BAR] = _fields("BarView", "open high low close volume", "open_ns close_ns trades")
    ATTRIBUTES[BAR]["timeframe"] = _plain("BarView", "timeframe", Word("timeframe"))
    ATTRIBUTES[HIT] = _fields("HitView", "lo hi confidence", "direction open_ns age")
    ATTRIBUTES[HIT] |= {name: _plain("HitView", name, Word(name)) for name in ("pattern", "kind")}
    ATTRIBUTES[ORDER] = {"id": (types.int64, lambda context, builder, value: opened(context, builder, ORDER, value)[1])}
    for which, name in enumerate(LAYOUT["order_numbers"]):
        ATTRIBUTES[ORDER][name] = (types.float64, _order_number(which))
    for which, name in enumerate(LAYOUT["order_codes"]):
        code = types.boolean if name.startswith("is_") else Word(name)
        ATTRIBUTES[ORDER][name] = (code, _order_code(which, code))


def _fields(record: str, floats: str, words: str) -> dict[str, tuple[Any, Read]]:
    numbers = {name: _plain(record, name, types.float64) for name in floats.split()}
    return numbers | {name: _plain(record, name, types.int64) for name in words.split()}


def _through_context(kind: Any, read: Read) -> Read:
    return lambda context, builder, value: read(context, builder, context_of(builder, kind, value))


def _orders(kind: Any) -> Read:
    def read(context: Any, builder: Any, value: Any) -> Any:
        number = builder.zext(instrument_of(builder, kind, value), WORD)
        return make_handle(context, builder, ORDERS, context_of(builder, kind, value), number)

    return read


def _order_of_fill(context: Any, builder: Any, value: Any) -> Any:
    owner = builder.gep(value, [WORD(-LAYOUT["records"]["Context"]["subject"])])
    return make_handle(context, builder, ORDER, owner, emit.load(builder, value, "Subject", "order_id", WORD))


def opened(context: Any, builder: Any, kind: Any, value: Any) -> tuple[Any, Any]:
    """A handle's context and number."""
    handle = cgutils.create_struct_proxy(kind)(context, builder, value)
    return handle.context, handle.id


def _order_number(which: int) -> Read:
    def read(context: Any, builder: Any, value: Any) -> Any:
        return emit.call_core(builder, "order_number", FLOAT, [*opened(context, builder, ORDER, value), HALF(which)])

    return read


def _order_code(which: int, kind: Any) -> Read:
    def read(context: Any, builder: Any, value: Any) -> Any:
        arguments = [*opened(context, builder, ORDER, value), HALF(which)]
        return _narrow(builder, kind, emit.call_core(builder, "order_code", WORD, arguments))

    return read


_fill_tables()
METHODS: dict[tuple[Any, str], type[AbstractTemplate]] = {}


def unknown(kind: Any, name: str, known: list[str]) -> Refusal:
    """The complaint about an attribute that is not there."""
    close = difflib.get_close_matches(name, known, 1)
    there = f"; there are {', '.join(sorted(set(known)))}"
    if kind is CONTEXT and name.startswith("instrument"):
        there = f": keep what you need of it in a field in on_start, self.tick = float(ctx.{name}.tick_size)"
        close = []
    if isinstance(kind, Self):
        there = f": annotate it in the class to make it a field, {name}: float = 0.0"
    hint = f": did you mean {close[0]!r}?" if close else there
    return Refusal(f"{kind.label} has no attribute {name!r} in compiled code{hint}", name)


class CoreAttributes(AttributeTemplate):
    """Attributes of the core's types."""

    def generic_resolve(self, kind: Any, name: str) -> Any:
        """The type of an attribute."""
        if name in ATTRIBUTES[kind]:
            return ATTRIBUTES[kind][name][0]
        if (kind, name) in METHODS:
            return types.BoundFunction(METHODS[kind, name], kind)
        methods = [method for owner, method in METHODS if owner is kind]
        raise unknown(kind, name, [*ATTRIBUTES[kind], *methods])


@infer_getattr
class NativeAttributes(CoreAttributes):
    """Of pointers."""

    key = Native


@infer_getattr
class HandleAttributes(CoreAttributes):
    """Of handles."""

    key = Handle


def core_attribute(context: Any, builder: Any, kind: Any, value: Any, name: str) -> Any:
    """Reads an attribute; a method is its object."""
    if name not in ATTRIBUTES[kind]:
        return value
    result, read = ATTRIBUTES[kind][name]
    return impl_ret_untracked(context, builder, result, read(context, builder, value))


lower_getattr_generic(Native)(core_attribute)
lower_getattr_generic(Handle)(core_attribute)


@lower_builtin("getiter", Orders)
def start_walk(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """Begins a walk through the open orders."""
    walk = cgutils.create_struct_proxy(WALK)(context, builder)
    walk.context, walk.id = opened(context, builder, sig.args[0], args[0])
    walk.place = cgutils.alloca_once(builder, WORD)
    builder.store(WORD(0), walk.place)
    return walk._getvalue()


@lower_builtin("iternext", Walk)
@iternext_impl(RefType.UNTRACKED)
def next_order(context: Any, builder: Any, sig: Any, args: Any, result: Any) -> None:
    """The next open order."""
    walk = cgutils.create_struct_proxy(sig.args[0])(context, builder, args[0])
    instrument = builder.trunc(walk.id, HALF)
    number = emit.call_core(builder, "next_order", WORD, [walk.context, instrument, walk.place])
    valid = cgutils.is_not_null(builder, number)
    result.set_valid(valid)
    with builder.if_then(valid):
        result.yield_(make_handle(context, builder, ORDER, walk.context, number))


@infer_global(len)
class CountOrders(AbstractTemplate):
    """`len(ctx.orders)`."""

    def generic(self, args: Any, kws: Any) -> Any:
        """An int."""
        if len(args) == 1 and not kws and isinstance(args[0], Orders):
            return signature(types.int64, *args)
        return None


@lower_builtin(len, Orders)
def count_orders(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """Counts the open orders."""
    owner, instrument = opened(context, builder, sig.args[0], args[0])
    return emit.call_core(builder, "count_orders", WORD, [owner, builder.trunc(instrument, HALF)])


def method_signature(owner: type, name: str) -> inspect.Signature:
    """The signature of the interpreted method: both sides have the same."""
    parameters = list(inspect.signature(getattr(owner, name)).parameters.values())[1:]
    return inspect.Signature(parameters)
