"""Libraries that quantum uses only when asked: imported by the call that needs them, never by ``import quantum``."""

from __future__ import annotations

import importlib
from typing import Any

from quantum.errors import ConfigError

__all__ = ["MissingExtraError", "extra"]


class MissingExtraError(ConfigError, ImportError):
    """An optional library is not installed; the message is the command that installs it."""


def extra(module: str, name: str) -> Any:
    """The optional ``module``; without it a MissingExtraError names the extra of quantum-hft that brings it."""
    try:
        return importlib.import_module(module)
    except ImportError as cause:
        top = module.partition(".")[0]
        raise MissingExtraError(f"{top} is not installed; pip install 'quantum-hft[{name}]'") from cause
