"""The exceptions quantum raises; each message names the number that was wrong and the range that is right."""

from __future__ import annotations


class QuantumError(Exception):
    """Base of every exception quantum raises on purpose."""


class ConfigError(QuantumError, ValueError):
    """An argument, option or limit makes no sense."""


class DataError(QuantumError, ValueError):
    """A file, array or stream does not hold what it should."""


class VenueError(QuantumError, OSError):
    """A venue or the connection to it failed."""


class EngineError(QuantumError, RuntimeError):
    """The engine cannot go on."""


class CompileError(QuantumError, SyntaxError):
    """A strategy uses something that cannot be compiled."""


class InternalError(QuantumError, RuntimeError):
    """A defect of quantum's own; please report it."""


class MissingFileError(DataError, FileNotFoundError):
    """A file is not there."""
