"""The package as installed: what the binary says of itself, which CPU it accepts, how its names are typed."""

from __future__ import annotations

import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

import quantum as q
from quantum import _core, _cpu

CORE = Path(_core.__file__)
LINUX_X86_64 = sys.platform == "linux" and _core.build_info()["target"].startswith("x86_64")
on_linux_x86_64 = pytest.mark.skipif(not LINUX_X86_64, reason="only Linux on x86-64 lists its CPU features in a file")


def cpuinfo(path: Path, flags) -> Path:
    path.write_text(f"processor\t: 0\nflags\t\t: {' '.join(flags)}\nbugs\t\t: spectre_v1\n")
    return path


def binary(path: Path, features: str) -> Path:
    path.write_bytes(b"\x7fELF" + b"\0" * 5000 + f"QUANTUM_CPU_FEATURES={features};".encode() + b"\0" * 5000)
    return path


def test_build_info_says_what_the_binary_is():
    info = q.build_info()
    assert info["version"] == q.__version__
    assert re.fullmatch(r"[0-9a-f]{40}|unknown", info["git_revision"])
    assert info["rustc"].startswith("rustc 1.")
    assert info["profile"] in {"release", "debug"}
    assert info["abi3"] == "3.11"
    assert CORE.name.startswith("_core.abi3") or sys.platform == "win32"


def test_the_allocators_purge_delay_is_set_and_read_back():
    allocator = q.build_info()["allocator"]
    assert allocator["name"] == "mimalloc"
    assert allocator["purge_delay_ms"] == 1_000


def test_the_environment_wins_over_our_purge_delay():
    program = "import quantum; print(quantum.build_info()['allocator']['purge_delay_ms'])"
    environment = {"MIMALLOC_PURGE_DELAY": "7", "PYTHONPATH": str(Path(q.__file__).parent.parent)}
    result = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "7"


@on_linux_x86_64
def test_the_allocator_leaves_the_static_tls_block_alone():
    """A dlopened library must not use initial-exec TLS: the ELF flag DF_STATIC_TLS is how one says that it does."""
    assert q.build_info()["allocator"]["local_dynamic_tls"] is True
    assert elf_flags(CORE.read_bytes()) & 0x10 == 0


def elf_flags(image: bytes) -> int:
    """DT_FLAGS (tag 30) of a 64-bit little-endian ELF file's dynamic segment (program header type 2), 0 if none."""
    offset, size, count = struct.unpack_from("<Q", image, 32)[0], *struct.unpack_from("<HH", image, 54)
    for header in range(offset, offset + size * count, size):
        if struct.unpack_from("<I", image, header)[0] == 2:
            start, length = (
                struct.unpack_from("<Q", image, header + 8)[0],
                struct.unpack_from("<Q", image, header + 32)[0],
            )
            return dict(struct.iter_unpack("<QQ", image[start : start + length])).get(30, 0)
    raise AssertionError("no dynamic segment")


def test_the_features_read_from_the_file_are_those_the_loaded_core_reports():
    assert tuple(_cpu.compiled_features(CORE)) == q.build_info()["cpu_features"]
    if LINUX_X86_64:
        assert "sse2" in q.build_info()["cpu_features"]


@on_linux_x86_64
def test_a_cpu_without_a_needed_feature_is_refused_by_name(tmp_path):
    core = binary(tmp_path / "_core.so", "sse2,sse4.2,avx2,fma,avx512bw")
    with pytest.raises(ImportError, match=r"CPU with avx2, avx512bw, which this machine's CPU does not have"):
        _cpu.check(core, cpuinfo(tmp_path / "cpuinfo", ["sse2", "sse4_2", "fma"]))
    _cpu.check(core, cpuinfo(tmp_path / "cpuinfo", ["sse2", "sse4_2", "avx2", "fma", "avx512bw"]))


@on_linux_x86_64
def test_features_that_a_kernel_may_hide_do_not_count(tmp_path):
    core = binary(tmp_path / "_core.so", "rdseed,rdrand,xsaves,fxsr")
    _cpu.check(core, cpuinfo(tmp_path / "cpuinfo", ["sse2"]))


@on_linux_x86_64
def test_nothing_is_refused_where_nothing_is_known(tmp_path):
    plain = tmp_path / "_core.so"
    plain.write_bytes(b"no list in here")
    bare = cpuinfo(tmp_path / "cpuinfo", [])
    _cpu.check(plain, bare)
    _cpu.check(tmp_path / "absent.so", bare)
    _cpu.check(binary(tmp_path / "core.so", "avx2"), tmp_path / "no-cpuinfo")
    _cpu.check(binary(tmp_path / "core.so", ""), bare)


@on_linux_x86_64
def test_the_check_comes_before_the_native_import():
    program = (
        "import builtins, pathlib, sys; from unittest import mock\n"
        "flags = mock.mock_open(read_data=b'flags : fpu\\n'); real = pathlib.Path.open\n"
        "fake = lambda self, *a, **k: flags() if str(self) == '/proc/cpuinfo' else real(self, *a, **k)\n"
        "with mock.patch.object(pathlib.Path, 'open', fake):\n"
        "    try: import quantum\n"
        "    except ImportError as error: print(error.name, 'quantum._core' in sys.modules, str(error)[:30])\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "quantum._core False quantum was built for a CPU wi"


def test_the_package_is_typed_and_has_a_stub_for_its_core():
    folder = Path(q.__file__).parent
    assert (folder / "py.typed").exists()
    assert (folder / "_core.pyi").exists()
