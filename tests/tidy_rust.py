"""Rules for Rust sources, as functions from text to the list of what is wrong; no parser, a lexer is enough."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

LAYERS = [
    ["model", "clock", "stats"],
    ["bus", "book", "bars", "indicators", "ledger"],
    ["feed", "scanner", "risk", "journal"],
    ["orders", "venue"],
    ["engine"],
    ["backtest", "session"],
    ["python"],
]
LAYER = {module: layer for layer, modules in enumerate(LAYERS) for module in modules}
UNSAFE_FOLDERS = {"bus", "book", "python"}
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
MAX_PARAMETERS = 6
FORBIDDEN = re.compile(r"\b(TODO|FIXME)\b|\b(dbg|println|print|eprintln|eprint|todo|unimplemented)!")

# A function pointer's type is no unsafe code: whoever makes or calls one has a block, and says why there.
UNSAFE_TYPE = re.compile(r"\bunsafe\s+(?:extern\s+)?fn\s*\(")

# Comments, strings (raw, byte, plain) and character literals; a lifetime's quote is none of them.
TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
      |(?P<text>b?r(?P<hashes>\#*)".*?"(?P=hashes)|b?"(?:\\.|[^"\\])*"|b?'(?:\\(?:u\{[^}]*\}|x..|.)|[^'\\\n])')""",
    re.DOTALL | re.VERBOSE,
)


class Function(NamedTuple):
    """A function's name, first line (from 1), length in lines of code and number of parameters but self."""

    name: str
    line: int
    lines: int
    parameters: int


def blank(text: str, *, keep_comments: bool = False) -> str:
    """The source with strings (and comments) blanked, every other character and line where it was."""

    def replace(match: re.Match[str]) -> str:
        if keep_comments and match["comment"]:
            return match[0]
        return re.sub(r"[^\n]", " ", match[0])

    return TOKEN.sub(replace, text)


def code_lines(text: str) -> int:
    """Lines that are not only comment or documentation."""
    pairs = zip(text.splitlines(), blank(text).splitlines(), strict=True)
    return sum(1 for line, code in pairs if code.strip() or not line.lstrip().startswith(("//", "/*", "*")))


def closing(code: str, start: int, pair: str) -> int:
    """Where the bracket opened at ``start`` closes."""
    depth = 0
    for at in range(start, len(code)):
        depth += (code[at] == pair[0]) - (code[at] == pair[1])
        if depth == 0:
            return at
    return len(code)


def split_top(code: str) -> list[str]:
    """The parts between commas that stand in no bracket; the arrow of a function type is no bracket."""
    parts, depth = [""], 0
    for character in code.replace("->", "  "):
        depth += (character in "([{<") - (character in ")]}>")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]


def functions(text: str) -> Iterator[Function]:
    """Every function with a body."""
    code = blank(text)
    lines = text.splitlines()
    for match in re.finditer(r"\bfn\s+(\w+)", code):
        opened = code.find("(", match.end())
        # A generic bound may hold brackets of its own: the parameters start after it.
        if code[match.end() : match.end() + 1] == "<":
            opened = code.find("(", closing(code.replace("->", "  "), match.end(), "<>"))
        closed = closing(code, opened, "()")
        body = re.compile(r"[{;]").search(code, closed)
        if body is None or body[0] == ";":
            continue
        first, last = code.count("\n", 0, match.start()), code.count("\n", 0, closing(code, body.start(), "{}"))
        parameters = split_top(code[opened + 1 : closed])
        named = [each for each in parameters if not re.fullmatch(r"(&\s*('\w+\s+)?)?(mut\s+)?self(\s*:.*)?", each)]
        yield Function(match[1], first + 1, code_lines("\n".join(lines[first : last + 1])), len(named))


