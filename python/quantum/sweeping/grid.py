"""What a sweep varies: the axes, checked against the strategy's fields, and the trials they make."""

from __future__ import annotations

import copy
import difflib
import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from quantum.errors import ConfigError
from quantum.strategy import Strategy

__all__ = ["Grid", "Values", "make_grid", "one_trial"]

Values = Mapping[str, Iterable[Any]] | Sequence[Mapping[str, Any]]
"""Values by parameter, of which every combination is tried; or the combinations themselves."""

MOST_TRIALS = 1_000_000


@dataclass(frozen=True)
class Grid:
    """The trials of a sweep."""

    kind: type[Strategy]
    fixed: dict[str, Any]
    """Parameters of the instance that was handed over, where they do not vary."""
    axes: dict[str, tuple[Any, ...]]
    """Each varied parameter's values, as the strategy takes them."""
    trials: list[dict[str, Any]]
    """The varied parameters of each run."""
    size: int
    """Combinations there are; more than trials where a part of them was drawn."""
    mutable: dict[str, Any]
    """Values of fields that a run may change in place, as they were: each run has its own copy."""

    def strategy(self, number: int) -> Strategy:
        """A fresh strategy with a trial's parameters."""
        made = self.kind(**copy.deepcopy(self.fixed | self.trials[number]))
        for name, value in self.mutable.items():
            if name not in self.trials[number]:
                setattr(made, name, copy.deepcopy(value))
        return made


def make_grid(strategy: type[Strategy] | Strategy, grid: Values, *, trials: int | None, seed: int) -> Grid:
    """Checks what was asked for and lays it out: the last parameter of a mapping varies fastest.

    ``trials`` draws so many combinations at random, by ``seed``, without repeating one, in the grid's order.
    Raises ConfigError for an unknown parameter (the nearest is named), a value of the wrong type, an axis without
    values or with one of them twice, and more than a million trials.
    """
    kind, fixed = _kind(strategy)
    if isinstance(grid, Mapping):
        axes = {name: _values(name, values) for name, values in grid.items()}
        rows = None
        size = math.prod(len(values) for values in axes.values()) if axes else 0
    elif isinstance(grid, Sequence) and not isinstance(grid, str):
        rows = [_row(number, row) for number, row in enumerate(grid)]
        axes = _axes_of(kind, fixed, rows)
        size = len(rows)
    else:
        raise ConfigError(f"grid must be values by parameter or a list of dicts, not {type(grid).__name__}")
    if not size:
        raise ConfigError('grid is empty: name the values to try, grid={"qty": [0.1, 0.2]}')
    _check_names(kind, axes)
    taken = _checked(kind, fixed, axes)
    picked = _picked(size, trials, seed)
    made = [_product(taken, number) if rows is None else _as_taken(taken, rows[number]) for number in picked]
    _check_once(made)
    kept = {name: value for name, value in fixed.items() if name not in axes}
    return Grid(kind, kept, taken, made, size, _mutable(strategy, axes))


def one_trial(strategy: type[Strategy] | Strategy) -> Grid:
    """The strategy as it is, nothing varied."""
    kind, fixed = _kind(strategy)
    return Grid(kind, fixed, {}, [{}], 1, _mutable(strategy, ()))


def _kind(strategy: Any) -> tuple[type[Strategy], dict[str, Any]]:
    """The class, and the parameters an instance was given."""
    if isinstance(strategy, type) and issubclass(strategy, Strategy):
        return strategy, {}
    if isinstance(strategy, Strategy):
        given = vars(strategy)
        return type(strategy), copy.deepcopy({name: given[name] for name in type(strategy).fields() if name in given})
    raise ConfigError(f"strategy must be a class derived from quantum.Strategy or an instance of one, not {strategy!r}")


def _values(name: str, values: Any) -> list[Any]:
    """An axis's values, NumPy's numbers as Python's."""
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise ConfigError(f"grid[{name!r}] must be a list of values, such as [{values!r}], not {values!r}")
    found = [_plain(value) for value in values]
    if not found:
        raise ConfigError(f"grid[{name!r}] has no values")
    return found


def _plain(value: Any) -> Any:
    """A NumPy number as Python's own."""
    return value.item() if isinstance(value, np.generic) else value


