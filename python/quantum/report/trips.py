"""Round trips: which execution closed which, first in, first out, and what it earned.

A round trip is what one closing execution closes. Its entry is the quantity-weighted mean of the lots it takes off,
oldest first; its fees are the entry's and the exit's by quantity. Profits are summed as integers of increments before
they become floats, so realised + unrealised - fees is the change in equity.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from quantum._core import Instrument
from quantum.report.executions import effective, fees
from quantum.tables import Table

__all__ = ["Book", "round_trips"]

TRIP = [
    ("opened", "datetime64[ns]"),
    ("closed", "datetime64[ns]"),
    ("symbol", "U32"),
    ("side", "U4"),
    ("qty", "f8"),
    ("entry_price", "f8"),
    ("exit_price", "f8"),
    ("profit", "f8"),
    ("fees", "f8"),
    ("net_profit", "f8"),
    ("duration_s", "f8"),
]


@dataclass(slots=True)
class Lot:
    """An open execution: what is left of it."""

    price: int
    qty: int
    time_ns: int
    fee_per_unit: float


@dataclass(slots=True)
class Book:
    """Open lots of one instrument, all on one side, oldest first; counts of its increments."""

    unit: float
    sign: int = 0
    lots: deque[Lot] = field(default_factory=deque)

    @property
    def position(self) -> int:
        """Signed position in quantity increments."""
        return self.sign * sum(lot.qty for lot in self.lots)

    def unrealised(self, mark: float) -> float:
        """Profit of the open lots at ``mark``, a price in (fractional) price increments; 0 when flat."""
        if not self.lots:
            return 0.0
        qty = sum(lot.qty for lot in self.lots)
        cost = sum(lot.qty * lot.price for lot in self.lots)
        return self.sign * (mark * qty - cost) * self.unit

    def execute(self, sign: int, lot: Lot) -> tuple[Any, ...] | None:
        """Takes an execution; what it closed, as (qty, cost, entry time, entry fee) or None where it only opened."""
        closed = cost = moment = 0
        entry_fee = 0.0
        while lot.qty and self.lots and self.sign != sign:
            oldest = self.lots[0]
            qty = min(lot.qty, oldest.qty)
            closed, cost, moment = closed + qty, cost + qty * oldest.price, moment + qty * oldest.time_ns
            entry_fee += qty * oldest.fee_per_unit
            oldest.qty -= qty
            lot.qty -= qty
            if not oldest.qty:
                self.lots.popleft()
        if lot.qty:
            self.sign = sign
            self.lots.append(lot)
        return (closed, cost, moment // closed, entry_fee) if closed else None


def round_trips(reports: npt.NDArray[Any], instruments: list[Instrument]) -> tuple[Table, list[Book]]:
    """Round trips of the run in the order they closed, and the open lots of each instrument at its end."""
    executions = effective(reports)
    books = [Book(unit(instrument)) for instrument in instruments]
    symbols = [instrument.symbol for instrument in instruments]
    quantity = [float(instrument.qty_increment) for instrument in instruments]
    price = [float(instrument.price_increment) for instrument in instruments]
    rows = []
    columns = [executions[name].tolist() for name in ("instrument", "side", "price", "qty", "exchange_ns")]
    for number, side, level, qty, time_ns, fee in zip(*columns, fees(executions).tolist(), strict=True):
        if not qty:
            continue
        sign, book = 1 if side == 1 else -1, books[number]
        done = book.execute(sign, Lot(level, qty, time_ns, fee / qty))
        if done is None:
            continue
        closed, cost, opened_ns, entry_fee = done
        profit = -sign * (level * closed - cost) * book.unit
        paid = entry_fee + fee * closed / qty
        rows.append(
            (
                opened_ns, time_ns, symbols[number], "sell" if sign == 1 else "buy", closed * quantity[number],
                cost / closed * price[number], level * price[number], profit, paid, profit - paid,
                (time_ns - opened_ns) / 1e9,
            )
        )  # fmt: skip
    return Table(np.array(rows, dtype=TRIP), name="round trips"), books


def unit(instrument: Instrument) -> float:
    """Money per price increment and quantity increment, from the exact decimals."""
    return float(
        Decimal(instrument.price_increment) * Decimal(instrument.qty_increment) * Decimal(instrument.multiplier)
    )
