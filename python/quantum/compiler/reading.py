"""A function's source: found, parsed, checked to be what runs, and turned into code again."""

from __future__ import annotations

import ast
import dis
import inspect
import linecache
import re
import textwrap
import types
from collections.abc import Iterator
from typing import Any

from quantum.errors import CompileError

__all__ = [
    "Known",
    "code_of",
    "complaint",
    "copied",
    "defining_class",
    "flatten_arguments",
    "is_filled",
    "is_same",
    "parse_source",
    "wrapped",
]


def complaint(message: str, file: str, line: int, word: str = "") -> CompileError:
    """An error at a line, its caret under ``word`` or the first character."""
    text = linecache.getline(file, line).rstrip("\n")
    found = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) if word else None
    column = (found.start() if found else len(text) - len(text.lstrip())) + 1
    return CompileError(message, (file, line, column, text))


def flatten_arguments(node: ast.FunctionDef, function: types.FunctionType) -> tuple[Any, ...]:
    """Makes every argument one that may be given by place, as the compiler has them; their defaults.

    Whether a call gives each as Python wants it is checked where it is made.
    """
    arguments, named = node.args, function.__kwdefaults__ or {}
    given = [*arguments.posonlyargs, *arguments.args]
    keyword = sorted(arguments.kwonlyargs, key=lambda one: one.arg in named)
    defaults = function.__defaults__ or ()
    if defaults and any(one.arg not in named for one in keyword):
        code = function.__code__
        text = f"{function.__name__}: a keyword-only argument needs a default where others have one"
        raise complaint(text, code.co_filename, code.co_firstlineno, function.__name__)
    defaults += tuple(named[one.arg] for one in keyword if one.arg in named)
    for one in (*given, *keyword):
        one.annotation = None
    node.returns = None
    arguments.posonlyargs, arguments.args, arguments.kwonlyargs, arguments.kw_defaults = [], [*given, *keyword], [], []
    arguments.defaults = [ast.Constant(None) for _ in defaults]
    return defaults


def is_filled(cell: types.CellType) -> bool:
    """Whether a closure's variable has a value."""
    try:
        return cell.cell_contents is not cell
    except ValueError:
        return False


def defining_class(function: types.FunctionType, owner: type | None) -> type | None:
    """The class in whose body the function stands."""
    for base in owner.__mro__ if owner else ():
        for value in vars(base).values():
            plain = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
            if plain is function:
                return base
    return None


def parse_source(function: types.FunctionType) -> tuple[ast.FunctionDef, int]:
    """The function's node, lines as in its file, and how far its text was indented."""
    code = function.__code__
    try:
        text = inspect.getsource(function)
        plain = textwrap.dedent(text)
        node = ast.parse(plain).body[0]
    except (OSError, TypeError, SyntaxError, IndexError):
        raise complaint(
            f"the source of {function.__qualname__} cannot be read: put the class in a file",
            code.co_filename,
            code.co_firstlineno,
        ) from None
    if not isinstance(node, ast.FunctionDef):
        raise complaint("only functions made with def can be compiled", code.co_filename, code.co_firstlineno)
    ast.increment_lineno(node, code.co_firstlineno - 1)
    node.decorator_list = []
    first, plain_first = text.partition("\n")[0], plain.partition("\n")[0]
    return node, len(first) - len(plain_first)


def wrapped(node: ast.FunctionDef, defining: type | None, closed: list[str]) -> ast.Module:
    """The function inside its class, for private names and ``super``, inside a function that has its free names."""
    body: list[ast.stmt] = [node]
    if defining is not None:
        body = [ast.ClassDef(name=defining.__name__, bases=[], keywords=[], body=body, decorator_list=[])]
    if closed:
        given = [ast.arg(arg=name) for name in closed]
        arguments = ast.arguments(posonlyargs=[], args=given, kwonlyargs=[], kw_defaults=[], defaults=[])
        body = [ast.FunctionDef(name="closed", args=arguments, body=body, decorator_list=[])]
    module = ast.Module(body=body, type_ignores=[])
    for one in ast.walk(module):
        if isinstance(one, ast.ClassDef | ast.FunctionDef) and not hasattr(one, "type_params"):
            vars(one)["type_params"] = []  # from Python 3.12 on
    return ast.fix_missing_locations(module)


def code_of(module: ast.Module, function: types.FunctionType) -> types.CodeType:
    """The function's code in the compiled module."""

    def inside(code: types.CodeType) -> types.CodeType | None:
        for one in code.co_consts:
            if isinstance(one, types.CodeType):
                found = one if one.co_name == function.__name__ else inside(one)
                if found is not None:
                    return found
        return None

    found = inside(compile(module, function.__code__.co_filename, "exec", dont_inherit=True))
    assert found is not None, "the function is in the module that was made of it"  # noqa: S101
    return found.replace(co_qualname=function.__qualname__)


def is_same(node: ast.FunctionDef, function: types.FunctionType, defining: type | None, closed: list[str]) -> bool:
    """Whether the source still is what runs."""
    again = code_of(wrapped(node, defining, closed), function)
    return list(_instructions(again)) == list(_instructions(function.__code__))


def _instructions(code: types.CodeType) -> Iterator[tuple[str, str]]:
    """What code does, without how far it jumps and how a method is looked up: that depends on the file's imports."""
    for one in dis.get_instructions(code):
        if one.opname in ("PUSH_NULL", "PRECALL", "EXTENDED_ARG", "NOP"):
            continue
        jumps = one.opcode in dis.hasjrel or one.opcode in dis.hasjabs
        value = "" if jumps or isinstance(one.argval, types.CodeType) else repr(one.argval)
        yield one.opname.replace("LOAD_METHOD", "LOAD_ATTR"), value


class Known(ast.NodeTransformer):
    """Puts a text where a name is read."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """The text, if it is the name."""
        return ast.copy_location(ast.Constant(self.text), node) if node.id == self.name else node


def copied(node: ast.expr, context: ast.expr_context) -> Any:
    """A copy of a target for reading or writing."""
    made = ast.parse(ast.unparse(node), mode="eval").body
    for one in ast.walk(made):
        ast.copy_location(one, node)
    if isinstance(made, ast.Name | ast.Attribute | ast.Subscript):
        made.ctx = context
    return made
