"""`self` in compiled code: fields of the record, methods, properties, constants, and what may be assigned."""

from __future__ import annotations

import enum
import inspect
import types as python_types
from typing import Any

import numba
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import models
from numba.core.imputils import impl_ret_untracked, lower_cast, lower_getattr_generic, lower_setattr_generic
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_getattr
from numba.extending import register_model
from numba.np.arrayobj import make_array, populate_array

from quantum.compiler.emit import BYTE, POINTER, WORD, Refusal, friendly
from quantum.compiler.natives import ORDER, Self, make_handle, opened, unknown
from quantum.compiler.refusals import ARRAY_ATTRIBUTES
from quantum.compiler.streams import stream_type

__all__ = ["check_assignment", "refuse_array_attribute"]

LETTERS = {"f": types.float64, "i": types.int64, "b": types.boolean}


class Method(types.BoundFunction):
    """`self.method`, compiled."""

    def get_impl_key(self, sig: Any) -> Any:
        """The method's own."""
        return self.template.dispatcher.get_impl_key(sig)


register_model(Method)(models.OpaqueModel)


def bound(function: Any, this: Any, written: python_types.FunctionType) -> Method:
    """A user's method of ``this``; ``written`` is how it takes its arguments."""
    kind = types.Dispatcher(function)
    taken = inspect.signature(written)

    class Template(AbstractTemplate):
        key = ("quantum.method", function)
        dispatcher = kind

        def generic(self, args: Any, kws: Any) -> Any:
            try:
                taken.bind(this, *args, **dict(kws))
            except TypeError as error:
                name = written.__name__
                raise Refusal(f"self.{name}(): {error}; it is def {name}{taken}", name) from None
            return kind.get_call_type(self.context, (this, *args), kws).as_method()

    return Method(Template, this)


@infer_getattr
class SelfAttributes(AttributeTemplate):
    """Fields, methods, properties and constants of a strategy."""

    key = Self

    def generic_resolve(self, kind: Self, name: str) -> Any:
        """The type of an attribute."""
        if name.startswith("$super"):
            return Self(kind.key_text, kind.cls, kind.fields, kind.compile_function, int(name[6:]))
        if not kind.start and name in kind.fields:
            return field_type(kind.fields[name])
        value = kind.static(name)
        if isinstance(value, staticmethod):
            return types.Dispatcher(kind.compile_function(value.__func__, kind.cls))
        if isinstance(value, property):
            getter = types.Dispatcher(kind.compile_function(value.fget, kind.cls))
            return getter.get_call_type(self.context, (kind.whole(),), {}).return_type
        if isinstance(value, python_types.FunctionType):
            return bound(kind.compile_function(value, kind.cls), kind.whole(), value)
        if isinstance(value, bool | int | float | str | tuple | enum.Enum):
            return types.literal(value) if isinstance(value, str) else numba.typeof(value)
        if value is None:
            known = [one for one in dir(kind.cls) if not one.startswith("_")] + list(kind.fields)
            raise unknown(kind, name, known)
        held = type(value).__name__
        if isinstance(value, classmethod):
            raise Refusal(f"{kind.label}.{name} is a class method: make it a static method or a method", name)
        if hasattr(value, "__wrapped__") or hasattr(value, "func"):
            raise Refusal(f"{kind.label}.{name} is wrapped by a decorator, {held}: take it off", name)
        raise Refusal(
            f"{kind.label}.{name} is a {held}: compiled code has annotated fields, numbers, texts and tuples", name
        )


def field_type(field: Any) -> Any:
    """The type that a field reads as."""
    kinds = {"number": LETTERS.get(field.detail), "order": ORDER}
    if field.kind == "constant":
        return types.literal(field.detail) if isinstance(field.detail, str) else numba.typeof(field.detail)
    if field.kind == "stream":
        return stream_type(field.detail)
    if field.kind == "array":
        dtype, dimensions, writeable = field.detail
        return types.Array(numba.from_dtype(dtype), dimensions, "C", readonly=not writeable)
    if field.kind == "enum":
        whole = issubclass(field.detail, enum.IntEnum)
        kind = (types.IntEnumMember if whole else types.EnumMember)(field.detail, types.int64)
    else:
        kind = kinds[field.kind]
    return types.Optional(kind) if field.optional else kind


def _field_word(context: Any, builder: Any, field: Any, base: Any, kind: Any) -> Any:
    """A field's first word as a value of ``kind``."""
    machine = BYTE if kind == types.boolean else context.get_value_type(types.int64 if kind is ORDER else kind)
    at = builder.bitcast(builder.gep(base, [WORD(field.offset)]), machine.as_pointer())
    value = builder.load(at)
    if kind == types.boolean:
        return cgutils.is_not_null(builder, value)
    if kind is ORDER:
        owner = builder.load(builder.bitcast(base, POINTER.as_pointer()))
        return make_handle(context, builder, ORDER, owner, value)
    return value


def read_field(context: Any, builder: Any, field: Any, base: Any) -> Any:
    """A field's value."""
    kind = field_type(field)
    if field.kind == "constant":
        return context.get_constant_generic(builder, kind, field.detail)
    if field.kind == "array":
        return _array(context, builder, field, base, kind)
    if field.kind == "stream":
        return builder.load(builder.bitcast(builder.gep(base, [WORD(field.offset)]), POINTER.as_pointer()))
    if not field.optional:
        return _field_word(context, builder, field, base, kind)
    value = context.make_helper(builder, kind)
    value.data = _field_word(context, builder, field, base, kind.type)
    flag = builder.gep(base, [WORD(field.offset + 8)])
    value.valid = cgutils.is_not_null(builder, builder.load(flag))
    return value._getvalue()


