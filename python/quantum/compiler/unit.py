"""From a strategy instance to entry points, and back: compile, hand over the fields, explain errors."""

from __future__ import annotations

import os
import pickle
import sys
import threading
import time
import types as python_types
from collections.abc import Callable, Sequence
from typing import Any

import numba
from llvmlite import ir
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import cpu_target

from quantum._core import Order
from quantum.compiler import emit, methods, pipeline
from quantum.compiler.comparisons import HELPERS
from quantum.compiler.explain import explain
from quantum.compiler.natives import CONTEXT, ORDER, SUBJECTS, Self, make_handle
from quantum.compiler.places import LAYOUT, begins, exception_of, line_of
from quantum.compiler.reading import complaint
from quantum.compiler.record import Record
from quantum.compiler.source import translate
from quantum.errors import CompileError
from quantum.strategy import Strategy
from quantum.ta import Stream

__all__ = ["Compiler", "Unit"]

_INTERPRETED = ("on_start", "on_stop")
_ = methods


class Unit:
    """The compiled callbacks of one class with one record; kept as long as what they were made from is as it was."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.made_from: list[Callable[[], bool]] = []
        self.functions: dict[tuple[Any, Any], Any] = {}
        self.open: list[python_types.FunctionType] = []
        self.me = Self(f"{record.cls.__qualname__}.{id(self)}", record.cls, record.fields, self.compile_function)
        self.entries = self.build()

    def is_current(self) -> bool:
        """Whether every function, global and class attribute it was made from is still the same."""
        return all(check() for check in self.made_from)

    def compile_function(self, function: Any, owner: type | None) -> Any:
        """A user's function, to be compiled when its types are known."""
        if function in self.open:
            code = function.__code__
            text = f"{function.__name__} calls itself: recursion cannot be compiled, write a loop"
            raise complaint(text, code.co_filename, code.co_firstlineno, function.__name__)
        known = self.functions.get((function, owner))
        if known is not None:
            return known
        done = translate(function, owner, HELPERS)
        code, defaults, named = function.__code__, function.__defaults__, function.__kwdefaults__
        self.made_from.append(lambda: function.__code__ is code)
        self.made_from.append(lambda: function.__defaults__ is defaults and function.__kwdefaults__ == named)
        for module, name, value in done.read:
            self._watch_attribute(module, name, value)
        space = done.function.__globals__
        self.open.append(function)
        for name, value in done.used.items():
            self._watch(function, name, value)
            if isinstance(value, python_types.FunctionType):
                space[name] = self.compile_function(value, None)
        self.open.pop()
        compiler: Any = numba.njit
        made = self.functions[function, owner] = compiler(**pipeline.OPTIONS)(done.function)
        return made

    def _watch(self, function: Any, name: str, value: Any) -> None:
        """Notes what a global name stood for."""
        if "." not in name and name in function.__globals__:
            self.made_from.append(lambda: function.__globals__.get(name) is value)

    def build(self) -> dict[str, int]:
        """Compiles the callbacks; their entry points' addresses by name."""
        cls = self.record.cls
        names = [name for name in LAYOUT["callbacks"] if hasattr(cls, name) and name not in _INTERPRETED]
        emit.add_symbols()
        context = cpu_target.target_context
        with global_compiler_lock:
            context.refresh()
            library = context.codegen().create_library(f"quantum_{id(self)}")
            module = library.create_ir_module("entries")
            made = {name: self._entry(context, library, module, name) for name in names}
            library.add_ir_module(module)
            library.finalize()
        self.library = library
        self._watch_class()
        return {name: library.get_pointer_to_function(symbol) for name, symbol in made.items()}

    def _watch_class(self) -> None:
        """Notes every attribute of the class and its bases that is no field."""
        for base in self.record.cls.__mro__:
            if base in (object, Strategy):
                continue
            for name, value in list(vars(base).items()):
                if not name.startswith("__") and name not in self.record.fields:
                    self._watch_attribute(base, name, value)

    def _watch_attribute(self, base: Any, name: str, value: Any) -> None:
        """Notes what an attribute of a class or module was."""
        self.made_from.append(lambda: vars(base).get(name) is value)

    def _entry(self, context: Any, library: Any, module: Any, name: str) -> str:
        """One callback's entry point: hands over the pointers, tests the status."""
        function = getattr(self.record.cls, name)
        subject = [SUBJECTS[name]] if name in SUBJECTS else []
        kinds = (self.me, CONTEXT, *subject)
        compiled = None
        try:
            compiled = self.compile_function(function, self.record.cls)
            compiled.compile(kinds)
        except CompileError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in numba is said at a line of the user's
            raise explain(error, self.record.cls, function) from (
                error if os.environ.get("QUANTUM_NUMBA_REPORT") else None
            )
        made = compiled.overloads[kinds]
        library.add_linking_library(made.library)
        symbol = f"quantum_entry_{id(self)}_{name}"
        entry = ir.Function(module, ir.FunctionType(emit.HALF, [emit.POINTER, emit.POINTER]), name=symbol)
        builder = ir.IRBuilder(entry.append_basic_block())
        _, owner = entry.args
        state = emit.load(builder, owner, "Context", "state", emit.POINTER)
        if any(field.kind == "order" for field in self.record.fields.values()):
            builder.store(owner, builder.bitcast(state, emit.POINTER.as_pointer()))
        arguments = [state, owner]
        if subject:
            if name in ("on_bar", "on_hit"):
                at = emit.load(builder, owner, "Context", name.removeprefix("on_"), emit.POINTER)
            else:
                at = builder.gep(owner, [emit.WORD(LAYOUT["records"]["Context"]["subject"])])
            if subject[0] is ORDER:
                order = emit.load(builder, at, "Subject", "order_id", emit.WORD)
                at = make_handle(context, builder, ORDER, owner, order)
            arguments.append(at)
        callee = context.declare_function(module, made.fndesc)
        status, _ = context.call_conv.call_function(builder, callee, made.signature.return_type, kinds, arguments)
        with builder.if_then(status.is_error, likely=False):
            packed = builder.load(status.excinfoptr)
            parts = [builder.extract_value(packed, place) for place in (0, 1)]
            emit.call_core(builder, "pack", ir.VoidType(), parts)
            builder.ret(emit.HALF(1))
        builder.ret(emit.HALF(0))
        return symbol


