"""Models of the venue between two others: one part at a time exchanged."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from quantum.errors import ConfigError

__all__ = ["Model", "Models", "causes_between", "hybrid", "models_of"]

Model = tuple[Any, ...]
"""The venues of a run: usually one, several where each serves instruments of its own."""

NOT_A_CAUSE = "name"


class Models:
    """Models by number: equal ones share a number, so that each is run once."""

    def __init__(self) -> None:
        self.all: list[Model] = []

    def number(self, model: Model) -> int:
        """The model's number, a new one where none is equal."""
        for number, known in enumerate(self.all):
            if len(known) == len(model) and all(_same(a, b) for a, b in zip(known, model, strict=True)):
                return number
        self.all.append(model)
        return len(self.all) - 1


def models_of(venues: Any) -> dict[str, Model]:
    """The named models; a ConfigError unless they are two or more dataclasses of the same kind and names."""
    if not isinstance(venues, Mapping):
        raise ConfigError(f'venues must be models by name, {{"optimistic": SimVenue(...), ...}}, not {venues!r}')
    models = {
        str(name): tuple(venue) if isinstance(venue, list | tuple) else (venue,) for name, venue in venues.items()
    }
    if len(models) < 2:
        raise ConfigError(f"venues has {len(models)} of them: a comparison needs two models")
    (first_name, first), *others = models.items()
    for name, model in models.items():
        for venue in model:
            if not dataclasses.is_dataclass(venue) or isinstance(venue, type):
                raise ConfigError(f"venues[{name!r}] must be a SimVenue, not {venue!r}")
    for name, model in others:
        if [_kind(venue) for venue in model] != [_kind(venue) for venue in first]:
            raise ConfigError(
                f"venues[{name!r}] has {_kinds(model)} and venues[{first_name!r}] {_kinds(first)}: models of the same "
                "venues are compared, in the same order"
            )
    return models


def _kind(venue: Any) -> tuple[type, Any]:
    """What must be the same in every model."""
    return type(venue), getattr(venue, NOT_A_CAUSE, None)


def _kinds(model: Model) -> str:
    shown = [f"{kind.__name__}(name={name!r})" if name else kind.__name__ for kind, name in map(_kind, model)]
    return ", ".join(shown) or "no venue"


def causes_between(first: Model, second: Model) -> list[str]:
    """The parts in which two models differ, in the order that the venue declares them."""
    found: dict[str, None] = {}
    for a, b in zip(first, second, strict=True):
        for part in dataclasses.fields(a):
            if part.name != NOT_A_CAUSE and not _same(getattr(a, part.name), getattr(b, part.name)):
                found[part.name] = None
    return list(found)


def hybrid(first: Model, second: Model, parts: frozenset[str]) -> Model:
    """The first model with these parts of the second."""
    made = []
    for a, b in zip(first, second, strict=True):
        given = {part.name for part in dataclasses.fields(a)}
        made.append(dataclasses.replace(a, **{part: getattr(b, part) for part in sorted(parts & given)}))
    return tuple(made)


def _same(a: Any, b: Any) -> bool:
    """Whether two parts are equal; what cannot say so, an array for one, is equal only to itself."""
    if a is b:
        return True
    try:
        return bool(a == b)
    except (TypeError, ValueError):
        return False
