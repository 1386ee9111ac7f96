"""Rules for Python sources, as functions from text to the list of what is wrong."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Collection, Iterator

from tidy_rust import reachable

LAYERS = [
    ["_cpu", "_core"],
    ["errors", "config", "dtypes", "extras", "frames", "progress", "tables"],
    ["bars", "bus", "data", "feeds"],
    ["ta", "risk", "latency", "limits", "signals", "venue"],
    ["plot"],
    ["report"],
    ["strategy"],
    ["compiler"],
    ["backtesting", "scanner", "session"],
    ["sweeping"],
    ["attribution"],
    ["server", "cli"],
]
LAYER = {module: layer for layer, modules in enumerate(LAYERS) for module in modules}
TOP = LAYER["cli"]
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
MAX_PARAMETERS = 6
FORBIDDEN = re.compile(r"\b(TODO|FIXME)\b|\bbreakpoint\(|\bNotImplementedError\b")
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+)/")


def docstring_lines(tree: ast.AST) -> set[int]:
    """The lines taken by docstrings."""
    taken: set[int] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or not node.body:
            continue
        first = node.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            taken.update(range(first.lineno, first.end_lineno + 1))
    return taken


def code_line_numbers(text: str, tree: ast.AST) -> set[int]:
    """Lines that are neither documentation nor only comment."""
    comments = {
        token.start[0]
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.COMMENT and not token.line[: token.start[1]].strip()
    }
    return set(range(1, len(text.splitlines()) + 1)) - comments - docstring_lines(tree)


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How many parameters a caller sees: self and cls do not count, *args and **kwargs count as one each."""
    given = function.args
    names = [each.arg for each in [*given.posonlyargs, *given.args, *given.kwonlyargs]]
    names += [each.arg for each in (given.vararg, given.kwarg) if each]
    return len([name for name in names if name not in {"self", "cls"}])


def size_problems(text: str, exceptions: Collection[str] = ()) -> list[str]:
    """Files, functions and parameter lists that are too long; ``exceptions`` names functions that may be."""
    tree = ast.parse(text)
    counted = code_line_numbers(text, tree)
    problems = []
    if len(counted) > MAX_FILE_LINES:
        problems.append(f"{len(counted)} lines of code, at most {MAX_FILE_LINES}")
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.name in exceptions:
            continue
        lines = len(counted & set(range(node.lineno, node.end_lineno + 1)))
        if lines > MAX_FUNCTION_LINES:
            problems.append(f"{node.lineno}: {node.name} has {lines} lines, at most {MAX_FUNCTION_LINES}")
        if parameters(node) > MAX_PARAMETERS:
            problems.append(
                f"{node.lineno}: {node.name} has {parameters(node)} parameters, at most {MAX_PARAMETERS}; "
                "a frozen dataclass carries more"
            )
    return problems


def word_problems(text: str) -> list[str]:
    """Notes to self and things left undone."""
    return [
        f"{number}: {match[0]}"
        for number, line in enumerate(text.splitlines(), 1)
        if (match := FORBIDDEN.search(line)) is not None
    ]


def machine_path_problems(text: str) -> list[str]:
    """Paths that exist on one machine only."""
    return [
        f"{number}: {match[0]}"
        for number, line in enumerate(text.splitlines(), 1)
        if (match := MACHINE_PATH.search(line)) is not None
    ]


def module_of(path: str) -> str:
    """The layer's module a file of python/quantum belongs to: ``data`` for quantum/data/csv.py and quantum/data.py."""
    return path.removeprefix("python/quantum/").split("/")[0].removesuffix(".py").removesuffix(".pyi")


def quantum_names(node: ast.AST, path: str) -> Iterator[str]:
    """The modules of quantum an import statement names; ``quantum`` for the whole of it."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.name.split(".")[0] == "quantum":
                yield alias.name.split(".")[1] if "." in alias.name else "quantum"
    elif isinstance(node, ast.ImportFrom):
        base = (node.module or "").split(".")
        if node.level:  # relative: counted from the file's own package
            package = path.removeprefix("python/").split("/")[:-1]
            base = package[: len(package) - node.level + 1] + [part for part in base if part]
        if base == ["quantum"]:
            for alias in node.names:
                yield alias.name if alias.name in LAYER else "quantum"
        elif base[0] == "quantum":
            yield base[1]


def imports(path: str, text: str) -> set[str]:
    """The modules of quantum a file imports anywhere but in a function called ``plot``, the one that may look up."""

    def walk(node: ast.AST) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef) and child.name == "plot":
                continue
            yield from quantum_names(child, path)
            yield from walk(child)

    return set(walk(ast.parse(text)))


def layer_problems(graph: dict[str, set[str]]) -> list[str]:
    """Modules without a layer, and imports upward (of all of quantum: only the top layer), and cycles."""
    problems = [f"{module} has no layer: give it one in LAYERS" for module in graph if module not in LAYER]
    for module, targets in graph.items():
        problems += [
            f"{module} (layer {LAYER[module]}) imports {target} (layer {LAYER.get(target, TOP)})"
            for target in sorted(targets - {module})
            if module in LAYER and LAYER.get(target, TOP) > LAYER[module]
        ]
        if module in reachable(graph, module):
            problems.append(f"{module} imports itself in a circle: {sorted(targets)}")
    return problems
