"""Technical indicators: exact, causal, incremental, on arrays, series and whole panels.

Every function of this module is made from the core's one table (``catalog()``): ``ta.rsi(close, 14)``,
``ta.macd(close, fast=12, slow=26, signal=9)``, ``ta.atr(high, low, close)``, or ``ta.atr(frame)`` with a frame that has
these columns. NumPy, pandas or polars in, the same out; shape ``(n,)`` or ``(instruments, n)`` (a pandas or polars
frame is a panel with one column per instrument). Several outputs come as a named tuple. NaN marks the bars before the
first value. All functions take ``nan=`` ("skip": an unusable bar does not advance the state, "propagate", "raise") and
``threads=`` (0: all cores); they raise ``ConfigError`` for arguments out of range and ``DataError`` for bad series.
"""

from __future__ import annotations

import inspect
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from quantum import _core
from quantum.errors import ConfigError, DataError

Array = NDArray[np.float64]

#: Indicators of two series that no frame names.
_PLAIN_INPUTS = {"first", "second"}


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


_TABLE = _read_table()


def catalog() -> list[Indicator]:
    """Every indicator: name, inputs, parameters, outputs; each has ``lookback()`` and ``stable_after(digits=9)``."""
    return list(_TABLE.values())


def find(name: str) -> Indicator:
    """The table's row for ``name``; a ``ConfigError`` names the nearest there is."""
    return _TABLE[_core.indicator_find(name)]


@dataclass(frozen=True)
class _Kind:
    """How results go back to the caller: what the first input was."""

    wrap: Callable[[Array], Any]


def _frame_module(value: object) -> str:
    return type(value).__module__.partition(".")[0]


def _columns(value: object) -> set[str]:
    """Names of the series a frame, a mapping or a structured array holds."""
    if isinstance(value, np.ndarray):
        return set(value.dtype.names or ())
    if isinstance(value, Mapping):
        return {str(name) for name in value}
    if _frame_module(value) in ("pandas", "polars") and hasattr(value, "columns"):
        return {str(name) for name in value.columns}
    return set()


def _to_array(value: object, name: str) -> tuple[Array, _Kind]:
    """A C-contiguous float64 array of shape (instruments, bars), and the way back."""
    module = _frame_module(value)
    try:
        if module == "pandas":
            return _from_pandas(value)
        if module == "polars":
            return _from_polars(value)
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name} cannot be read as numbers: {error}") from error
    if array.ndim not in (1, 2):
        raise DataError(f"{name} has {array.ndim} dimensions; it must be (bars,) or (instruments, bars)")
    shape = array.shape
    return np.ascontiguousarray(np.atleast_2d(array)), _Kind(lambda out: out.reshape(shape))


def _from_pandas(value: Any) -> tuple[Array, _Kind]:
    import pandas as pd

    numbers = np.asarray(value, dtype=np.float64)
    if numbers.ndim == 1:
        return np.ascontiguousarray(np.atleast_2d(numbers)), _Kind(lambda out: pd.Series(out[0], index=value.index))
    return np.ascontiguousarray(numbers.T), _Kind(
        lambda out: pd.DataFrame(out.T, index=value.index, columns=value.columns)
    )


def _from_polars(value: Any) -> tuple[Array, _Kind]:
    import polars as pl

    if isinstance(value, pl.Series):
        numbers = value.cast(pl.Float64).fill_null(float("nan")).to_numpy()
        return np.ascontiguousarray(np.atleast_2d(numbers)), _Kind(lambda out: pl.Series(out[0]))
    numbers = value.select(pl.all().cast(pl.Float64).fill_null(float("nan"))).to_numpy()
    columns = value.columns
    return np.ascontiguousarray(numbers.T), _Kind(
        lambda out: pl.DataFrame({column: out[row] for row, column in enumerate(columns)})
    )


def _split(row: Indicator, given: tuple[Any, ...]) -> tuple[list[Any], tuple[Any, ...]]:
    """Series and arguments among the positional arguments: a frame with the right columns stands for all series."""
    needed = set(row.inputs) - _PLAIN_INPUTS
    if given and needed and needed <= _columns(given[0]):
        return [given[0][name] for name in row.inputs], given[1:]
    count = len(row.inputs)
    if len(given) < count:
        raise ConfigError(
            f"{row.name} reads {count} series ({', '.join(row.inputs)}), {len(given)} given; "
            f"a frame with these columns will do too"
        )
    return list(given[:count]), given[count:]


def _check_shapes(name: str, arrays: Sequence[Array]) -> tuple[int, int]:
    shapes = {array.shape for array in arrays}
    if len(shapes) != 1:
        raise DataError(f"the series of {name} have shapes {sorted(shapes)}; all must be equal")
    rows, bars = shapes.pop()
    return rows, bars


def _pack(row: Indicator, outputs: Sequence[Array], kind: _Kind) -> Any:
    values = [kind.wrap(output) for output in outputs]
    return values[0] if len(values) == 1 else _RESULTS[row.name](*values)


_RESULTS: dict[str, Any] = {name: namedtuple(name, row.outputs) for name, row in _TABLE.items() if len(row.outputs) > 1}


def run(name: str, *given: Any, nan: str = "skip", threads: int = 0, **named: float) -> Any:
    """The indicator ``name`` on ``given``: its series, then its arguments, as in ``run("rsi", close, 14)``."""
    row = find(name)
    series, arguments = _split(row, given)
    converted = [_to_array(value, label) for value, label in zip(series, row.inputs, strict=True)]
    arrays = [array for array, _ in converted]
    shape = _check_shapes(row.name, arrays)
    request = (row.name, row.arguments(arguments, **named), arrays)
    outputs = _core.indicator_run([request], shape, nan, threads)
    return _pack(row, outputs[0], converted[0][1])


