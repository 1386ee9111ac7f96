"""What several tests need."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared() -> Callable[[str], pathlib.Path]:
    """A file of the shared folder; the test is skipped, naming the file, where it is absent."""
    base = pathlib.Path(os.environ.get("QUANTUM_SHARED", ROOT / ".." / "shared"))

    def find(path: str) -> pathlib.Path:
        found = base / path
        if not found.exists():
            pytest.skip(f"{path} is not in the shared folder")
        return found

    return find
