"""A seeded run as the engine hands it over: reports, samples and totals that agree with each other to the last count."""

from __future__ import annotations

from typing import Any

import numpy as np

import quantum
from quantum.dtypes import NAMES, REPORT

KIND = {name: number for number, name in NAMES["kind"].items()}
STATE = {name: number for number, name in NAMES["state"].items()}
REASON = {name: number for number, name in NAMES["reason"].items()}
START_NS = 1_723_161_256_298_000_000
SECOND = 1_000_000_000
MAKER_FEE, TAKER_FEE = -0.00005, 0.0007


def btc() -> quantum.Instrument:
    return quantum.Instrument("BTCUSDT", venue="binance", tick_size="0.1", lot_size="0.001", currency="USDT")


def eth() -> quantum.Instrument:
    return quantum.Instrument("ETHUSDT", venue="binance", tick_size="0.01", lot_size="0.001", currency="USDT")


def put_fee(report: np.void, fee: float) -> int:
    """Writes a fee of 1e-12 units as two halves and returns it as the integer it is."""
    amount = round(fee * 1e12)
    report["detail"][:] = [amount & (2**64 - 1), (amount >> 64) & (2**64 - 1)]
    return amount


def fill(order: int, side: int, price: int, qty: int, *, at_ns: int, fee: float = 0.0, instrument: int = 0) -> np.ndarray:
    """A trade that fills its order whole."""
    report = np.zeros((), dtype=REPORT)
    report["kind"], report["state"] = KIND["Trade"], STATE["Filled"]
    report["order_id"], report["execution_id"], report["instrument"] = order, order, instrument
    report["side"], report["price"], report["qty"], report["cum_qty"] = side, price, qty, qty
    report["exchange_ns"], report["receive_ns"] = at_ns, at_ns + 10_000_000
    report["order_type"], report["time_in_force"], report["liquidity"] = 2, 1, 1
    put_fee(report, fee)
    return report


