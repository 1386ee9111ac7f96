"""Every figure on twelve returns, derived by hand: the arithmetic is written out, the library is not asked."""

from __future__ import annotations

import math

import numpy as np
import pytest

from quantum import risk

RETURNS = [0.01, -0.02, 0.03, 0.005, -0.01, 0.02, -0.015, 0.0, 0.012, -0.007, 0.004, 0.018]
# In thousandths: 10 - 20 + 30 + 5 - 10 + 20 - 15 + 0 + 12 - 7 + 4 + 18 = 47.
MEAN = 0.047 / 12
# Their squares in millionths: 100 + 400 + 900 + 25 + 100 + 400 + 225 + 0 + 144 + 49 + 16 + 324 = 2683.
# Sum of squared deviations = 2683e-6 - 12 · mean² = 2683e-6 - 0.047²/12.
SQUARES = 2683e-6
DEVIATIONS = SQUARES - 0.047**2 / 12
STD = math.sqrt(DEVIATIONS / 11)
# Squares of the losses alone: 400 + 100 + 225 + 49 = 774 millionths, over all 12 periods.
DOWNSIDE = math.sqrt(774e-6 / 12)
Z_05 = -1.6448536269514722


def close(value: float, expected: float, rel: float = 1e-12) -> None:
    assert value == pytest.approx(expected, rel=rel, abs=1e-15)


def test_sharpe_is_mean_over_deviation_times_root_of_the_year() -> None:
    close(risk.sharpe(RETURNS), MEAN / STD * math.sqrt(252))
    assert risk.sharpe(RETURNS) == pytest.approx(4.125127, rel=1e-6)


def test_sharpe_takes_an_annual_risk_free_rate_per_period() -> None:
    per_period = 1.05 ** (1 / 252) - 1
    close(risk.sharpe(RETURNS, rf=0.05), (MEAN - per_period) / STD * math.sqrt(252), rel=1e-10)


def test_sharpe_of_another_year() -> None:
    close(risk.sharpe(RETURNS, periods_per_year=365), MEAN / STD * math.sqrt(365))


def test_sortino_divides_by_losses_over_all_periods() -> None:
    close(risk.sortino(RETURNS), MEAN * 252 / (DOWNSIDE * math.sqrt(252)))


def test_volatility() -> None:
    close(risk.volatility(RETURNS), STD * math.sqrt(252))


def test_cagr_raises_the_product_to_the_year() -> None:
    product = 1.01 * 0.98 * 1.03 * 1.005 * 0.99 * 1.02 * 0.985 * 1.0 * 1.012 * 0.993 * 1.004 * 1.018
    close(risk.cagr(RETURNS), product ** (252 / 12) - 1)
    assert risk.cagr([0.1, -1.0, 0.5]) == -1.0
    assert risk.cagr([0.1, -2.5, -3.0]) == -1.0


def test_max_drawdown_is_the_first_loss_of_two_percent() -> None:
    # Wealth 1, 1.01, 0.9898, 1.019494, …: the 2 % loss goes back above its peak at once; the later falls are
    # 1 % from 1.0246, and 1.5 % from 1.0346, both less.
    found = risk.worst_drawdown(risk.wealth(RETURNS))
    close(found.fraction, 0.02)
    assert (found.peak, found.trough, found.recovery, found.duration) == (1, 2, 3, 2)
    close(risk.calmar(RETURNS), risk.cagr(RETURNS) / 0.02)


def test_a_drawdown_that_never_recovers_lasts_to_the_end() -> None:
    found = risk.worst_drawdown([100, 120, 90, 96, 110])
    close(found.fraction, 0.25)
    assert (found.peak, found.trough, found.recovery, found.duration) == (1, 2, None, 3)


def test_the_starting_equity_is_a_peak() -> None:
    close(risk.max_drawdown([100, 80, 90]), 0.2)


def test_historical_var_interpolates_as_numpy_does() -> None:
    # Position 0.05 · 11 = 0.55 between the two smallest, -0.020 and -0.015: -0.020 + 0.55 · 0.005 = -0.01725.
    close(risk.value_at_risk(RETURNS), 0.01725)
    # Order statistic: ⌈0.05 · 12⌉ = 1st smallest; at 90 % ⌈1.2⌉ = 2nd.
    close(risk.value_at_risk(RETURNS, method="order"), 0.02)
    close(risk.value_at_risk(RETURNS, level=0.9, method="order"), 0.015)


def test_order_statistic_of_a_hundred_is_the_fifth() -> None:
    # 1 - 0.95 is 0.05000000000000004 in floats: ⌈·⌉ of 5.000000000000004 would be 6.
    close(risk.value_at_risk(np.arange(-1.0, 0.0, 0.01), method="order"), 0.96)


def test_expected_shortfall_weighs_the_last_observation() -> None:
    # αT = 0.6: all of it in the smallest. At 80 %: αT = 2.4, two whole and 0.4 of the third, -0.010.
    close(risk.expected_shortfall(RETURNS), 0.02)
    close(risk.expected_shortfall(RETURNS, level=0.8), (0.020 + 0.015 + 0.4 * 0.010) / 2.4)


