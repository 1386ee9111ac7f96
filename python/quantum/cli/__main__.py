"""`python -m quantum.cli` is `quantum`."""

from __future__ import annotations

from quantum.cli import main

main()
