"""Small markets made by hand: events of one instrument, one call each, times in milliseconds."""

from __future__ import annotations

from typing import Any

import numpy as np

import quantum as q

MS = 1_000_000
TRADE, LEVEL_SET, CLEAR, GAP = 1, 2, 10, 11
LAST, SNAPSHOT = 1, 2
BUY, SELL = 1, 2
SIDES = {"buy": BUY, "sell": SELL}


def listing(symbol: str = "ABC", **changes: Any) -> q.Instrument:
    """An instrument with a tick of 0.5 and a lot of 0.1: both are exact enough to be read, neither is 1."""
    return q.Instrument(symbol, **{"tick_size": "0.5", "lot_size": "0.1", "currency": "USD"} | changes)


class Market:
    """Events in the order they are added; prices and quantities are whole counts of tick and lot."""

    def __init__(self, instrument: q.Instrument | None = None, delay_ms: float = 0) -> None:
        self.instrument = instrument or listing()
        self.delay_ns = round(delay_ms * MS)
        self.rows: list[tuple[int, int, int, int, int, int]] = []

    def add(self, at_ms: float, kind: int, side: int, price: int, qty: int, flags: int = LAST) -> Market:
        self.rows.append((round(at_ms * MS), kind, side, price, qty, flags))
        return self

    def level(self, at_ms: float, side: str, price: int, qty: int, flags: int = LAST) -> Market:
        """A level's new total; "buy" is the bid's side."""
        return self.add(at_ms, LEVEL_SET, SIDES[side], price, qty, flags)

    def book(self, at_ms: float, bids: dict[int, int], asks: dict[int, int]) -> Market:
        """Several levels in one message."""
        levels = [("buy", *level) for level in bids.items()] + [("sell", *level) for level in asks.items()]
        for number, (side, price, qty) in enumerate(levels, 1):
            self.level(at_ms, side, price, qty, LAST if number == len(levels) else 0)
        return self

    def trade(self, at_ms: float, aggressor: str, price: int, qty: int) -> Market:
        return self.add(at_ms, TRADE, SIDES[aggressor], price, qty)

    def gap(self, at_ms: float, missing: int = 0) -> Market:
        return self.add(at_ms, GAP, 0, 0, missing)

    def events(self) -> np.ndarray[Any, Any]:
        events = np.zeros(len(self.rows), q.dtypes.EVENT)
        if self.rows:
            times, kinds, sides, prices, quantities, flags = zip(*self.rows, strict=True)
            events["exchange_ns"] = times
            events["receive_ns"] = events["exchange_ns"] + self.delay_ns
            events["kind"], events["side"], events["price"], events["qty"] = kinds, sides, prices, quantities
            events["flags"] = flags
        return events

    def recording(self) -> q.data.Recording:
        return q.data.from_events(self.events(), self.instrument)


def quiet(until_ms: float = 1000, *, step_ms: float = 10, instrument: q.Instrument | None = None) -> Market:
    """A book of 100.0 to 101.0, ten levels of 1.0 a side, that does not move: only far levels are set again."""
    market = Market(instrument).book(0, {200 - step: 10 for step in range(10)}, {202 + step: 10 for step in range(10)})
    for step in range(1, round(until_ms / step_ms) + 1):
        market.level(step * step_ms, "buy", 100, 10 + step % 2)
    return market
