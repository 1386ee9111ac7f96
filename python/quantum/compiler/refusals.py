"""What compiled code takes and what it refuses, each with the way out.

The lists are short on purpose: only what gives the same bits and the same errors as Python is on them.
"""

from __future__ import annotations

import math

__all__ = [
    "ARRAY_ATTRIBUTES",
    "ARRAY_CONSTANTS",
    "ARRAY_FUNCTIONS",
    "BUILTINS",
    "INSTEAD",
    "MATH",
    "MATH_CONSTANTS",
    "OPERATORS",
    "REFUSED",
]

BUILTINS = ("abs", "bool", "enumerate", "float", "int", "len", "max", "min", "range", "round", "super", "zip")

LIBRARY = (
    *("sqrt", "exp", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "asin", "acos", "atan"),
    *("sinh", "cosh", "tanh", "atan2", "fmod", "copysign", "fabs"),
)
MATH = (*LIBRARY, "floor", "ceil", "trunc", "isnan", "isinf", "isfinite")
MATH_CONSTANTS = {"pi": math.pi, "e": math.e, "tau": math.tau, "inf": math.inf, "nan": math.nan}

ARRAY_FUNCTIONS = ("zeros", "ones", "full", "empty", "arange", "float64", "int64", "bool_")
ARRAY_ATTRIBUTES = ("shape", "size", "ndim", "fill", "copy", "argmax", "argmin", "max", "min", "any", "all")

ARRAY_CONSTANTS = ("nan", "inf", "pi", "e")
ARRAY_TESTS = ("isnan", "isinf", "isfinite")

INSTEAD = {
    "all": "write a loop, or use `and`",
    "any": "write a loop, or use `or`",
    "divmod": "use // and %",
    "isinstance": "a variable has one type",
    "pow": "use **",
    "print": "use ctx.log(f'...')",
    "reversed": "use range(n - 1, -1, -1)",
    "sorted": "keep the array in order as you write into it",
    "str": "texts are made in ctx.log(f'...') only",
    "sum": "write a loop",
    "type": "constants of the class are read through self",
}

OPERATORS = {
    "Add": "add",
    "Sub": "sub",
    "Mult": "mul",
    "Div": "truediv",
    "FloorDiv": "floordiv",
    "Mod": "mod",
    "Pow": "pow",
    "BitAnd": "and",
    "BitOr": "or",
    "BitXor": "xor",
}

_COLLECTION = "cannot be compiled: use a NumPy array or separate variables"
_COMPREHENSION = "a comprehension or generator cannot be compiled: write a loop"
_TRY = "try/except cannot be compiled: test before, `if x != 0`"

REFUSED = {
    "Try": _TRY,
    "TryStar": _TRY,
    "With": "`with` cannot be compiled",
    "Lambda": "a lambda cannot be compiled: write a method or a function at the top of the file",
    "FunctionDef": "a function inside a function cannot be compiled: write a method or put it at the top of the file",
    "ClassDef": "a class inside a method cannot be compiled: put it at the top of the file",
    "AsyncFunctionDef": "async cannot be compiled",
    "AsyncFor": "async cannot be compiled",
    "AsyncWith": "async cannot be compiled",
    "Await": "await cannot be compiled",
    "Yield": "a generator cannot be compiled: write a loop",
    "YieldFrom": "a generator cannot be compiled: write a loop",
    "Dict": f"a dict {_COLLECTION}",
    "Set": f"a set {_COLLECTION}",
    "List": f"a list {_COLLECTION}",
    "ListComp": _COMPREHENSION,
    "SetComp": _COMPREHENSION,
    "DictComp": _COMPREHENSION,
    "GeneratorExp": _COMPREHENSION,
    "Import": "import at the top of the file, not inside a method",
    "ImportFrom": "import at the top of the file, not inside a method",
    "Global": "a global cannot be assigned in compiled code: use a field",
    "Nonlocal": "a closure's variable cannot be assigned in compiled code: use a field",
    "Delete": "del cannot be compiled",
    "NamedExpr": ":= cannot be compiled: assign on a line of its own",
    "Starred": "a star cannot be compiled here: name each value",
    "Match": "match cannot be compiled: use if and elif",
    "JoinedStr": "an f-string can be compiled inside ctx.log(...) only",
}