def test_normal_var_and_shortfall() -> None:
    close(risk.value_at_risk(RETURNS, method="normal"), -(MEAN + Z_05 * STD))
    density = math.exp(-(Z_05**2) / 2) / math.sqrt(2 * math.pi)
    close(risk.expected_shortfall(RETURNS, method="normal"), -MEAN + STD * density / 0.05)


def test_cornish_fisher_outside_its_domain_is_historical_and_says_so() -> None:
    found = risk.cornish_fisher(RETURNS)
    assert found.excess_kurtosis < 0
    assert not found.valid
    close(found.value, risk.value_at_risk(RETURNS))


def test_cornish_fisher_inside_its_domain() -> None:
    # ±1 ten times each and ±4 once each: S = 0, m2 = 52/22, m4 = 532/22, K = (532/22)/(52/22)² - 3 = 1.3284….
    values = [0.01, -0.01] * 10 + [0.04, -0.04]
    kurtosis = (532 / 22) / (52 / 22) ** 2 - 3
    found = risk.cornish_fisher(values)
    assert found.valid
    z = Z_05 + (Z_05**3 - 3 * Z_05) * kurtosis / 24
    close(found.excess_kurtosis, kurtosis, rel=1e-9)
    close(found.value, -z * math.sqrt(52e-4 / 21), rel=1e-9)


def test_ewma_starts_from_the_mean_of_twenty_squares() -> None:
    values = [0.01] * 20 + [0.03, -0.02]
    after = 0.94 * (0.94 * 1e-4 + 0.06 * 9e-4) + 0.06 * 4e-4
    close(risk.value_at_risk(values, method="ewma"), -Z_05 * math.sqrt(after), rel=1e-10)
    assert len(risk.ewma_variances(values)) == 3


def test_filtered_var_scales_the_standardised_quantile() -> None:
    values = [0.01, -0.01] * 10 + [0.03, -0.02]
    first, second = 1e-4, 0.94 * 1e-4 + 0.06 * 9e-4
    third = 0.94 * second + 0.06 * 4e-4
    low, high = -0.02 / math.sqrt(second), 0.03 / math.sqrt(first)
    close(risk.value_at_risk(values, method="filtered"), -(low + 0.05 * (high - low)) * math.sqrt(third), rel=1e-10)


@pytest.mark.parametrize(("trials", "expected"), [(100, 0.9004), (46, 0.9505)])
def test_deflated_sharpe_of_the_paper(trials: int, expected: float) -> None:
    found = risk.deflated_sharpe(
        2.5 / math.sqrt(250), trials=trials, variance=0.5 / 250, periods=1250, skew=-3, kurtosis=10
    )
    assert found == pytest.approx(expected, abs=5e-5)


def test_min_track_record_inverts_the_probability() -> None:
    length = risk.min_track_record_length(0.1, skew=-0.5, kurtosis=5)
    assert risk.probabilistic_sharpe(0.1, periods=math.ceil(length), skew=-0.5, kurtosis=5) >= 0.95
    assert risk.probabilistic_sharpe(0.1, periods=math.ceil(length) - 1, skew=-0.5, kurtosis=5) < 0.95
    assert math.isnan(risk.min_track_record_length(0.1, benchmark=0.1))


def test_kelly_units() -> None:
    # Even odds, 60 %: stake 20 %. A loss of only half the stake doubles the stake at the same risk.
    close(risk.kelly_binary(0.6, win=1, loss=1), 0.2)
    close(risk.kelly_binary(0.6, win=0.5, loss=0.5), 0.4)
    close(risk.kelly_at_risk(0.6, payoff=1), 0.2)
    close(risk.kelly_continuous(RETURNS), MEAN / (DEVIATIONS / 11), rel=1e-10)
    close(risk.kelly_continuous(RETURNS, rf=MEAN), 0.0)
    assert risk.kelly_portfolio([0.02, 0.01], [[0.04, 0], [0, 0.01]]) == pytest.approx([0.5, 1.0])


def test_kelly_size_is_half_capped_and_needs_thirty_trades() -> None:
    assert risk.kelly_size(0.3, trades=30) == 0.15
    assert risk.kelly_size(0.9, trades=30) == 0.25
    assert risk.kelly_size(0.9, trades=29) == 0.0
    assert risk.kelly_size(-0.1, trades=100) == 0.0
    assert risk.kelly_size(math.nan, trades=100) == 0.0


def test_concentration() -> None:
    close(risk.concentration([1, -1, 1, 1]), 0.25)
    close(risk.concentration([3, 1]), 10 / 16)
    close(risk.concentration([5, 0, 0]), 1.0)
    assert math.isnan(risk.concentration([0, 0]))


def test_trade_statistics_by_hand() -> None:
    found = risk.trade_statistics([10, -4, 0, 6, -1], [60, 30, 10, 20, 30])
    assert (found.count, found.wins, found.losses) == (5, 2, 2)
    assert found.win_rate == 0.4
    assert found.profit_factor == 16 / 5
    assert (found.average_win, found.average_loss) == (8, 2.5)
    assert (found.largest_win, found.largest_loss) == (10, 4)
    assert (found.average_profit, found.average_duration_s) == (2.2, 30)
    assert math.isnan(risk.trade_statistics([1, 2]).profit_factor)
