"""hftbacktest's side: its replay, the grid written in numba as its users write strategies, its converter."""

from __future__ import annotations

import contextlib
import io
import time
from typing import Any

import numpy as np
from hftbacktest import (
    BUY,
    GTC,
    GTX,
    LIMIT,
    SELL,
    BacktestAsset,
    HashMapMarketDepthBacktest,
    ROIVectorMarketDepthBacktest,
)
from hftbacktest.data.utils import binancefutures
from hftbacktest.data.validation import correct_event_order, correct_local_timestamp
from hftbacktest.types import event_dtype
from numba import njit, types, uint64
from numba.typed import Dict

TICK_SIZE, LOT_SIZE = 0.1, 0.001
STEP_NS = 100_000_000
# What a user of the array depth would write for this recording; it spares that depth the 2.9 % of rows outside.
RANGE = (50_000.0, 75_000.0)
# Interval, half spread, levels, quantity, largest position.
GRID = (1.0, 2.0, 20, 0.1, 5.0)


@njit
def _replay(hbt):
    return hbt.elapse(1 << 60)


@njit
def _grid(hbt, step_ns, tick_size, interval, half_spread, levels, qty, max_position):
    while hbt.elapse(step_ns) == 0:
        hbt.clear_inactive_orders(0)
        depth = hbt.depth(0)
        orders = hbt.orders(0)
        position = hbt.position(0)
        mid = (depth.best_bid + depth.best_ask) / 2.0
        bid = np.floor((mid - half_spread) / interval) * interval
        ask = np.ceil((mid + half_spread) / interval) * interval
        bids = Dict.empty(types.uint64, types.float64)
        asks = Dict.empty(types.uint64, types.float64)
        if position < max_position and np.isfinite(bid):
            for _ in range(levels):
                bids[uint64(round(bid / tick_size))] = bid
                bid -= interval
        if position > -max_position and np.isfinite(ask):
            for _ in range(levels):
                asks[uint64(round(ask / tick_size))] = ask
                ask += interval
        values = orders.values()
        while values.has_next():
            order = values.get()
            if order.cancellable:
                gone = (order.side == BUY and order.order_id not in bids) or (
                    order.side == SELL and order.order_id not in asks
                )
                if gone:
                    hbt.cancel(0, order.order_id, False)
        for number, price in bids.items():
            if number not in orders:
                hbt.submit_buy_order(0, number, price, qty, GTX, LIMIT, False)
        for number, price in asks.items():
            if number not in orders:
                hbt.submit_sell_order(0, number, price, qty, GTX, LIMIT, False)


@njit
def _follow(hbt, step_ns, tick_size, lot_size, qty, away, trim, growing, post_only, max_position):
    counts = np.zeros(2, np.int64)  # submitted, modified
    ids = np.zeros(2, np.int64)
    tif = GTX if post_only else GTC
    while hbt.elapse(step_ns) == 0:
        hbt.clear_inactive_orders(0)
        depth = hbt.depth(0)
        orders = hbt.orders(0)
        position = round(hbt.position(0) / lot_size) * lot_size
        bid = depth.best_bid - away
        ask = depth.best_ask + away
        if not np.isfinite(bid + ask):
            continue
        for side in range(2):
            price = bid if side == 0 else ask
            number = uint64(ids[side])
            if number in orders:
                order = orders.get(number)
                if not order.cancellable:
                    continue
                if order.price_tick != round(price / tick_size):
                    counts[1] += 1
                    hbt.modify(0, number, price, qty if growing else order.qty, False)
                elif trim > 0 and order.qty > 1.5 * trim:
                    counts[1] += 1
                    lots = round(order.qty / lot_size) - round(trim / lot_size)
                    hbt.modify(0, number, price, lots * lot_size, False)
            elif position < max_position if side == 0 else position > -max_position:
                counts[0] += 1
                ids[side] = counts[0]
                if side == 0:
                    hbt.submit_buy_order(0, uint64(counts[0]), price, qty, tif, LIMIT, False)
                else:
                    hbt.submit_sell_order(0, uint64(counts[0]), price, qty, tif, LIMIT, False)
    return counts


