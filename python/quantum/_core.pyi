# The native core's names and types, one section for each file of rust/python/; `make lint` holds it to the binary.

from decimal import Decimal
from typing import TypedDict, final

import numpy as np

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