def parse(text: str) -> tuple[Indicator, list[float]]:
    """What ``"ema_20"`` or ``"macd_12_26_9"`` means: the indicator and its arguments."""
    name, *tail = text.split("_")
    while tail and not _is_number(tail[0]):
        name += "_" + tail.pop(0)
    row = find(name)
    if not all(_is_number(part) for part in tail):
        raise ConfigError(f"{text!r} must be a name and numbers, as in 'ema_20'")
    return row, row.arguments([float(part) for part in tail])


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


def compute(frame: Any, indicators: Sequence[str], *, nan: str = "skip", threads: int = 0) -> dict[str, Any]:
    """Several indicators in one pass over the bars of ``frame`` (columns or keys open, high, low, close, volume).

    Each value of ``frame`` is of shape ``(n,)`` or ``(instruments, n)``. Returns a dict from each given name
    (``"ema_20"``, ``"macd_12_26_9"``) to its result.
    """
    requests = []
    rows = []
    cache: dict[str, tuple[Array, _Kind]] = {}
    for text in indicators:
        row, arguments = parse(text)
        for label in row.inputs:
            if label not in _columns(frame):
                raise DataError(f"{row.name} reads {', '.join(row.inputs)}; the frame has no {label!r}")
            if label not in cache:
                cache[label] = _to_array(frame[label], label)
        requests.append((row.name, arguments, [cache[label][0] for label in row.inputs]))
        rows.append(row)
    if not requests:
        return {}
    shape = _check_shapes("the frame", [array for array, _ in cache.values()])
    kind = next(iter(cache.values()))[1]
    results = _core.indicator_run(requests, shape, nan, threads)
    return {text: _pack(row, out, kind) for text, row, out in zip(indicators, rows, results, strict=True)}


class Stream(_core.IndicatorStream):
    """One indicator fed bar by bar.

    ``update(*bar)`` takes a number per input and gives the value, or a named tuple of values; ``value`` is what the
    last update gave; both are NaN before the first. ``reset()`` begins again; a copy goes on from the same state. As an
    annotated field of a strategy it is native state: a run begins with it fresh, and compiled callbacks call the core's
    own function.

    Raises ConfigError for another count of numbers, DataError for an unusable bar with ``nan="raise"``.
    """

    __slots__ = ()

    def __new__(cls, name: str, *given: float, nan: str = "skip", **named: float) -> Self:
        """The indicator ``name`` with its arguments."""
        row = find(name)
        return super().__new__(cls, row.name, row.arguments(given, **named), nan, _RESULTS.get(row.name))

    @property
    def indicator(self) -> Indicator:
        """Its row of the table."""
        return find(self.name)

    def fresh(self) -> Self:
        """The same indicator before its first bar."""
        return type(self)(self.name, *self.arguments, nan=self.nan)

    def __copy__(self) -> Self:
        made = self.fresh()
        made.take_state(self)
        return made

    def __deepcopy__(self, _memo: object) -> Self:
        return self.__copy__()

    def __repr__(self) -> str:
        arguments = "".join(f", {argument:g}" for argument in self.arguments)
        return f"stream({self.name!r}{arguments}{'' if self.nan == 'skip' else f', nan={self.nan!r}'})"


class PanelStream:
    """One indicator live on many instruments at once, states side by side."""

    def __init__(self, name: str, *given: float, instruments: int, nan: str = "skip", **named: float) -> None:
        self.indicator = find(name)
        self._crowd = _core.IndicatorCrowd(
            self.indicator.name, self.indicator.arguments(given, **named), instruments, nan
        )

    def update(self, *bar: Array) -> Any:
        """Takes one bar of every instrument: an array (instruments,) per input; an array, or a named tuple of them."""
        arrays = [np.ascontiguousarray(values, dtype=np.float64) for values in bar]
        values = self._crowd.update(arrays)
        return values[0] if len(values) == 1 else _RESULTS[self.indicator.name](*values)


def stream(name: str, *given: float, nan: str = "skip", **named: float) -> Stream:
    """A ``Stream`` of the indicator: ``stream("rsi", 14).update(price)``."""
    return Stream(name, *given, nan=nan, **named)


def _make(row: Indicator) -> Callable[..., Any]:
    def function(*given: Any, nan: str = "skip", threads: int = 0, **named: Any) -> Any:
        series = [named.pop(label) for label in row.inputs if label in named]
        return run(row.name, *series, *given, nan=nan, threads=threads, **named)

    function.__name__ = function.__qualname__ = row.name
    kinds = inspect.Parameter
    parameters = [kinds(label, kinds.POSITIONAL_OR_KEYWORD) for label in row.inputs]
    parameters += [
        kinds(p.name, kinds.POSITIONAL_OR_KEYWORD, default=int(p.default) if p.whole else p.default)
        for p in row.parameters
    ]
    parameters += [kinds("nan", kinds.KEYWORD_ONLY, default="skip"), kinds("threads", kinds.KEYWORD_ONLY, default=0)]
    function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    series = ", ".join(row.inputs)
    function.__doc__ = (
        f"{row.about}\n\n"
        f"{series}: (n,) or (instruments, n) numbers, or one frame with these columns.\n"
        f"Returns {', '.join(row.outputs)}: the same shape, float64, NaN before the first value."
    )
    return function


globals().update({name: _make(row) for name, row in _TABLE.items()})


def __getattr__(name: str) -> Any:
    """A name that is no indicator: the error says which is the nearest."""
    if name.startswith("__"):
        raise AttributeError(name)
    try:
        find(name)
    except ConfigError as error:
        raise AttributeError(str(error)) from None
    raise AttributeError(f"module 'quantum.ta' has no attribute {name!r}; indicator names are lower case")
