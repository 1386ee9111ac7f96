"""Strategies in C and in Rust trade as their Python classes do, through the documented layout."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import quantum as q

HERE = Path(__file__).parent
SOURCE = HERE / "touch.c"
EXAMPLES = HERE.parent.parent / "examples"


def load(path):
    """The strategies of a file."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def compiled_c(text, folder, name="touch"):
    if shutil.which("cc") is None:
        pytest.skip("no C compiler")
    source, made = folder / f"{name}.c", folder / f"{name}.so"
    source.write_text(text)
    command = ["cc", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-I", HERE, "-o", made, source]
    subprocess.run(command, check=True)
    return made


def same(kind, library):
    """The run with the library, which must be the interpreted one."""
    python, native = kind(), kind()
    expected = q.backtest(python, q.data.sample()).raw
    raw = q.backtest(native, q.data.sample(), compile=library).raw
    assert len(raw["reports"]) > 1000
    assert raw["reports"].tobytes() == expected["reports"].tobytes()
    assert raw["calls"] == expected["calls"]
    return python, native


@pytest.mark.parametrize("name", ["touch", "follow"])
def test_a_strategy_in_c_trades_as_the_python_class(name, tmp_path):
    kind = getattr(load(EXAMPLES / f"{name}.py"), name.title())
    same(kind, compiled_c((HERE / f"{name}.c").read_text(), tmp_path, name))


def test_a_strategy_in_rust_trades_as_the_python_class_and_gives_its_fields_back(tmp_path):
    if shutil.which("cargo") is None:
        pytest.skip("no Rust compiler")
    folder = EXAMPLES / "plugin_rust"
    command = ["cargo", "build", "--release", "--offline", "--quiet", "--manifest-path", folder / "Cargo.toml"]
    subprocess.run([*command, "--target-dir", tmp_path], check=True, env=os.environ | {"RUSTFLAGS": "-D warnings"})
    python, native = same(load(folder / "quoter.py").Quoter, tmp_path / "release" / "libquoter.so")
    assert native.quotes == python.quotes > 0
    assert native.rsi.value == python.rsi.value
    assert native.qty == 0.01


class Idle(q.Strategy):
    """Nothing in Python but the start."""

    def on_start(self, ctx):
        ctx.every("1s")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("int on_timer(void) { return 0; }", r"does not say which \(quantum_abi\); this quantum has version"),
        ("int quantum_abi(void) { return 1; }", "is for version 1; this quantum has version"),
        ("int quantum_abi(void) { return ABI; }", "has no callback: on_start, on_book"),
    ],
)
def test_a_library_of_another_kind_is_refused(text, says, tmp_path):
    library = compiled_c(text.replace("ABI", str(q._core.native_layout()["abi"])), tmp_path)
    with pytest.raises(q.errors.ConfigError, match=says):
        q.backtest(Idle(), q.data.sample(), compile=library)


def test_what_is_no_library_is_refused(tmp_path):
    with pytest.raises(q.errors.ConfigError, match="no library that can be loaded"):
        q.backtest(Idle(), q.data.sample(), compile=tmp_path / "none.so")


def test_a_callback_that_the_library_lacks_is_named(tmp_path):
    class More(Idle):
        def on_trade(self, ctx, trade):
            pass

    library = compiled_c(SOURCE.read_text(), tmp_path)
    with pytest.raises(q.errors.ConfigError, match="has no on_trade, which More defines in Python"):
        q.backtest(More(), q.data.sample(), compile=library)


def test_a_status_ends_the_run(tmp_path):
    text = SOURCE.read_text().replace("(void)event;", "(void)event; if (context->now_ns) return 3;")
    library = compiled_c(text, tmp_path)
    with pytest.raises(q.errors.EngineError, match="ended the run and gave no reason") as caught:
        q.backtest(load(EXAMPLES / "touch.py").Touch(), q.data.sample(), compile=library)
    assert "in on_timer" in caught.value.__notes__[0]


class Head(ctypes.Structure):
    """The head of a live indicator."""

    _fields_ = (
        *((name, ctypes.c_uint32) for name in ("abi", "inputs", "outputs", "reserved")),
        *((name, ctypes.c_void_p) for name in ("update", "reset", "copy", "destroy")),
    )


def test_an_indicator_made_through_the_library_is_the_stream():
    create = ctypes.CDLL(q._core.__file__).quantum_indicator_create
    create.restype = ctypes.POINTER(Head)
    arguments, text = (ctypes.c_double * 3)(5, 13, 4), ctypes.create_string_buffer(100)
    live = create(b"macd", arguments, ctypes.c_size_t(3), 0, text, ctypes.c_size_t(100))
    head, stream = live.contents, q.ta.stream("macd", 5, 13, 4)
    assert (head.abi, head.inputs, head.outputs) == (1, 1, 3)
    update = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)(head.update)
    out = np.zeros(3)
    for price in 100 + np.cumsum(np.random.default_rng(1).normal(size=60)):
        assert update(live, np.array([price]).ctypes.data, out.ctypes.data) == 0
        np.testing.assert_array_equal(out, stream.update(price))
    assert not np.isnan(out).any()
    ctypes.CFUNCTYPE(None, ctypes.c_void_p)(head.destroy)(live)
    assert not create(b"mcad", arguments, ctypes.c_size_t(3), 0, text, ctypes.c_size_t(100))
    assert text.value == b'there is no indicator "mcad"; the nearest is "macd" (q.ta.catalog() lists all)'
