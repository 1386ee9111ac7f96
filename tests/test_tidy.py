"""The rules of the house that a machine can check; each rule is also shown to fail on a bad snippet."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import pytest

import quantum
import tidy_python
import tidy_rust

ROOT = Path(__file__).resolve().parent.parent
RUST = {path.relative_to(ROOT).as_posix(): path.read_text() for path in sorted((ROOT / "rust").rglob("*.rs"))}
PYTHON = {path.relative_to(ROOT).as_posix(): path.read_text() for path in sorted((ROOT / "python").rglob("*.py"))}
TESTS = {path.relative_to(ROOT).as_posix(): path.read_text() for path in sorted((ROOT / "tests").rglob("*.py"))}
TEXTS = {
    path.relative_to(ROOT).as_posix(): path.read_text()
    for pattern in ("*.md", "*.toml", "Makefile", "build.rs", "docs/**/*.md", "examples/**/*.py", "tools/*", ".ci/*")
    for path in sorted(ROOT.glob(pattern))
    if path.is_file()
}

# Functions that may be longer or take more than the rule says, each with its one reason.
RUST_EXCEPTIONS = {
    "rust/python/bus.rs": {"subscribe"},  # one keyword per property of a subscription
    "rust/python/shared_bus.rs": {"subscribe"},  # the same
    "rust/python/backtest.rs": {"run_backtest"},  # the one call behind quantum.backtest, keywords only
    "rust/python/instrument.rs": {"new"},  # one keyword per property of a listing
}
PYTHON_EXCEPTIONS: dict[str, set[str]] = {
    "python/quantum/backtesting.py": {"backtest"},  # the main verb: one keyword per part of a run
    "python/quantum/attribution/verb.py": {"fidelity"},  # the same without a venue
    "python/quantum/sweeping/verb.py": {"sweep"},  # the same and what varies
}
# Files with unsafe code outside bus/, book/ and python/.
UNSAFE_EXCEPTIONS = {
    "rust/backtest/tests.rs",  # native strategies
    "rust/clock/stopwatch.rs",  # reads the CPU's time-stamp counter
    "rust/engine/core.rs",  # calls a strategy through its native signature
    "rust/engine/native.rs",  # is called by native strategies with their context
    "rust/indicators/native.rs",  # the C face of live indicators
    "rust/engine/views.rs",  # hands out views by pointer
    "rust/engine/tests.rs",  # native strategies
}


def report(problems: dict[str, list[str]]) -> None:
    found = [f"{path}: {problem}" for path, each in problems.items() for problem in each]
    assert not found, "\n" + "\n".join(found)


def graph(sources, module_of, imports) -> dict[str, set[str]]:
    edges: dict[str, set[str]] = defaultdict(set)
    for path, text in sources.items():
        edges[module_of(path)] |= imports(path, text)
    return edges


def rust_module(path: str) -> str:
    return path.split("/")[1].removesuffix(".rs")


def test_rust_modules_import_only_downward_and_never_in_a_circle():
    sources = {path: text for path, text in RUST.items() if path != "rust/lib.rs"}
    edges = graph(sources, rust_module, tidy_rust.imports)
    report({"rust": tidy_rust.layer_problems({module: targets - {module} for module, targets in edges.items()})})


def test_rust_files_functions_and_parameter_lists_stay_small():
    report({path: tidy_rust.size_problems(text, RUST_EXCEPTIONS.get(path, set())) for path, text in RUST.items()})


def test_rust_unsafe_is_explained_and_stays_in_its_folders():
    report({path: tidy_rust.unsafe_problems(path, text, UNSAFE_EXCEPTIONS) for path, text in RUST.items()})


def test_rust_holds_no_notes_to_self_and_no_debug_output():
    report({path: tidy_rust.word_problems(text) for path, text in RUST.items()})


def test_python_modules_import_only_downward():
    sources = {path: text for path, text in PYTHON.items() if path != "python/quantum/__init__.py"}
    report({"python": tidy_python.layer_problems(graph(sources, tidy_python.module_of, tidy_python.imports))})


def test_python_files_functions_and_parameter_lists_stay_small():
    report({path: tidy_python.size_problems(text, PYTHON_EXCEPTIONS.get(path, set())) for path, text in PYTHON.items()})


def test_python_holds_no_notes_to_self():
    report({path: tidy_python.word_problems(text) for path, text in PYTHON.items()})


def test_nothing_names_a_path_of_one_machine():
    everything = {**RUST, **PYTHON, **TEXTS, **TESTS}
    report({path: tidy_python.machine_path_problems(text) for path, text in everything.items()})


def test_every_exception_is_still_needed():
    for exceptions, sources, rule in [
        (RUST_EXCEPTIONS, RUST, tidy_rust.size_problems),
        (PYTHON_EXCEPTIONS, PYTHON, tidy_python.size_problems),
    ]:
        for path, names in exceptions.items():
            for name in names:
                assert any(f"{name} has" in problem for problem in rule(sources[path], names - {name})), (path, name)
    for path in UNSAFE_EXCEPTIONS:
        assert tidy_rust.unsafe_problems(path, RUST[path]), path


def test_the_public_names_fit_in_forty():
    assert len(quantum.__all__) <= 40
    assert all(hasattr(quantum, name) for name in quantum.__all__)


def test_import_loads_no_optional_or_heavy_library(capsys):
    program = (
        "import time, numpy; start = time.perf_counter(); import quantum, sys;"
        "print(1e3 * (time.perf_counter() - start), *sorted({name.split('.')[0] for name in sys.modules}))"
    )
    after_numpy, whole = [], []
    for _ in range(5):
        start = time.perf_counter()
        words = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        ).stdout.split()
        whole.append(1e3 * (time.perf_counter() - start))
        after_numpy.append(float(words[0]))
        assert not {"pandas", "polars", "pyarrow", "plotly", "click", "matplotlib"} & set(words[1:])
    with capsys.disabled():
        print(
            f"\nimport quantum: {statistics.median(after_numpy):.1f} ms on top of NumPy, "
            f"{statistics.median(whole):.0f} ms with NumPy and the interpreter's start"
        )


# The rules themselves, each on the least snippet that breaks it and one that does not.


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("rust/book/level.rs", "use crate::model::Event;", {"model"}),
        ("rust/book/level.rs", "use crate::{model::{Event, Side}, feed::Reader};", {"model", "feed"}),
        ("rust/book/level.rs", "use super::super::engine::Engine;", {"engine"}),
        ("rust/book/mod.rs", "use super::engine::Engine;", {"engine"}),
        ("rust/book/level.rs", "fn f() { crate::risk::check() }", {"risk"}),
        ("rust/book/level.rs", '//! [`crate::risk::Gate`]\nlet text = "crate::risk"; use super::level::Level;', set()),
        ("rust/book/level.rs", "mod tests { use super::super::super::risk::Gate; }", {"risk"}),
        ("rust/book/level.rs", "mod tests { use super::super::Level; }", set()),
    ],
)
def test_rule_rust_imports_are_seen(path, text, found):
    assert tidy_rust.imports(path, text) == found


@pytest.mark.parametrize(
    ("edges", "said"),
    [
        ({"model": {"engine"}}, "model (layer 0) imports engine (layer 4)"),
        ({"engine": {"python"}}, "engine (layer 4) imports python (layer 6)"),
        ({"orders": {"venue"}, "venue": {"orders"}}, "orders imports itself in a circle: ['venue']"),
        ({"surprise": set()}, "surprise has no layer: give it one in LAYERS"),
    ],
)
def test_rule_rust_layers(edges, said):
    assert said in tidy_rust.layer_problems(edges)
    assert tidy_rust.layer_problems({"engine": {"venue", "model"}, "venue": {"orders", "model"}, "model": set()}) == []


def test_rule_rust_sizes():
    long = "fn long() {\n" + "    step();\n" * 59 + "}\n"
    assert tidy_rust.size_problems(long) == ["1: fn long has 61 lines, max 60"]
    assert tidy_rust.size_problems(long.replace("step();", "// said", 1)) == []
    assert tidy_rust.size_problems(long, {"long"}) == []
    seven = "impl A { fn wide<F: Fn(u8) -> u8>(&self, a: u8, b: Map<u8, u8>, c: u8, d: F, e: u8, f: u8, g: u8) {} }"
    assert tidy_rust.size_problems(seven) == ["1: fn wide has 7 parameters, max 6"]
    assert tidy_rust.size_problems(seven.replace(", g: u8", "")) == []
    assert tidy_rust.size_problems("const A: u8 = 1;\n" * 401) == ["401 lines of code, at most 400"]
    assert tidy_rust.size_problems("const A: u8 = 1;\n/// said\n" * 400) == []


def test_rule_rust_unsafe():
    bare = "fn f() { unsafe { g() } }"
    said = f"// SAFETY: g has no precondition.\n{bare}"
    assert tidy_rust.unsafe_problems("rust/book/level.rs", bare) == ["1: unsafe without a SAFETY comment above it"]
    assert tidy_rust.unsafe_problems("rust/feed/gz.rs", said) == ["2: unsafe outside book, bus, python"]
    assert tidy_rust.unsafe_problems("rust/feed/gz.rs", said, {"rust/feed/gz.rs"}) == []
    assert tidy_rust.unsafe_problems("rust/book/level.rs", said) == []
    assert tidy_rust.unsafe_problems("rust/book/level.rs", "type Step = unsafe fn(*const u8) -> u8;") == []
    assert tidy_rust.unsafe_problems("rust/book/level.rs", '// unsafe\nlet a = "unsafe";') == []


@pytest.mark.parametrize("line", ["// TO" + "DO: later", "dbg!(price);", 'println!("{price}");', "to" + "do!()"])
def test_rule_rust_words(line):
    assert tidy_rust.word_problems(f"fn f() {{}}\n{line}\n")[0].startswith("2: ")
    assert tidy_rust.word_problems('write!(f, "a println! in a text")') == []


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("python/quantum/ta.py", "from quantum import backtesting", {"backtesting"}),
        ("python/quantum/ta.py", "from quantum.backtesting import backtest", {"backtesting"}),
        ("python/quantum/ta.py", "import quantum.report.page", {"report"}),
        ("python/quantum/ta.py", "import quantum as q", {"quantum"}),
        ("python/quantum/ta.py", "from quantum import backtest", {"quantum"}),
        ("python/quantum/ta.py", "def f():\n    from quantum import plot", {"plot"}),
        ("python/quantum/ta.py", "def plot():\n    from quantum import plot", set()),
        ("python/quantum/data/csv.py", "from ..report import page", {"report"}),
        ("python/quantum/data/csv.py", "from . import npz", {"data"}),
        ("python/quantum/ta.py", "import numpy", set()),
    ],
)
def test_rule_python_imports_are_seen(path, text, found):
    assert tidy_python.imports(path, text) == found


def test_rule_python_layers():
    assert tidy_python.layer_problems({"ta": {"report"}}) == ["ta (layer 3) imports report (layer 5)"]
    assert tidy_python.layer_problems({"ta": {"quantum"}}) == [
        f"ta (layer 3) imports quantum (layer {tidy_python.TOP})"
    ]
    assert tidy_python.layer_problems({"data": {"feeds"}, "feeds": {"data"}})[0].startswith(
        "data imports itself in a c"
    )
    assert tidy_python.layer_problems({"extra": set()}) == ["extra has no layer: give it one in LAYERS"]
    assert tidy_python.layer_problems({"cli": {"quantum", "config"}, "report": {"plot", "data"}}) == []


def test_rule_python_sizes():
    long = "def long():\n" + "    step()\n" * 60
    assert tidy_python.size_problems(long) == ["1: long has 61 lines, at most 60"]
    assert tidy_python.size_problems(long.replace("    step()", '    """Said."""', 1)) == []
    wide = "class A:\n    def wide(self, a, b, /, c, *, d, e, f, g): ..."
    assert tidy_python.size_problems(wide)[0].startswith("2: wide has 7 parameters, at most 6")
    assert tidy_python.size_problems(wide.replace(", g", "")) == []
    assert tidy_python.size_problems("a = 1\n" * 401) == ["401 lines of code, at most 400"]
    assert tidy_python.size_problems("a = 1\n# said\n" * 400) == []


@pytest.mark.parametrize("line", ["# TO" + "DO later", "raise NotImplemented" + "Error"])
def test_rule_python_words(line):
    assert tidy_python.word_problems(f"a = 1\n{line}")[0].startswith("2: ")


def test_rule_machine_paths():
    for place in ("work", "root", "home/ann", "Users/ann"):
        assert tidy_python.machine_path_problems(f'open("/{place}/data.gz")') == [f"1: /{place}/"]
    assert tidy_python.machine_path_problems("a/work/b and https://example.org/work/ but not out/root/") == []


def test_text_after_a_lifetime_is_still_read():
    code = tidy_rust.blank("fn f<'a>(x: &'a str) -> char { 'x' } // unsafe")
    assert "unsafe" not in code
    assert re.search(r"fn f<'a>\(x: &'a str\) -> char \{\s+\}", code)
