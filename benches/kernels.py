"""Every kernel for each instruction set this machine has: nanoseconds a bar side by side, results equal to the bit.

`kernels.py CARGO...`: the command that runs cargo. Builds `benches/kernels.rs` once for each set, into a folder of its
own, and runs the binaries in turns; a figure is the median over the rounds of each round's fastest run. Ends with an
error if any two sets differ in one bit of one result.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from rounds import machine

ROUNDS = 5
#: Name, compiler flags, what the processor must have. Scalar: the compiler may use no vectors at all.
SETS = [
    ("scalar", "-C target-cpu=x86-64 -C no-vectorize-loops -C no-vectorize-slp", "sse2"),
    ("SSE4.2", "-C target-cpu=x86-64-v2", "sse4_2"),
    ("AVX2", "-C target-cpu=x86-64-v3", "avx2"),
    ("AVX-512", "-C target-cpu=x86-64-v4", "avx512vl"),
]


def processor_flags() -> set[str]:
    """What /proc/cpuinfo says the processor has."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return set(next((line for line in lines if line.startswith("flags")), "").split())


def build(cargo: list[str], name: str, flags: str) -> str:
    """Path of the binary for one instruction set."""
    folder = f"target/sets/{name.lower()}"
    command = [*cargo, "bench", "--locked", "--no-run", "--bench", "kernels", "--target-dir", folder]
    command.append("--message-format=json-render-diagnostics")
    done = subprocess.run(command, env=os.environ | {"RUSTFLAGS": flags}, stdout=subprocess.PIPE, check=True)
    artifacts = [json.loads(line) for line in done.stdout.splitlines() if line.startswith(b"{")]
    return next(each["executable"] for each in artifacts if each.get("target", {}).get("name") == "kernels")


def run(binary: str) -> dict[str, tuple[float, str]]:
    """Nanoseconds a bar and hash of each kernel."""
    done = subprocess.run([binary], stdout=subprocess.PIPE, text=True, check=True)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    return {name: (float(each_ns), digest) for name, each_ns, digest in rows}


def main() -> None:
    flags = processor_flags()
    sets = [row for row in SETS if row[2] in flags]
    for row in SETS:
        if row not in sets:
            print(f"left out: {row[0]}, this processor has no {row[2]}")
    binaries = {name: build(sys.argv[1:], name, options) for name, options, _ in sets}
    rounds = [{name: run(binary) for name, binary in binaries.items()} for _ in range(ROUNDS)]
    print(f"  {machine()}")
    print(f"  256 instruments x 500 bars, one thread, ns a bar, {ROUNDS} rounds in turns; x: scalar over the last")
    print(f"  {'':20s}" + "".join(f"{name:>10s}" for name in binaries) + f"{'x':>8s}  hash")
    differ = []
    for kernel in rounds[0]["scalar"]:
        digests = {results[name][kernel][1] for results in rounds for name in binaries}
        medians = [statistics.median(results[name][kernel][0] for results in rounds) for name in binaries]
        shown = "".join(f"{median:10.2f}" for median in medians)
        same = next(iter(digests)) if len(digests) == 1 else "DIFFERENT"
        print(f"  {kernel:20s}{shown}{medians[0] / medians[-1]:8.1f}  {same}")
        differ += [kernel] if len(digests) > 1 else []
    if differ:
        sys.exit(f"not equal to the bit on all instruction sets: {', '.join(differ)}")
    print(f"  all {len(rounds[0]['scalar'])} equal to the bit on {', '.join(binaries)}")


if __name__ == "__main__":
    main()
