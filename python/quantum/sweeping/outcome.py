"""What a sweep keeps of one run: its figures and its profit per period. The rest of the run is let go."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from quantum import risk
from quantum.report import Run
from quantum.report.sampling import Sampling, sampling_of
from quantum.report.statistics import Account, period_equity
from quantum.tables import Table

__all__ = ["FIGURES", "Outcome", "outcome_of"]

FIGURES = ("pnl", "total_return", "sharpe", "max_drawdown", "trades", "orders", "fees", "turnover")
COUNTS = ("trades", "orders")
STEPS = ("100ms", "1s", "5s", "15s", "1m", "5m", "15m", "1h", "4h", "12h", "1d")
ENOUGH_PERIODS = 240

Floats = npt.NDArray[np.float64]
_NOTHING = Table(np.zeros(0, dtype=[("none", np.float64)]))


@dataclass(frozen=True)
class Outcome:
    """One run of a sweep; ``error`` is empty unless it failed, and then there is nothing else."""

    figures: dict[str, float] = field(default_factory=dict)
    profits: Floats = field(default_factory=lambda: np.zeros(0))
    """Change of equity in each period, (periods,) float64, in the run's currency."""
    returns: Floats = field(default_factory=lambda: np.zeros(0))
    """The same as simple returns; empty where equity was not always above 0."""
    sampling: Sampling | None = None
    rows: int = 0
    facts: dict[str, Any] = field(default_factory=dict)
    """What ran: instruments' symbols, currency, sources, venues, limits, cash, start and end."""
    error: str = ""
    failure: BaseException | None = None


def outcome_of(run: Run, sampling: str | None) -> Outcome:
    """The figures of a run, each as ``run.statistics(sampling)`` has it."""
    rule = _rule(run, sampling)
    account = _account(run)
    _, curve = period_equity(account, rule)
    solvent = bool(np.all(np.concatenate([[account.cash], account.equity]) > 0))
    returns = risk.returns(curve) if solvent else np.zeros(0)
    totals = run.totals
    profit = float(account.equity[-1]) - account.cash
    figures = {
        "pnl": profit,
        "total_return": profit / account.cash if account.cash > 0 else math.nan,
        "sharpe": risk.sharpe(returns, periods_per_year=rule.periods_per_year or 1.0),
        "max_drawdown": risk.worst_drawdown(np.concatenate([[account.cash], account.equity])).fraction,
        "trades": float(totals["trades"]),
        "orders": float(totals["orders"]),
        "fees": account.fees,
        "turnover": account.turnover,
    }
    facts = {name: run.raw[name] for name in ("sources", "venues", "limits", "cash", "start_ns", "end_ns")}
    facts |= {
        "symbols": [instrument.symbol for instrument in run.instruments],
        "currency": run.currency,
        "synthetic": run.synthetic,
    }
    return Outcome(figures, np.diff(curve), returns, rule, int(run.raw["rows"]), facts)


def _rule(run: Run, sampling: str | None) -> Sampling:
    """The sampling asked for, else the coarsest readable step, of a day at most, that gives 240 periods.

    It is chosen by the data's span and not by the run's, whose end depends on its last order's report.
    """
    raw, finest_ns = run.raw, int(run.raw["sample_ns"])
    span_ns = int(raw["end_ns"]) - int(raw["start_ns"])
    if sampling is not None:
        return sampling_of(sampling, run.instruments, span_ns=span_ns, finest_ns=finest_ns)
    data_ns = _data_span_ns(raw["sources"]) or span_ns
    rules = [sampling_of(step, run.instruments, span_ns=data_ns) for step in STEPS]
    allowed = [rule for rule in rules if rule.step_ns >= finest_ns]
    if not allowed:
        return rules[-1]
    return max((rule for rule in allowed if data_ns // rule.step_ns >= ENOUGH_PERIODS), key=_step, default=allowed[0])


def _step(rule: Sampling) -> int:
    return rule.step_ns


def _data_span_ns(sources: list[dict[str, Any]]) -> int:
    """From the first to the last receive time of all sources; 0 where they do not say."""
    names = ("first_receive_ns", "last_receive_ns")
    if any(source.get(name) is None for source in sources for name in names):
        return 0
    return int(max(source[names[1]] for source in sources) - min(source[names[0]] for source in sources))


def _account(run: Run) -> Account:
    """What the figures are made of, without round trips: to match them takes longer than to run a compiled strategy."""
    raw, samples = run.raw, run.raw["samples"]
    times = np.ascontiguousarray(samples["time_ns"], dtype=np.int64)
    return Account(
        times_ns=times,
        equity=np.asarray(samples["equity"], dtype=np.float64),
        mid=np.asarray(samples["mid"], dtype=np.float64).reshape(len(times), len(raw["instruments"])),
        cash=float(raw["cash"]),
        currency=run.currency,
        start_ns=int(raw["start_ns"]),
        end_ns=int(raw["end_ns"]),
        sample_ns=int(raw["sample_ns"]),
        trips=_NOTHING,
        fills=_NOTHING,
        unrealised=math.nan,
        fees=float(raw["totals"]["fees"]),
        turnover=float(raw["totals"]["turnover"]),
        orders=int(raw["totals"]["orders"]),
    )