def _array(context: Any, builder: Any, field: Any, base: Any, kind: Any) -> Any:
    words = builder.bitcast(builder.gep(base, [WORD(field.offset)]), WORD.as_pointer())
    shape = [builder.load(builder.gep(words, [WORD(1 + axis)])) for axis in range(kind.ndim)]
    array = make_array(kind)(context, builder)
    size = context.get_abi_sizeof(context.get_data_type(kind.dtype))
    strides: list[Any] = []
    step = WORD(size)
    for length in reversed(shape):
        strides.insert(0, step)
        step = builder.mul(step, length)
    data = builder.inttoptr(builder.load(words), array.data.type)
    populate_array(array, data=data, shape=shape, strides=strides, itemsize=size, meminfo=None)
    return array._getvalue()


@lower_getattr_generic(Self)
def self_attribute(context: Any, builder: Any, kind: Self, value: Any, name: str) -> Any:
    """Reads a field, calls a property, or gives the object for a method."""
    if not kind.start and name in kind.fields:
        field = kind.fields[name]
        return impl_ret_untracked(context, builder, field_type(field), read_field(context, builder, field, value))
    if name.startswith("$super"):
        return value
    found = kind.static(name)
    if isinstance(found, staticmethod):
        return context.get_dummy_value()
    if isinstance(found, python_types.FunctionType):
        return value
    if isinstance(found, property):
        getter = types.Dispatcher(kind.compile_function(found.fget, kind.cls))
        called = context.get_function(getter, getter.get_call_type(context.typing_context, (kind.whole(),), {}))
        result = called(builder, (value,))
        context.add_linking_libs(getattr(called, "libs", ()))
        return result
    constant = types.literal(found) if isinstance(found, str) else numba.typeof(found)
    return context.get_constant_generic(builder, constant, found)


@lower_setattr_generic(Self)
def set_self_attribute(context: Any, builder: Any, sig: Any, args: Any, name: str) -> None:
    """Writes a field; ``check_assignment`` has seen it before."""
    field, (base, value) = sig.args[0].fields[name], args
    kind = field_type(field)
    value = context.cast(builder, value, sig.args[1], kind)
    valid = ir.Constant(BYTE, 1)
    if field.optional:
        inner = context.make_helper(builder, kind, value)
        valid, value, kind = builder.zext(cgutils.as_bool_bit(builder, inner.valid), BYTE), inner.data, kind.type
    if kind is ORDER:
        value = opened(context, builder, ORDER, value)[1]
    elif kind == types.boolean:
        value = builder.zext(value, BYTE)
    builder.store(value, builder.bitcast(builder.gep(base, [WORD(field.offset)]), value.type.as_pointer()))
    if field.optional:
        builder.store(valid, builder.gep(base, [WORD(field.offset + 8)]))


@lower_cast(Self, Self)
def same_self(_context: Any, _builder: Any, _from: Any, _to: Any, value: Any) -> Any:
    """`super()` is `self` looked at from another class."""
    return value


def check_assignment(target: Any, name: str, given: Any, loc: Any) -> None:
    """Refuses ``target.name = value`` where Python would do something else or the record cannot hold it."""
    if not isinstance(target, Self):
        raise Refusal(f"{target.label}.{name} is read-only", name, loc=loc)
    field = target.fields.get(name)
    if field is None and isinstance(target.static(name), property):
        raise Refusal(f"{target.label}.{name} is a property: compiled code writes to fields", name, loc=loc)
    if field is None:
        text = f"{target.label}.{name} is no field: annotate it in the class, {name}: {friendly(given)} = ..."
        raise Refusal(text, name, loc=loc)
    if field.kind == "constant":
        what = "text" if isinstance(field.detail, str) else "a tuple"
        raise Refusal(f"self.{name} is {what}, a constant of compiled code", name, loc=loc)
    if field.kind == "array":
        raise Refusal(f"self.{name} cannot be replaced: write into it, self.{name}[:] = ...", name, loc=loc)
    if field.kind == "stream":
        raise Refusal(f"self.{name} is set in on_start; self.{name}.reset() begins again", name, loc=loc)
    want, given = field_type(field), types.unliteral(given)
    if field.optional:
        if given == types.none:
            return
        want, given = want.type, types.unliteral(given.type if isinstance(given, types.Optional) else given)
    whole = isinstance(given, types.Integer | types.Boolean | types.IntEnumMember)
    fits = given == want or (want == types.int64 and isinstance(given, types.Integer | types.IntEnumMember))
    if not (fits or (want == types.float64 and (whole or isinstance(given, types.Float)))):
        hint = ": write int(...)" if want == types.int64 and isinstance(given, types.Float) else ""
        raise Refusal(f"self.{name} is declared {friendly(want)}, not {friendly(given)}{hint}", name, loc=loc)


def refuse_array_attribute(name: str, loc: Any) -> None:
    """Refuses what arrays do with other last bits in compiled code."""
    if name not in ARRAY_ATTRIBUTES:
        shown = ", ".join(ARRAY_ATTRIBUTES)
        raise Refusal(
            f"an array's {name} may differ in the last bits when compiled: use a loop; there are {shown}", name, loc=loc
        )
