"""One line for each benchmark that criterion has just run: median of its samples, and their 10th to 90th percentile.

`criterion_table.py FOLDER STAMP`: the benchmarks under FOLDER whose samples are newer than the file STAMP. criterion
itself prints the interval of an estimated slope, which says how sure the estimate is and not how far samples scatter.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from rounds import Spread, machine, shown


def line(folder: Path) -> str:
    """The figures of the benchmark whose samples are in a folder."""
    about = json.loads((folder / "benchmark.json").read_text())
    sample = json.loads((folder / "sample.json").read_text())
    each_ns = [taken / count for taken, count in zip(sample["times"], sample["iters"], strict=True)]
    spread = Spread.of(each_ns)
    text = f"  {about['full_id']:34s}{duration(spread.median):>10s}"
    elements = (about["throughput"] or {}).get("Elements")
    rate = f"{shown(elements / spread.median * 1e9)} /s" if elements else ""
    return f"{text}{rate:>14s}   spread {spread.frac:4.0%} of {len(each_ns)} samples"


def duration(ns: float) -> str:
    """Nanoseconds in the unit a person reads."""
    for size, unit in ((1e9, "s"), (1e6, "ms"), (1e3, "µs")):
        if ns >= size:
            return f"{ns / size:.3g} {unit}"
    return f"{ns:.3g} ns"


def main() -> None:
    root, stamp = Path(sys.argv[1]), Path(sys.argv[2]).stat().st_mtime
    samples = [path for path in root.rglob("new/sample.json") if path.stat().st_mtime >= stamp]
    print(f"  {machine()}")
    for path in sorted(samples):
        print(line(path.parent))


if __name__ == "__main__":
    main()