_UNITS: dict[type, list[Unit]] = {}  # the last used first; several where runs differ in text or in arrays' shapes
_MOST_UNITS = 32
_LOCK = threading.Lock()  # runs of one class on several threads compile it once
_said = False
_spent_s = 0.0


def seconds_compiling() -> float:
    """Wall time spent on compiling in this process so far."""
    return _spent_s


def _compiled(record: Record) -> Unit:
    """A new unit, and the time that it took."""
    global _spent_s  # noqa: PLW0603 - once a process
    _say(record.cls.__name__)
    started = time.perf_counter()
    try:
        return Unit(record)
    finally:
        _spent_s += time.perf_counter() - started


def unit_of(record: Record) -> Unit:
    """The compiled class with such a record: one that is there and still current, else a new one."""
    cls = record.cls
    with _LOCK:
        current = [unit for unit in _UNITS.get(cls, ()) if unit.is_current()]
        found = next((unit for unit in current if unit.record.key() == record.key()), None)
        if found is None:
            found = _compiled(record)
        others = [unit for unit in current if unit is not found]
        _UNITS[cls] = [found, *others][:_MOST_UNITS]
    return found


class Compiler:
    """One run's compiled strategy, as the core asks for it."""

    def __init__(self, strategy: Strategy) -> None:
        pipeline.check_version()
        self.strategy = strategy
        self.unit: Unit | None = None
        self.memory: Any = None
        self.streams: dict[str, Stream] = {}

    def callbacks(self) -> dict[str, Callable[..., Any]]:
        """The strategy's callbacks for one run."""
        return self.strategy.callbacks()

    def build(self) -> tuple[dict[str, int], int]:
        """Compiles after ``on_start``: entry points by name, and the record's address."""
        unit = unit_of(Record(self.strategy))
        self.unit = unit
        self.memory, self.streams = unit.record.pack(self.strategy)
        return unit.entries, self.memory.ctypes.data

    def give_back(self, order: Callable[[int], Order], lines: Sequence[tuple[int, int, Sequence[int]]]) -> list[Any]:
        """Writes the record back into the instance; the log's lines as (time, text)."""
        if self.unit is not None:
            self.unit.record.unpack(self.strategy, self.memory, self.streams, order)
        return [(now_ns, line_of(number, words)) for now_ns, number, words in lines]

    def failure(
        self, known: BaseException | None, passed: Sequence[tuple[int, Sequence[int]]], packed: bytes
    ) -> BaseException:
        """The exception that ended a callback."""
        if known is None and packed and not any(begins(number) for number, _ in passed):
            kind, arguments, *_ = pickle.loads(packed)  # noqa: S301 - made by this process
            known = kind(*(arguments or ()))
        return exception_of(known, passed)


def _say(name: str) -> None:
    """The first time in a process, says what the pause is."""
    global _said  # noqa: PLW0603 - once a process
    if not _said:
        _said = True
        print(f"quantum: compiling {name}; the next run of it starts at once", file=sys.stderr)
