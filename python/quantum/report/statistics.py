"""From equity, round trips and fills to the figures of a run."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from quantum import risk
from quantum.report import words
from quantum.report.metrics import Metric, Metrics
from quantum.report.sampling import Sampling, steps
from quantum.tables import Table

__all__ = ["Account", "measure", "period_equity", "period_returns"]

LEAST_VAR_PERIODS = 20

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Account:
    """What the figures are made of."""

    times_ns: npt.NDArray[np.int64]
    equity: Floats
    mid: Floats
    cash: float
    """Equity at the start."""
    currency: str
    start_ns: int
    end_ns: int
    sample_ns: int
    trips: Table
    fills: Table
    unrealised: float
    fees: float
    turnover: float
    orders: int


def period_returns(account: Account, sampling: Sampling) -> tuple[npt.NDArray[np.int64], Floats]:
    """End times (n,) int64 ns and simple returns (n,) float64 of the run's whole steps.

    Empty where equity was not above 0, or where the run is shorter than a step.
    """
    times, curve = period_equity(account, sampling)
    if np.any(curve[:-1] <= 0):
        return np.empty(0, dtype=np.int64), np.empty(0)
    return times, risk.returns(curve)


def period_equity(account: Account, sampling: Sampling) -> tuple[npt.NDArray[np.int64], Floats]:
    """End times (n,) int64 ns of the run's whole steps, and equity (n + 1,) float64 at the start and at each of them.

    Steps of a day or more in which no price moved are left out of a market that closes.
    """
    closes = sampling.step_ns >= words.DAY_NS and sampling.periods_per_year != 365 * words.DAY_NS / sampling.step_ns
    index = steps(account.times_ns, account.start_ns, account.end_ns, sampling.step_ns, account.mid if closes else None)
    return account.times_ns[index], np.concatenate([[account.cash], account.equity[index]])


def measure(account: Account, sampling: Sampling) -> Metrics:
    """Every figure of the run, ratios at this sampling."""
    return Metrics([*_result(account), *_ratios(account, sampling), *_trading(account)])


def _result(account: Account) -> list[Metric]:
    """What was earned and how deep it fell: no annualisation, always known."""
    currency, step = account.currency, f"{words.duration(account.sample_ns)} steps"
    curve = np.concatenate([[account.cash], account.equity])
    profit = float(curve[-1]) - account.cash
    worst = risk.worst_drawdown(curve)
    moments = np.concatenate([[account.start_ns], account.times_ns])
    end = worst.recovery if worst.recovery is not None else len(curve) - 1
    lasted = float(moments[end] - moments[worst.peak]) / 1e9
    realised = float(np.sum(account.trips["profit"]))
    nothing = "" if account.cash > 0 else "a return needs starting cash above 0"
    below = "" if not math.isnan(worst.fraction) else "equity was never above 0"
    gone = account.cash > 0
    return [
        Metric("pnl", "P&L, net of fees", profit, currency, "start to end, marked at the mid"),
        Metric(
            "total_return", "Return", profit / account.cash if gone else math.nan, "fraction", "start to end", nothing
        ),
        Metric("realised", "Realised, before fees", realised, currency, "round trips, first in first out"),
        Metric("unrealised", "Unrealised", account.unrealised, currency, "open lots at the last mid"),
        Metric("fees", "Fees", account.fees, currency, "fills; negative is a rebate"),
        Metric("max_drawdown", "Max drawdown", worst.fraction, "fraction", step, below),
        Metric("max_drawdown_duration", "Max drawdown lasted", lasted, "s", f"{step}, peak to recovery or end"),
    ]


def _ratios(account: Account, sampling: Sampling) -> list[Metric]:
    """Figures per year or per period: NaN and the reason where the run is too short for them."""
    _, returns = period_returns(account, sampling)
    why = _too_short(account, sampling, returns.size)
    year = sampling.periods_per_year
    base = f"{sampling.name}, {words.count(returns.size)} returns"
    scaled = f"{base}, {sampling.year}"
    unknown = why or ("" if year else f"{sampling.year}: {sampling.name} are not taken as a year")
    same = "every return is the same: no dispersion to divide by"
    tail = why or (
        f"needs {LEAST_VAR_PERIODS} returns, the run has {returns.size} ({sampling.name})"
        if returns.size < LEAST_VAR_PERIODS
        else ""
    )

    def metric(name: str, label: str, value: Callable[[], float], why: str, empty: str) -> Metric:
        """A figure, its unit and sampling by its name; ``empty`` is the reason where the formula itself gives none."""
        unit = "ratio" if name in ("sharpe", "sortino", "calmar") else "fraction"
        number = math.nan if why else value()
        reason = why or (empty if math.isnan(number) else "")
        per_period = name in ("value_at_risk", "expected_shortfall", "probabilistic_sharpe")
        return Metric(name, label, number, unit, base if per_period else scaled, reason)

    per_year = year or 1.0
    return [
        metric("cagr", "CAGR", lambda: risk.cagr(returns, periods_per_year=per_year), unknown, "the rate overflows"),
        metric("volatility", "Volatility", lambda: risk.volatility(returns, periods_per_year=per_year), why, same),
        metric("sharpe", "Sharpe", lambda: risk.sharpe(returns, periods_per_year=per_year), why, same),
        metric(
            "sortino", "Sortino", lambda: risk.sortino(returns, periods_per_year=per_year), why, "no return below 0"
        ),
        metric("calmar", "Calmar", lambda: risk.calmar(returns, periods_per_year=per_year), unknown, "no drawdown"),
        metric("probabilistic_sharpe", "Probability Sharpe > 0", lambda: _believed(returns), why, same),
        metric("value_at_risk", "VaR 95 %, historical", lambda: risk.value_at_risk(returns), tail, ""),
        metric("expected_shortfall", "Expected shortfall 95 %", lambda: risk.expected_shortfall(returns), tail, ""),
    ]


def _too_short(account: Account, sampling: Sampling, count: int) -> str:
    """Why there are no ratios; empty where there are."""
    if np.any(np.concatenate([[account.cash], account.equity]) <= 0):
        return "equity was not always above 0, so there are no returns"
    if count >= 2:
        return ""
    lasted = words.duration(account.end_ns - account.start_ns)
    short = f"the run spans {lasted}: fewer than two {sampling.name} returns"
    return short + ("; choose a finer step with run.statistics('1m')" if sampling.step_ns == words.DAY_NS else "")


def _believed(returns: Floats) -> float:
    """Probability that the true Sharpe ratio is above 0; normal moments where there are too few to tell."""
    ratio = risk.sharpe(returns, periods_per_year=1)
    s, k = risk.skew(returns), risk.kurtosis(returns, excess=False)
    return risk.probabilistic_sharpe(
        ratio, periods=returns.size, skew=0.0 if math.isnan(s) else s, kurtosis=3.0 if math.isnan(k) else k
    )


def _trading(account: Account) -> list[Metric]:
    """Figures of fills and round trips."""
    trips = risk.trade_statistics(account.trips["net_profit"], account.trips["duration_s"])
    currency, basis = account.currency, "round trips, first in first out, net of fees"
    none = "" if trips.count else "no round trip was closed"
    no_win, no_loss = (
        none or ("" if trips.wins else "no winning trip"),
        none or ("" if trips.losses else "no losing trip"),
    )
    maker = account.fills["liquidity"] == "maker"
    share = float(np.mean(maker)) if len(maker) else math.nan
    return [
        Metric("orders", "Orders", float(account.orders), "count", "all that the strategy asked for"),
        Metric("fills", "Fills", float(len(account.fills)), "count", "executions"),
        Metric("maker_share", "Maker share", share, "fraction", "of fills", "" if len(maker) else "no fill"),
        Metric("turnover", "Turnover", account.turnover, currency, "price x quantity of fills"),
        Metric("round_trips", "Round trips", float(trips.count), "count", "first in first out"),
        Metric("win_rate", "Win rate", trips.win_rate, "fraction", basis, none),
        Metric("profit_factor", "Profit factor", trips.profit_factor, "ratio", basis, no_loss),
        Metric("average_win", "Average win", trips.average_win, currency, basis, no_win),
        Metric("average_loss", "Average loss", trips.average_loss, currency, basis, no_loss),
        Metric("largest_win", "Largest win", trips.largest_win, currency, basis, no_win),
        Metric("largest_loss", "Largest loss", trips.largest_loss, currency, basis, no_loss),
        Metric("average_duration", "Average duration", trips.average_duration_s, "s", "round trips", none),
    ]
