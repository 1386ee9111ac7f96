"""The core's table of indicators: what each reads, takes and gives, and finding one by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from quantum import _core
from quantum.errors import ConfigError

__all__ = ["TABLE", "Indicator", "Parameter", "catalog", "find", "parse"]


@dataclass(frozen=True)
class Parameter:
    """One argument of an indicator."""

    name: str
    default: float
    minimum: float
    maximum: float
    whole: bool


@dataclass(frozen=True)
class Indicator:
    """One row of the table of indicators."""

    name: str
    about: str
    inputs: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    outputs: tuple[str, ...]

    def arguments(self, given: Sequence[float] = (), **named: float) -> list[float]:
        """All arguments in order, defaults filled in; ``ConfigError`` for one that is unknown or given twice."""
        values = {parameter.name: float(parameter.default) for parameter in self.parameters}
        names = list(values)
        if len(given) > len(names):
            raise ConfigError(
                f"{self.name} takes at most {len(names)} arguments ({', '.join(names)}), {len(given)} given"
            )
        for name, value in zip(names, given, strict=False):
            values[name] = _number(self.name, name, value)
        for name, value in named.items():
            if name not in values:
                raise ConfigError(f"{self.name} has no argument {name!r}; it has: {', '.join(names) or 'none'}")
            if name in names[: len(given)]:
                raise ConfigError(f"{name} of {self.name} is given twice")
            values[name] = _number(self.name, name, value)
        return list(values.values())

    def lookback(self, *given: float, **named: float) -> int:
        """Bars before the first value."""
        return int(_core.indicator_warmup(self.name, self.arguments(given, **named), 1)[0])

    def stable_after(self, *given: float, digits: int = 9, **named: float) -> int | None:
        """Bars after which ``digits`` digits no longer depend on where the series began; ``None`` if they always do."""
        stable: int | None = _core.indicator_warmup(self.name, self.arguments(given, **named), digits)[1]
        return stable


def _number(indicator: str, name: str, value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{name} of {indicator} is {value!r}; it must be a number") from error


def _read_table() -> dict[str, Indicator]:
    rows = {}
    for row in _core.indicator_catalog():
        parameters = tuple(Parameter(*parameter) for parameter in row["parameters"])
        rows[row["name"]] = Indicator(
            row["name"], row["about"], tuple(row["inputs"]), parameters, tuple(row["outputs"])
        )
    return rows


TABLE = _read_table()


def catalog() -> list[Indicator]:
    """Every indicator: name, inputs, parameters, outputs; each has ``lookback()`` and ``stable_after(digits=9)``."""
    return list(TABLE.values())


def find(name: str) -> Indicator:
    """The table's row for ``name``; a ``ConfigError`` names the nearest there is."""
    if not isinstance(name, str):
        raise ConfigError(f"an indicator is named by a text, as in 'rsi', not {name!r}")
    return TABLE[_core.indicator_find(name)]


def parse(text: str) -> tuple[Indicator, list[float]]:
    """What ``"ema_20"`` or ``"macd_12_26_9"`` means: the indicator and its arguments."""
    if not isinstance(text, str):
        raise ConfigError(f"an indicator is named by a text, as in 'ema_20', not {text!r}")
    name, *tail = text.split("_")
    while tail and not _is_number(tail[0]):
        name += "_" + tail.pop(0)
    row = find(name)
    if not all(_is_number(part) for part in tail):
        raise ConfigError(f"{text!r} must be a name and numbers, as in 'ema_20'")
    return row, row.arguments([float(part) for part in tail])


def _is_number(text: str) -> bool:
    return text.isascii() and text.replace(".", "", 1).isdigit()
