"""From `file.py:Touch` and `qty=0.02` to a strategy: what the command line says, as the objects it means."""

from __future__ import annotations

import difflib
import importlib.util
import inspect
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import quantum as q
from quantum import _core
from quantum.errors import ConfigError


def load_strategy(place: str) -> type[q.Strategy]:
    """The class `file.py:Class` names. Raises ConfigError if there is no such file, class, or it is no Strategy."""
    file, colon, name = place.rpartition(":")
    if not colon or not file or not name:
        raise ConfigError(f"a strategy is named file.py:Class, not {place!r}")
    path = Path(file)
    if not path.is_file():
        raise ConfigError(f"no strategy file {file!r}{nearest_file(path)}")
    found = getattr(load_module(path), name, None)
    if found is None:
        raise ConfigError(f"no class {name!r} in {file}{nearest(name, strategies_in(path))}")
    if not (inspect.isclass(found) and issubclass(found, q.Strategy)):
        raise ConfigError(f"{name} in {file} is no quantum.Strategy but {describe(found)}")
    return found


def load_module(path: Path) -> ModuleType:
    """The file as a module; its folder is importable while it runs, as it is for `python file.py`."""
    name = f"quantum_strategy_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ConfigError(f"a strategy file is a Python file, ending in .py, not {str(path)!r}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickle look a class's module up here
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    spec.loader.exec_module(module)
    return module


def strategies_in(path: Path) -> list[str]:
    """The names of the strategy classes a loaded file defines."""
    members = vars(sys.modules[f"quantum_strategy_{path.stem}"])
    return [name for name, value in members.items() if is_own_strategy(value, f"quantum_strategy_{path.stem}")]


def is_own_strategy(value: object, module: str) -> bool:
    """Whether a value is a strategy class that ``module`` defines rather than imports."""
    return inspect.isclass(value) and issubclass(value, q.Strategy) and value.__module__ == module


def parse_parameters(strategy: type[q.Strategy], given: Iterable[str]) -> dict[str, Any]:
    """`qty=0.02` as {"qty": 0.02}, each value of its field's type. Raises ConfigError, naming the nearest field."""
    fields = strategy.fields()
    parameters = {}
    for text in given:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals:
            raise ConfigError(f"a parameter is given as name=value, not {text!r}")
        if name not in fields:
            raise ConfigError(f"{strategy.__name__} has no parameter {name!r}{nearest(name, fields)}")
        parameters[name] = convert(value.strip(), type_name(fields[name]), f"{strategy.__name__}.{name}")
    return parameters


def type_name(annotation: object) -> str:
    """An annotation's name, whether it was evaluated or not."""
    return annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))


def convert(text: str, kind: str, what: str) -> int | float | bool | str:
    """Text as an int, float, bool or str. Raises ConfigError if it is none."""
    try:
        if kind == "bool":
            return {"true": True, "false": False, "1": True, "0": False}[text.lower()]
        if kind == "int":
            return int(text)
        if kind == "float":
            return float(text)
    except (KeyError, ValueError):
        article = "an" if kind == "int" else "a"
        raise ConfigError(f"{what} is {article} {kind}, which {text!r} is not") from None
    return text


def parse_instrument(text: str) -> q.Instrument:
    """`SYMBOL:TICK:LOT` or `SYMBOL:TICK:LOT:CURRENCY` as an Instrument. Raises ConfigError."""
    parts = text.split(":")
    if len(parts) not in (3, 4) or not all(parts):
        raise ConfigError(f"an instrument is given as SYMBOL:TICK:LOT, for one BTCUSDT:0.1:0.001, not {text!r}")
    symbol, tick_size, lot_size = parts[:3]
    currency = parts[3] if len(parts) == 4 else _core.quote_currency(symbol) or "USD"
    return q.Instrument(symbol, tick_size=tick_size, lot_size=lot_size, currency=currency)


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of a sentence that says what was probably meant, or what there is."""
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return f"; did you mean {close[0]}?"
    return f"; there is {', '.join(names)}" if names else "; there is none"


def nearest_file(path: Path) -> str:
    """The same for a file, among the Python files beside it."""
    folder = path.parent
    beside = [str(folder / each.name) for each in sorted(folder.glob("*.py"))] if folder.is_dir() else []
    close = difflib.get_close_matches(str(path), beside, n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else f" (looked in {folder.resolve()})"


def describe(value: object) -> str:
    """What a thing is, in a word or two."""
    if inspect.isclass(value):
        return f"a class that does not derive from it: class {value.__name__}(quantum.Strategy)"
    return f"{'an' if type(value).__name__[0] in 'aeiou' else 'a'} {type(value).__name__}"
