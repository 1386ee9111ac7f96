"""A user's function, read from its source: refused where compiled code could not do the same, rewritten where it can.

Operators become calls of functions that keep Python's meaning (``arithmetic``), ``super()`` becomes a place to look
from, the text of ``ctx.log`` is kept aside. Everything else stays as it is, on its own line.
"""

from __future__ import annotations

import ast
import copy
import difflib
import enum
import inspect
import linecache
import types
from dataclasses import dataclass, field
from typing import Any

from quantum.compiler.reading import (
    Known,
    code_of,
    complaint,
    copied,
    defining_class,
    flatten_arguments,
    is_filled,
    is_same,
    parse_source,
    wrapped,
)
from quantum.compiler.refusals import (
    ARRAY_CONSTANTS,
    ARRAY_FUNCTIONS,
    ARRAY_TESTS,
    BUILTINS,
    INSTEAD,
    MATH,
    MATH_CONSTANTS,
    OPERATORS,
    REFUSED,
)
from quantum.errors import CompileError

__all__ = ["Translated", "translate"]


@dataclass
class Translated:
    """A function ready for the compiler."""

    function: types.FunctionType
    used: dict[str, Any] = field(default_factory=dict)  # global names and what they stood for
    read: list[tuple[Any, str, Any]] = field(default_factory=list)  # attributes of modules: module, name, value


def translate(function: types.FunctionType, owner: type | None, helpers: dict[str, Any]) -> Translated:
    """The function with its operators replaced by ``helpers``. ``owner``: the class whose MRO ``super()`` walks."""
    node, shift = parse_source(function)
    defining = defining_class(function, owner)
    names = dict(function.__globals__)
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    closed = {name: cell.cell_contents for name, cell in cells if name != "__class__" and is_filled(cell)}
    if not is_same(node, function, defining, list(closed)):
        name = function.__qualname__
        raise complaint(
            f"the source of {name} is not what runs: was the file edited after it was imported?",
            function.__code__.co_filename,
            function.__code__.co_firstlineno,
        )
    rewriter = Rewriter(function, owner, names | closed, shift)
    defaults = flatten_arguments(node, function)
    rewriter.generic_visit(node)
    ast.fix_missing_locations(node)
    code = code_of(wrapped(node, defining, []), function)
    made = types.FunctionType(code, {**helpers, **rewriter.used}, function.__name__, defaults)
    made.__qualname__, made.__module__ = function.__qualname__, function.__module__
    return Translated(made, rewriter.used, rewriter.read)


