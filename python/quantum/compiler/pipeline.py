"""Everything that leans on the inside of numba: its passes, its lowering, its calling convention.

Written for one version, which the extra pins; ``check_version`` says so where another is installed.
"""

from __future__ import annotations

from typing import Any

import numba
from llvmlite import ir
from numba.core import cgutils, types
from numba.core import ir as numba_ir
from numba.core.callconv import CPUCallConv, excinfo_t
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.ir_utils import get_definition, guard
from numba.core.lowering import Lower
from numba.core.typed_passes import BaseNativeLowering, NativeLowering
from numba.core.untyped_passes import ReconstructSSA

from quantum.compiler import emit
from quantum.compiler.natives import Pointer
from quantum.compiler.own import check_assignment, refuse_array_attribute
from quantum.errors import ConfigError

__all__ = ["OPTIONS", "VERSION", "check_version"]

VERSION = "0.68.1"
_POLL_EVERY = 1 << 14  # turns of a loop between two looks at Ctrl-C


def check_version() -> None:
    """Raises ConfigError where numba is another version than this module was written for."""
    if numba.__version__ != VERSION or str(excinfo_t) != "{i8*, i32, i8*, i8*, i32}":
        raise ConfigError(
            f"compile=True is built on numba {VERSION}, not {numba.__version__}: pip install 'quantum-hft[compile]'"
        )


@register_pass(mutates_CFG=False, analysis_only=True)
class UnsetVariables(FunctionPass):
    """Refuses a variable that some path never sets: it would silently read as 0."""

    _name = "quantum_unset_variables"

    def __init__(self) -> None:
        FunctionPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        """Looks at every place where paths meet."""
        for block in state.func_ir.blocks.values():
            for one in block.find_insts(numba_ir.Assign):
                value = one.value
                if not (isinstance(value, numba_ir.Expr) and value.op == "phi"):
                    continue
                name = one.target.unversioned_name
                if any(each is numba_ir.UNDEFINED for each in value.incoming_values) and not name.startswith("$"):
                    text = f"{name} may be used before it is set: set it on every path, for example before the if"
                    raise emit.Refusal(text, name, loc=one.loc)
        return False


class UserLower(Lower):
    """numba's lowering that knows the user's line, checks assignments and lets loops be interrupted."""

    def lower_block(self, block: Any) -> None:
        """Remembers which block it is, so that a jump back is known."""
        self.quantum_block = next(offset for offset, one in self.blocks.items() if one is block)
        super().lower_block(block)

    def lower_inst(self, inst: Any) -> None:
        """One instruction, with its place noted for errors."""
        self.builder._quantum_place = (self.func_ir.func_id.func_qualname, self.loc.filename, self.loc.line)
        targets = [inst.target] if isinstance(inst, numba_ir.Jump) else []
        targets += [inst.truebr, inst.falsebr] if isinstance(inst, numba_ir.Branch) else []
        if any(target <= self.quantum_block for target in targets):
            self.poll()
        if isinstance(inst, numba_ir.SetAttr) and isinstance(self.typeof(inst.target.name), Pointer):
            if self.changed_in_place(inst):
                return
            check_assignment(self.typeof(inst.target.name), inst.attr, self.typeof(inst.value.name), inst.loc)
        if isinstance(inst, numba_ir.Assign) and isinstance(inst.value, numba_ir.Expr):
            self.check_expression(inst.value, inst.loc)
        super().lower_inst(inst)

    def poll(self) -> None:
        """Counts turns of loops; now and then asks whether to stop."""
        builder = self.builder
        turns = cgutils.alloca_once(builder, emit.WORD)  # zeroed at the function's entry
        now = builder.add(builder.load(turns), emit.WORD(1))
        builder.store(now, turns)
        due = builder.icmp_unsigned("==", builder.and_(now, emit.WORD(_POLL_EVERY - 1)), emit.WORD(0))
        with cgutils.if_unlikely(builder, due):
            stopped = emit.call_core(builder, "poll", emit.HALF, [])
            with cgutils.if_unlikely(builder, cgutils.is_not_null(builder, stopped)):
                emit.fail(self.context, builder, KeyboardInterrupt)

    def check_expression(self, value: Any, loc: Any) -> None:
        """What only types can tell: attributes of arrays, and their elements in NumPy's own arithmetic."""
        if value.op == "getattr" and isinstance(self.typeof(value.value.name), types.Array):
            refuse_array_attribute(value.attr, loc)
        if value.op != "call":
            return
        called = guard(get_definition, self.func_ir, value.func)
        name = getattr(getattr(called, "value", None), "__name__", "")
        if name in ("truediv", "floordiv", "mod", "pow", "round_digits", "int_divide"):
            for one in value.args:
                if self.is_element(one):
                    text = "an element of an array divides and rounds as NumPy does, not as Python: float(array[i])"
                    raise emit.Refusal(text, loc=loc)

    def is_element(self, variable: Any) -> bool:
        """Whether a variable was read from an array."""
        source = guard(get_definition, self.func_ir, variable)
        if not (isinstance(source, numba_ir.Expr) and source.op in ("getitem", "static_getitem")):
            return False
        return isinstance(self.typeof(source.value.name), types.Array)

    def changed_in_place(self, inst: Any) -> bool:
        """Whether ``self.array += x`` stores the array that is there already."""
        if not isinstance(self.typeof(inst.value.name), types.Array):
            return False
        call = guard(get_definition, self.func_ir, inst.value)
        if not (isinstance(call, numba_ir.Expr) and call.op == "call" and call.args):
            return False
        function = guard(get_definition, self.func_ir, call.func)
        first = guard(get_definition, self.func_ir, call.args[0])
        own = isinstance(first, numba_ir.Expr) and first.op == "getattr" and first.attr == inst.attr
        return own and getattr(getattr(function, "value", None), "__name__", "").startswith("in_place_")