def raw_run(
    *,
    seed: int = 7,
    seconds: int = 643,
    every_s: float = 2.0,
    sample_ns: int = SECOND,
    instruments: list[quantum.Instrument] | None = None,
    cash: float = 1_000_000.0,
) -> dict[str, Any]:
    """A market maker's run on random walks; ``every_s`` seconds between fills on average."""
    instruments = instruments or [btc()]
    random = np.random.default_rng(seed)
    samples = max(int(seconds * SECOND // sample_ns), 1)
    times = START_NS + sample_ns * np.arange(1, samples + 1, dtype=np.int64)
    steps = random.normal(0, 4.0 * (sample_ns / SECOND) ** 0.5, size=(samples, len(instruments)))
    mid_ticks = np.maximum(618_000 + np.cumsum(steps, axis=0), 1000.0)
    increments = np.array([float(i.price_increment) for i in instruments])
    units = np.array([float(i.price_increment) * float(i.qty_increment) for i in instruments])
    mid = mid_ticks * increments
    trades = int(seconds / every_s)
    chosen = np.sort(random.integers(0, samples, size=trades))
    reports: list[np.ndarray] = []
    flows = np.zeros((samples, len(instruments)))
    held = np.zeros((samples, len(instruments)))
    fee_flow = np.zeros(samples)
    position = [0] * len(instruments)
    volume = [0] * len(instruments)
    turnover = 0.0
    for order, sample in enumerate(chosen.tolist(), start=1):
        number = int(random.integers(len(instruments)))
        side = 1 if random.random() < 0.5 - 0.02 * position[number] / 100 else 2
        sign, qty = (1 if side == 1 else -1), int(random.integers(1, 20)) * 10
        price = round(mid_ticks[sample, number] - sign * random.uniform(0, 6))
        report = fill(order, side, price, qty, at_ns=int(times[sample]) - sample_ns // 2, instrument=number)
        taker = random.random() < 0.1
        notional = price * qty * units[number]
        fee = put_fee(report, notional * (TAKER_FEE if taker else MAKER_FEE)) * 1e-12
        report["liquidity"], report["flags"] = (2, 0) if taker else (1, 1)
        position[number] += sign * qty
        report["position"] = position[number]
        ack = report.copy()
        ack["kind"], ack["state"], ack["cum_qty"], ack["leaves_qty"] = KIND["New"], STATE["New"], 0, qty
        ack["execution_id"], ack["liquidity"], ack["detail"] = 0, 0, 0
        ack["exchange_ns"], ack["receive_ns"] = report["exchange_ns"] - SECOND, report["receive_ns"] - SECOND
        reports += [ack, report]
        flows[sample, number] -= sign * notional
        held[sample, number] += sign * qty
        fee_flow[sample] += fee
        volume[number] += qty
        turnover += notional
    reports += extra_reports(trades, int(times[-1]))
    positions = np.cumsum(held, axis=0)
    fees = np.cumsum(fee_flow)
    balance = cash + np.cumsum(flows.sum(axis=1)) - fees
    equity = balance + (positions * mid_ticks * units).sum(axis=1)
    quantities = np.array([float(i.qty_increment) for i in instruments])
    array = np.array(reports, dtype=REPORT)
    array["sequence"] = np.arange(1, len(array) + 1)
    return {
        "strategy": "Touch",
        "parameters": {"qty": 0.01, "max_position": 1.0},
        "instruments": instruments,
        "sources": [
            {"name": "usdm_btcusdt_20240808.gz", "format": "binance", "synthetic": False, "events": 636_000,
             "clock_shift_ns": 1_272_402_468, "gaps": 0, "malformed": 0}
        ],
        "venues": [
            {"name": "", "latency": "10 ms entry, 10 ms response", "queue": "power(2)",
             "fees": "maker -0.5 bps, taker 7 bps", "fills": "partial", "feed_latency": "0"}
        ],
        "cash": cash,
        "currency": "USDT",
        "limits": None,
        "start_ns": START_NS,
        "end_ns": START_NS + seconds * SECOND,
        "ended": "end of data",
        "rows": 636_000,
        "elapsed_s": 0.412,
        "reports": array,
        "samples": {
            "time_ns": times, "equity": equity, "cash": balance, "fees": fees, "mid": mid,
            "position": positions * quantities,
        },
        "sample_ns": sample_ns,
        "totals": {
            "trades": trades, "orders": trades + 3, "denied": 1, "rejected": 1, "expired": 0, "canceled": 1,
            "fees": float(fees[-1]), "volume": (np.array(volume) * quantities).tolist(), "turnover": turnover,
            "position": (np.array(position) * quantities).tolist(), "cash": float(balance[-1]),
            "equity": float(equity[-1]),
        },
        "denials": {"max position": 1},
        "latencies": {
            "on_timer": {"count": 6430, "min": 1800.0, "p50": 4200.0, "p90": 6100.0, "p99": 12_800.0, "p999": 41_000.0,
                         "max": 210_000.0, "mean": 4700.0},
            "on_fill": {"count": trades, "min": 300.0, "p50": 700.0, "p90": 900.0, "p99": 2100.0, "p999": 8000.0,
                        "max": 9100.0, "mean": 760.0},
        },
        "books": [{"gaps": 0, "crossed": 0, "stale": False} for _ in instruments],
        "logs": [(int(times[0]), "started"), (int(times[-1]), "position limit reached")],
    }  # fmt: skip


def extra_reports(trades: int, at_ns: int) -> list[np.ndarray]:
    """A denied, a rejected and a canceled order."""
    result = []
    for number, (kind, state, reason) in enumerate(
        [("Denied", "Denied", "max position"), ("Rejected", "Rejected", "post-only order would take"),
         ("Canceled", "Canceled", "requested")], start=1
    ):  # fmt: skip
        report = fill(trades + number, 1, 618_000, 10, at_ns=at_ns)
        report["kind"], report["state"], report["reason"] = KIND[kind], STATE[state], REASON[reason]
        report["cum_qty"], report["execution_id"], report["liquidity"], report["detail"] = 0, 0, 0, 0
        if kind == "Denied":
            report["detail"][:] = np.array([1.01, 1.0]).view(np.uint64)
        result.append(report)
    return result
