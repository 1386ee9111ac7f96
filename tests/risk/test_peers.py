"""Agreement with empyrical-reloaded and quantstats on long series, where their conventions are ours."""

from __future__ import annotations

import numpy as np
import pytest

from quantum import risk


def series(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_t(4, size=2500) * 0.008 + 0.0004


@pytest.mark.parametrize("seed", range(5))
def test_empyrical_agrees(seed: int) -> None:
    empyrical = pytest.importorskip("empyrical", reason="empyrical-reloaded is not installed")
    values = series(seed)
    assert risk.sharpe(values) == pytest.approx(empyrical.sharpe_ratio(values), rel=1e-10)
    assert risk.sortino(values) == pytest.approx(empyrical.sortino_ratio(values), rel=1e-10)
    assert risk.volatility(values) == pytest.approx(empyrical.annual_volatility(values), rel=1e-10)
    assert risk.cagr(values) == pytest.approx(empyrical.cagr(values), rel=1e-10)
    assert risk.max_drawdown(risk.wealth(values)) == pytest.approx(-empyrical.max_drawdown(values), rel=1e-10)
    assert risk.calmar(values) == pytest.approx(empyrical.calmar_ratio(values), rel=1e-10)
    assert risk.value_at_risk(values) == pytest.approx(-empyrical.value_at_risk(values), rel=1e-10)


@pytest.mark.parametrize("seed", range(3))
def test_quantstats_agrees(seed: int) -> None:
    statistics = pytest.importorskip("quantstats.stats", reason="quantstats is not installed")
    pandas = pytest.importorskip("pandas")
    values = series(seed)
    dated = pandas.Series(values, index=pandas.bdate_range("2010-01-04", periods=len(values)))
    assert risk.sharpe(values) == pytest.approx(statistics.sharpe(dated), rel=1e-9)
    assert risk.sortino(values) == pytest.approx(statistics.sortino(dated), rel=1e-9)
    assert risk.max_drawdown(risk.wealth(values)) == pytest.approx(-statistics.max_drawdown(dated), rel=1e-9)
    # quantstats' VaR is the normal one.
    assert risk.value_at_risk(values, method="normal") == pytest.approx(-statistics.value_at_risk(dated), rel=1e-9)
