"""What a run leaves behind: fills, orders, equity, figures, a printed summary, a tear sheet."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from quantum import risk
from quantum._core import Instrument
from quantum.report import executions, manifest, summary
from quantum.report.metrics import Metrics
from quantum.report.sampling import Sampling, sampling_of
from quantum.report.statistics import Account, measure, period_returns
from quantum.report.trips import Book, round_trips
from quantum.tables import Table

if TYPE_CHECKING:
    import plotly.graph_objects as go  # type: ignore[import-untyped, import-not-found, unused-ignore]

__all__ = ["Run"]


class Run:
    """The result of a run, made from what the engine hands over.

    ``fills``, ``orders``, ``refusals``, ``round_trips``, ``equity`` and ``samples`` are tables, ``metrics`` the figures
    with their sampling, ``print(run)`` is one screen, ``run.report("touch.html")`` a tear sheet in one file and
    ``run.plot()`` its pictures as a plotly Figure. Everything is worked out when first asked for.
    """

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw = raw

    # What ran

    @property
    def strategy(self) -> str:
        """The strategy's name."""
        return str(self.raw["strategy"])

    @property
    def parameters(self) -> dict[str, Any]:
        """The strategy's parameters."""
        return dict(self.raw["parameters"])

    @property
    def instruments(self) -> list[Instrument]:
        """What was traded, in the order of the reports' instrument numbers."""
        return list(self.raw["instruments"])

    @property
    def currency(self) -> str:
        """The currency of every amount."""
        return str(self.raw["currency"])

    @property
    def ended(self) -> str:
        """Why the run ended, in words."""
        return str(self.raw["ended"])

    @property
    def synthetic(self) -> bool:
        """Whether any of the market data was generated instead of recorded."""
        return any(source.get("synthetic", False) for source in self.raw["sources"])

    @property
    def totals(self) -> dict[str, Any]:
        """Counts and amounts over the whole run, as the engine kept them."""
        return dict(self.raw["totals"])

    @property
    def logs(self) -> list[tuple[int, str]]:
        """What the strategy logged: (time in ns, text)."""
        return list(self.raw.get("logs", ()))

    # Tables

    @cached_property
    def fills(self) -> Table:
        """Executions: time, received, symbol, side, price, qty, fee, liquidity, position after it, kind, ids."""
        return executions.fills(self.raw["reports"], self.instruments)

    @cached_property
    def orders(self) -> Table:
        """One row per order: what was asked, what became of it, the numbers of a refusal."""
        asked = self.raw.get("orders")
        return executions.orders(self.raw["reports"], self.instruments, None if asked is None else asked["created_ns"])

    @cached_property
    def refusals(self) -> Table:
        """Denied and rejected orders and requests, with the number that was wrong and its limit."""
        return executions.refusals(self.raw["reports"], self.instruments)

    @cached_property
    def equity(self) -> Table:
        """time, equity, profit, cash, fees (so far), drawdown (fraction), at fixed steps of simulated time."""
        samples = self.raw["samples"]
        curve = self._equity
        falls = risk.drawdowns(np.concatenate([[self._cash], curve]))[1:]
        return Table.from_columns(
            {
                "time": self._times.view("datetime64[ns]"),
                "equity": curve,
                "profit": curve - self._cash,
                "cash": np.asarray(samples["cash"], dtype=np.float64),
                "fees": np.asarray(samples["fees"], dtype=np.float64),
                "drawdown": falls,
            },
            name="samples",
        )

    @cached_property
    def samples(self) -> Table:
        """The equity table with mid and position of each instrument, named with its symbol where there are several."""
        columns = self.equity.to_dict()
        mids, positions = self._per_instrument("mid"), self._per_instrument("position")
        for number, instrument in enumerate(self.instruments):
            suffix = f" {instrument.symbol}" if len(self.instruments) > 1 else ""
            columns[f"mid{suffix}"] = mids[:, number]
            columns[f"position{suffix}"] = positions[:, number]
        return Table.from_columns(columns, name="samples")

    @property
    def round_trips(self) -> Table:
        """What each closing execution closed, first in first out: times, prices, profit, fees, net profit, duration."""
        return self._matched[0]

    @property
    def fill_instruments(self) -> npt.NDArray[np.uint32]:
        """The instrument number of each fill, (n,) uint32: two listings may share a symbol."""
        reports = self.raw["reports"]
        return np.asarray(reports["instrument"][executions.is_fill(reports)], dtype=np.uint32)

    # Figures

    @cached_property
    def metrics(self) -> Metrics:
        """The run's figures, ratios from daily steps; a figure that cannot be known is NaN and says why."""
        return self.statistics()

    def statistics(self, sampling: str = "1d", *, periods_per_year: float | None = None) -> Metrics:
        """The figures with ratios at another sampling, such as "1m" or "1h", not finer than the run's samples.

        A year has 252 days, 365 where the market never closes; steps finer than a day are annualised only there and
        only for runs of two days or more. ``periods_per_year`` overrides the rule. ConfigError for a sampling that is
        no duration or finer than the samples.
        """
        rule = self._sampling(sampling)
        return measure(self._account, rule if periods_per_year is None else rule.scaled(periods_per_year))

    def returns(self, sampling: str = "1d") -> Table:
        """Simple returns of the run's whole steps: time (end of the step), return (fraction)."""
        times, values = period_returns(self._account, self._sampling(sampling))
        return Table.from_columns({"time": times.view("datetime64[ns]"), "return": values}, name="returns")

    @cached_property
    def unrealised(self) -> list[float]:
        """Profit of each instrument's open lots at its last mid."""
        mids = self._per_instrument("mid")
        result = []
        for number, (instrument, book) in enumerate(zip(self.instruments, self._matched[1], strict=True)):
            known = mids[np.isfinite(mids[:, number]), number]
            mark = float(known[-1]) / float(instrument.price_increment) if known.size else float("nan")
            result.append(book.unrealised(mark))
        return result

    # Faces

    def plot(self) -> go.Figure:
        """Price with fills, equity, drawdown and inventory on one time axis: a plotly Figure.

        Needs ``quantum-hft[report]``; without it the error says how to install it.
        """
        from quantum.plot import figure
        from quantum.report.pictures import pictures

        return figure(pictures(self))

    def report(self, path: str | Path) -> Path:
        """Writes the tear sheet, one HTML file that needs no network, and returns its path."""
        from quantum.report.tearsheet import tear_sheet

        target = Path(path)
        target.write_text(tear_sheet(self), encoding="utf-8")
        return target

    @property
    def manifest(self) -> dict[str, Any]:
        """Everything that says what this run was, and its figures: plain values, NaN as None."""
        return manifest.manifest(self)

    def to_json(self, path: str | Path | None = None) -> str:
        """The manifest as JSON; also written to ``path`` where one is given."""
        text = manifest.to_json(self)
        if path is not None:
            Path(path).write_text(text + "\n", encoding="utf-8")
        return text

    def __str__(self) -> str:
        return summary.text(self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return summary.html(self)

    # What the above is made of

    @property
    def _cash(self) -> float:
        return float(self.raw["cash"])

    @property
    def _times(self) -> npt.NDArray[np.int64]:
        return np.ascontiguousarray(self.raw["samples"]["time_ns"], dtype=np.int64)

    @property
    def _equity(self) -> npt.NDArray[np.float64]:
        return np.asarray(self.raw["samples"]["equity"], dtype=np.float64)

    def _per_instrument(self, name: str) -> npt.NDArray[np.float64]:
        return np.asarray(self.raw["samples"][name], dtype=np.float64).reshape(len(self._times), len(self.instruments))

    def _sampling(self, sampling: str) -> Sampling:
        span = int(self.raw["end_ns"]) - int(self.raw["start_ns"])
        return sampling_of(sampling, self.instruments, span_ns=span, finest_ns=int(self.raw["sample_ns"]))

    @cached_property
    def _matched(self) -> tuple[Table, list[Book]]:
        return round_trips(self.raw["reports"], self.instruments)

    @cached_property
    def _account(self) -> Account:
        totals = self.raw["totals"]
        return Account(
            times_ns=self._times,
            equity=self._equity,
            mid=self._per_instrument("mid"),
            cash=self._cash,
            currency=self.currency,
            start_ns=int(self.raw["start_ns"]),
            end_ns=int(self.raw["end_ns"]),
            sample_ns=int(self.raw["sample_ns"]),
            trips=self.round_trips,
            fills=self.fills,
            unrealised=float(sum(self.unrealised)),
            fees=float(totals["fees"]),
            turnover=float(totals["turnover"]),
            orders=int(totals["orders"]),
        )