@register_pass(mutates_CFG=True, analysis_only=False)
class UserLowering(BaseNativeLowering):
    """Lowers with ``UserLower``."""

    _name = "quantum_lowering"

    @property
    def lowering_class(self) -> Any:
        """The class that lowers."""
        return UserLower


class UserCompiler(CompilerBase):
    """numba's pipeline with our passes."""

    def define_pipelines(self) -> list[Any]:
        """One pipeline."""
        manager = DefaultPassBuilder.define_nopython_pipeline(self.state)
        manager.passes[:] = [(UserLowering if one is NativeLowering else one, text) for one, text in manager.passes]
        manager.add_pass_after(UnsetVariables, ReconstructSSA)
        manager._finalized = False
        manager.finalize()
        return [manager]


OPTIONS = {
    "boundscheck": True,
    "error_model": "python",
    "fastmath": False,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
    "pipeline_class": UserCompiler,
}

_raise, _propagate, _raise_values = (
    CPUCallConv.return_user_exc,
    CPUCallConv.return_status_propagate,
    CPUCallConv.return_dynamic_user_exc,
)
_bounds = cgutils.do_boundscheck


def _return_user_exc(self: Any, builder: Any, exc: Any, exc_args: Any = None, *rest: Any, **named: Any) -> Any:
    if not getattr(builder, "_quantum_passed", False):
        emit.pass_place(builder, exc, tuple(exc_args or ()))
    return _raise(self, builder, exc, exc_args, *rest, **named)


def _return_status_propagate(self: Any, builder: Any, status: Any) -> Any:
    emit.pass_place(builder)
    return _propagate(self, builder, status)


def _return_dynamic_user_exc(self: Any, builder: Any, *rest: Any, **named: Any) -> Any:
    if emit.here(builder) is not None:
        raise emit.Refusal('an exception that is compiled has constant arguments: raise ValueError("text")')
    return _raise_values(self, builder, *rest, **named)


def _do_boundscheck(context: Any, builder: Any, ind: Any, dimlen: Any, axis: Any = None) -> Any:
    if emit.here(builder) is None:
        return _bounds(context, builder, ind, dimlen, axis)
    outside = builder.icmp_unsigned(">=", ind, dimlen)
    with cgutils.if_unlikely(builder, outside):
        negative = builder.icmp_signed("<", ind, ind.type(0))
        given = builder.select(negative, builder.sub(ind, dimlen), ind)
        along = axis if isinstance(axis, ir.Value) else emit.WORD(axis or 0)
        kinds, values = [types.int64] * 3, [given, dimlen, along]
        emit.fail(context, builder, IndexError, ("index out of bounds",), (emit.index_again, kinds, values))
    return None


# Inert for every function that is not lowered by UserLower: `here` is None there.
CPUCallConv.return_user_exc = _return_user_exc
CPUCallConv.return_status_propagate = _return_status_propagate
CPUCallConv.return_dynamic_user_exc = _return_dynamic_user_exc
cgutils.do_boundscheck = _do_boundscheck