class Rewriter(ast.NodeTransformer):
    """Walks a function's body; ``used`` collects what its global names stand for."""

    def __init__(self, function: types.FunctionType, owner: type | None, names: dict[str, Any], shift: int) -> None:
        self.function, self.owner, self.names, self.shift = function, owner, names, shift
        self.used: dict[str, Any] = {}
        self.read: list[tuple[Any, str, Any]] = []
        code = function.__code__
        self.local = set(code.co_varnames) | set(code.co_cellvars)

    def refuse(self, node: ast.AST, message: str) -> CompileError:
        """The error at a node."""
        file, line = self.function.__code__.co_filename, getattr(node, "lineno", self.function.__code__.co_firstlineno)
        column = getattr(node, "col_offset", 0) + self.shift + 1
        return CompileError(message, (file, line, column, linecache.getline(file, line).rstrip("\n")))

    def visit(self, node: ast.AST) -> Any:
        """Refuses by kind of node, else rewrites."""
        reason = REFUSED.get(type(node).__name__)
        if reason is not None:
            raise self.refuse(node, reason)
        return super().visit(node)

    def helper(self, name: str, node: ast.AST, *arguments: ast.expr) -> ast.Call:
        """A call of one of our functions."""
        function = ast.Name(id=f"${name}", ctx=ast.Load())
        return ast.copy_location(ast.Call(func=function, args=list(arguments), keywords=[]), node)

    def visit_Name(self, node: ast.Name) -> Any:
        """A global name is what it stands for now."""
        if isinstance(node.ctx, ast.Store) or node.id in self.local:
            return node
        value = self.resolve(node)
        if isinstance(value, types.BuiltinFunctionType) and value.__module__ == "math":
            return self.math(node, value.__name__)
        if isinstance(value, str | float | int) and type(value) in (str, float, int, bool):
            return ast.copy_location(ast.Constant(value), node)
        if (value is int or value is round) and self.is_builtin(node.id):
            return ast.copy_location(ast.Name(id="$int" if value is int else "$round", ctx=ast.Load()), node)
        return node

    def is_builtin(self, name: str) -> bool:
        """Whether a name is Python's own."""
        return name not in self.names

    def resolve(self, node: ast.Name) -> Any:
        """What a global name stands for; an error if that is nothing for compiled code."""
        builtins = self.function.__globals__["__builtins__"]
        known = builtins if isinstance(builtins, dict) else vars(builtins)
        if node.id in self.names:
            value = self.names[node.id]
        elif node.id in known:
            value = known[node.id]
            if node.id not in BUILTINS and not (isinstance(value, type) and issubclass(value, BaseException)):
                way = f": {INSTEAD[node.id]}" if node.id in INSTEAD else f"; there are {', '.join(BUILTINS)}"
                raise self.refuse(node, f"{node.id}() cannot be used in compiled code{way}")
        else:
            close = difflib.get_close_matches(node.id, [*self.local, *self.names], 1)
            hint = f": did you mean {close[0]!r}?" if close else ""
            raise self.refuse(node, f"name {node.id!r} is not defined{hint}")
        base = self.owner is not None and value in self.owner.__mro__ if isinstance(value, type) else False
        if getattr(value, "__module__", None) == "quantum.ta":
            raise self.refuse(node, _INDICATOR)
        if not (base or node.id in BUILTINS or _usable(value)):
            kind = "a class" if isinstance(value, type) else f"a {type(value).__name__}"
            raise self.refuse(node, f"{node.id} is {kind}: compiled code has numbers, text, tuples, Enums and fields")
        self.used[node.id] = value
        return value

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        """Attributes of modules are decided here, those of values by their types."""
        call = node.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "super":
            return self.of_base(node, call)
        value = self.base(node.value)
        if value is None:
            return self.generic_visit(node)
        if not isinstance(value, types.ModuleType):
            if isinstance(value, type) and self.owner is not None and value in self.owner.__mro__:
                return self.of_class(node, value)
            return node
        if value.__name__ == "math":
            return self.math(node, node.attr)
        if value.__name__.partition(".")[0] == "numpy":
            return self.numpy(node, value.__name__ == "numpy")
        inner = getattr(value, node.attr, None)
        if value.__name__ == "quantum.ta":
            raise self.refuse(node, _INDICATOR)
        if isinstance(inner, types.FunctionType | float | int | str | bool):
            name = f"{value.__name__}.{node.attr}"
            self.names[name] = inner
            self.read.append((value, node.attr, inner))
            return self.visit_Name(ast.copy_location(ast.Name(id=name, ctx=ast.Load()), node))
        raise self.refuse(node, f"{value.__name__}.{node.attr} cannot be used in compiled code")

    def numpy(self, node: ast.Attribute, top: bool) -> ast.expr:
        """A constant, a test of a number or a function that makes arrays."""
        if top and node.attr in ARRAY_CONSTANTS:
            return ast.copy_location(ast.Constant(MATH_CONSTANTS[node.attr]), node)
        if top and node.attr in ARRAY_TESTS:
            return self.math(node, node.attr)
        if top and node.attr in ARRAY_FUNCTIONS:
            return node
        given, shown = ast.unparse(node), ", ".join(f"np.{name}" for name in ARRAY_FUNCTIONS)
        way = f": for a number, math.{node.attr}" if top and node.attr in MATH else f"; there are {shown}"
        raise self.refuse(node, f"{given} may differ in the last bits when compiled{way}")

    def of_class(self, node: ast.Attribute, cls: type) -> Any:
        """A constant of a class that the strategy is or is made from."""
        value = getattr(cls, node.attr, None)
        static = isinstance(inspect.getattr_static(cls, node.attr, None), staticmethod)
        if static or (
            node.attr not in inspect.get_annotations(cls) and isinstance(value, int | float | str | tuple | enum.Enum)
        ):
            name = f"{cls.__name__}.{node.attr}"
            self.names[name] = value
            return self.visit_Name(ast.copy_location(ast.Name(id=name, ctx=ast.Load()), node))
        raise self.refuse(node, f"call a base class's method with super(): super().{node.attr}(...)")

    def base(self, node: ast.expr) -> Any:
        """What a global name before a dot stands for, through modules of modules; None for a value."""
        if isinstance(node, ast.Name):
            return None if node.id in self.local else self.resolve(node)
        outer = self.base(node.value) if isinstance(node, ast.Attribute) else None
        inner = getattr(outer, node.attr, None) if isinstance(outer, types.ModuleType) else None  # type: ignore[attr-defined]
        return inner if isinstance(inner, types.ModuleType) else None

    def math(self, node: ast.Name | ast.Attribute, name: str) -> ast.expr:
        """A constant or function of ``math``."""
        if name in MATH_CONSTANTS:
            return ast.copy_location(ast.Constant(MATH_CONSTANTS[name]), node)
        if name not in MATH:
            shown = ", ".join(MATH)
            raise self.refuse(node, f"math.{name} may differ in the last bits when compiled; there are {shown}")
        return ast.copy_location(ast.Name(id=f"$math.{name}", ctx=ast.Load()), node)

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        """An operator as Python means it."""
        return self.operation(node, node.op, self.visit(node.left), self.visit(node.right))

    def operation(self, node: ast.AST, operator: ast.operator, left: ast.expr, right: ast.expr) -> ast.expr:
        """The call that stands for an operator."""
        name = OPERATORS.get(type(operator).__name__)
        if name is None:
            raise self.refuse(node, "<<, >> and @ cannot be compiled: use * and // of powers of two")
        if name in ("and", "or", "xor"):
            return ast.copy_location(ast.BinOp(left=left, op=operator, right=right), node)
        return self.helper(name, node, left, right)

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        """``a += b`` as ``a = a + b``; arrays are changed in place by the function that stands for it."""
        target = node.target
        if isinstance(target, ast.Subscript) and any(isinstance(one, ast.Call) for one in ast.walk(target)):
            raise self.refuse(node, "this index would be computed twice: give it a name first")
        now = self.visit(copied(target, ast.Load()))
        stored = self.visit(copied(target, ast.Store()))
        value = self.operation(node, node.op, now, self.visit(node.value))
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in _IN_PLACE:
            value.func.id += "="
        return ast.copy_location(ast.Assign(targets=[stored], value=value), node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        """A local annotation means nothing at run time."""
        if node.value is None:
            return ast.copy_location(ast.Pass(), node)
        return ast.copy_location(ast.Assign(targets=[self.visit(node.target)], value=self.visit(node.value)), node)

    def condition(self, node: Any) -> Any:
        """A field as a condition; what follows from `is None` is the compiler's own affair."""
        plain = isinstance(node.test, ast.Attribute)
        self.generic_visit(node)
        if plain:
            node.test = self.helper("truth", node.test, node.test)
        return node

    visit_If = visit_While = visit_IfExp = condition

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:
        """`not` knows None and orders."""
        if isinstance(node.op, ast.Not):
            return self.helper("not", node, self.visit(node.operand))
        return self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> Any:
        """Equality and membership know our words."""
        operator, right = node.ops[0], node.comparators[0]
        if len(node.ops) > 1:
            return self.generic_visit(node)
        if isinstance(operator, ast.Eq | ast.NotEq):
            name = "eq" if isinstance(operator, ast.Eq) else "ne"
            return self.helper(name, node, self.visit(node.left), self.visit(right))
        none = any(isinstance(one, ast.Constant) and one.value is None for one in (node.left, right))
        if isinstance(operator, ast.Is | ast.IsNot) and not none:  # with None the compiler leaves out dead branches
            name = "is_" if isinstance(operator, ast.Is) else "is_not"
            return self.helper(name, node, self.visit(node.left), self.visit(right))
        if type(operator) in _ORDERS:
            return self.helper(_ORDERS[type(operator)], node, self.visit(node.left), self.visit(right))
        if isinstance(operator, ast.In | ast.NotIn) and isinstance(right, ast.Tuple | ast.List | ast.Set):
            simple = all(isinstance(one, ast.Name | ast.Attribute | ast.expr_context) for one in ast.walk(node.left))
            if not simple or not right.elts:
                raise self.refuse(node, "give the left side of `in` a name first")
            tests: list[ast.expr] = [
                self.helper("eq", node, self.visit(copied(node.left, ast.Load())), self.visit(one))
                for one in right.elts
            ]
            among = ast.copy_location(ast.BoolOp(op=ast.Or(), values=tests), node) if len(tests) > 1 else tests[0]
            negated = isinstance(operator, ast.NotIn)
            return ast.copy_location(ast.UnaryOp(op=ast.Not(), operand=among), node) if negated else among
        if isinstance(operator, ast.In | ast.NotIn):
            raise self.refuse(node, "`in` can be compiled with a tuple written out: x in (1, 2)")
        return self.generic_visit(node)

    def visit_For(self, node: ast.For) -> Any:
        """A loop over texts is written out, once for each: a text is known while compiling."""
        among = node.iter
        if isinstance(among, ast.Name) and among.id not in self.local:
            value = self.resolve(among)
            if isinstance(value, tuple) and all(isinstance(one, str) for one in value):
                among = ast.Tuple(elts=[ast.Constant(one) for one in value], ctx=ast.Load())
        held = (
            [one.value for one in among.elts if isinstance(one, ast.Constant)] if isinstance(among, ast.Tuple) else []
        )
        texts = [one for one in held if isinstance(one, str)]
        target = node.target
        if not (texts and texts == held and isinstance(target, ast.Name)):
            return self.generic_visit(node)
        within = [each for one in node.body for each in ast.walk(one)]
        stored = any(
            isinstance(one, ast.Name) and one.id == target.id and isinstance(one.ctx, ast.Store) for one in within
        )
        if node.orelse or stored or any(isinstance(one, ast.Break | ast.Continue) for one in within):
            raise self.refuse(
                node, "a loop over texts is compiled without break, continue, else or a new value of its name"
            )
        turns = []
        for text in texts:
            body = [copy.deepcopy(one) for one in node.body]
            turns += [Known(target.id, text).visit(one) for one in body]
        return [self.visit(one) for one in turns]

    def visit_Call(self, node: ast.Call) -> Any:
        """Calls: ``super()``, ``ctx.log``, ``float("nan")``, and the rest with plain arguments."""
        for one in node.args:
            if isinstance(one, ast.GeneratorExp | ast.ListComp):
                self.visit(one)
        if any(isinstance(one, ast.Starred) for one in node.args) or any(one.arg is None for one in node.keywords):
            raise self.refuse(node, "*arguments and **keywords cannot be compiled")
        function = node.func
        on = function.value if isinstance(function, ast.Attribute) and function.attr == "log" else None
        if isinstance(function, ast.Attribute) and isinstance(on, ast.Name) and on.id in self.local:
            return self.log(node, function)
        if isinstance(function, ast.Name) and function.id == "zip" and self.is_builtin("zip"):
            self.check_zip(node)
        digits = node.args[1] if len(node.args) == 2 else None
        negative = isinstance(digits, ast.UnaryOp) and isinstance(digits.op, ast.USub)
        if negative and isinstance(function, ast.Name) and function.id == "round":
            raise self.refuse(node, "round with negative digits cannot be compiled: round(x / 100) * 100.0")
        if isinstance(function, ast.Name) and function.id == "float" and self.is_builtin("float") and node.args:
            given = node.args[0]
            if isinstance(given, ast.Constant) and isinstance(given.value, str):
                return ast.copy_location(ast.Constant(float(given.value)), node)
        return self.generic_visit(node)

    def check_zip(self, node: ast.Call) -> None:
        """Drops ``strict=False``; lengths are not compared in compiled code."""
        for one in node.keywords:
            if one.arg != "strict" or not isinstance(one.value, ast.Constant) or one.value.value:
                raise self.refuse(one.value, "zip(..., strict=True) cannot be compiled: compare the lengths before")
        node.keywords = []

    def of_base(self, node: ast.Attribute, inner: ast.Call) -> ast.Attribute:
        """``super().name``: looked up after the class that this function stands in."""
        defining = defining_class(self.function, self.owner)
        if inner.args or defining is None or self.owner is None:
            raise self.refuse(inner, "super() can be compiled without arguments, in a method")
        start = self.owner.__mro__.index(defining) + 1
        first = ast.copy_location(ast.Name(id=self.function.__code__.co_varnames[0], ctx=ast.Load()), inner)
        view = ast.copy_location(ast.Attribute(value=first, attr=f"$super{start}", ctx=ast.Load()), inner)
        return ast.copy_location(ast.Attribute(value=view, attr=node.attr, ctx=ast.Load()), node)

    def log(self, node: ast.Call, function: ast.Attribute) -> ast.Call:
        """``ctx.log(text)``: the text's parts are kept aside, the values are handed over."""
        if len(node.args) != 1 or node.keywords:
            raise self.refuse(node, "ctx.log takes one text: ctx.log(f'...')")
        text = node.args[0]
        parts: list[ast.expr] = []
        values: list[ast.expr] = []
        for one in text.values if isinstance(text, ast.JoinedStr) else [text]:
            if isinstance(one, ast.Constant):
                parts.append(ast.Constant(str(one.value)))
                continue
            shown, conversion, form = (one, 115, "") if not isinstance(one, ast.FormattedValue) else self.formatted(one)
            place = [
                ast.Constant(len(values)),
                ast.Constant(chr(conversion) if conversion >= 0 else ""),
                ast.Constant(form),
            ]
            parts.append(ast.Tuple(elts=list(place), ctx=ast.Load()))
            values.append(self.visit(shown))
        kept = ast.literal_eval(ast.fix_missing_locations(ast.Expression(ast.Tuple(elts=parts, ctx=ast.Load()))))
        where = ast.copy_location(ast.Constant(repr(kept)), node)
        function.value = self.visit(function.value)
        return ast.copy_location(ast.Call(func=function, args=[where, *values], keywords=[]), node)

    def formatted(self, node: ast.FormattedValue) -> tuple[ast.expr, int, str]:
        """A value in an f-string, its conversion and its constant format."""
        form = node.format_spec
        if form is None:
            return node.value, node.conversion, ""
        if isinstance(form, ast.JoinedStr) and all(isinstance(one, ast.Constant) for one in form.values):
            return node.value, node.conversion, "".join(str(one.value) for one in form.values)  # type: ignore[attr-defined]
        raise self.refuse(node, "a format that is computed cannot be compiled")

    def visit_Raise(self, node: ast.Raise) -> Any:
        """``raise E("text")`` with constants."""
        error = node.exc
        arguments = error.args if isinstance(error, ast.Call) else []
        if error is None or node.cause is not None or any(not isinstance(one, ast.Constant) for one in arguments):
            raise self.refuse(node, 'an exception that is compiled has constant arguments: raise ValueError("text")')
        return self.generic_visit(node)

    def visit_Assert(self, node: ast.Assert) -> Any:
        """``assert`` with a constant text."""
        if node.msg is not None and not isinstance(node.msg, ast.Constant):
            raise self.refuse(node, "the text of an assert that is compiled is constant")
        return self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> Any:
        """Numbers of 64 bits, text, truth and None."""
        value = node.value
        too_wide = isinstance(value, int) and not -(1 << 63) <= value < 1 << 63
        if too_wide or not isinstance(value, str | int | float | bool | None):
            raise self.refuse(node, f"{value!r} cannot be used in compiled code: numbers are 64 bits wide")
        return node


_INDICATOR = "an indicator cannot be made in compiled code: make it a field: rsi: q.ta.Stream = q.ta.stream('rsi', 14)"
_ORDERS: dict[type, str] = {ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge"}
_IN_PLACE = {f"${name}" for name in ("add", "sub", "mul", "truediv")}


def _usable(value: Any) -> bool:
    """Whether a global can be used as it is now."""
    if isinstance(value, type):
        return issubclass(value, enum.Enum | BaseException)
    if isinstance(value, tuple):
        return all(_usable(one) for one in value)
    if isinstance(value, types.BuiltinFunctionType):
        return value.__module__ == "math"
    return value is None or isinstance(
        value, types.ModuleType | types.FunctionType | int | float | str | bool | enum.Enum
    )
