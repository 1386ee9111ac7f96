# The native core's names and types, one section for each file of rust/python/; `make lint` holds it to the binary.

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from os import PathLike
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias, TypedDict, final

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from numpy.typing import DTypeLike, NDArray
from typing_extensions import disjoint_base

from quantum.limits import RiskLimits
from quantum.venue import SimVenue

_Path: TypeAlias = str | PathLike[str]
_BarTable: TypeAlias = tuple[
    NDArray[np.int64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
]

# backtest.rs

def run_backtest(
    methods: dict[str, Callable[..., Any]],
    recordings: Sequence[Recording],
    *,
    pick: Callable[[Instrument], SimVenue],
    cash: float,
    limits: RiskLimits | None,
    sample: str | timedelta | None,
    pace: Callable[..., object],
    compiler: Any | None = None,
    scanner: Scanner | None = None,
    compute: str | timedelta | None = None,
) -> dict[str, Any]:
    """Replays recordings through a strategy's bound methods, by callback name, and returns the raw result.

    ``pace(rows, total, now_ns)`` is called about forty times a second, ``pace()`` by loops of compiled callbacks;
    what it raises ends the run. ``compiler`` is a ``quantum.compiler.Compiler``, for callbacks as machine code;
    ``scanner`` looks for patterns in the run's bars; ``compute`` is what an input costs the strategy, a duration or
    "measured". An exception of a method ends the run and is raised. Raises ConfigError, DataError, EngineError.
    """

# layout.rs, duration.rs

def native_layout() -> dict[str, Any]:
    """Where compiled code finds things: offsets of records, addresses of functions, words behind numbers."""

# build_info.rs

class _Allocator(TypedDict):
    name: str
    version: int
    local_dynamic_tls: bool
    purge_delay_ms: int

class _BuildInfo(TypedDict):
    version: str
    git_revision: str
    rustc: str
    target: str
    cpu_features: tuple[str, ...]
    profile: str
    opt_level: str
    abi3: str
    allocator: _Allocator

def build_info() -> _BuildInfo:
    """What this binary was compiled from, by and for."""

# context.rs

@final
class Context:
    """The strategy's view of the run: plain for the callback's own instrument, ``ctx[instrument]`` for another."""

    @property
    def now(self) -> int:
        """The strategy's time, ns since 1970, UTC."""

    @property
    def book(self) -> Book:
        """The strategy's book of the instrument, as delayed as its data is."""

    @property
    def position(self) -> float:
        """Position in the instrument, in units; negative is short. Known fills only."""

    @property
    def cash(self) -> float:
        """Cash in the run's currency."""

    @property
    def equity(self) -> float:
        """Cash plus every position at its mid, or at the last one while the book has none."""

    @property
    def orders(self) -> list[Order]:
        """Open orders of the instrument in order of submission; of all where the callback is about none."""

    @property
    def instrument(self) -> Instrument:
        """The instrument this view is of."""

    @property
    def instruments(self) -> list[Instrument]:
        """Every instrument of the run."""

    def __getitem__(self, instrument: Instrument | str, /) -> Context:
        """The same view of another instrument. Raises ConfigError where it is not in the run."""

    def buy(
        self,
        qty: str | float | Decimal,
        *,
        limit: str | float | Decimal | None = None,
        tif: str | None = None,
        post_only: bool = False,
        instrument: Instrument | str | None = None,
    ) -> Order:
        """Asks for an order, which leaves when the callback returns: Market without ``limit``, else Limit, or PostOnly.

        ``tif`` is "GTC", "IOC" or "FOK". A price or quantity off the instrument's grid makes the order Denied with both
        numbers, not an exception.
        """

    def sell(
        self,
        qty: str | float | Decimal,
        *,
        limit: str | float | Decimal | None = None,
        tif: str | None = None,
        post_only: bool = False,
        instrument: Instrument | str | None = None,
    ) -> Order:
        """As ``buy``."""

    def cancel(self, order: Order) -> None:
        """Asks to cancel an order; a refusal comes back to ``on_order``."""

    def replace(
        self,
        order: Order,
        *,
        qty: str | float | Decimal | None = None,
        limit: str | float | Decimal | None = None,
    ) -> None:
        """Asks the venue to change an order's limit, its quantity or both; what is left out stays.

        ``qty`` is the new total, the executed part included; at or below that the order ends Filled. Until the venue
        answers, the order shows "PendingReplace" with its old numbers, and what may still execute is counted with the
        larger quantity. The answer comes to ``on_order``: a Replaced report, or the order unchanged with the reason in
        ``run.refusals``. A smaller quantity at the same price keeps the place in the queue, any other change loses it.
        Raises ConfigError where neither is given.
        """

    def cancel_all(self) -> None:
        """Asks to cancel every open order of the instrument; of all where the callback is about none."""

    def close(self) -> Order | None:
        """A market order that brings the position to zero, open orders of that side counted in.

        None where nothing is left to close.
        """

    def every(self, period: str | timedelta) -> None:
        """Calls ``on_timer`` each period, counted from the run's first input."""

    def subscribe(self, timeframe: str, *, zone: str = "UTC", session_start: str = "00:00") -> None:
        """Calls ``on_bar`` with bars of a timeframe made of the instrument's trades, or of its data's bars.

        ``timeframe``: "1m", "4h", "1d", "1w", a count of s, m or h, "ticks:100", "volume:50", "dollar:1e6". Days and
        weeks begin at ``session_start`` in ``zone``. A bar of trades is over when the first trade of a later one
        arrives; the one still forming at the end is not told. Raises ConfigError for a timeframe, zone or time that
        does not exist, and where the data's bars do not add up to the timeframe.
        """

    def log(self, text: object) -> None:
        """Writes a line into the run's log, with the time."""

# data.rs

@final
class Recording:
    """Events of one source in both time orders, with what was counted while reading them."""

    @property
    def events(self) -> NDArray[np.void]:
        """(n,) EVENT, read-only, without a copy; prices and quantities in increments."""

    @property
    def instruments(self) -> list[Instrument]: ...
    @property
    def instrument(self) -> Instrument:
        """The only one. Raises ConfigError if there are several."""

    @property
    def report(self) -> dict[str, Any]: ...
    @property
    def bars(self) -> NDArray[np.void]:
        """(n,) BAR, a copy; empty where the data are no bars."""

    @property
    def bar_span_ns(self) -> int:
        """How long a bar lasts; 0 where there are none."""

    def save(self, path: _Path) -> Path:
        """Writes a file that ``quantum.data.read`` maps instead of decoding it."""

    @property
    def synthetic(self) -> bool: ...
    def floats(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Prices and quantities, each (n,) float64 in units, NaN where an event has none."""

    def to_pandas(self) -> pd.DataFrame: ...
    def to_polars(self) -> pl.DataFrame: ...
    def to_arrow(self) -> pa.Table: ...
    def __len__(self) -> int: ...
    def _repr_html_(self) -> str: ...

@final
class EventStream:
    """Batches of a raw recording's events, (n,) EVENT, in file order."""

    @property
    def report(self) -> dict[str, Any]: ...
    def __iter__(self) -> Iterator[NDArray[np.void]]: ...
    def __next__(self) -> NDArray[np.void]: ...

def read_raw(path: _Path, instruments: Sequence[Instrument], notes: Sequence[str]) -> Recording:
    """Reads a raw recording whole. Raises DataError."""

def stream_raw(path: _Path, instruments: Sequence[Instrument], batch: int) -> EventStream:
    """Opens a raw recording to be read ``batch`` events at a time. Raises DataError."""

def from_events(events: NDArray[np.void], instruments: Sequence[Instrument], source: str) -> Recording:
    """A recording of (n,) EVENT in receive order. Raises DataError."""

def from_bars(columns: _BarTable, instrument: Instrument, span: str | None, source: str, notes: list[str]) -> Recording:
    """A recording of bars: starts (n,) int64 ns, then open, high, low, close, volume (n,) float64. Raises DataError."""

def from_mapped(
    events: NDArray[np.void],
    bars: NDArray[np.void],
    instruments: Sequence[Instrument],
    facts: tuple[str, list[str], int, int | None],
) -> Recording:
    """A recording of a read-only (n,) EVENT array, in place. Raises DataError.

    ``facts``: source, notes, how long a bar lasts in ns, least receive minus exchange time.
    """

def bar_price_step(columns: _BarTable) -> str | None:
    """The largest round step that every price is a multiple of; None without prices."""

def from_hftbacktest(rows: NDArray[np.uint8], instrument: Instrument, source: str) -> Recording:
    """A recording of hftbacktest's rows as (64 n,) bytes. Raises DataError."""

def hftbacktest_steps(rows: NDArray[np.uint8]) -> tuple[str, str] | None:
    """The price and quantity increments that fit hftbacktest's rows; None without prices. Raises DataError."""

def detect_format(path: _Path) -> str:
    """A file's format, by its content. Raises DataError."""

def quote_currency(symbol: str) -> str | None:
    """The currency a pair's prices are in, by its name; None where the name does not tell."""

def survey_raw(path: _Path, limit: int | None) -> dict[str, Any]:
    """What the first ``limit`` bytes of a raw recording's text hold. Raises DataError."""

def event_kinds() -> dict[int, str]:
    """The names of the event kinds."""

# dtypes.rs

EVENT: np.dtype[np.void]
BAR: np.dtype[np.void]
COMMAND: np.dtype[np.void]
REPORT: np.dtype[np.void]

# instrument.rs

@final
class Instrument:
    """A listing: symbol, venue, increments, order grid, currency.

    Sizes and increments are decimals (str, int, Decimal, or a float taken by its shortest repr); the increments of the
    data default to the order grid. Raises ConfigError for a size that is not positive or not a decimal.
    """

    def __new__(
        cls,
        symbol: str,
        *,
        venue: str = "",
        tick_size: str | float | Decimal,
        lot_size: str | float | Decimal,
        currency: str = "USD",
        multiplier: str | float | Decimal | None = None,
        price_increment: str | float | Decimal | None = None,
        qty_increment: str | float | Decimal | None = None,
        asset: str = "",
        sector: str = "",
    ) -> Instrument: ...
    @property
    def symbol(self) -> str: ...
    @property
    def venue(self) -> str: ...
    @property
    def tick_size(self) -> str: ...
    @property
    def lot_size(self) -> str: ...
    @property
    def price_increment(self) -> str: ...
    @property
    def qty_increment(self) -> str: ...
    @property
    def currency(self) -> str: ...
    @property
    def multiplier(self) -> str: ...
    @property
    def asset(self) -> str: ...
    @property
    def sector(self) -> str: ...
    def price(self, count: int) -> float:
        """Count of price increments as a price."""

    def qty(self, count: int) -> float:
        """Count of quantity increments as a quantity."""

    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

# names.rs

NAMES: dict[str, dict[int, str]]

# order.rs

@final
class Order:
    """An order of the strategy; shows its state as the strategy's side knows it, during the run and after it."""

    def replace(self, *, qty: str | float | Decimal | None = None, limit: str | float | Decimal | None = None) -> None:
        """As ``ctx.replace(order, ...)``."""

    @property
    def id(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def side(self) -> Literal["buy", "sell"] | None: ...
    @property
    def price(self) -> float:
        """The limit; NaN without one."""

    @property
    def qty(self) -> float: ...
    @property
    def filled(self) -> float: ...
    @property
    def leaves(self) -> float: ...
    @property
    def average_price(self) -> float:
        """Of what is filled; NaN before the first fill."""

    @property
    def is_open(self) -> bool: ...
    @property
    def is_cancelable(self) -> bool: ...
    @property
    def is_replaceable(self) -> bool:
        """Whether ``replace`` may be asked for: it may rest and no request is on its way."""

    @property
    def reason(self) -> str: ...
    @property
    def symbol(self) -> str: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

# duration.rs

def duration_ns(value: str | timedelta | int, name: str, least_ns: int = 0) -> int:
    """A duration in ns, at least ``least_ns``; ConfigError, naming ``name``, for anything else."""

# latency.rs

@final
class LatencySeries:
    """Order latencies as measured; ConfigError, with the row, for columns that are none."""

    def __new__(
        cls,
        time: NDArray[np.int64],
        entry: NDArray[np.int64],
        response: NDArray[np.int64],
        refused: NDArray[np.bool_],
    ) -> LatencySeries: ...

@final
class Delay:
    """How long messages of one kind take."""

    @staticmethod
    def constant(value: str | timedelta | int, name: str) -> Delay: ...
    @staticmethod
    def measured(series: LatencySeries, way: str) -> Delay: ...
    @staticmethod
    def after_feed(factor: float, offset: str | timedelta | int, name: str) -> Delay: ...
    def jittered(self, distribution: str, scale: str | timedelta | int, sigma: float, seed: int) -> Delay: ...

# sample.rs

def sample_recording(
    *,
    duration: str | timedelta,
    seed: int,
    limit_orders_per_second: float | None = None,
    market_orders_per_second: float | None = None,
    volatility_ticks: float | None = None,
) -> Recording:
    """The synthetic market as a recording. Raises ConfigError where a value is out of its range."""

# views.rs

@final
class Level:
    """A price and a quantity in units; NaN and 0 where there is no level."""

    @property
    def price(self) -> float: ...
    @property
    def qty(self) -> float: ...

@final
class Trade:
    """A trade: price and quantity in units, side of the aggressor (None where unknown), times in ns."""

    @property
    def price(self) -> float: ...
    @property
    def qty(self) -> float: ...
    @property
    def side(self) -> Literal["buy", "sell"] | None: ...
    @property
    def id(self) -> int: ...
    @property
    def exchange_ns(self) -> int: ...
    @property
    def receive_ns(self) -> int: ...

@final
class Quote:
    """A new best bid and ask; times in ns."""

    @property
    def bid(self) -> Level: ...
    @property
    def ask(self) -> Level: ...
    @property
    def exchange_ns(self) -> int: ...
    @property
    def receive_ns(self) -> int: ...

@final
class Bar:
    """A closed bar: prices and volume in units, NaN volume where unknown; first ns and first ns after it."""

    @property
    def open(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def close(self) -> float: ...
    @property
    def volume(self) -> float: ...
    @property
    def open_ns(self) -> int: ...
    @property
    def close_ns(self) -> int: ...
    @property
    def trades(self) -> int:
        """0 where unknown."""

    @property
    def timeframe(self) -> str | None:
        """One of ``quantum.bars.TIMEFRAMES``, None for another."""

@final
class Hit:
    """A pattern seen at the close of a bar."""

    @property
    def pattern(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def direction(self) -> int:
        """1 up, -1 down, 0 neither."""

    @property
    def lo(self) -> float:
        """Lower end of its zone or level, NaN where it has none."""

    @property
    def hi(self) -> float: ...
    @property
    def confidence(self) -> float:
        """Strength, 0 to 1; not a probability."""

    @property
    def open_ns(self) -> int:
        """First ns of the bar it was seen at."""

    @property
    def age(self) -> int:
        """How many bars before that one it comes from."""

@final
class Fill:
    """An execution: price, quantity and fee in units, times in ns, position after it."""

    @property
    def price(self) -> float: ...
    @property
    def qty(self) -> float: ...
    @property
    def side(self) -> Literal["buy", "sell"] | None: ...
    @property
    def fee(self) -> float: ...
    @property
    def liquidity(self) -> str: ...
    @property
    def position(self) -> float: ...
    @property
    def order(self) -> Order: ...
    @property
    def execution_id(self) -> int: ...
    @property
    def exchange_ns(self) -> int: ...
    @property
    def receive_ns(self) -> int: ...

# book.rs

@final
class Book:
    """A market's price levels as the venue tells them: apply events, read it at any time.

    While it is stale (messages were missed and no snapshot has healed it) the answers to trade on are NaN; ``bids`` and
    ``asks`` still show what it holds. A strategy's ``ctx.book`` is the same thing, fed by the run.
    """

    def __new__(cls, instrument: Instrument) -> Book: ...
    @property
    def instrument(self) -> Instrument: ...
    def apply(self, events: NDArray[np.void], view: Literal["receive", "exchange"] = "receive") -> None:
        """Applies (n,) EVENT of one instrument in their order, GIL released; a view skips the other side's rows.

        Raises DataError for another dtype or a second instrument, ConfigError for another view or a run's own book.
        """

    @property
    def best_bid(self) -> Level: ...
    @property
    def best_ask(self) -> Level: ...
    @property
    def mid(self) -> float: ...
    @property
    def spread(self) -> float: ...
    @property
    def microprice(self) -> float: ...
    def imbalance(self, k: int = 1) -> float:
        """(B - A) / (B + A) over the first k levels, -1 to 1. Raises ConfigError for k < 1."""

    def liquidity_ratio(self, k: int = 1) -> float:
        """B / A over the first k levels. Raises ConfigError for k < 1."""

    def vwap(self, side: Literal["buy", "sell"], qty: float) -> tuple[float, float]:
        """Average price a taker gets for qty, and how much of it the book has. Raises ConfigError for a bad qty."""

    def cost(self, side: Literal["buy", "sell"], qty: float) -> float:
        """What a taker loses against the mid, in the instrument's currency; NaN where the book has not all of it."""

    def bids(self, n: int | None = None) -> NDArray[np.float64]:
        """(n, 2) float64, price and quantity, best first."""

    def asks(self, n: int | None = None) -> NDArray[np.float64]:
        """(n, 2) float64, price and quantity, best first."""

    def level_count(self, side: Literal["buy", "sell"]) -> int: ...
    @property
    def stale(self) -> bool: ...
    @property
    def stale_reason(self) -> str | None: ...
    @property
    def crossed(self) -> bool: ...
    @property
    def state(self) -> Literal["Empty", "Synced", "Gap"]: ...
    @property
    def counters(self) -> dict[str, int]: ...
    def to_pandas(self) -> Any: ...

# bars.rs

_Floats: TypeAlias = NDArray[np.float64]
_BarColumns: TypeAlias = tuple[NDArray[np.int64], list[_Floats], NDArray[np.uint64]]

@final
class BarBuilder:
    """Makes bars of trades or of closed lower bars: (open times, open to turnover, trades) of those that are over."""

    def __new__(cls, timeframe: str, zone: str, session_start: str) -> BarBuilder: ...
    def push_trades(self, time: NDArray[np.int64], price: _Floats, qty: _Floats) -> _BarColumns: ...
    def push_bars(
        self, time: NDArray[np.int64], values: Sequence[_Floats], trades: NDArray[np.uint64]
    ) -> _BarColumns: ...
    def peek(self) -> _BarColumns: ...
    def finish(self) -> _BarColumns: ...

# indicators.rs

def indicator_catalog() -> list[dict[str, Any]]:
    """The table as a list of dicts: name, about, inputs, parameters, outputs."""

def indicator_find(name: str) -> str:
    """The name of the indicator meant by ``name``; the ConfigError names the nearest."""

def indicator_warmup(name: str, arguments: Sequence[float], digits: int) -> tuple[int, int | None]:
    """Bars before the first output, and bars after which ``digits`` digits no longer depend on the beginning."""

def indicator_run(
    requests: Sequence[tuple[str, Sequence[float], Sequence[_Floats]]], shape: Sequence[int], nan: str, threads: int
) -> list[list[NDArray[np.float64]]]:
    """Computes all requests in one pass over the instruments, each output of shape (instruments, bars)."""

@final
class IndicatorCrowd:
    """One indicator live on many instruments."""

    def __new__(cls, name: str, arguments: Sequence[float], instruments: int, nan: str) -> IndicatorCrowd: ...
    def update(self, bars: Sequence[_Floats]) -> list[_Floats]: ...

@disjoint_base
class IndicatorStream:
    """One indicator live on one series."""

    def __new__(
        cls, name: str, arguments: Sequence[float], nan: str, result: Callable[..., Any] | None = None
    ) -> Self: ...
    @property
    def name(self) -> str: ...
    @property
    def arguments(self) -> list[float]: ...
    @property
    def nan(self) -> str: ...
    @property
    def value(self) -> Any:
        """What the last update gave, NaN before the first."""
    @property
    def address(self) -> int: ...
    def update(self, *bar: float) -> Any:
        """Takes one bar, a number per input; the value, or a named tuple of values, NaN before the first.

        Raises ConfigError for another count of numbers, DataError for an unusable bar with nan="raise".
        """
    def reset(self) -> None:
        """Begins again, as before the first bar."""
    def take_state(self, other: IndicatorStream) -> None: ...

# scanner.rs

PATTERNS: list[str]
HIT_KINDS: list[str]
DIRT_REASONS: list[str]
SCAN_SETTINGS: list[tuple[str, str, float, float, float, bool]]

@final
class Panel:
    """Clean histories of many instruments."""

    def __new__(
        cls,
        instrument: NDArray[np.uint32],
        time: NDArray[np.int64],
        columns: Sequence[_Floats],
        instruments: int,
        keep_zero_volume: bool,
    ) -> Panel: ...
    def __len__(self) -> int: ...
    def dirt(self) -> NDArray[np.void]: ...
    def rows(self, instrument: int) -> tuple[NDArray[np.int64], list[_Floats]]: ...

@final
class Scanner:
    """Seven patterns and a user's own, over histories or bar by bar."""

    def __new__(
        cls,
        patterns: Sequence[str],
        confidence_min: float,
        settings: Sequence[tuple[str, float]],
        keep_zero_volume: bool,
    ) -> Scanner: ...
    def scan(self, panel: Panel, threads: int) -> NDArray[np.void]: ...
    def add(self, name: str, bars: int, function: Callable[..., Any]) -> None: ...
    def grow(self, instruments: int) -> None: ...
    def update(
        self, time: NDArray[np.int64], columns: Sequence[_Floats], threads: int
    ) -> tuple[NDArray[np.void], NDArray[np.void]]: ...
    def zones(self, instrument: int, live: bool) -> NDArray[np.void]: ...

# bus.rs, publisher.rs and subscription.rs

@disjoint_base
class Bus:
    """The native side of quantum.Bus."""

    def __new__(cls, capacity: int = 65_536, *, wait: str = "adaptive", timeout: float = 10.0) -> Self: ...
    def register(self, instrument: Instrument) -> tuple[int, int]:
        """The numbers of an instrument and its venue on this bus."""

    def topic(self, name: str, *, dtype: DTypeLike | None = None) -> int:
        """The number of a topic of one's own, bound to the dtype if it is given, else to EVENT when it is new.

        ConfigError if it carries another dtype; the error names both.
        """

    def publisher(self, prefix: str, *, dtype: DTypeLike | None = None) -> Publisher:
        """Publishes records of the dtype under the prefix.

        Without ``dtype``: what the topic of one's own with exactly this name is bound to, else EVENT. ConfigError if no
        topic of the dtype begins with the prefix.
        """
    def subscribe(
        self,
        pattern: str,
        *,
        dtype: DTypeLike | None = None,
        policy: str = "block",
        key: str | None = None,
        after: int = 0,
        patience: float = 0.0,
        start: str = "latest",
    ) -> Subscription:
        """Subscribes to every topic of the dtype that the pattern matches; policy block, lossy, conflate or detach.

        Without ``dtype`` as in ``publisher``. ConfigError if no topic of the dtype can match.
        """

    def handler_callable(
        self, pattern: str, call: Callable[[np.void], object], dtype: DTypeLike | None = None
    ) -> None: ...
    def handler_address(self, pattern: str, address: int, data: int, dtype: DTypeLike | None = None) -> None: ...
    def metrics(self) -> dict[str, Any]: ...
    def close(self) -> None: ...

def unlink_shared_bus(name: str) -> bool: ...

@disjoint_base
class SharedBus:
    """The native side of quantum.bus.SharedBus."""

    def __new__(
        cls, name: str, capacity: int | None = None, *, wait: str = "adaptive", timeout: float = 10.0
    ) -> Self: ...
    @property
    def name(self) -> str: ...
    @property
    def capacity(self) -> int: ...
    def register(self, instrument: Instrument) -> tuple[int, int]:
        """The numbers of an instrument and its venue, the same in all processes."""

    def topic(self, name: str, *, dtype: DTypeLike | None = None) -> int:
        """The number of a topic of one's own and what it carries, the same in all processes. See ``Bus.topic``."""

    def publisher(self, prefix: str, *, dtype: DTypeLike | None = None) -> Publisher:
        """Publishes records of the dtype under the prefix, as ``Bus.publisher`` does."""

    def subscribe(
        self,
        pattern: str,
        *,
        dtype: DTypeLike | None = None,
        policy: str = "block",
        key: str | None = None,
        after: int = 0,
        patience: float = 0.0,
        start: str = "latest",
    ) -> Subscription:
        """Subscribes to every topic of the dtype that the pattern matches; policy block, lossy, conflate or detach."""

    def handler_callable(
        self, pattern: str, call: Callable[[np.void], object], dtype: DTypeLike | None = None
    ) -> None: ...
    def handler_address(self, pattern: str, address: int, data: int, dtype: DTypeLike | None = None) -> None: ...
    def metrics(self) -> dict[str, Any]: ...
    def close(self) -> None: ...

@final
class Publisher:
    """Publishes the records of one prefix."""

    def publish(self, records_or_one: NDArray[np.void] | np.void) -> int: ...
    def try_publish(self, records_or_one: NDArray[np.void] | np.void) -> int:
        """Publishes without waiting; how many found room."""

    @property
    def published(self) -> int: ...
    @property
    def subscriptions(self) -> int: ...
    def close(self) -> None: ...

@final
class Subscription:
    """What a subscriber reads from."""

    def batches(self, max: int = 1024, timeout: float | None = None) -> Batches: ...  # noqa: A002
    def poll(self, max: int = 1024) -> NDArray[np.void]: ...  # noqa: A002
    def poll_into(self, records: NDArray[np.void]) -> int: ...
    def wait(self, timeout: float | None = None) -> bool: ...
    def fileno(self) -> int: ...
    def arm(self) -> bool: ...
    def rejoin(self) -> None: ...
    @property
    def detached(self) -> bool: ...
    @property
    def id(self) -> int: ...
    def close(self, fault: str | None = None) -> None: ...

@final
class Batches:
    """Iterates over the batches of a subscription."""

    def __iter__(self) -> Self: ...
    def __next__(self) -> NDArray[np.void]: ...
