"""What holds for every series: units, bounds, and no number where there is none to give."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from quantum import risk

SERIES = st.lists(st.floats(-0.5, 0.5).map(lambda value: round(value, 9)), min_size=2, max_size=60)
EQUITY = st.lists(st.floats(0.01, 1e9), min_size=1, max_size=60)
FIGURES: list[Callable[..., float]] = [
    risk.sharpe, risk.sortino, risk.volatility, risk.cagr, risk.calmar, risk.skew, risk.kurtosis,
    risk.value_at_risk, risk.expected_shortfall, risk.kelly_continuous,
]  # fmt: skip


@pytest.mark.parametrize("figure", [*FIGURES, risk.returns, risk.drawdowns, risk.concentration, risk.trade_statistics])
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_named_by_its_index(figure: Callable[..., float], bad: float) -> None:
    with pytest.raises(ValueError, match=r"\[3\] is -?(nan|inf)"):
        figure([0.01, 0.02, -0.01, bad, 0.01])


@pytest.mark.parametrize("figure", FIGURES)
def test_too_few_points_are_nan(figure: Callable[..., float]) -> None:
    assert math.isnan(figure([]))
    if figure is not risk.cagr and figure is not risk.calmar:
        assert math.isnan(figure([0.01]))


@pytest.mark.parametrize("value", [0.0, 0.01, -0.013, 1 / 3])
@pytest.mark.parametrize("figure", [risk.sharpe, risk.skew, risk.kurtosis, risk.kelly_continuous])
def test_zero_dispersion_is_nan(figure: Callable[..., float], value: float) -> None:
    assert math.isnan(figure([value] * 50))


def test_a_steadily_growing_account_has_no_sharpe() -> None:
    """Its returns differ by rounding only; dividing by that would give a ratio of 1e15."""
    assert math.isnan(risk.sharpe(risk.returns(1e6 * 1.0003 ** np.arange(500))))


@pytest.mark.parametrize("method", ["historical", "order", "normal", "cornish_fisher", "ewma", "filtered"])
def test_no_method_gives_infinity(method: str) -> None:
    for values in ([], [0.1], [0.0] * 40, [0.01] * 40, [-0.9] * 40):
        assert not math.isinf(risk.value_at_risk(values, method=method))  # type: ignore[arg-type]


@given(SERIES, st.floats(0.01, 2.0))
def test_ratios_do_not_depend_on_the_scale_of_returns(values: list[float], scale: float) -> None:
    assume(np.ptp(values) > 1e-6)
    scaled = [value * scale for value in values]
    assert risk.sharpe(scaled) == pytest.approx(risk.sharpe(values), rel=1e-7, abs=1e-9)
    assert risk.sortino(scaled) == pytest.approx(risk.sortino(values), rel=1e-7, abs=1e-9, nan_ok=True)


@given(EQUITY)
def test_drawdowns_of_a_solvent_account_are_fractions(equity: list[float]) -> None:
    falls = risk.drawdowns(equity)
    assert np.all((falls >= 0) & (falls < 1))
    assert risk.max_drawdown(equity) == falls.max()


@given(EQUITY)
def test_drawdown_agrees_with_the_slow_definition(equity: list[float]) -> None:
    slow = max(1 - now / max(equity[: place + 1]) for place, now in enumerate(equity))
    assert risk.max_drawdown(equity) == pytest.approx(slow, abs=1e-15)


@given(EQUITY, st.floats(0.001, 1000))
def test_drawdown_does_not_depend_on_the_currency(equity: list[float], rate: float) -> None:
    assert risk.max_drawdown([value * rate for value in equity]) == pytest.approx(risk.max_drawdown(equity), abs=1e-12)


@given(SERIES, st.floats(0.6, 0.99))
def test_expected_shortfall_is_at_least_the_order_statistic(values: list[float], level: float) -> None:
    assert risk.expected_shortfall(values, level=level) >= risk.value_at_risk(values, level=level, method="order") - 1e-12


@given(SERIES)
def test_a_higher_level_is_a_larger_loss(values: list[float]) -> None:
    for method in ("historical", "order", "normal"):
        high, low = (risk.value_at_risk(values, level=level, method=method) for level in (0.99, 0.9))  # type: ignore[arg-type]
        assert high >= low - 1e-12


@given(st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=20))
def test_concentration_lies_between_equal_parts_and_one(values: list[float]) -> None:
    assert 1 / len(values) - 1e-12 <= risk.concentration(values) <= 1 + 1e-12


@given(st.lists(st.floats(-1e6, 1e6).filter(lambda value: value == 0 or abs(value) > 1e-3), min_size=1, max_size=40))
def test_trades_add_up(profits: list[float]) -> None:
    found = risk.trade_statistics(profits)
    won = found.wins * (0 if math.isnan(found.average_win) else found.average_win)
    lost = found.losses * (0 if math.isnan(found.average_loss) else found.average_loss)
    assert won - lost == pytest.approx(sum(profits), abs=1e-6)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: risk.sharpe([0.1, 0.2], periods_per_year=0), "periods_per_year is 0"),
        (lambda: risk.value_at_risk([0.1, 0.2], level=95), "level is 95"),
        (lambda: risk.value_at_risk([0.1, 0.2], method="magic"), "must be one of historical"),  # type: ignore[arg-type]
        (lambda: risk.returns([1.0, 0.0, 1.0]), r"equity\[1\] is 0.0"),
        (lambda: risk.sharpe([[0.1, 0.2]]), "one-dimensional"),
        (lambda: risk.sharpe(["a", "b"]), "must be numbers"),
        (lambda: risk.trade_statistics([1, 2], [3]), "durations_s has 1 values for 2 trades"),
        (lambda: risk.kelly_binary(1.5, win=1, loss=1), "win_probability is 1.5"),
        (lambda: risk.kelly_portfolio([0.1, 0.1], [[1, 1], [1, 1]]), "singular"),
        (lambda: risk.deflated_sharpe(0.1, trials=0, variance=1, periods=10), "trials is 0"),
    ],
)
def test_a_wrong_argument_is_named(call: Callable[[], object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        call()
