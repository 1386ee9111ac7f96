"""The `quantum` command: the main verbs from a shell. It needs click, the extra `cli`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command on ``arguments`` (default: the process's) and exits with its code.

    0 done; 1 an exception that is not quantum's, a strategy's own for one, shown with its traceback; 2 a mistake in
    the call or the data, in one line; 130 interrupted.
    """
    try:
        import click  # noqa: F401  # asked for by name, so that its absence is told from a failure inside our modules
    except ModuleNotFoundError:
        sys.exit("the quantum command needs click: pip install 'quantum-hft[cli]'")
    from quantum.cli.app import execute

    sys.exit(execute(arguments))
