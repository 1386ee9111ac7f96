"""``compile="libtouch.so"``: a strategy whose callbacks are functions of a shared library, in C, Rust or Cython.

The Python class declares the fields and keeps ``on_start`` and ``on_stop``; the library's functions are named as the
other callbacks. A field is two words of the state, its value and whether it is there (docs/compiled.md).
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Sequence
from typing import Any

from quantum._core import Order, native_layout
from quantum.compiler.record import Record
from quantum.errors import ConfigError, EngineError
from quantum.strategy import Strategy
from quantum.ta import Stream

__all__ = ["Plugin"]

_PYTHON = ("on_start", "on_stop")


class Plugin:
    """One run's strategy in a library, as the core asks for it."""

    def __init__(self, strategy: Strategy, path: str | os.PathLike[str]) -> None:
        layout = native_layout()
        self.strategy, self.path = strategy, os.fspath(path)
        try:
            library = ctypes.CDLL(os.path.abspath(self.path))
        except OSError as error:
            raise ConfigError(f"compile={self.path!r} is no library that can be loaded: {error}") from None
        abi = getattr(library, "quantum_abi", None)
        if abi is None or abi() != layout["abi"]:
            built = "does not say which (quantum_abi)" if abi is None else f"is for version {abi()}"
            raise ConfigError(f"{self.path} {built}; this quantum has version {layout['abi']} of the C interface")
        names = [name for name in layout["callbacks"] if name not in _PYTHON and hasattr(library, name)]
        if not names:
            raise ConfigError(f"{self.path} has no callback: {', '.join(layout['callbacks'])}")
        for name in strategy.callbacks():
            if name not in (*names, *_PYTHON):
                raise ConfigError(f"{self.path} has no {name}, which {type(strategy).__name__} defines in Python")
        self.library, self.names = library, names
        self.memory: Any = None
        self.record: Record | None = None
        self.streams: dict[str, Stream] = {}

    def callbacks(self) -> dict[str, Callable[..., Any]]:
        """The callbacks of the run: Python's own, and the library's, which are never called from Python."""
        return self.strategy.callbacks() | dict.fromkeys(self.names, int)

    def build(self) -> tuple[dict[str, int], int]:
        """Entry points by name, and the state's address."""
        self.record = Record(self.strategy)
        self.memory, self.streams = self.record.pack(self.strategy)
        addresses = {name: ctypes.cast(getattr(self.library, name), ctypes.c_void_p).value or 0 for name in self.names}
        return addresses, self.memory.ctypes.data

    def give_back(self, order: Callable[[int], Order], _lines: Sequence[Any]) -> list[Any]:
        """Writes the state back into the instance."""
        if self.record is not None:
            self.record.unpack(self.strategy, self.memory, self.streams, order)
        return []

    def failure(self, known: BaseException | None, _passed: Sequence[Any], _packed: bytes) -> BaseException:
        """The exception that ended a callback."""
        return known or EngineError(f"a callback of {self.path} ended the run and gave no reason")
