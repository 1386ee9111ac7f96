"""Nanoseconds a strategy costs per event over the empty loop: interpreted, compiled, and a cfunc written by hand."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

import numba
import numpy as np

import quantum as q
from quantum import _core
from quantum.compiler.emit import add_symbols
from quantum.compiler.places import LAYOUT

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "compiler"))
import strategies

ROWS = 2_000_000
REPEATS = 5


class Nothing(q.Strategy):
    """No callback at all."""


class Averages(q.Strategy):
    """Two averages on each book event, an order on each crossing."""

    qty: float = 0.01
    fast: float = 0.2
    slow: float = 0.02
    a: float = 0.0
    b: float = 0.0
    n: int = 0

    def on_book(self, ctx):
        mid = 0.5 * (ctx.book.best_bid.price + ctx.book.best_ask.price)
        if self.n == 0:
            self.a = self.b = mid
        self.a += self.fast * (mid - self.a)
        self.b += self.slow * (mid - self.b)
        self.n += 1
        if self.n % 1000 == 0:
            if self.a > self.b:
                ctx.buy(self.qty)
            else:
                ctx.sell(self.qty)


class Strength(Averages):
    """The same, and a native indicator of what changes on each book event."""

    rsi: q.ta.Stream = q.ta.stream("rsi", 14)
    strong: int = 0

    def on_book(self, ctx):
        super().on_book(ctx)
        if self.rsi.update(ctx.book.best_bid.qty) > 70.0:
            self.strong += 1


class ByHand:
    """The same as a cfunc on raw memory: what the compiled class is measured against."""

    def __init__(self) -> None:
        add_symbols()
        records, functions = LAYOUT["records"], LAYOUT["functions"]
        state, market = records["Context"]["state"] // 8, records["Context"]["market"] // 8
        bid, ask = records["MarketView"]["best_bid"] // 8, records["MarketView"]["best_ask"] // 8
        kinds = numba.types
        shape = [ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_double, ctypes.c_double, ctypes.c_int64]
        order = ctypes.CFUNCTYPE(ctypes.c_uint64, *shape)(functions["submit"])

        @numba.cfunc(kinds.int32(kinds.voidptr, kinds.voidptr), error_model="numpy", boundscheck=False)
        def on_book(_event, owner):
            context = numba.carray(owner, 64, np.int64)
            own = numba.carray(at(context[state]), 8)
            view = numba.carray(at(context[market]), 16)
            mid = 0.5 * (view[bid] + view[ask])
            if own[3] == 0.0:
                own[3] = own[4] = mid
            own[3] += own[1] * (mid - own[3])
            own[4] += own[2] * (mid - own[4])
            own[5] += 1.0
            if own[5] == 1000.0:
                own[5] = 0.0
                order(owner, 0, 1 if own[3] > own[4] else 2, own[0], 0.0, 256)
            return 0

        self.function, self.order = on_book, order
        self.memory = np.array([0.01, 0.2, 0.02, 0.0, 0.0, 0.0, 0.0, 0.0])

    def callbacks(self):
        return {"on_book": int}

    def build(self):
        self.memory[3:] = 0.0
        return {"on_book": self.function.address}, self.memory.ctypes.data

    def give_back(self, _order, _lines):
        return []


@numba.extending.intrinsic
def at(typingctx, address):
    """An integer as a pointer to floats."""

    def codegen(context, builder, sig, args):
        return builder.inttoptr(args[0], context.get_value_type(sig.return_type))

    return numba.types.CPointer(numba.types.float64)(numba.types.intp), codegen


def once(strategy, data, form):
    """One run; its raw result."""
    if form != "by hand":
        return q.backtest(strategy, data, compile=form == "compiled", progress=False).raw
    venue, compiler = q.SimVenue(), ByHand()
    return _core.run_backtest(
        compiler.callbacks(),
        [data],
        pick=lambda _: venue,
        cash=0.0,
        limits=None,
        sample=None,
        pace=lambda *_: None,
        compiler=compiler,
    )


def every_row_a_message(rows):
    """A market whose every event ends a message: quantities of the five best levels of either side change."""
    random = np.random.default_rng(7)
    events = np.zeros(rows, q.dtypes.EVENT)
    events["exchange_ns"] = events["receive_ns"] = 1_700_000_000_000_000_000 + np.arange(rows) * 1_000_000
    events["side"] = 1 + np.arange(rows) % 2
    away = random.integers(0, 5, rows)
    events["price"] = np.where(events["side"] == 1, 600_000 - away, 600_010 + away)
    events["qty"] = random.integers(1, 1000, rows)
    events["kind"], events["flags"] = 2, 1
    btc = q.Instrument("BTCUSDT", tick_size="0.1", lot_size="0.001", currency="USDT")
    return _core.from_events(events, [btc], "made")


def compare(data, kinds):
    """Prints what each strategy costs."""
    cases = [(Nothing, "empty")]
    cases += [(kind, form) for kind in kinds for form in ("interpreted", "compiled", "by hand")]
    cases = [(kind, form) for kind, form in cases if form != "by hand" or kind is Averages]
    best = dict.fromkeys(cases, float("inf"))
    for _ in range(REPEATS):  # in turn, so that a busy machine is busy for all alike; the least of several counts
        for kind, form in cases:
            raw = once(kind(), data, form)
            if raw["elapsed_s"] < best[kind, form]:
                best[kind, form] = raw["elapsed_s"]
            best[kind, form, "raw"] = raw["calls"], raw["totals"]["trades"]
    rows, empty = raw["rows"], best[cases[0]]
    print(f"{rows} rows, no strategy: {empty / rows * 1e9:.2f} ns per row, {rows / empty / 1e6:.1f} M rows/s")
    for kind, form in cases[1:]:
        taken, (calls, trades) = best[kind, form], best[kind, form, "raw"]
        print(
            f"{kind.__name__:12} {form:12} {(taken - empty) / rows * 1e9:8.2f} ns/event over it, "
            f"{(taken - empty) / max(calls, 1) * 1e9:8.1f} ns/call, {calls} calls, {rows / taken / 1e6:.1f} M/s, "
            f"{trades} trades"
        )


def main() -> None:
    shared = Path(os.environ.get("QUANTUM_SHARED", "../shared"))
    btc = q.Instrument("BTCUSDT", tick_size="0.1", lot_size="0.001", currency="USDT")
    data = q.data.read(shared / "data/binance/usdm_btcusdt_20240808.gz", instrument=btc)
    compare(every_row_a_message(ROWS), (strategies.Touch, Averages, Strength))
    compare(data, (strategies.Touch, strategies.TwoAverages, strategies.Grid))


if __name__ == "__main__":
    main()
