"""`quantum doctor`: what is installed, built and found, on one screen, to read first when something is odd."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import click

import quantum as q
from quantum import _core, _cpu

REQUIRED = ("numpy", "pandas")
OPTIONAL = {"click": "cli", "plotly": "report", "polars": "polars", "pyarrow": "arrow"}


@click.command()
def doctor() -> None:
    """Say what this installation is made of and what it found on this machine."""
    for name, value in findings():
        click.echo(f"{name:<14}{value}")


def findings() -> Iterator[tuple[str, str]]:
    """Name and value of each line."""
    yield from build_findings()
    yield from cpu_findings()
    yield "python", f"{platform.python_version()} {sys.executable}"
    for name in REQUIRED:
        yield name, version(name) or f"missing, and needed: pip install {name}"
    for name, extra in OPTIONAL.items():
        yield name, version(name) or f"not installed (pip install 'quantum-hft[{extra}]')"
    yield "shared data", shared_data()
    for tool in ("cargo", "rustc"):
        yield tool, tool_version(tool)


def build_findings() -> Iterator[tuple[str, str]]:
    """What the binary says of itself, and where it is."""
    info = q.build_info()
    allocator = info["allocator"]
    number = allocator["version"]
    tls = "local-dynamic" if allocator["local_dynamic_tls"] else "initial-exec"
    yield "quantum", f"{info['version']} revision {info['git_revision'][:12]}"
    yield "package", str(Path(q.__file__).parent)
    yield "core", f"{Path(_core.__file__).name}, abi3 from Python {info['abi3']}, {info['target']}"
    yield "built by", f"{info['rustc']}, profile {info['profile']}, opt-level {info['opt_level']}"
    yield (
        "allocator",
        f"{allocator['name']} {number // 10_000}.{number // 100 % 100}.{number % 100}, {tls} TLS, "
        f"purge delay {allocator['purge_delay_ms']} ms",
    )


def cpu_findings() -> Iterator[tuple[str, str]]:
    """The features compiled in, beside those of this machine."""
    compiled = list(q.build_info()["cpu_features"])
    yield "compiled for", " ".join(compiled) or "the baseline of the target"
    machine = _cpu.machine_features()
    if machine is None:
        yield "this CPU", f"{platform.machine()}, features not listed by this system"
        return
    missing = _cpu.missing_features(compiled, machine)
    yield "this CPU", f"lacks {' '.join(missing)}" if missing else "has what the core was compiled for"


def version(distribution: str) -> str | None:
    """The installed version of a distribution, read without importing it."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def shared_data() -> str:
    """Where the recordings for tests and benchmarks are looked for, and whether they are there."""
    folder = Path(os.environ.get("QUANTUM_SHARED", "../shared")).resolve()
    if (folder / "data").is_dir():
        return str(folder)
    return f"not found in {folder} (QUANTUM_SHARED names the folder; only tests and benchmarks read it)"


def tool_version(tool: str) -> str:
    """What a tool says of its version; only a build from source needs it."""
    path = shutil.which(tool)
    if path is None:
        return "not on PATH (only a build from source needs it)"
    result = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=False)  # noqa: S603
    return f"{result.stdout.strip() or 'does not run'} {path}"