def _row(number: int, row: Any) -> dict[str, Any]:
    if not isinstance(row, Mapping):
        raise ConfigError(f"grid[{number}] must be a dict of parameters, not {row!r}")
    return {name: _plain(value) for name, value in row.items()}


def _axes_of(kind: type[Strategy], fixed: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """The parameters of a list of dicts and the values each of them takes; a row without one leaves its default."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    _check_names(kind, names)
    for number, row in enumerate(rows):
        for name in names:
            if name not in row:
                if name not in fixed and not hasattr(kind, name):
                    raise ConfigError(f"grid[{number}] has no {name!r}, which has no default in {kind.__name__}")
                row[name] = fixed[name] if name in fixed else getattr(kind, name)
    axes: dict[str, list[Any]] = {}
    for name in names:
        axes[name] = list({_identity(row[name]): row[name] for row in rows}.values())
    return axes


def _check_names(kind: type[Strategy], names: Iterable[str]) -> None:
    """Every name is a parameter of the strategy."""
    fields = list(kind.fields())
    for name in names:
        if name not in fields:
            close = difflib.get_close_matches(str(name), fields, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"it has {', '.join(fields) or 'none'}"
            raise ConfigError(f"{kind.__name__} has no parameter {name!r}: {hint}")


def _checked(kind: type[Strategy], fixed: dict[str, Any], axes: dict[str, list[Any]]) -> dict[str, tuple[Any, ...]]:
    """The axes with their values as the strategy takes them: a whole number for a float becomes one."""
    first = fixed | {name: values[0] for name, values in axes.items()}
    checked = {}
    for name, values in axes.items():
        taken = [getattr(kind(**first | {name: value}), name) for value in values]
        known: dict[Any, Any] = {}
        for value in taken:
            if _identity(value) in known:
                raise ConfigError(f"grid[{name!r}] holds {value!r} twice")
            known[_identity(value)] = value
        checked[name] = tuple(taken)
    return checked


def _as_taken(axes: dict[str, tuple[Any, ...]], row: dict[str, Any]) -> dict[str, Any]:
    """A given combination with its values as the strategy takes them."""
    of = {name: {_identity(value): value for value in values} for name, values in axes.items()}
    return {name: of[name].get(_identity(row[name]), row[name]) for name in axes}


def _identity(value: Any) -> Any:
    """What makes a value the same as another: 1 and 1.0 are, 1 and True are not."""
    return (isinstance(value, bool), value) if isinstance(value, int | float | str) else repr(value)


def _picked(size: int, trials: int | None, seed: int) -> Sequence[int]:
    """The numbers of the combinations to run."""
    if trials is not None and (isinstance(trials, bool) or not isinstance(trials, int) or trials < 1):
        raise ConfigError(f"trials must be a whole number above 0, not {trials!r}")
    count = size if trials is None else min(trials, size)
    if count > MOST_TRIALS:
        raise ConfigError(f"grid has {size:,} combinations, more than {MOST_TRIALS:,}: draw some of them with trials=")
    return range(size) if count == size else sorted(random.Random(seed).sample(range(size), count))  # noqa: S311


def _product(axes: dict[str, tuple[Any, ...]], number: int) -> dict[str, Any]:
    """Combination ``number`` of all; the last axis varies fastest."""
    row = {}
    for name, values in reversed(axes.items()):
        number, place = divmod(number, len(values))
        row[name] = values[place]
    return {name: row[name] for name in axes}


def _check_once(trials: list[dict[str, Any]]) -> None:
    """No combination is there twice: it would count as two trials."""
    seen: dict[Any, int] = {}
    for number, row in enumerate(trials):
        first = seen.setdefault(tuple(_identity(value) for value in row.values()), number)
        if first != number:
            raise ConfigError(f"grid[{number}] is the same as grid[{first}]: {row}")


def _mutable(strategy: type[Strategy] | Strategy, axes: Iterable[str]) -> dict[str, Any]:
    """Fields' values that a run could change for the next one, copied before the first."""
    kind = strategy if isinstance(strategy, type) else type(strategy)
    found = {name: getattr(strategy, name) for name in kind.fields() if name not in axes and hasattr(strategy, name)}
    return {
        name: copy.deepcopy(value)
        for name, value in found.items()
        if not isinstance(value, int | float | str | bytes | tuple | None)
    }
