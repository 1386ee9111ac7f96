"""Risk and performance figures: pure functions on arrays.

Losses and drawdowns are positive fractions, ratios are per year with ``periods_per_year`` named (252 unless said),
standard deviations have ddof = 1. NaN or infinity in the input is a ValueError that names the index; too few points or
no dispersion give NaN, never infinity::

    from quantum import risk
    r = risk.returns(equity)
    risk.sharpe(r), risk.max_drawdown(equity), risk.value_at_risk(r, level=0.99, method="filtered")
"""

from __future__ import annotations

from quantum.risk.drawdown import Drawdown, drawdowns, max_drawdown, worst_drawdown
from quantum.risk.inference import (
    deflated_sharpe,
    expected_max_sharpe,
    min_track_record_length,
    probabilistic_sharpe,
)
from quantum.risk.overfitting import overfitting_probability
from quantum.risk.ratios import cagr, calmar, kurtosis, sharpe, skew, sortino, volatility
from quantum.risk.series import returns, wealth
from quantum.risk.sizing import (
    concentration,
    kelly_at_risk,
    kelly_binary,
    kelly_continuous,
    kelly_portfolio,
    kelly_size,
)
from quantum.risk.tail import CornishFisher, cornish_fisher, ewma_variances, expected_shortfall, value_at_risk
from quantum.risk.trades import TradeStatistics, trade_statistics

__all__ = [
    "CornishFisher",
    "Drawdown",
    "TradeStatistics",
    "cagr",
    "calmar",
    "concentration",
    "cornish_fisher",
    "deflated_sharpe",
    "drawdowns",
    "ewma_variances",
    "expected_max_sharpe",
    "expected_shortfall",
    "kelly_at_risk",
    "kelly_binary",
    "kelly_continuous",
    "kelly_portfolio",
    "kelly_size",
    "kurtosis",
    "max_drawdown",
    "min_track_record_length",
    "overfitting_probability",
    "probabilistic_sharpe",
    "returns",
    "sharpe",
    "skew",
    "sortino",
    "trade_statistics",
    "value_at_risk",
    "volatility",
    "wealth",
    "worst_drawdown",
]
