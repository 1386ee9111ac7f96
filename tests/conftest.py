"""Fixtures every test may use, and the count of tests that had to be skipped for want of shared data."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("proof", max_examples=2_000, deadline=None)  # `make proof`

ROOT = Path(__file__).resolve().parent.parent
ABSENT = "shared data absent: "


def shared_root() -> Path:
    """The folder of recordings and truths: ``QUANTUM_SHARED``, else ``../shared`` beside the project."""
    given = Path(os.environ.get("QUANTUM_SHARED", "../shared"))
    return given if given.is_absolute() else (ROOT / given).resolve()


@pytest.fixture(scope="session")
def shared() -> Callable[[str], Path]:
    """A function from a path inside the shared folder to the file; it skips the test, naming the file, if absent."""

    def find(path: str) -> Path:
        file = shared_root() / path
        if not file.exists():
            pytest.skip(f"{ABSENT}{path}")
        return file

    return find


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Ends a run by saying how many tests were skipped because shared data was absent."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if ABSENT in str(report.longrepr)]
    where = shared_root()
    if skipped:
        terminalreporter.write_line(f"skipped for want of shared data: {len(skipped)} (looked in {where})")
    else:
        terminalreporter.write_line("skipped for want of shared data: 0")
