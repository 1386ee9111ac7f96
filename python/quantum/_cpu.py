"""Refuses a CPU the native core was not compiled for, in words, where loading the core would die of SIGILL.

The core carries its list of CPU features as text; it is read from the file, not from the loaded module. Only Linux on
x86-64 says its own features in a file, so only there is anything compared.
"""

from __future__ import annotations

import mmap
import os
import sys
from pathlib import Path

MARKER = b"QUANTUM_CPU_FEATURES="

# What compilers emit of their own accord, by the compiler's name and the kernel's. Features that are used only when
# asked for (rdseed, rdrand, xsave) are left out: kernels hide them on CPUs whose compiler target still lists them.
KERNEL_NAME = {
    "sse3": "pni",
    "ssse3": "ssse3",
    "sse4.1": "sse4_1",
    "sse4.2": "sse4_2",
    "sse4a": "sse4a",
    "popcnt": "popcnt",
    "cmpxchg16b": "cx16",
    "movbe": "movbe",
    "lzcnt": "abm",
    "bmi1": "bmi1",
    "bmi2": "bmi2",
    "adx": "adx",
    "f16c": "f16c",
    "fma": "fma",
    "avx": "avx",
    "avx2": "avx2",
    "avxvnni": "avx_vnni",
    "aes": "aes",
    "vaes": "vaes",
    "pclmulqdq": "pclmulqdq",
    "vpclmulqdq": "vpclmulqdq",
    "gfni": "gfni",
    "sha": "sha_ni",
    "avx512f": "avx512f",
    "avx512bw": "avx512bw",
    "avx512cd": "avx512cd",
    "avx512dq": "avx512dq",
    "avx512vl": "avx512vl",
    "avx512ifma": "avx512ifma",
    "avx512vbmi": "avx512vbmi",
    "avx512vbmi2": "avx512_vbmi2",
    "avx512vnni": "avx512_vnni",
    "avx512bitalg": "avx512_bitalg",
    "avx512bf16": "avx512_bf16",
    "avx512fp16": "avx512_fp16",
    "avx512vpopcntdq": "avx512_vpopcntdq",
}


def compiled_features(core: Path) -> list[str]:
    """The features a core binary was compiled for, by the compiler's names; empty if it carries no list."""
    with core.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as binary:
        start = binary.find(MARKER)
        if start < 0:
            return []
        start += len(MARKER)
        end = binary.find(b";", start)
        return [feature for feature in binary[start:end].decode("ascii", "replace").split(",") if feature]


def machine_features(cpuinfo: Path = Path("/proc/cpuinfo")) -> frozenset[str] | None:
    """The features of this machine's CPU, by the kernel's names; None where the kernel does not list them."""
    try:
        with cpuinfo.open("rb") as file:
            for line in file:
                if line.startswith(b"flags"):
                    return frozenset(line.decode("ascii", "replace").partition(":")[2].split())
    except OSError:
        pass
    return None


def missing_features(compiled: list[str], machine: frozenset[str]) -> list[str]:
    """The compiled-for features this machine lacks, in the order they were compiled."""
    return [name for name in compiled if name in KERNEL_NAME and KERNEL_NAME[name] not in machine]


def check(core: Path | None = None, cpuinfo: Path = Path("/proc/cpuinfo")) -> None:
    """Raises ImportError, naming the features, if ``core`` (default: ours) needs what this CPU lacks."""
    if sys.platform != "linux" or os.uname().machine != "x86_64":
        return
    core = core or Path(__file__).with_name("_core.abi3.so")
    machine = machine_features(cpuinfo)
    if machine is None or not core.exists():
        return
    missing = missing_features(compiled_features(core), machine)
    if missing:
        raise ImportError(
            f"quantum was built for a CPU with {', '.join(missing)}, which this machine's CPU does not have; install a "
            "wheel made by `make wheel` (it needs AVX2, FMA and BMI2 only) or build it here: `make clean setup`",
            name="quantum._core",
            path=str(core),
        )