def size_problems(text: str, exceptions: Collection[str] = ()) -> list[str]:
    """Files, functions and parameter lists that are too long; ``exceptions`` names functions that may be."""
    problems = []
    if (lines := code_lines(text)) > MAX_FILE_LINES:
        problems.append(f"{lines} lines of code, at most {MAX_FILE_LINES}")
    for function in functions(text):
        if function.name in exceptions:
            continue
        if function.lines > MAX_FUNCTION_LINES:
            problems.append(f"{function.line}: fn {function.name} has {function.lines} lines, max {MAX_FUNCTION_LINES}")
        if function.parameters > MAX_PARAMETERS:
            problems.append(
                f"{function.line}: fn {function.name} has {function.parameters} parameters, max {MAX_PARAMETERS}"
            )
    return problems


def word_problems(text: str) -> list[str]:
    """Notes to self and debug output."""
    code = blank(text, keep_comments=True)
    return [
        f"{number}: {match[0]}"
        for number, line in enumerate(code.splitlines(), 1)
        if (match := FORBIDDEN.search(line)) is not None
    ]


def unsafe_problems(path: str, text: str, exceptions: Collection[str] = ()) -> list[str]:
    """Unsafe code outside its folders and ``exceptions``, or without the sentence that makes it sound."""
    problems = []
    lines = text.splitlines()
    for number, code in enumerate(blank(text).splitlines()):
        if not re.search(r"\bunsafe\b", UNSAFE_TYPE.sub("", code)):
            continue
        if path.split("/")[1].removesuffix(".rs") not in UNSAFE_FOLDERS and path not in exceptions:
            problems.append(f"{number + 1}: unsafe outside {', '.join(sorted(UNSAFE_FOLDERS))}")
        if not explained(lines, number):
            problems.append(f"{number + 1}: unsafe without a SAFETY comment above it")
    return problems


def explained(lines: list[str], number: int) -> bool:
    """Whether comments directly above line ``number`` (attributes may stand between) say SAFETY."""
    for line in reversed(lines[:number]):
        text = line.strip()
        if not text.startswith(("//", "#[")):
            return False
        if "SAFETY:" in text or "# Safety" in text:
            return True
    return False


def imports(path: str, text: str) -> set[str]:
    """The crate's own modules a file names: by ``crate::x``, in a group, or by ``super::`` up to the root."""
    code = blank(text)
    found = set()
    for match in re.finditer(r"\bcrate::(\w+|\{)", code):
        if match[1] != "{":
            found.add(match[1])
            continue
        group = code[match.end() : closing(code, match.end() - 1, "{}")]
        found.update(re.match(r"\w+", part)[0] for part in split_top(group))
    # rust/m/mod.rs reaches the root by one super, rust/m/file.rs by two, one more for an inline module of tests.
    parts = path.removesuffix(".rs").removesuffix("/mod").split("/")
    for match in re.finditer(r"(?<![\w:])((?:super::)+)(\w+)", code):
        inline = len(re.findall(r"\bmod\s+\w+\s*\{", code[: match.start()]))
        if match[1].count("super") - min(inline, 1) == len(parts) - 1:
            found.add(match[2])
    return found & LAYER.keys()


def layer_problems(graph: dict[str, set[str]]) -> list[str]:
    """Modules without a layer, imports upward, and cycles, in a graph from module to the modules it imports."""
    problems = [f"{module} has no layer: give it one in LAYERS" for module in graph if module not in LAYER]
    for module, targets in graph.items():
        problems += [
            f"{module} (layer {LAYER[module]}) imports {target} (layer {LAYER[target]})"
            for target in sorted(targets)
            if module in LAYER and LAYER[target] > LAYER[module]
        ]
        if module in reachable(graph, module):
            problems.append(f"{module} imports itself in a circle: {sorted(targets)}")
    return problems


def reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    """Every module that can be reached from ``start``; itself only by way of a cycle."""
    seen: set[str] = set()
    waiting = [target for target in graph.get(start, ()) if target != start]
    while waiting:
        module = waiting.pop()
        if module not in seen:
            seen.add(module)
            waiting.extend(graph.get(module, ()))
    return seen
