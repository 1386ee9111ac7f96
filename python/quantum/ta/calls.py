"""Running indicators on whole histories, one or several in one pass."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from typing import Any

from quantum import _core
from quantum.errors import ConfigError, DataError
from quantum.ta.arrays import Array, Kind, check_alike, check_shapes, columns, to_array
from quantum.ta.table import TABLE, Indicator, find, parse

__all__ = ["RESULTS", "compute", "run"]

#: Indicators of two series that no frame names.
_PLAIN_INPUTS = {"first", "second"}


def _split(row: Indicator, given: tuple[Any, ...]) -> tuple[list[Any], tuple[Any, ...]]:
    """Series and arguments among the positional arguments: a frame with the right columns stands for all series."""
    needed = set(row.inputs) - _PLAIN_INPUTS
    if given and needed and needed <= columns(given[0]):
        return [given[0][name] for name in row.inputs], given[1:]
    count = len(row.inputs)
    if len(given) < count:
        raise ConfigError(
            f"{row.name} reads {count} series ({', '.join(row.inputs)}), {len(given)} given; "
            f"a frame with these columns will do too"
        )
    return list(given[:count]), given[count:]


def _pack(row: Indicator, outputs: Sequence[Array], kind: Kind) -> Any:
    values = [kind.wrap(output) for output in outputs]
    return values[0] if len(values) == 1 else RESULTS[row.name](*values)


RESULTS: dict[str, Any] = {name: namedtuple(name, row.outputs) for name, row in TABLE.items() if len(row.outputs) > 1}


def run(name: str, *given: Any, nan: str = "skip", threads: int = 0, **named: float) -> Any:
    """The indicator ``name`` on ``given``: its series, then its arguments, as in ``run("rsi", close, 14)``."""
    row = find(name)
    series, arguments = _split(row, given)
    converted = [to_array(value, label) for value, label in zip(series, row.inputs, strict=True)]
    arrays = [array for array, _ in converted]
    check_alike(row.name, [kind for _, kind in converted])
    shape = check_shapes(row.name, arrays)
    request = (row.name, row.arguments(arguments, **named), arrays)
    outputs = _core.indicator_run([request], shape, nan, check_threads(threads))
    return _pack(row, outputs[0], converted[0][1])


def compute(frame: Any, indicators: Sequence[str], *, nan: str = "skip", threads: int = 0) -> dict[str, Any]:
    """Several indicators in one pass over the bars of ``frame`` (columns or keys open, high, low, close, volume).

    Each value of ``frame`` is of shape ``(n,)`` or ``(instruments, n)``. Returns a dict from each given name
    (``"ema_20"``, ``"macd_12_26_9"``) to its result.
    """
    if isinstance(indicators, str):
        raise ConfigError(f"indicators is {indicators!r}; it must be a list of names, as in ['ema_20', 'rsi_14']")
    requests = []
    rows = []
    cache: dict[str, tuple[Array, Kind]] = {}
    for text in indicators:
        row, arguments = parse(text)
        for label in row.inputs:
            if label not in columns(frame):
                raise DataError(f"{row.name} reads {', '.join(row.inputs)}; the frame has no {label!r}")
            if label not in cache:
                cache[label] = to_array(frame[label], label)
        requests.append((row.name, arguments, [cache[label][0] for label in row.inputs]))
        rows.append(row)
    if not requests:
        return {}
    shape = check_shapes("the frame", [array for array, _ in cache.values()])
    kind = next(iter(cache.values()))[1]
    check_alike("the frame", [kind for _, kind in cache.values()])
    results = _core.indicator_run(requests, shape, nan, check_threads(threads))
    return {text: _pack(row, out, kind) for text, row, out in zip(indicators, rows, results, strict=True)}


def check_threads(threads: int) -> int:
    """The number of threads, 0 for all cores."""
    if not isinstance(threads, int) or threads < 0:
        raise ConfigError(f"threads is {threads!r}; it must be a whole number, 0 for all cores")
    return threads
