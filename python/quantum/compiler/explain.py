"""numba's report as one line of ours at the user's line."""

from __future__ import annotations

import linecache
import os
import re
from typing import Any

from quantum.compiler.reading import complaint
from quantum.errors import CompileError

__all__ = ["explain"]

_OURS = os.path.dirname(os.path.abspath(__file__))
_PLACE = re.compile(
    r"(?:\bat |Raised from |location: |defined at )(?P<a>[^\n()]+?) \((?P<b>\d+)\)"
    r"|File \"(?P<c>[^\"\n]+)\", line (?P<d>\d+)"
)
_HINTS = [
    (r"Cannot unify (.*?) and (.*?) for '\$", "this is {0} on one path and {1} on another: one value, one type"),
    (r"wrong tuple length for .*expected (\d+), got (\d+)", "{1} values cannot be unpacked into {0} names"),
    (r"Cannot unify (.*?) and (.*?) for '(\w+)", "{2} is {0} on one path and {1} on another: one variable, one type"),
    (r"Untyped global name '([\w.$]+)'", "the global {0} cannot be used in compiled code: make it a field or a number"),
    (r"cannot infer type for global value", "this global cannot be used in compiled code"),
    (r"[Rr]ecursion|re-entrant", "a method that calls itself cannot be compiled: write a loop"),
    (r"Unknown attribute '(\w+)' of type (.+)", "{1} has no attribute {0!r} in compiled code"),
    (
        r"Invalid use of (?:Int)?Enum class",
        "an Enum is not made from a number in compiled code: choose its members by if",
    ),
    (
        r"Invalid use of getiter with parameters \((.*)\)",
        "a loop over {0} cannot be compiled: use range, a tuple, an array",
    ),
    (r"unsupported opcode \((\w+)\)", "this statement cannot be compiled ({0})"),
    (
        r"built-in function getitem>",
        "this index cannot be compiled: a tuple of several types wants a constant, an array whole numbers",
    ),
    (r"Invalid use of .*operator\.(\w+)", "the operator {0} cannot be compiled for these types"),
    (r"No implementation of function .*?<(?:built-in )?function (\w+)", "{0} cannot be compiled for these arguments"),
    (r"missing a required argument: '(\w+)'", "the argument {0!r} is missing"),
    (r"too many positional arguments", "too many arguments"),
    (r"got an unexpected keyword argument '(\w+)'", "there is no argument {0!r}"),
]


def explain(error: Exception, cls: type, function: Any) -> CompileError:
    """The CompileError that a failed compilation means, at the innermost line of the user's."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    message, word = _message(error, text)
    places = _places(error, text)
    if not places:
        places = [(function.__code__.co_filename, function.__code__.co_firstlineno)]
    (file, line), *outer = places
    made = complaint(f"{message} [compile=True, {cls.__name__}.{function.__name__}]", file, line, word)
    for each_file, each_line in outer:
        made.add_note(f"called from {each_file}:{each_line}: {linecache.getline(each_file, each_line).strip()}")
    return made


def _message(error: Exception, text: str) -> tuple[str, str]:
    """What to say, and the word of the line it is about."""
    own = re.search(r"⟦(.*?)⟧\{(.*?)\}", text, re.DOTALL)
    if own:
        return own[1], own[2]
    for pattern, hint in _HINTS:
        found = re.search(pattern, text)
        if found:
            groups = [_plain(group) for group in found.groups()]
            return hint.format(*groups), groups[0] if "Unknown" in pattern else ""
    first = next((line for line in text.splitlines() if line.strip() and "nopython" not in line), type(error).__name__)
    return f"this cannot be compiled: {first.strip()}", ""


def _plain(name: str) -> str:
    """A type's name as a user knows it."""
    for ours, theirs in (("float64", "float"), ("int64", "int"), ("quantum.", "")):
        name = name.replace(ours, theirs)
    name = re.sub(r"Literal\[(\w+)\]\(.*?\)", r"\1", name)
    return re.sub(r"(\w+)\(float x \d+\)", r"\1", name)


def _places(error: Exception, text: str) -> list[tuple[str, int]]:
    """Lines of the user's that the report names, innermost first."""
    found = []
    for match in _PLACE.finditer(text):
        file, line = (match["a"], match["b"]) if match["a"] else (match["c"], match["d"])
        found.append((os.path.abspath(file), int(line)))
    loc: Any = getattr(error, "loc", None)
    if loc is not None:
        found.append((str(loc.filename), int(loc.line)))
    mine = [place for place in found if f"{os.sep}numba{os.sep}" not in place[0] and not place[0].startswith(_OURS)]
    return list(dict.fromkeys(place for place in mine if os.path.exists(place[0])))