def _build(data: np.ndarray, depth: str, latency: int | np.ndarray, queue: str) -> Any:
    asset = (
        BacktestAsset()
        .data(data)
        .linear_asset(1.0)
        .no_partial_fill_exchange()
        .trading_value_fee_model(-0.00005, 0.0007)
        .tick_size(TICK_SIZE)
        .lot_size(LOT_SIZE)
    )
    if isinstance(latency, int):
        asset = asset.constant_order_latency(latency, latency)
    else:
        asset = asset.intp_order_latency(latency)
    asset = asset.power_prob_queue_model(2.0) if queue.startswith("power") else asset.risk_adverse_queue_model()
    if depth == "hash":
        return HashMapMarketDepthBacktest([asset])
    return ROIVectorMarketDepthBacktest([asset.roi_lb(RANGE[0]).roi_ub(RANGE[1])])


def replay(data: np.ndarray, depth: str) -> tuple[float, tuple[int, int]]:
    """Seconds of one elapse over everything, and the best bid and ask it ends with, in ticks."""
    hbt = _build(data, depth, 0, "power")
    started = time.perf_counter()
    _replay(hbt)
    taken = time.perf_counter() - started
    top = (int(hbt.depth(0).best_bid_tick), int(hbt.depth(0).best_ask_tick))
    hbt.close()
    return taken, top


def grid(data: np.ndarray, depth: str, latency_ns: int, queue: str) -> tuple[float, dict[str, float]]:
    """Seconds of the grid and what it ends with."""
    hbt = _build(data, depth, latency_ns, queue)
    started = time.perf_counter()
    _grid(hbt, STEP_NS, TICK_SIZE, *GRID)
    taken = time.perf_counter() - started
    return taken, _ended(hbt)


def grid_as(
    data: np.ndarray,
    depth: str,
    latency: int | np.ndarray,
    queue: str,
    parameters: tuple[float, float, int, float, float],
) -> dict[str, float]:
    """What a grid of other parameters ends with; the latency may be rows as measured."""
    hbt = _build(data, depth, latency, queue)
    _grid(hbt, STEP_NS, TICK_SIZE, *parameters)
    return _ended(hbt)


def _ended(hbt: Any) -> dict[str, float]:
    state = hbt.state_values(0)
    result = {"trades": state.num_trades, "position": state.position, "balance": state.balance, "fee": state.fee}
    hbt.close()
    return {name: float(value) for name, value in result.items()}


def follow(data: np.ndarray, depth: str, latency_ns: int, queue: str, terms: dict[str, Any]) -> dict[str, float]:
    """What two orders that are modified to stay at the touch end with."""
    hbt = _build(data, depth, latency_ns, queue)
    defaults = {"qty": 0.1, "away": 0.0, "trim": 0.0, "growing": False, "post_only": False, "max_position": 5.0}
    given = defaults | terms
    submitted, modified = _follow(hbt, STEP_NS, TICK_SIZE, LOT_SIZE, *(given[name] for name in defaults))
    state = hbt.state_values(0)
    result = {"trades": state.num_trades, "position": state.position, "balance": state.balance, "fee": state.fee}
    hbt.close()
    return {name: float(value) for name, value in result.items()} | {
        "orders": float(submitted),
        "replaces": float(modified),
    }


def warm_converter() -> None:
    """Compiles the two jitted helpers of the converter on ten rows."""
    rows = np.zeros(10, event_dtype)
    rows["ev"] = 1
    rows["exch_ts"] = rows["local_ts"] = order = np.arange(10)
    with contextlib.redirect_stdout(io.StringIO()):
        correct_event_order(correct_local_timestamp(rows, 0), order, order)


def convert(path: str, rows: int) -> tuple[float, np.ndarray]:
    """Seconds of its converter with a buffer for `rows` rows, and the array it makes."""
    with contextlib.redirect_stdout(io.StringIO()):
        started = time.perf_counter()
        made = binancefutures.convert(path, combined_stream=True, base_latency=0, buffer_size=rows)
        return time.perf_counter() - started, made
