"""A run's tables, figures and one-screen print, on a seeded run whose parts agree to the last count."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from fake import KIND, REASON, SECOND, START_NS, btc, eth, fill, put_fee, raw_run
from hypothesis import given, settings
from hypothesis import strategies as st

import quantum
from quantum import risk
from quantum.dtypes import REPORT
from quantum.report import Run


def minimal(reports: list[np.ndarray], *, mid: float, instruments: list[quantum.Instrument] | None = None) -> Run:
    """A run of these reports with one sample at the end."""
    raw = raw_run(seconds=1, every_s=10, instruments=instruments)
    raw["reports"] = np.array(reports, dtype=REPORT)
    raw["samples"]["mid"][:] = mid
    return Run(raw)


def identity(run: Run) -> float:
    """realised + unrealised - fees minus the change in equity, relative to what moved."""
    of = run.metrics
    return abs(of["realised"] + of["unrealised"] - of["fees"] - of["pnl"]) / max(of["turnover"], 1.0)


@pytest.mark.parametrize("instruments", [[btc()], [btc(), eth()]])
@pytest.mark.parametrize("seed", range(4))
def test_realised_and_unrealised_less_fees_is_the_change_in_equity(seed: int, instruments: list[Any]) -> None:
    run = Run(raw_run(seed=seed, seconds=3600, instruments=instruments))
    assert run.metrics["round_trips"] > 100
    assert identity(run) < 1e-9
    assert "misses the change" not in str(run)


def test_a_run_whose_money_does_not_add_up_says_so() -> None:
    raw = raw_run()
    raw["samples"]["equity"][-1] += 1.0
    assert "misses the change in equity" in str(Run(raw))


def test_first_in_first_out_by_hand() -> None:
    """Buy 10 at 100 and 10 at 110, sell 15 at 120: 10 x 20 + 5 x 10 = 250 increments; then 5 at 110 are open."""
    run = minimal(
        [
            fill(1, 1, 1000, 10, at_ns=START_NS, fee=0.10),
            fill(2, 1, 1100, 10, at_ns=START_NS + 3 * SECOND, fee=0.20),
            fill(3, 2, 1200, 15, at_ns=START_NS + 6 * SECOND, fee=0.30),
        ],
        mid=130.0,
    )
    (trip,) = run.round_trips
    assert trip["profit"] == pytest.approx(0.25)  # (10 · 200 + 5 · 100) · 0.1 · 0.001
    assert trip["entry_price"] == pytest.approx((10 * 100 + 5 * 110) / 15)
    assert trip["fees"] == pytest.approx(0.10 + 0.20 / 2 + 0.30)
    assert trip["duration_s"] == pytest.approx((10 * 6 + 5 * 3) / 15)
    assert run.unrealised == [pytest.approx(5 * 200 * 0.1 * 0.001)]


def test_a_fill_through_zero_closes_and_opens() -> None:
    run = minimal([fill(1, 1, 1000, 10, at_ns=START_NS), fill(2, 2, 1100, 30, at_ns=START_NS + 1, fee=0.3)], mid=100.0)
    (trip,) = run.round_trips
    assert (trip["side"], trip["qty"], trip["fees"]) == ("buy", 0.01, pytest.approx(0.1))
    assert run.unrealised == [pytest.approx(20 * 100 * 0.1 * 0.001)]


def test_a_busted_execution_is_gone_and_a_corrected_one_has_its_new_price() -> None:
    bust, correction = fill(2, 1, 1100, 10, at_ns=START_NS + 2), fill(3, 2, 1300, 10, at_ns=START_NS + 4)
    bust["kind"], correction["kind"] = KIND["Bust"], KIND["Correction"]
    opening = fill(1, 1, 1000, 10, at_ns=START_NS)
    run = minimal(
        [opening, fill(2, 1, 1100, 10, at_ns=START_NS + 1), bust, fill(3, 2, 1200, 10, at_ns=START_NS + 3), correction],
        mid=1.0,
    )
    (trip,) = run.round_trips
    assert (trip["entry_price"], trip["exit_price"]) == (pytest.approx(100), pytest.approx(130))
    assert run.unrealised == [0.0]
    assert len(run.fills) == 5


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([1, 2]), st.integers(1, 50), st.integers(900, 1100)), max_size=40),
    st.integers(900, 1100),
)
def test_matching_agrees_with_the_money_that_flowed(trades: list[tuple[int, int, int]], mark: int) -> None:
    reports = [fill(n, side, price, qty, at_ns=START_NS + n) for n, (side, qty, price) in enumerate(trades, start=1)]
    run = minimal(reports, mid=mark * 0.1)
    sign = {1: 1, 2: -1}
    flow = sum(sign[side] * qty * (mark - price) for side, qty, price in trades) * 1e-4
    assert run.round_trips["profit"].sum() + run.unrealised[0] == pytest.approx(flow, abs=1e-9)


@pytest.mark.parametrize("fee", [0.0, 1e-12, -1e-12, -0.308918, 353.536555, -9e6, 5e7, -5e7, 3.3e20])
def test_a_fee_survives_its_two_halves(fee: float) -> None:
    report = fill(1, 1, 1000, 10, at_ns=START_NS)
    amount = put_fee(report, fee)
    assert minimal([report], mid=1.0).fills["fee"][0] == pytest.approx(amount * 1e-12, rel=1e-15)


def test_fills_are_what_the_reports_say() -> None:
    raw = raw_run()
    run, trades = Run(raw), raw["reports"][raw["reports"]["kind"] == KIND["Trade"]]
    assert len(run.fills) == len(trades) == raw["totals"]["trades"]
    assert run.fills["price"] == pytest.approx(trades["price"] * 0.1)
    assert run.fills["qty"] == pytest.approx(trades["qty"] * 0.001)
    assert run.fills["fee"].sum() == pytest.approx(raw["totals"]["fees"], rel=1e-12)
    assert (run.fills["price"] * run.fills["qty"]).sum() == pytest.approx(raw["totals"]["turnover"])
    assert set(run.fills["side"]) == {"buy", "sell"}
    assert run.fills.array.dtype["time"] == np.dtype("datetime64[ns]")
    assert run.fills["position"][-1] == pytest.approx(raw["totals"]["position"][0])


def test_orders_have_one_row_each_as_their_last_report_left_them() -> None:
    raw = raw_run()
    orders = Run(raw).orders
    assert len(orders) == raw["totals"]["orders"]
    assert np.count_nonzero(orders["state"] == "Filled") == raw["totals"]["trades"]
    filled = orders[orders["state"] == "Filled"]
    assert filled["filled"] == pytest.approx(filled["qty"])
    assert filled["average_price"] == pytest.approx(filled["price"])
    (denied,) = orders[orders["state"] == "Denied"]
    assert (denied["reason"], denied["value"], denied["limit"]) == ("max position", 1.01, 1.0)
    assert np.isnan(denied["average_price"])


def test_a_refused_cancel_does_not_change_what_became_of_the_order() -> None:
    late = fill(1, 1, 1000, 10, at_ns=START_NS + 5)
    late["kind"], late["reason"] = KIND["CancelRejected"], REASON["unknown or finished order"]
    run = minimal([fill(1, 1, 1000, 10, at_ns=START_NS), late], mid=100.0)
    assert run.orders["state"].tolist() == ["Filled"]
    assert run.orders["reason"].tolist() == [""]
    assert run.refusals["reason"].tolist() == ["unknown or finished order"]


def test_a_short_run_has_no_sharpe_and_says_why() -> None:
    run = Run(raw_run())
    for name in ("sharpe", "sortino", "calmar", "cagr", "volatility", "value_at_risk"):
        assert math.isnan(run.metrics[name])
        assert "fewer than two daily returns" in run.metrics.why[name]
    assert run.metrics["max_drawdown"] > 0
    assert run.metrics.of("max_drawdown").sampling == "1 s steps"
    assert "n/a" in repr(run.metrics)


def test_daily_ratios_are_those_of_daily_equity() -> None:
    raw = raw_run(seconds=30 * 86_400, every_s=900, sample_ns=60 * SECOND)
    run = Run(raw)
    at_days = raw["samples"]["equity"][1439::1440]
    expected = risk.returns(np.concatenate([[raw["cash"]], at_days]))
    assert run.returns()["return"] == pytest.approx(expected)
    assert run.metrics["sharpe"] == pytest.approx(risk.sharpe(expected, periods_per_year=365))
    assert run.metrics.of("sharpe").sampling == "daily, 30 returns, 365 a year"
    assert run.metrics["value_at_risk"] == pytest.approx(risk.value_at_risk(expected))
    hourly = run.statistics("1h")
    assert hourly.of("sharpe").sampling == "1 h steps, 720 returns, 8,760 a year"


def test_a_chosen_step_of_a_short_run_is_not_scaled_to_a_year() -> None:
    run = Run(raw_run(seconds=3600))
    metrics = run.statistics("1m")
    values = run.returns("1m")["return"]
    assert len(values) == 60
    assert metrics["sharpe"] == pytest.approx(risk.sharpe(values, periods_per_year=1))
    assert metrics.of("sharpe").sampling == "1 min steps, 60 returns, not annualised"
    assert "not annualised" in metrics.why["cagr"]
    assert run.statistics("1m", periods_per_year=525_600)["sharpe"] == pytest.approx(
        risk.sharpe(values, periods_per_year=525_600)
    )


def test_a_market_that_closes_has_252_days_and_no_returns_at_night() -> None:
    stock = quantum.Instrument("AAPL", venue="nasdaq", tick_size="0.01", lot_size="1", currency="USD")
    raw = raw_run(seconds=7 * 86_400, every_s=900, sample_ns=60 * SECOND, instruments=[stock])
    mid = raw["samples"]["mid"]
    mid[2 * 1440 : 4 * 1440] = mid[2 * 1440 - 1]
    run = Run(raw)
    assert len(run.returns()) == 5
    assert run.metrics.of("sharpe").sampling == "daily, 5 returns, 252 a year"
    assert run.statistics("1h").of("sharpe").sampling.endswith("not annualised")


@pytest.mark.parametrize("sampling", ["", "1 fortnight", "0s", "-1m", "100ms"])
def test_a_wrong_sampling_is_named(sampling: str) -> None:
    with pytest.raises(ValueError, match="sampling is"):
        Run(raw_run()).statistics(sampling)


def test_an_empty_run_has_a_summary_and_no_figures_made_up() -> None:
    raw = raw_run(seconds=1, every_s=10)
    for name, values in raw["samples"].items():
        raw["samples"][name] = values[:0]
    raw["reports"] = raw["reports"][:0]
    raw["totals"].update(trades=0, orders=0, fees=0.0, turnover=0.0, denied=0, rejected=0, canceled=0)
    raw.update(denials={}, latencies={}, ended="the recording is empty")
    run = Run(raw)
    assert run.metrics["pnl"] == 0
    assert math.isnan(run.metrics["win_rate"])
    assert "the recording is empty" in str(run)
    assert "none" in str(run)
    json.loads(run.to_json())


def crowded() -> dict[str, Any]:
    """A run with as much to say as there can be."""
    raw = raw_run(instruments=[btc(), eth()] * 8)
    raw["parameters"] = {f"a_long_parameter_name_{number}": number * 1.5 for number in range(60)}
    raw["sources"] = [
        {**raw["sources"][0], "name": f"{'x' * 90}{number}.gz", "gaps": 3, "malformed": 2} for number in range(20)
    ]
    raw["venues"] = [{**raw["venues"][0], "name": f"venue{number}"} for number in range(9)]
    raw["limits"] = {f"max_{number}": number for number in range(40)}
    raw["books"] = [{"gaps": 1, "crossed": 2, "stale": True}] * 16
    raw["denials"] = {f"reason {number}": number for number in range(30)}
    raw["latencies"] = {f"on_{number}": raw["latencies"]["on_timer"] for number in range(12)}
    raw["ended"] = "the strategy raised ValueError: " + "very " * 100 + "bad"
    return raw


@pytest.mark.parametrize("raw", [raw_run(), crowded(), raw_run(seconds=3 * 86_400, sample_ns=60 * SECOND, every_s=999)])
def test_the_summary_fits_one_screen(raw: dict[str, Any]) -> None:
    lines = str(Run(raw)).splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 100


def test_the_summary_says_what_matters() -> None:
    raw = raw_run()
    raw["sources"][0] |= {"synthetic": True, "gaps": 2}
    text = str(Run(raw))
    for said in (
        "SYNTHETIC",
        "Limits       none",
        "2 gaps",
        "10 ms entry",
        "max position 1",
        "end of data",
        "p99 12.8 µs",
    ):
        assert said in text
    assert "SYNTHETIC" not in str(Run(raw_run()))
    assert "<b>" not in Run({**raw_run(), "strategy": "<b>"})._repr_html_()


def test_the_manifest_is_json_without_nan() -> None:
    run = Run(raw_run())
    read = json.loads(run.to_json())
    assert read["parameters"] == {"qty": 0.01, "max_position": 1.0}
    assert read["metrics"]["sharpe"]["value"] is None
    assert "fewer than two" in read["metrics"]["sharpe"]["why"]
    assert read["sources"][0]["clock_shift_ns"] == 1_272_402_468
    assert read["instruments"][0]["tick_size"] == "0.1"


def test_importing_the_report_loads_numpy_only() -> None:
    code = (
        "import sys; import quantum.risk, quantum.report, quantum.plot, quantum.tables\n"
        "print([name for name in ('pandas', 'plotly', 'polars', 'pyarrow', 'scipy') if name in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
